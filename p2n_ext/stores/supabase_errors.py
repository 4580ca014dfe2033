"""What Supabase refuses, as errors that say what to do; no key and no token is ever part of one."""

from __future__ import annotations

import json
import re

import httpx

from p2n_schemas.errors import ErrorCode, P2NError, storage_full

from .refusals import parent_gone

_SECRETS = re.compile(r"eyJ[\w-]+\.[\w-]+(\.[\w-]*)?|sb_(secret|publishable)_\w+|(?<=token=)[^&\s]+")
_BUSY = frozenset(
    # PostgREST without a connection or schema; PostgreSQL: too many connections, shutting down, a deadlock, a timeout.
    [
        "PGRST000",
        "PGRST001",
        "PGRST002",
        "PGRST003",
        "53300",
        "57P01",
        "57P02",
        "57P03",
        "40001",
        "40P01",
        "55P03",
        "57014",
    ]
)
_OUTDATED = frozenset(
    [
        "42P01",
        "42883",
        "42703",
        "PGRST200",
        "PGRST202",
        "PGRST203",
        "PGRST204",
        "PGRST205",
        "PGRST106",
        "3F000",
    ]
)
_FULL = frozenset(["53100", "25006", "DatabaseReadOnly"])
_REFUSED_KEY = frozenset(
    ["PGRST301", "PGRST302", "PGRST303", "42501", "AccessDenied", "Unauthorized", "InvalidJWT"]
)


class Refusal(Exception):
    """An answer of 400 or more. `status`: the one in the body where Storage names one there, else HTTP's."""

    def __init__(self, service: str, status: int, code: str, message: str) -> None:
        self.service = service
        self.status = status
        self.code = code
        self.message = _SECRETS.sub("…", message)[:300]
        super().__init__(f"{service} answered {status} {code}: {self.message}")

    @property
    def passing(self) -> bool:
        """Whether the same request may be answered otherwise a moment later."""
        if self.code in _FULL:
            return False
        return self.code in _BUSY or self.status == 429 or self.status >= 500

    @property
    def not_found(self) -> bool:
        return self.service == "Storage" and self.status == 404 and self.code == "not_found"


async def refuse(response: httpx.Response) -> None:
    """An httpx response hook. Raises Refusal."""
    if response.status_code < 400:
        return
    await response.aread()
    service = "Storage" if "/storage/v1/" in response.request.url.path else "PostgREST"
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(service, response.status_code, str(response.status_code), response.reason_phrase)
    status = response.status_code
    if service == "Storage" and str(body.get("statusCode", "")).isdigit():
        status = int(body["statusCode"])
    code = body.get("error" if service == "Storage" else "code") or body.get("code") or status
    raise Refusal(service, status, str(code), str(body.get("message") or ""))


def explained(error: Exception, bucket: str) -> Exception:
    """The error for a client: a P2NError where a person can do something about it, else what came."""
    if isinstance(error, httpx.TransportError):
        return P2NError(
            ErrorCode.E_STORE_UNAVAILABLE,
            f"Supabase could not be reached ({type(error).__name__}).",
            "Check P2NApp.supabase_url and the network, then try again; nothing is lost.",
        )
    if not isinstance(error, Refusal):
        return error
    detail = {"service": error.service, "status": error.status, "code": error.code}
    if error.code in _FULL or error.status == 402:
        full = storage_full().info
        return P2NError(
            full.code,
            "The Supabase project has no room left, or has used up its quota.",
            "Make room there or raise the project's limits, then try again. Runs that are going on wait for it.",
            detail,
        )
    if error.passing:
        return P2NError(
            ErrorCode.E_STORE_UNAVAILABLE,
            f"Supabase is too busy or out of order ({error.service}: {error.code}).",
            "Try again in a moment; nothing is lost.",
            detail,
        )
    if error.code in _OUTDATED:
        return P2NError(
            ErrorCode.E_STORE_OUTDATED,
            f"The database at Supabase lacks what this version of P2N needs ({error.code}).",
            "Run `jupyter p2n db migrate`; where `db status` says that it is up to date, `jupyter p2n db reload-schema`.",
            detail,
        )
    if error.status in (401, 403) or error.code in _REFUSED_KEY or _says_jwt(error):
        return P2NError(
            ErrorCode.E_STORE_REJECTED,
            f"Supabase refused the key: {_why(error)}.",
            "Set SUPABASE_SERVICE_ROLE_KEY to the project's service role key, and start the server again.",
            detail,
        )
    if error.service == "Storage":
        return _of_storage(error, bucket, detail)
    if error.code == "23503":
        return parent_gone()
    return error


def _of_storage(error: Refusal, bucket: str, detail: dict[str, object]) -> Exception:
    if error.status == 404 and error.code.lower() in ("bucket not found", "nosuchbucket"):
        return P2NError(
            ErrorCode.E_BUCKET_MISSING,
            f"There is no bucket {bucket!r} at Supabase.",
            "Make it (private) in the project's Storage page, or set P2NApp.supabase_bucket.",
            detail,
        )
    if error.status in (413, 415):
        limit = "size limit" if error.status == 413 else "list of allowed types"
        return P2NError(
            ErrorCode.E_OBJECT_REFUSED,
            f"The bucket {bucket!r} refused an object by its {limit}.",
            "Change the bucket's restrictions in the project's Storage page: P2N keeps PDFs, notebooks, JSON, text,"
            " pictures, zip files and uploaded datasets.",
            detail,
        )
    return error


def _says_jwt(error: Refusal) -> bool:
    # Storage answers 400 to a key that is out of date, and older versions of it name no code.
    return error.service == "Storage" and ("jwt" in error.message.lower() or "JWS" in error.message)


def _why(error: Refusal) -> str:
    if "expired" in error.message.lower() or "exp" in error.message.split('"'):
        return "it has expired"
    if error.code == "42501":
        return "it is not the service role's"
    return "it is not one of this project"
