"""The one error body, on every route and for every kind of failure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_schemas.errors import ErrorBody, ErrorCode
from p2n_schemas.operation import Operation
from p2n_schemas.operations import OPERATIONS

API = API_PATH.strip("/").split("/")


def error_of(failure: HTTPClientError) -> ErrorBody:
    assert failure.response is not None
    assert failure.response.headers["Content-Type"].startswith("application/json")
    body = ErrorBody.model_validate_json(failure.response.body)
    assert body.error.message
    assert body.error.remediation
    assert b"Traceback" not in failure.response.body
    return body


async def failing(jp_fetch: Any, *path: str, **options: Any) -> tuple[int, ErrorBody]:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, *path, **options)
    return caught.value.code, error_of(caught.value)


def options_of(operation: Operation) -> dict[str, Any]:
    return {"method": operation.method, "allow_nonstandard_methods": True} | (
        {"body": "{}"} if operation.method in ("POST", "PUT", "PATCH") else {}
    )


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if "{id}" in operation.path],
    ids=lambda operation: f"{operation.method} {operation.path}",
)
async def test_an_unknown_id_is_not_found_in_the_one_shape(jp_fetch: Any, operation: Operation) -> None:
    options = options_of(operation)
    if operation.path.endswith("/notebook"):
        options["body"] = json.dumps({"notebook": {}})
    status, body = await failing(
        jp_fetch,
        *operation.path.replace("{id}", "x_0")
        .replace("{kind}", "csv")
        .replace("{number}", "1")
        .strip("/")
        .split("/"),
        **options,
    )
    assert (status, body.error.code) == (404, ErrorCode.E_NOT_FOUND)


async def test_an_unknown_route(jp_fetch: Any) -> None:
    for path in (["nowhere"], ["papers", "a", "b", "c"], ["files", "%00"]):
        status, body = await failing(jp_fetch, *path)
        assert (status, body.error.code) == (404, ErrorCode.E_NOT_FOUND)
    status, _ = await failing(jp_fetch, "nowhere", method="POST", body="{}")
    assert status == 404


async def test_a_verb_that_a_route_does_not_take(jp_fetch: Any) -> None:
    status, body = await failing(jp_fetch, "health", method="DELETE")
    assert (status, body.error.code) == (405, ErrorCode.E_METHOD_NOT_ALLOWED)


@pytest.mark.parametrize("body", ["", "{", "[]", '{"url": 3}', '{"url": "http://x.org/a", "more": 1}', '"é'])
async def test_a_body_that_is_not_what_it_should_be(jp_fetch: Any, body: str) -> None:
    status, error = await failing(
        jp_fetch, "papers", method="POST", body=body, allow_nonstandard_methods=True
    )
    assert (status, error.error.code) == (400, ErrorCode.E_VALIDATION)
    assert error.error.detail["problems"]


async def test_a_form_without_the_file(jp_fetch: Any) -> None:
    status, error = await failing(
        jp_fetch,
        "papers",
        method="POST",
        body="--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (status, error.error.code) == (400, ErrorCode.E_BAD_REQUEST)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"status": "gone"}])
async def test_a_query_out_of_bounds(jp_fetch: Any, query: dict[str, str]) -> None:
    status, error = await failing(jp_fetch, "runs", params=query)
    assert (status, error.error.code) == (400, ErrorCode.E_VALIDATION)


async def test_a_fault_of_ours_shows_no_traceback(jp_fetch: Any, jp_serverapp: Any, monkeypatch: Any) -> None:
    services = jp_serverapp.web_app.settings["p2n_services"]()

    async def broken() -> None:
        raise RuntimeError("secret-in-a-message")

    monkeypatch.setattr(services.papers, "papers", broken)
    status, error = await failing(jp_fetch, "papers")
    assert (status, error.error.code) == (500, ErrorCode.E_INTERNAL)
    assert "secret" not in error.model_dump_json()
