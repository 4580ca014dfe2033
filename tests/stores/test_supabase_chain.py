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
    """No file of the data folder holds it, and no process of Ray's was started with it."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert key.encode() not in path.read_bytes(), path
    looked = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in command and b"jupyter_server" not in command:
            looked += 1
            assert key.encode() not in environment, command
    assert looked > 3, "the bridge, and the processes of the Ray head"
