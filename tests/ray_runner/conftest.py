"""One environment, built fresh for the session, and one Ray head: both are slow to make and safe to share."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_notebooks import notebook

from p2n_schemas.execution import ResolvedEnvironment
from p2n_schemas.runs import DatasetMount, RunSpec, RunStatus, UploadGrant
from ray_runner.sandbox.docker import DockerSandbox
from ray_runner.sandbox.protocol import Limits
from ray_runner.task import run
from ray_runner.workdir import run_folder

REQUIREMENTS = "ipykernel==7.4.0\nnbclient==0.11.0\n"
ARTIFACTS = (
    "metrics.json",
    "events.jsonl",
    "events.jsonl.gz",
    "logs.txt",
    "logs.txt.gz",
    "executed.ipynb",
    "figure-01.png",
    "files.zip",
)


@pytest.fixture(scope="session")
def resolved() -> ResolvedEnvironment:
    """A lock that no earlier session had, so that its environment is built in this one."""
    from ray_runner.sandbox.lock import DockerResolver, environment_hash

    found = asyncio.run(DockerResolver().resolve(REQUIREMENTS))
    lock = f"# {uuid.uuid4()}\n{found.requirements_lock}"
    return ResolvedEnvironment(
        requirements_lock=lock,
        image_digest=found.image_digest,
        python_version=found.python_version,
        env_hash=environment_hash(lock, found.image_digest, found.python_version),
    )


@pytest.fixture(scope="session")
def forget_environment(resolved: ResolvedEnvironment) -> Iterator[None]:
    from ray_runner.sandbox.engine import connect
    from ray_runner.sandbox.eviction import remove_environment

    yield
    client = connect()
    remove_environment(client, resolved.env_hash, resolved.image_digest)
    client.close()


MakeSpec = Callable[..., RunSpec]


@pytest.fixture
def make_spec(resolved: ResolvedEnvironment, forget_environment: None, tmp_path: Path) -> Iterator[MakeSpec]:
    made: list[str] = []

    def make(*cells: str, **changes: Any) -> RunSpec:
        run_id = f"test-{uuid.uuid4().hex[:12]}"
        made.append(run_id)
        store = tmp_path / run_id
        return RunSpec(
            **{
                "run_id": run_id,
                "plan_id": "plan",
                "paper_id": "paper",
                "env_hash": resolved.env_hash,
                "image_digest": resolved.image_digest,
                "python_version": resolved.python_version,
                "requirements_lock": resolved.requirements_lock,
                "notebook": notebook(*cells),
                "budget_seconds": 120,
                "seed": 42,
                "first_seq": 1,
                "grants": [UploadGrant(name=name, url=(store / name).as_uri()) for name in ARTIFACTS],
            }
            | changes
        )

    yield make
    for run_id in made:
        shutil.rmtree(run_folder(run_id), ignore_errors=True)


class Finished:
    """A run after its end, with the readers that tests want."""

    def __init__(self, spec: RunSpec, status: RunStatus, events: list[dict[str, Any]]) -> None:
        self.spec = spec
        self.status = status
        self.events = events
        self.end = events[-1]["payload"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event["payload"] for event in self.events if event["type"] == kind]

    def lines(self, stream: str) -> list[str]:
        return [
            line
            for payload in self.of("log_line")
            if payload["stream"] == stream
            for line in payload["lines"]
        ]

    def artifact(self, name: str) -> bytes:
        url = next(grant.url for grant in self.spec.grants if grant.name == name)
        return Path(url.removeprefix("file://")).read_bytes()


@pytest.fixture
def run_here() -> Callable[..., Finished]:
    """Run a spec in this process, in a real container."""

    def execute(
        spec: RunSpec,
        limits: Limits = Limits(),  # noqa: B008
        on_event: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> Finished:
        events: list[dict[str, Any]] = []

        def listen(event: bytes) -> None:
            events.append(json.loads(event))
            on_event(events[-1])

        status = run(
            spec,
            listen,
            lambda run_id, cancelled: DockerSandbox(run_id, cancelled=cancelled, limits=limits),
        )
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert events[-1]["type"] == "end"
        assert events[-1]["payload"]["status"] == status
        return Finished(spec, status, events)

    return execute


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """Where the session's Ray head lives; it is ended with the session."""
    from ray_runner.head import Head

    folder = Path(tempfile.mkdtemp(prefix="p2n-test-"))
    yield folder
    Head(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mount() -> DatasetMount:
    return DatasetMount(
        name="numbers",
        loader=(
            "import os, pathlib\n"
            "root = pathlib.Path(os.environ['P2N_DATA'])\n"
            "(root / 'deep').mkdir()\n"
            "(root / 'b.txt').write_text('two')\n"
            "(root / 'deep' / 'a.txt').write_text('one')\n"
            "print('loaded')\n"
        ),
    )
