"""Output that is too long, too much or no text at all, from real containers: bounded, marked, and never interpreted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from measured_run import measured
from sandbox_notebooks import metric_cell

from ray_runner.guest.lines import CUT_MARK, MAX_LINE_BYTES, MAX_TOTAL_LINES

pytestmark = pytest.mark.docker

# Measured: 12 MiB beyond its start for the worker, 54 MiB in all for the driver.
WORKER_MIB = 60
DRIVER_MIB = 120


def test_a_line_of_a_gigabyte_is_cut_and_takes_no_memory(make_spec: Callable[..., Any]) -> None:
    found = measured(
        make_spec(
            "import os\nblock = b'x' * 1_000_000\nfor _ in range(1000): os.write(1, block)\nprint()\nprint('after')",
            metric_cell(),
        )
    )
    assert found.status == "succeeded", found.error
    assert found.longest < MAX_LINE_BYTES + 100
    assert found.head[0].endswith(f" … [{1_000_000_000 - MAX_LINE_BYTES} bytes more]")
    assert found.tail[-1] == "after"
    assert found.worker < WORKER_MIB
    assert found.driver < DRIVER_MIB


def test_of_ten_million_lines_the_bound_is_kept_and_the_cut_is_marked(
    make_spec: Callable[..., Any],
) -> None:
    found = measured(
        make_spec(
            "import os\nblock = (b'x' * 79 + b'\\n') * 10_000\nfor _ in range(1000): os.write(1, block)",
            "print('not shown, but run')",
            metric_cell(),
        )
    )
    assert found.error is not None
    assert found.error["code"] == "E_RUN_OUTPUT_LOST"
    assert found.lines == MAX_TOTAL_LINES + 1
    assert (found.tail, found.marks) == ([CUT_MARK], 1)
    assert found.worker < WORKER_MIB
    assert found.driver < DRIVER_MIB
    assert found.seconds < 150


def test_garbage_colours_and_markup_are_text(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    finished = run_here(
        make_spec(
            "import os\n"
            "os.write(1, bytes(range(256)) * 4000 + b'\\n')\n"
            "os.write(1, b'\\x1b[31mred\\x1b[0m <script>alert(1)</script>\\x1b]0;owned\\x07\\x1b[2J\\n')\n"
            "_ = os.write(1, '\\u202eturned\\u2066 round\\n'.encode())",
            metric_cell(),
        )
    )
    assert finished.status == "succeeded", finished.end
    *garbage, marked_up, turned = finished.lines("stdout")
    assert marked_up == "red <script>alert(1)</script>"
    assert turned == "\ufffdturned\ufffd round"
    assert len(garbage) > 4000
    kept = "".join(finished.lines("stdout")) + _logs(finished)
    assert not {character for character in kept if ord(character) < 32 and character not in "\t\n"}


def test_rich_outputs_are_told_of_in_words(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    finished = run_here(
        make_spec(
            "import base64, os\n"
            "from IPython.display import HTML, display\n"
            "png = base64.b64encode(b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(5000)).decode()\n"
            "print('printed')\n"
            "display({'image/png': png, 'text/plain': '<Figure size 640x480 with 1 Axes>'}, raw=True)\n"
            "display(HTML('<script>alert(1)</script>' * 100))\n"
            "'a value'",
            "list(range(100_000))",
            metric_cell(),
        )
    )
    assert finished.status == "succeeded", finished.end
    cells: dict[int, list[str]] = {}
    for payload in finished.of("log_line"):
        if payload["stream"] == "stdout":
            cells.setdefault(payload["cell"], []).extend(payload["lines"])
    assert cells[0] == ["printed", "[image/png, 5.0 kB → figure-01.png]", "[text/html, 2.5 kB]", "'a value'"]
    assert len(cells[1]) == 51
    assert cells[1][-1].endswith(" lines more]")
    assert 2 not in cells, "a metric is an event of its own"


def _logs(finished: Any) -> str:
    names = {artifact["name"] for artifact in finished.end["artifacts"]}
    if "logs.txt.gz" in names:
        return gzip.decompress(finished.artifact("logs.txt.gz")).decode()
    return str(finished.artifact("logs.txt").decode())
