"""A plan on data from outside, all the way: fetched from a mirror, checked, read by the notebook that has no network."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import numpy as np
import pytest

from p2n_ext.catalog.datasets import Sources
from p2n_ext.catalog.datasets.openml import BANKNOTE
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_schemas.claims import Quote
from p2n_schemas.papers import Paper
from p2n_schemas.plans import (
    Config,
    DatasetSpec,
    Experiment,
    Fidelity,
    Justification,
    MetricSpec,
    ModelSpec,
    PlanBody,
    Policy,
    Protocol,
)
from p2n_schemas.runs import RunSpec, RunStatus, UploadGrant
from ray_runner.sandbox.environment import dataset_key, dataset_volume
from ray_runner.sandbox.lock import DockerResolver
from tests.bridge_network import host_address


def plan() -> PlanBody:
    metric = MetricSpec(
        name="accuracy", split="test", claim_id="c", goal=0.99, tolerance=0.01, direction="maximize"
    )
    experiment = Experiment(
        id="tree",
        model=ModelSpec(name="decision_tree", named_in_paper_as="a tree"),
        metrics=[metric],
        fidelity=Fidelity.REDUCED,
        estimated_seconds=1,
    )
    return PlanBody(
        dataset=DatasetSpec(
            name=BANKNOTE.key,
            title=BANKNOTE.title,
            source=BANKNOTE.source,
            licence=BANKNOTE.licence,
            named_in_paper_as="banknotes",
        ),
        config=Config(
            framework="scikit-learn",
            seed=0,
            protocol=Protocol(kind="holdout", test_fraction=0.3),
            repeats=1,
        ),
        experiments=[experiment],
        justifications=[Justification(subject="dataset", quote=Quote(text="banknotes", page=1))],
        estimated_runtime_minutes=0.1,
        license_compliant=True,
        policy=Policy(budget_minutes=2),
    )


def arff() -> bytes:
    """As many rows as the real file has; the first feature tells the class."""
    rng = np.random.default_rng(
        uuid.uuid4().int
    )  # other bytes in every run of this test: nothing is found cached
    rows = "".join(
        f"{2 * (n % 2) - 1 + rng.normal() / 10:.4f},{rng.normal():.4f},0,0,{1 + n % 2}\n" for n in range(1372)
    )
    names = "".join(f"@attribute V{number} numeric\n" for number in range(1, 5))
    return f"@relation banknote\n{names}@attribute Class {{1,2}}\n@data\n{rows}".encode()


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_a_run_on_data_from_a_mirror(
    tmp_path: Path, run_here: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = arff()
    about = {
        "id": "1462",
        "format": "ARFF",
        "file_id": "9",
        "status": "active",
        "md5_checksum": hashlib.md5(body).hexdigest(),
    }
    answers = {
        "/api/v1/json/data/1462": json.dumps({"data_set_description": about}).encode(),
        "/data/v1/download/9": body,
    }

    class Mirror(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path)
            self.send_response(200 if answer else 404)
            self.end_headers()
            self.wfile.write(answer or b"")

    client = docker.from_env()
    gateway = host_address(client)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, gateway)
    paper = Paper(
        id="p",
        sha256="0" * 64,
        title="t",
        filename="f",
        size_bytes=1,
        pages=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with ThreadingHTTPServer(("", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mirror = Sources({"openml": f"http://{gateway}:{server.server_port}"})
        build = CatalogNotebookBuilder(mirror).build(plan(), [], paper)
        (mount,) = build.datasets
        assert mount.needs_network
        # this data is made up: it must not become the record of the real one
        mount = mount.model_copy(update={"recorded_as": None})
        resolved = asyncio.run(DockerResolver().resolve(build.requirements))
        finished = run_here(
            RunSpec(
                run_id=f"test-{uuid.uuid4().hex[:12]}",
                env_hash=resolved.env_hash,
                image_digest=resolved.image_digest,
                python_version=resolved.python_version,
                requirements_lock=resolved.requirements_lock,
                notebook=build.notebook,
                datasets=[mount],
                budget_seconds=120,
                seed=0,
                first_seq=1,
                grants=[UploadGrant(name="metrics.json", url=(tmp_path / "metrics.json").as_uri())],
            )
        )
        server.shutdown()
    for volume in client.volumes.list(
        filters={"name": dataset_volume(dataset_key(mount, resolved.env_hash))}
    ):
        volume.remove()
    client.close()
    assert finished.status is RunStatus.SUCCEEDED, finished.end["error"]
    (metric,) = json.loads((tmp_path / "metrics.json").read_bytes())["metrics"]
    assert metric["dataset"] == "banknote"
    assert metric["value"] > 0.95
