"""C-RUN-02: culprits are named, the honest are left alone, and sample plans give the same bytes each time.

`pytest -s tests/test_determinism.py` prints each attribution, and how many are right.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_ext.judging import NotebookAnalyst
from p2n_schemas.determinism import Comparison, DeterminismCode, DeterminismValidation
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody
from tests.culprits.culprits import CULPRITS, TORCH_CULPRITS
from tests.culprits.guest import execute
from tests.culprits.honest import HONEST
from tests.culprits.notebooks import Notebook
from tests.culprits.unseen import UNSEEN
from tests.live_server import LiveServer
from tests.own_notebooks import ended, request
from tests.test_cli import p2n

PLANS = sorted((Path(__file__).parents[1] / "examples" / "plans").glob("*.json"))


def compared(notebook: Notebook, folder: Path) -> Comparison:
    """Two runs, each in a fresh process with the environment of the sandbox; a third where luck made a culprit's equal."""
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda run: execute(notebook, folder / str(run), run), range(2)))
    comparison = NotebookAnalyst().compare(outcomes)
    if comparison.identical and notebook.cause is not None:
        comparison = NotebookAnalyst().compare([*outcomes, execute(notebook, folder / "2", 2)])
    return comparison


def named(comparison: Comparison) -> DeterminismCode | None:
    return comparison.causes[0].code if comparison.causes else None


def tell(kind: str, notebooks: Sequence[Notebook], found: dict[str, Comparison]) -> list[str]:
    """Prints each attribution; gives those that are wrong."""
    wrong = []
    for notebook in notebooks:
        comparison = found[notebook.name]
        is_right = comparison.identical is (notebook.cause is None) and named(comparison) is notebook.cause
        sure = f" ({comparison.causes[0].certainty})" if comparison.causes else ""
        print(
            f"{'right' if is_right else 'WRONG'}  {notebook.name}: {named(comparison) or 'identical'}{sure}"
        )
        if not is_right:
            wrong.append(notebook.name)
    print(f"{kind}: {len(notebooks) - len(wrong)} of {len(notebooks)} right")
    return wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "notebooks"),
    [("culprits", CULPRITS), ("culprits in other styles", UNSEEN), ("honest notebooks", HONEST)],
    ids=["culprits", "unseen", "honest"],
)
def test_each_cause_is_named_and_nobody_is_blamed_for_nothing(
    kind: str, notebooks: Sequence[Notebook], tmp_path: Path
) -> None:
    found = {
        notebook.name: compared(notebook, tmp_path / str(number)) for number, notebook in enumerate(notebooks)
    }
    assert tell(kind, notebooks, found) == []


def test_there_are_a_dozen_culprits_and_each_cause_is_among_them() -> None:
    planted = {notebook.cause for notebook in (*CULPRITS, *TORCH_CULPRITS)}
    assert len(CULPRITS) >= 12
    assert planted == set(DeterminismCode) - {DeterminismCode.E_DETERMINISM_UNKNOWN}


def plan_notebook(path: Path) -> dict[str, Any]:
    """A sample plan's notebook as a request, with two repeats and three epochs so that the test is short."""
    body = PlanBody.model_validate_json(path.read_bytes(), strict=True)
    experiments = [
        entry.model_copy(
            update={
                "config": entry.config.model_copy(
                    update={"repeats": 2, "epochs": entry.config.epochs and min(3, entry.config.epochs)}
                )
            }
        )
        for entry in body.experiments
    ]
    paper = Paper(
        id="p_0",
        sha256="0" * 64,
        title="A sample paper",
        filename="sample.pdf",
        size_bytes=1,
        pages=2,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    build = CatalogNotebookBuilder().build(body.model_copy(update={"experiments": experiments}), [], paper)
    return request(
        json.loads(build.notebook),
        requirements=build.requirements,
        datasets=[mount.name for mount in build.datasets],
        name=path.stem,
        seed=body.config.seed,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("determinism") / "p2n"
    with LiveServer(folder) as running:
        yield running
    command = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)]
    subprocess.run(command, timeout=120, check=False)


def ran(server: LiveServer, wanted: dict[str, Any]) -> str:
    run_id = str(server.call("POST", "/runs", wanted)["id"])
    ended(server, run_id, 240)
    return run_id


def validated(server: LiveServer, run_id: str, runs: int) -> DeterminismValidation:
    server.call("POST", f"/runs/{run_id}/validate_determinism", {"runs": runs})
    until = time.monotonic() + 240
    while time.monotonic() < until:
        found = DeterminismValidation.model_validate(
            server.call("GET", f"/runs/{run_id}/validate_determinism")
        )
        if found.status.is_terminal():
            return found
        time.sleep(0.2)
    raise AssertionError(found)


@pytest.mark.docker
@pytest.mark.ray
@pytest.mark.timeout(400)
@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_three_of_three_runs_of_a_sample_plan_are_byte_identical(server: LiveServer, path: Path) -> None:
    run_id = ran(server, plan_notebook(path))
    done = validated(server, run_id, 3)
    assert done.status == "identical", done
    assert [entry.original for entry in done.runs] == [True, False, False, False]
    assert len({entry.metrics_sha256 for entry in done.runs}) == 1
    contents = set()
    for entry in done.runs:
        files = server.call("GET", f"/runs/{entry.run_id}/artifacts")["artifacts"]
        url = next(file["url"] for file in files if file["name"] == "metrics.json")
        contents.add(server.request("GET", url)[1])
    assert len(contents) == 1
    print(f"{path.stem}: 3 of 3 runs byte-identical, {len(contents.pop())} bytes of metrics.json")


@pytest.mark.docker
@pytest.mark.ray
@pytest.mark.timeout(400)
def test_causes_in_the_real_sandbox(server: LiveServer) -> None:
    torch = plan_notebook(next(path for path in PLANS if path.stem == "torch_network"))
    found: dict[str, Comparison] = {}
    for notebook in TORCH_CULPRITS:
        wanted = torch | {"notebook": json.loads(notebook.document()), "datasets": []}
        done = validated(server, ran(server, wanted), 2)
        assert done.comparison is not None, done
        found[notebook.name] = done.comparison
    assert tell("culprits in the sandbox", TORCH_CULPRITS, found) == []


@pytest.mark.docker
@pytest.mark.ray
@pytest.mark.timeout(300)
def test_the_command_line_shows_the_first_cell_that_differs_side_by_side(server: LiveServer) -> None:
    culprit = next(notebook for notebook in CULPRITS if notebook.name == "random unseeded")
    run_id = ran(server, request(json.loads(culprit.document())))
    done = p2n(server.data_dir, "determinism", run_id, "--runs", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    for words in (
        "different: the runs gave different bytes of metrics.json",
        "test_mean",
        "first cell that differs: 5",
        "certain: E_DETERMINISM_UNSEEDED_RNG",
        "random.shuffle(rows)",
        "→ Seed it",
    ):
        assert words in done.stdout
    sides = [line for line in done.stdout.splitlines() if line.count("metric test_mean") == 2]
    assert len(sides) == 1
    shown = DeterminismValidation.model_validate(server.call("GET", f"/runs/{run_id}/validate_determinism"))
    assert shown.status == "different"


def test_the_command_line_knows_no_such_run(data_dir: Path) -> None:
    done = p2n(data_dir, "determinism", "r_none")
    assert (done.returncode, "E_NOT_FOUND" in done.stdout) == (1, True)
