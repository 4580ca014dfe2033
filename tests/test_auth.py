"""No token, no access; no permission, no access: on every route, by walking the route table."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH, ROUTES
from p2n_schemas.errors import ErrorBody, ErrorCode
from p2n_schemas.operation import Operation
from p2n_schemas.operations import OPERATIONS

CLOSED = [operation for operation in OPERATIONS if not operation.public]
OPEN = [operation for operation in OPERATIONS if operation.public]


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def path_of(operation: Operation) -> str:
    return API_PATH + operation.path.replace("{id}", "x_0").replace("{token}", "AAAA.AAAA").replace(
        "{kind}", "csv"
    ).replace("{number}", "1")


async def refused(client: Any, base: str, operation: Operation, headers: dict[str, str]) -> ErrorBody:
    with pytest.raises(HTTPClientError) as caught:
        await client.fetch(
            url_path_join(base, path_of(operation)),
            method=operation.method,
            body="{}" if operation.method in ("POST", "PUT", "PATCH") else None,
            headers=headers,
            follow_redirects=False,
        )
    assert caught.value.code == 403
    assert caught.value.response is not None
    return ErrorBody.model_validate_json(caught.value.response.body)


@pytest.mark.parametrize("operation", CLOSED, ids=name)
async def test_no_token_no_access(
    operation: Operation, jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    for headers in ({}, {"Authorization": "token wrong"}):
        body = await refused(http_server_client, jp_base_url, operation, headers)
        assert body.error.code is ErrorCode.E_UNAUTHENTICATED


async def test_an_unknown_route_tells_strangers_nothing(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    unknown = Operation("GET", "/nowhere", "", None)
    body = await refused(http_server_client, jp_base_url, unknown, {})
    assert body.error.code is ErrorCode.E_UNAUTHENTICATED


async def test_a_browser_that_was_led_here_by_another_site_changes_nothing(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    login = await http_server_client.fetch(
        url_path_join(jp_base_url, "api/me") + f"?token={jp_serverapp.identity_provider.token}"
    )
    cookie = "; ".join(found.split(";")[0] for found in login.headers.get_list("Set-Cookie"))
    assert cookie
    samples = Operation("POST", "/papers/sample", "", None)
    await refused(http_server_client, jp_base_url, samples, {"Cookie": cookie})


class NobodyMayUseP2N(Authorizer):
    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource != "p2n"


class TestPermission:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ServerApp"]["authorizer_class"] = NobodyMayUseP2N
        return jp_server_config

    @pytest.mark.parametrize("operation", CLOSED, ids=name)
    async def test_no_permission_no_access(
        self,
        operation: Operation,
        jp_serverapp: Any,
        http_server_client: Any,
        jp_base_url: str,
        jp_auth_header: dict[str, str],
    ) -> None:
        body = await refused(http_server_client, jp_base_url, operation, jp_auth_header)
        assert body.error.code is ErrorCode.E_FORBIDDEN


async def test_only_the_signed_file_is_open_and_a_wrong_signature_opens_nothing(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    assert [operation.path for operation in OPEN] == ["/files/{token}"]
    body = await refused(http_server_client, jp_base_url, OPEN[0], {})
    assert body.error.code is ErrorCode.E_SIGNATURE_INVALID


def test_every_verb_says_who_may_use_it() -> None:
    for path, handler in ROUTES:
        for verb in ("get", "post", "put", "patch", "delete"):
            method = handler.__dict__.get(verb)
            if method is None:
                continue
            assert handler.auth_resource == "p2n"
            source = inspect.getsource(handler)
            if "{token}" in path:
                assert getattr(method, "__allow_unauthenticated", False)
            else:
                assert source.count("@web.authenticated") == source.count("@authorized") > 0
                assert not getattr(method, "__allow_unauthenticated", False)
