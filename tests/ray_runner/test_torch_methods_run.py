"""Every network of the catalogue, as its cells are written, in the sandbox with the torch that the catalogue pins."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_notebooks import notebook

from p2n_ext.catalog.requirements import requirements_txt
from p2n_schemas.runs import RunSpec, RunStatus, UploadGrant
from ray_runner.sandbox.lock import DockerResolver
from tests.catalog.torch_cases import CASES


@pytest.mark.docker
@pytest.mark.timeout(600)
def test_the_networks_learn_and_repeat_in_the_sandbox(tmp_path: Path, run_here: Callable[..., Any]) -> None:
    # the same packages as a sample plan's, so that one environment serves both
    resolved = asyncio.run(DockerResolver().resolve(requirements_txt(["scikit-learn", "torch", "numpy"])))
    spec = RunSpec(
        run_id=f"test-{uuid.uuid4().hex[:12]}",
        env_hash=resolved.env_hash,
        image_digest=resolved.image_digest,
        python_version=resolved.python_version,
        requirements_lock=resolved.requirements_lock,
        notebook=notebook(*(case.source() for case in CASES)),
        budget_seconds=400,
        seed=0,
        first_seq=1,
        grants=[UploadGrant(name="logs.txt", url=(tmp_path / "logs.txt").as_uri())],
        requires_metrics=False,
    )
    finished = run_here(spec)
    assert finished.status is RunStatus.SUCCEEDED, finished.end["error"]
    told = {line.split()[0]: line.split()[1:] for line in finished.lines("stdout")}
    assert set(told) == {case.name for case in CASES}
    for name, (accuracy, trivial, same, *shape) in told.items():
        assert float(accuracy) > float(trivial) + 0.05, name
        assert same == "True", name
        assert (len(shape) == 2) == name.endswith("probabilities")
