"""The contract, the route table and the committed schemas say the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from p2n_ext.handlers import API_PATH, ROUTES
from p2n_schemas import openapi
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.operations import OPERATIONS
from p2n_schemas.runs import RunStatus

ROOT = Path(__file__).parent.parent


def verbs(handler: type) -> set[str]:
    return {verb for verb in ("GET", "POST", "PUT", "PATCH", "DELETE") if verb.lower() in handler.__dict__}


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    served = {(verb, path) for path, handler in ROUTES for verb in verbs(handler)}
    assert served == {(operation.method, operation.path) for operation in OPERATIONS}
    assert openapi.API_PATH == API_PATH


def test_the_committed_schemas_are_the_models() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "write_schemas.py"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_the_openapi_document_is_valid() -> None:
    document = openapi.document()
    references = _references(document)
    assert references
    for reference in references:
        name = reference.rpartition("/")[2]
        assert name in document["components"]["schemas"], reference


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values())) if value else own
    if isinstance(value, list):
        return set().union(*map(_references, value)) if value else set()
    return set()


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_error_travels_between_processes_and_has_a_status(code: ErrorCode) -> None:
    import pickle

    error = pickle.loads(pickle.dumps(P2NError(code, "what", "do", {"a": 1})))
    assert (error.code, error.info.message, error.info.detail) == (code, "what", {"a": 1})
    assert 400 <= code.http_status < 600


def test_a_terminal_state_is_never_left() -> None:
    for status in RunStatus:
        for other in RunStatus:
            if status.is_terminal():
                assert not status.can_become(other)
    assert RunStatus.QUEUED.can_become(RunStatus.RUNNING)
    assert RunStatus.QUEUED.can_become(RunStatus.CANCELLED)
    assert not RunStatus.RUNNING.can_become(RunStatus.QUEUED)
