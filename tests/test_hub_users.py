"""Two users, told apart by the server's own identity provider and authorizer: P2N asks them on every route."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.operation import Operation
from p2n_schemas.operations import OPERATIONS
from tests import hub_users
from tests.live_server import LiveServer
from tests.test_auth import path_of

ADA, BOB = ({"Authorization": f"token token-of-{name}"} for name in ("ada", "bob"))
CLOSED = [operation for operation in OPERATIONS if not operation.public]


class Servers:
    """A server for each owner, with a data folder of its own, as a hub spawns them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, authorizer: str) -> None:
        self.running: dict[str, LiveServer] = {}
        for owner in ("ada", "bob"):
            monkeypatch.setenv(hub_users.OWNER, owner)
            options = (
                "--ServerApp.identity_provider_class=tests.hub_users.HubUsers",
                f"--ServerApp.authorizer_class=tests.hub_users.{authorizer}",
            )
            self.running[owner] = LiveServer(folder / owner / "p2n", options=options)


@pytest.fixture
def servers(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, LiveServer]]:
    made = Servers(tmp_path, monkeypatch, request.param)
    yield made.running
    for server in made.running.values():
        server.stop()


def asked(server: LiveServer, operation: Operation, headers: dict[str, str]) -> ErrorCode | None:
    body = {} if operation.method in ("POST", "PUT", "PATCH") else None
    try:
        server.call(operation.method, path_of(operation), body, headers)
    except P2NError as error:
        return error.info.code
    return None


def papers(server: LiveServer, headers: dict[str, str]) -> list[Any]:
    found: list[Any] = server.call("GET", "/papers", headers=headers)["papers"]
    return found


@pytest.mark.parametrize("servers", ["OwnerAlone"], indirect=True)
def test_what_is_one_users_no_other_user_sees_or_changes(servers: dict[str, LiveServer]) -> None:
    ada, bob = servers["ada"], servers["bob"]
    paper = ada.call("POST", "/papers/sample", headers=ADA)["paper"]
    assert [found["id"] for found in papers(ada, ADA)] == [paper["id"]]
    refused = {asked(ada, operation, BOB) for operation in CLOSED}
    assert refused == {ErrorCode.E_FORBIDDEN}
    assert papers(bob, BOB) == []
    with pytest.raises(P2NError) as unknown:
        bob.call("GET", f"/papers/{paper['id']}", headers=BOB)
    assert unknown.value.info.code is ErrorCode.E_NOT_FOUND
    for owner in (ada, bob):
        assert owner.data_dir.stat().st_mode & 0o077 == 0
    assert {asked(ada, operation, {"Authorization": "token nobody"}) for operation in CLOSED} == {
        ErrorCode.E_UNAUTHENTICATED
    }


@pytest.mark.parametrize("servers", ["OthersRead"], indirect=True)
def test_who_may_only_look_changes_nothing(servers: dict[str, LiveServer]) -> None:
    ada = servers["ada"]
    paper = ada.call("POST", "/papers/sample", headers=ADA)["paper"]
    assert [found["id"] for found in papers(ada, BOB)] == [paper["id"]]
    changing = [operation for operation in CLOSED if operation.method != "GET"]
    assert len(changing) > 10
    assert {asked(ada, operation, BOB) for operation in changing} == {ErrorCode.E_FORBIDDEN}
    ada.call("DELETE", f"/papers/{paper['id']}", headers=ADA)
    assert papers(ada, BOB) == []
