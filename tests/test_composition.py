"""The services are one object, whoever asks first."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from p2n_ext.app import P2NApp
from p2n_ext.handlers import SERVICES


def test_a_request_that_comes_while_the_services_are_built_gets_the_same_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[object] = []

    def slow(self: P2NApp) -> Any:
        made = object()
        time.sleep(0.3)
        built.append(made)
        return made

    monkeypatch.setattr(P2NApp, "build", slow)
    app = P2NApp()
    app.initialize_settings()
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(app.settings[SERVICES]())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(built) == 1
    assert set(map(id, got)) == {id(built[0])}
