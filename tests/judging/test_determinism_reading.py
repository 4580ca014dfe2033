"""Reading code for what makes runs differ: what leads to a number, what is not taken for a cause, and hostile input."""

from __future__ import annotations

import json
from typing import Any

import pytest

from p2n_ext.judging import NotebookAnalyst
from p2n_ext.protocols import RunOutcome
from p2n_schemas.determinism import Comparison
from p2n_schemas.determinism import DeterminismCode as Code

METRIC = "application/vnd.p2n.metric+json"


def outcome(number: int, cells: list[tuple[str, list[dict[str, Any]]]], value: float | None) -> RunOutcome:
    """A run whose last cell reports one metric."""
    document: dict[str, Any] = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    document["cells"] = [
        {
            "cell_type": "code",
            "id": f"c{at}",
            "metadata": {},
            "execution_count": at,
            "source": source,
            "outputs": outs,
        }
        for at, (source, outs) in enumerate(cells)
    ]
    row = {"name": "loss", "value": value, "split": "", "dataset": "", "experiment": "", "repeat": 0}
    metrics = None if value is None else json.dumps({"metrics": [row]}).encode()
    if value is not None:
        shown = {
            "output_type": "display_data",
            "data": {METRIC: {"name": "loss", "value": value}},
            "metadata": {},
        }
        document["cells"][-1]["outputs"] = [*document["cells"][-1]["outputs"], shown]
    return RunOutcome(f"r_{number}", metrics, json.dumps(document).encode())


def stream(text: str) -> list[dict[str, Any]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


REPORT = f'display({{"{METRIC}": {{"name": "loss", "value": loss}}}}, raw=True)'


def differing(*sources: str, values: tuple[float, float] = (0.5, 0.25)) -> Comparison:
    cells = [(source, list[dict[str, Any]]()) for source in (*sources, REPORT)]
    return NotebookAnalyst().compare([outcome(n, cells, value) for n, value in enumerate(values)])


def best(comparison: Comparison) -> tuple[Code, str]:
    return comparison.causes[0].code, comparison.causes[0].certainty


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import torch\nmodel = net.to('cuda')\nloss = model(x)", Code.E_DETERMINISM_GPU),
        ("from torch import nn\nloss = nn.Linear(3, 1)(x).item()", Code.E_DETERMINISM_UNSEEDED_RNG),
        ("import requests\nloss = float(requests.get(address).text)", Code.E_DETERMINISM_EXTERNAL_INPUT),
        ("loss = frame.sample(frac=0.5).mean()", Code.E_DETERMINISM_UNSEEDED_RNG),
        (
            "from multiprocessing import Pool\nloss = sum(Pool(4).imap_unordered(f, xs))",
            Code.E_DETERMINISM_THREADS,
        ),
        ("loss = work()", Code.E_DETERMINISM_UNKNOWN),
        ("import numpy as np\nnp.random.seed(0)\nloss = np.random.rand()", Code.E_DETERMINISM_UNKNOWN),
        ("import torch\ntorch.manual_seed(0)\nloss = torch.rand(1)", Code.E_DETERMINISM_UNKNOWN),
        ("loss = sum(sorted(set(things)))", Code.E_DETERMINISM_UNKNOWN),
        ("%matplotlib inline\nimport random\nloss = random.random()", Code.E_DETERMINISM_UNSEEDED_RNG),
    ],
)
def test_a_cause_is_read_from_the_code(source: str, code: Code) -> None:
    assert best(differing(source))[0] is code


def test_what_does_not_lead_to_the_number_is_no_cause() -> None:
    found = differing(
        "import time, uuid\nbegan = time.time()\nname = str(uuid.uuid4())",
        "import random\nloss = random.random()",
        "print(name, time.time() - began)",
    )
    assert [cause.code for cause in found.causes] == [Code.E_DETERMINISM_UNSEEDED_RNG]
    assert best(found)[1] == "certain"
    [seen] = found.causes[0].evidence
    assert (seen.cell, seen.line, seen.code) == (1, 2, "loss = random.random()")


