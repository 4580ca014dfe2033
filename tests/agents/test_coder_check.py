"""What a model's code may hold: read, never run."""

from __future__ import annotations

import pytest

from p2n_ext.catalog.generated import problems

HEAD = "def fit_predict(X_train, y_train, X_test, seed):\n"
CENTROID = f"""{HEAD}    import numpy as np

    class Nearest:
        def __init__(self, classes):
            self._classes = classes

        def __call__(self, rows):
            centres = np.stack([X_train[y_train == c].mean(axis=0) for c in self._classes])
            return self._classes[((rows[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)]

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X_train))
    X_train, y_train = X_train[order], y_train[order]
    return Nearest(np.unique(y_train))(X_test)
"""


def test_honest_code_passes() -> None:
    assert problems(CENTROID) == []
    forest = f"""{HEAD}    from sklearn.ensemble import RandomForestClassifier as Forest
    from scipy.special import expit
    import math

    model = Forest(n_estimators=int(math.sqrt(400)), random_state=seed)
    return model.fit(expit(X_train), y_train).predict(expit(X_test))
"""
    assert problems(forest) == []


BODIES = {
    "import os": "may not be imported",
    "import subprocess as s": "may not be imported",
    "from sklearn.datasets import load_wine": "may not be imported",
    "from sklearn import datasets": "may not be imported",
    "import sklearn.datasets": "may not be imported",
    "from numpy import load": "may not be imported",
    "from . import x": "relative",
    "from numpy import *": "Python",
    "import torch": "may not be imported",
    "import random": "may not be imported",
    "import time": "may not be imported",
    "eval('1')": "eval",
    "exec('1')": "exec",
    "open('/etc/passwd')": "open",
    "__import__('os')": "__import__",
    "getattr(X_test, 'x')": "getattr",
    "globals()": "globals",
    "breakpoint()": "breakpoint",
    "X_test.__class__.__mro__": "__class__",
    "'{0.__class__}'.format(X_test)": "not allowed",
    "import numpy as np; np.save('x', X_test)": ".save",
    "import numpy as np; np.lib.npyio.os.system('x')": ".os",
    "import numpy as np; np.random.rand(3)": "seed",
    "import numpy as np; np.random.seed(3)": "seed",
    "from numpy.random import rand": "seed",
    "import numpy as np; np.random.default_rng()": "without a seed",
    "import numpy as np; np.fromfile('x')": ".fromfile",
    "X_test.tofile('x')": ".tofile",
    "import numpy as np; np._core.x": "._core",
    "device = 'cuda:0'": "not allowed",
    "X_test.cuda()": ".cuda",
    "global X_train2\n    X_train2 = 1": "Global",
    "seen = y[test]": "not the function's own",
    "observed": "not the function's own",
    "display(X_test)": "not the function's own",
    "def __getattr__(self): pass": "__getattr__",
}


@pytest.mark.parametrize("line", BODIES)
def test_what_reaches_beyond_its_arguments_does_not(line: str) -> None:
    found = problems(f"{HEAD}    {line}\n    return X_test[:, 0]\n")
    assert any(BODIES[line] in words for words in found), found


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "one function"),
        ("def other(a): return a", "one function"),
        ("import os\n" + CENTROID, "one function"),
        (CENTROID + "\nprint(1)", "one function"),
        ("@x\n" + CENTROID, "exactly"),
        ("def fit_predict(X_train, y_train, X_test, seed=1): return 1", "exactly"),
        ("def fit_predict(X_train, y_train, X_test, y_test): return 1", "exactly"),
        ("def fit_predict(X_train, y_train, X_test, seed): pass", "must return"),
        ("def fit_predict(", "no Python"),
        ("x = " + "(" * 5000, "no Python"),
        ("#" * 20_001, "longer"),
        ("\0", "no Python"),
    ],
)
def test_what_is_no_such_function_does_not(source: str, why: str) -> None:
    assert any(why in words for words in problems(source)), problems(source)
