"""The notebooks that are measured."""

from __future__ import annotations

import json
from typing import Any

# Said by every notebook here: a run without any metric is no success.
_METRIC = """
from IPython.display import display
display({"application/vnd.p2n.metric+json": {"name": "accuracy", "value": %s, "split": "test",
    "dataset": "none", "experiment": "bench", "repeat": 0}}, raw=True)
"""

_FIRST_LINE = "print('begun', flush=True)"
_MODULES = """
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
"""
_FIT = """
x, y = load_breast_cancer(return_X_y=True)
a, b, c, d = train_test_split(x, y, random_state=0)
score = make_pipeline(StandardScaler(), LogisticRegression()).fit(a, c).score(b, d)
print('accuracy', score)
"""
_REST = [_FIT, _METRIC % "float(score)"]

# One fit, so that imports are most of it. A plan's own notebook imports before it prints.
IMPORTS_FIRST = [_MODULES, _FIRST_LINE, *_REST]
PRINTS_FIRST = [_FIRST_LINE, _MODULES, *_REST]

TEXT = "x" * 70
PRINT = "for n in range({lines}): print('%09d ' % n + 'x' * 70)"

_PACED = """
import time
begin = time.monotonic()
for n in range({lines}):
    print('%09d ' % n + 'x' * 70)
    if n % 20 == 19:
        time.sleep(max(0, begin + (n + 1) / {rate} - time.monotonic()))
"""

IGNORE_SIGNALS = [
    "import signal, time\n"
    "for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
    "    signal.signal(name, signal.SIG_IGN)\n"
    "print('deaf', flush=True)\n"
    "while True:\n"
    "    try:\n"
    "        time.sleep(60)\n"
    "    except BaseException:\n"
    "        pass"
]


def flood(lines: int, patience: float) -> list[str]:
    """Waits, so that viewers can come, then prints numbered lines of 80 bytes."""
    return [f"import time\ntime.sleep({patience})", PRINT.format(lines=lines), _METRIC % "1.0"]


def paced(lines: int, rate: int) -> list[str]:
    """Prints numbered lines of 80 bytes, so many a second."""
    return [_PACED.format(lines=lines, rate=rate), _METRIC % "1.0"]


def line(number: int) -> str:
    return f"{number:09d} {TEXT}"


def notebook(cells: list[str]) -> dict[str, Any]:
    """nbformat 4.5, for the kernel that every side has."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{index}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source.strip(),
            }
            for index, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def as_text(cells: list[str]) -> str:
    return json.dumps(notebook(cells))