def test_two_that_lead_there_are_both_named_and_neither_is_certain() -> None:
    found = differing("import os, random\nloss = random.random() + os.getpid()")
    assert {cause.code for cause in found.causes} == {
        Code.E_DETERMINISM_UNSEEDED_RNG,
        Code.E_DETERMINISM_PROCESS_ID,
    }
    assert "certain" not in {cause.certainty for cause in found.causes}


def test_what_stands_below_the_number_came_too_late() -> None:
    cells = [("loss = work()\n" + REPORT, []), ("import random\nrandom.random()", [])]
    outcomes = []
    for number, value in enumerate((1.0, 2.0)):
        made = json.loads(outcome(number, cells[:1], value).executed or b"")
        made["cells"].append({"cell_type": "code", "source": cells[1][0], "outputs": [], "metadata": {}})
        outcomes.append(
            RunOutcome(f"r_{number}", outcome(number, cells[:1], value).metrics, json.dumps(made).encode())
        )
    assert best(NotebookAnalyst().compare(outcomes))[0] is Code.E_DETERMINISM_UNKNOWN


def test_the_first_cell_shown_has_a_part_in_it() -> None:
    def run(number: int, value: float) -> RunOutcome:
        cells = [
            ("print(time.time())", stream(f"{number}.5\n")),
            ("x = load()\nprint(x)", stream(f"begin\nx is {value}\ndone in {number}.2 s\n")),
            ("loss = x\n" + REPORT, []),
        ]
        return outcome(number, cells, value)

    first = NotebookAnalyst().compare([run(0, 1.0), run(1, 3.0)]).first
    assert first is not None
    assert (first.cell, first.line, first.left_run, first.right_run) == (1, 2, "r_0", "r_1")
    assert (first.left[1], first.right[1]) == ("x is 1.0", "x is 3.0")


def test_addresses_and_durations_are_no_difference_of_a_cell() -> None:
    def run(number: int) -> RunOutcome:
        text = f"<Model object at 0x7f{number}a2b3c4d5> fitted in {number}.25 s, {number}7 ms a step"
        return outcome(number, [("fit()", stream(text)), ("report()", [])], 0.5)

    found = NotebookAnalyst().compare([run(1), run(2)])
    assert found.identical
    assert found.first is None
    assert all(len(set(entry.digests)) == 1 for entry in found.cells)


def test_one_byte_is_a_difference_and_a_missing_metric_too() -> None:
    one = RunOutcome("a", b'{"metrics":[{"name":"loss","value":0.1}]}', None)
    two = RunOutcome("b", b'{"metrics":[{"name":"loss","value":0.10000000000000002}]}', None)
    found = NotebookAnalyst().compare([one, one, two])
    assert not found.identical
    assert found.metrics[0].values == [0.1, 0.1, 0.10000000000000002]
    found = NotebookAnalyst().compare([one, RunOutcome("b", b'{"metrics":[]}', None)])
    assert found.metrics[0].values == [0.1, None]


@pytest.mark.parametrize(
    "executed",
    [
        b"",
        b"{",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [3]}',
        b'{"cells": [{"cell_type": "code", "source": {"a": 1}}]}',
    ],
)
def test_a_notebook_that_can_not_be_read_is_none(executed: bytes) -> None:
    found = NotebookAnalyst().compare([RunOutcome(str(n), b"%d" % n, executed) for n in range(2)])
    assert not found.identical
    assert best(found)[0] is Code.E_DETERMINISM_UNKNOWN


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000,
        "x = " + "-" * 3000 + "1",
        "\0",
        "def f(:\n",
        "x = 1\n" * 30_000,
        "if a:\n" + " b = [" + "[" * 90,
    ],
    ids=["brackets", "signs", "zero", "wrong", "long", "open"],
)
def test_hostile_code_is_passed_over(source: str) -> None:
    assert not differing(source, "import random\nloss = random.random()").identical
