"""What every route shares: who may come in, how a body is read, and the one shape of an error."""

from __future__ import annotations

import ipaddress
from http.client import responses
from typing import Any, TypeVar, cast

from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
)
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from pydantic import BaseModel, ValidationError
from tornado import web

from p2n_schemas.errors import ErrorBody, ErrorCode, ErrorInfo, P2NError, invalid
from p2n_schemas.event_redaction import redacted
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import Span, TraceContext, enter

from ..services import Services
from ..services.faults import explained

AUTH_RESOURCE = "p2n"
SERVICES = "p2n_services"
MAX_JSON_BYTES = 12 << 20
_ANONYMOUS = (IdentityProvider, LegacyIdentityProvider, PasswordIdentityProvider)
_IDS = {"papers": "paper_id", "plans": "plan_id", "runs": "run_id", "claims": "claim_id"}
M = TypeVar("M", bound=BaseModel)

_BY_STATUS = {
    400: (ErrorCode.E_BAD_REQUEST, "Correct the request; GET /p2n/api/v1/openapi.json describes it."),
    401: (ErrorCode.E_UNAUTHENTICATED, "Log in, or send a token: Authorization: token …"),
    403: (ErrorCode.E_FORBIDDEN, "Log in, or send a token: Authorization: token …"),
    404: (ErrorCode.E_NOT_FOUND, "Check the address; GET /p2n/api/v1/openapi.json lists the routes."),
    405: (ErrorCode.E_METHOD_NOT_ALLOWED, "GET /p2n/api/v1/openapi.json lists what each route takes."),
    413: (ErrorCode.E_PDF_TOO_LARGE, "Take a smaller version of the paper, or raise P2NApp.max_pdf_mb."),
}


