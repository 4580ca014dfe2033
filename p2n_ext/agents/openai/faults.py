"""What goes wrong at a model's provider, as P2N's errors; no text of the provider is passed on with a secret in it."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.redaction import Redactor

# what was never sent can't have cost anything, nor have made anything
_NOT_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "LocalProtocolError"}
)
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_AGAIN_CODES = frozenset({"server_error", "rate_limit_exceeded", "vector_store_timeout", "overloaded"})
# providers mask keys in ways nobody can foresee, but with stars
_MASKED = r"[^\s*]{0,200}\*{3,}\S{0,200}"
WITHOUT_STORES = frozenset({404, 405, 501})


@dataclass(frozen=True)
class Fault:
    """`again`: worth another try, after `after` seconds where the provider named them; `sent`: it may have worked on it;
    `told`: the provider's answer is an error object of the API's, not that of a server that does not know the route."""

    error: P2NError
    again: bool = False
    after: float | None = None
    sent: bool = True
    status: int | None = None
    param: str | None = None
    told: bool = False


class ModelFault(Exception):
    """A fault on its way to whoever decides whether to try again."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.error.info.message)
        self.fault = fault


def shown_url(url: str) -> str:
    """An address without the user, password and query that may stand in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


def plain_url(url: str) -> bool:
    """Whether an address has nothing in it that may be a secret."""
    parts = urlsplit(url)
    return not (parts.username or parts.password or parts.query or parts.fragment)


def redacted(text: str, key: str, limit: int = 300) -> str:
    """A provider's words without the key or what looks like one, whole or masked."""
    return Redactor([key], [_MASKED]).text(" ".join(text.split()))[:limit]


def fault_of(error: Exception, key: str) -> Fault:
    """What the SDK, or what is below it, raised. Cut streams come as many types of several libraries: all are one."""
    import openai

    if isinstance(error, ModelFault):
        return error.fault
    if isinstance(error, P2NError):
        return Fault(error)
    if isinstance(error, openai.APIStatusError):
        return _status(error, key)
    if isinstance(error, openai.APIConnectionError):
        return unavailable(
            "The model's provider could not be reached, or did not answer in time.", sent=_sent(error)
        )
    if isinstance(error, openai.APIError):
        code = str(error.code or error.type or "")
        return from_code(code, redacted(error.message, key))
    if isinstance(error, openai.OpenAIError):
        return Fault(
            rejected("The request could not be made.", {"reason": redacted(str(error), key)}), sent=False
        )
    return unavailable(
        "The provider's answer broke off or could not be read.", {"reason": type(error).__name__}
    )


def from_code(code: str, message: str) -> Fault:
    """A failure told within an answer, by its code."""
    detail = {"code": code[:100], "provider": message}
    if code in _AGAIN_CODES or not code:
        return unavailable("The model's provider failed while it answered.", detail)
    return Fault(rejected("The model's provider ended its answer with an error.", detail))


def unavailable(
    message: str,
    detail: dict[str, Any] | None = None,
    *,
    after: float | None = None,
    sent: bool = True,
    status: int | None = None,
) -> Fault:
    error = P2NError(
        ErrorCode.E_MODEL_UNAVAILABLE,
        message,
        "Try again in a while, or read the paper with the offline reader.",
        detail,
    )
    return Fault(error, again=True, after=after, sent=sent, status=status)


def rejected(message: str, detail: dict[str, Any] | None = None, remediation: str = "") -> P2NError:
    return P2NError(
        ErrorCode.E_MODEL_REJECTED,
        message,
        remediation
        or "Check OPENAI_API_KEY, the model's name and the account's quota; `jupyter p2n doctor` tests them.",
        detail,
    )


def not_configured(message: str, remediation: str, detail: dict[str, Any] | None = None) -> P2NError:
    return P2NError(ErrorCode.E_MODEL_NOT_CONFIGURED, message, remediation, detail)


def index_invalid(message: str, detail: dict[str, Any] | None = None) -> P2NError:
    return P2NError(
        ErrorCode.E_VECTOR_STORE_INVALID,
        message,
        "Ingest the paper again; where it happens again, read it with the offline reader.",
        detail,
    )


def _sent(error: Exception) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in _NOT_SENT:
            return False
        cause = cause.__cause__
    return True


def _status(error: Any, key: str) -> Fault:
    status, code = int(error.status_code), str(error.code or "")
    detail: dict[str, Any] = {"status": status}
    detail |= {k: v[:100] for k, v in (("code", code), ("param", str(error.param or ""))) if v}
    if request := getattr(error, "request_id", None):
        detail["request_id"] = str(request)[:100]
    if status in (401, 403):
        # such answers repeat parts of the key, masked in ways nobody can foresee
        return Fault(
            rejected("The model's provider does not accept the key.", detail), sent=False, status=status
        )
    if code in _NO_MONEY:
        error_ = rejected(
            "The account at the model's provider has no quota left.", detail, "Add credit to the account."
        )
        return Fault(error_, sent=False, status=status)
    detail["provider"] = redacted(error.message, key)
    if status in (408, 409, 429) or (status >= 500 and status != 501):
        words = "is too busy" if status == 429 else f"answered with status {status}"
        after = _retry_after(error.response.headers)
        if after is not None:
            detail["retry_after"] = after
        return unavailable(f"The model's provider {words}.", detail, after=after, sent=False, status=status)
    return Fault(
        rejected(f"The model's provider refused the request with status {status}.", detail),
        sent=False,
        status=status,
        param=str(error.param) if error.param else None,
        told=_has_error(error.response),
    )


def _has_error(response: Any) -> bool:
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and isinstance(body.get("error"), dict)


def _retry_after(headers: Any) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or a date, RFC 9110 section 10.2.3)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        told = headers.get(name)
        if told is None:
            continue
        try:
            return max(0.0, float(told) * unit)
        except ValueError:
            moment = email.utils.parsedate_tz(told)
            if moment is not None:
                return max(0.0, email.utils.mktime_tz(moment) - time.time())
    return None
