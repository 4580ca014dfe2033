"""The main job over Supabase: a real server, Ray and container; the worker has signed addresses and no key."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from p2n_schemas.reports import Report
from p2n_schemas.runs import Run
from ray_runner.head import Head
from ray_runner.processes import descendants, mentioning
from tests.live_server import LiveServer
from tests.stores.conftest import Supabase
from tests.test_cli import p2n

pytestmark = [pytest.mark.docker, pytest.mark.ray, pytest.mark.timeout(900)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "p2n"
    yield data
    command = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(data)]
    subprocess.run(command, timeout=120, check=False)


def test_from_a_pdf_to_a_verdict_and_to_nothing(
    supabase: Supabase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = supabase.site
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", site.key)
    with LiveServer(folder, options=(f"--P2NApp.supabase_url={site.url}",)) as server:
        checks = {check["name"]: check["status"] for check in server.call("GET", "/doctor")["checks"]}
        assert [checks[f"supabase {part}"] for part in ("key", "database", "storage")] == ["ok"] * 3
        plan = server.prepare()
        queued = server.call("POST", f"/plans/{plan['id']}/run")
        events = list(server.events(f"/runs/{queued['id']}/events", timeout=600))
        run = Run.model_validate(server.call("GET", f"/runs/{queued['id']}"))
        assert events[-1]["type"] == "end"
        assert run.status == "succeeded", run.error
        assert site.storage.uploads_by_token >= 4, (
            "metrics, events, lines and notebook came by signed addresses"
        )
        listed = server.call("GET", f"/runs/{run.id}/artifacts")["artifacts"]
        assert {"metrics.json", "events.jsonl", "logs.txt", "executed.ipynb"} <= {
            file["name"] for file in listed
        }
        for file in listed:
            assert file["url"].startswith(f"{site.url}/storage/v1/object/sign/p2n/runs/{run.id}/")
            with urlopen(file["url"], timeout=20) as answer:
                assert hashlib.sha256(answer.read()).hexdigest() == file["sha256"]
        trace = server.call("GET", f"/runs/{run.id}/trace")
        stored = {span["name"] for span in trace["spans"] if span["process"] == "server"}
        assert {"p2n.store.add_run", "p2n.store.put", "p2n.store.transition", "p2n.store.exists"} <= stored
        report = Report.model_validate(server.call("GET", f"/papers/{plan['paper_id']}/report"))
        assert any(verdict.verdict != "not_run" for verdict in report.verdicts)
        assert server.request("GET", f"/papers/{plan['paper_id']}/report.crate.zip")[0] == 200

        counts = supabase.counts()
        assert (counts["papers"], counts["plans"], counts["runs"]) == (1, 1, 1)
        assert not (folder / "p2n.sqlite3").exists()
        assert not (folder / "objects").exists()
        _nobody_behind_the_server_has_the_key(folder, site.key)

        shown = p2n(folder, "runs", "--json").stdout
        assert run.id not in shown, "the command line without the setting sees its own data folder"
        monkeypatch.setenv("SUPABASE_URL", site.url)
        assert run.id in p2n(folder, "runs", "--json").stdout

        server.call("DELETE", f"/papers/{plan['paper_id']}")
        assert {table: count for table, count in supabase.counts().items() if count} == {}
        assert site.objects() == {}


def _nobody_behind_the_server_has_the_key(folder: Path, key: str) -> None:
    """No file of the data folder holds it, and no process of Ray's was started with it or was told it."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert key.encode() not in path.read_bytes(), path
    bridge = mentioning(f"ray_runner.bridge --state-dir={folder}")
    # Workers have no folder in their command lines, but descend from processes that have.
    head = descendants(mentioning(f"{Head(folder).temp_dir}/")) - bridge
    assert len(bridge) == 1
    looked = []
    for pid in bridge | head:
        try:
            told = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        except OSError:
            continue
        looked.append(told[0])
        assert not any(key.encode() in each for each in told), told[0]
    assert any(b"raylet" in command for command in looked)
    assert any(b"ray::" in command for command in looked), "its workers too"