class P2NHandler(ExtensionHandlerMixin, APIHandler):
    """Base of all routes; a subclass's verbs are each @web.authenticated and @authorized."""

    auth_resource = AUTH_RESOURCE
    _span: Span | None = None
    _redactor = Redactor()

    async def prepare(self, *arguments: Any, **named: Any) -> None:
        await super().prepare(*arguments, **named)
        telemetry = self.services.telemetry
        self._redactor = telemetry.redactor
        name, route, ids = _route(self)
        parent = TraceContext.parse(self.request.headers.get("traceparent"))
        self._span = telemetry.tracer.begin(f"p2n.api.{name}", parent, shared=ids)
        self._span.set(**{"http.request.method": self.request.method, "http.route": route})
        # This request has a task of its own, so it is the current span for what is called from here alone.
        enter(self._span)

    def on_finish(self) -> None:
        if self._span is not None:
            self._span.set(**{"http.response.status_code": self.get_status()})
            if self.get_status() >= 500 and self._span.status != "error":
                self._span.fail(f"HTTP {self.get_status()}")
            self._span.end()
        super().on_finish()

    @property
    def services(self) -> Services:
        return cast(Services, self.settings[SERVICES]())

    def who(self) -> str:
        """Whom a limit for each user counts.

        The server's own identity providers make up a new name for each request that brings a token and no cookie, so
        behind them the client's address is what tells users apart; an IPv6 client has a whole /64 to itself.
        """
        if type(self.identity_provider) not in _ANONYMOUS:
            return f"user {self.current_user.username}"
        try:
            address = ipaddress.ip_address(self.request.remote_ip or "")
        except ValueError:
            return f"address {self.request.remote_ip}"
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
            return f"address {ipaddress.ip_network((address, 64), strict=False)}"
        return f"address {getattr(address, 'ipv4_mapped', None) or address}"

    def idempotency_key(self) -> str | None:
        """Raises E_VALIDATION."""
        key = self.request.headers.get("Idempotency-Key")
        if key is not None and not 1 <= len(key) <= 200:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                "Idempotency-Key: 1 to 200 characters are wanted.",
                "Send a UUID, for instance.",
            )
        return key

    def body(self, model: type[M]) -> M:
        """The request's JSON as a model; an absent body is an empty object. Raises E_VALIDATION."""
        if len(self.request.body or b"") > MAX_JSON_BYTES:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"The body is larger than {MAX_JSON_BYTES >> 20} MiB.",
                "Send less: clear a notebook's outputs before sending it, for instance.",
            )
        try:
            return model.model_validate_json(self.request.body or b"{}")
        except ValidationError as error:
            raise invalid(error) from None

    def query(self, model: type[M]) -> M:
        """The query's arguments as a model; those that are empty or not of it are passed over.

        A field that is a tuple takes every argument of its name. Raises E_VALIDATION.
        """
        given: dict[str, str | list[str]] = {}
        for name, field in model.model_fields.items():
            texts = [text for text in self.get_query_arguments(name) if text]
            if texts:
                given[name] = texts if isinstance(field.default, tuple) else texts[-1]
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise invalid(error) from None

    def answer(self, value: BaseModel, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(value.model_dump_json())

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        info = self._info(status_code, error)
        if self._span is not None and error is not None:
            self._span.fail(error)
        self.clear_header("Content-Disposition")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_status(status_code if isinstance(error, web.HTTPError) else info.code.http_status)
        if info.code.http_status == 429:
            self.set_header("Retry-After", str(info.detail.get("retry_after_seconds", 30)))
        self.finish(ErrorBody(error=redacted(info, self._redactor)).model_dump_json())

    def _info(self, status_code: int, error: BaseException | None) -> ErrorInfo:
        if isinstance(error, P2NError):
            return error.info
        if isinstance(error, web.HTTPError) or error is None:
            code, remediation = _BY_STATUS.get(
                status_code, (ErrorCode.E_INTERNAL, "The server's log has the details; please report them.")
            )
            if code is ErrorCode.E_FORBIDDEN and not self.current_user:
                code = ErrorCode.E_UNAUTHENTICATED
            message = (error.log_message if isinstance(error, web.HTTPError) else None) or responses.get(
                status_code, "Unknown error"
            )
            return ErrorInfo(code=code, message=str(message), remediation=remediation)
        return explained(error)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        # A refusal is an answer, not a fault of ours: it needs no traceback in the log. What was not foreseen is logged
        # where it is explained; Tornado's own words hold the address with all that stands in it.
        if isinstance(value, web.HTTPError):
            super().log_exception(typ, value, tb)


class UnknownRoute(P2NHandler):
    """Below our prefix even an unknown address answers in our error body."""

    @web.authenticated
    async def get(self) -> None:
        raise web.HTTPError(404, "There is no such route.")

    post = put = patch = delete = get


def _route(handler: P2NHandler) -> tuple[str, str, dict[str, str]]:
    """Name, route and ids of a request; the name is the operation's in openapi.json, whatever the ids are."""
    if isinstance(handler, UnknownRoute):
        return "unknown", "", {}
    path = handler.request.path.partition("/p2n/api/v1")[2]
    values = {value for value in handler.path_args if value}
    parts = ["{id}" if part in values else part for part in path.strip("/").split("/")]
    words = [word for part in parts for word in part.strip("{}").split(".")]
    ids = {}
    if len(parts) > 1 and parts[1] == "{id}" and parts[0] in _IDS:
        ids[_IDS[parts[0]]] = str(handler.path_args[0])
    return "_".join([str(handler.request.method).lower(), *words]), "/" + "/".join(parts), ids


def whole_number(handler: P2NHandler, name: str, default: int, low: int, high: int) -> int:
    """A query argument within bounds. Raises E_VALIDATION."""
    text = handler.get_query_argument(name, None)
    if text is None or text == "":
        return default
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise P2NError(
            ErrorCode.E_VALIDATION,
            f"{name}: a whole number from {low} to {high} is wanted.",
            f"Correct the argument {name!r} of the address.",
        )
    return number
