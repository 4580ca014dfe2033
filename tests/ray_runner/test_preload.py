"""Which imports may be done before a notebook's run without anyone being able to tell."""

from __future__ import annotations

import pytest
from sandbox_notebooks import notebook

from ray_runner.bundle import imports, job, preparation


def test_imports_are_taken_from_the_cells_before_anything_runs() -> None:
    first = '"""A docstring."""\nprint("begun", flush=True)\nimport numpy as np\nfrom sklearn import svm, tree\nimport a.b'
    second = "SEED = 0\ndef f(x, y=1): return g(x)\nimport json\nprint(json)\nimport never"
    assert imports(notebook(first, second, "import neither")) == [
        ("numpy", []),
        ("sklearn", ["svm", "tree"]),
        ("a.b", []),
        ("json", []),
    ]


@pytest.mark.parametrize(
    "before",
    [
        "import os\nos.environ['X'] = '1'",
        "import os\nos.name = 'x'",
        "f()",
        "%matplotlib inline",
        "!pip install x",
        "def f(x=g()): pass",
        "@g\ndef f(): pass",
        "def f(*x: g()): pass",
        "class A(g()): pass",
        "if True:\n    import z",
        "x = [1]",
        "from . import y",
        "print(f())",
        "from builtins import exec as print\nprint('x')",
        "from x import *",
        "def print(x): f(x)\nprint('x')",
        "print = f",
    ],
)
def test_nothing_is_taken_from_behind_what_has_an_effect(before: str) -> None:
    assert ("torch", []) not in imports(notebook(before + "\nimport torch"))
    assert ("torch", []) not in imports(notebook(before, "import torch"))


def test_what_is_no_notebook_has_none_and_there_is_a_bound() -> None:
    assert imports("no notebook") == imports('{"cells": [{"cell_type": "code"}]}') == []
    assert len(imports(notebook("\n".join(f"import m{i}" for i in range(500))))) == 64


def test_a_preparation_holds_nothing_of_a_single_run() -> None:
    one, other = notebook("import json\nprint(1)"), notebook("import json\nprint(2)")
    assert preparation(one, 7) == preparation(other, 7)
    assert preparation(one, 7) != preparation(one, 8)
    assert preparation(one, 7) != preparation(notebook("import os\nprint(1)"), 7)
    assert job(one, 1) != job(other, 1)
