"""Notebooks that give the same numbers in every run, some of them only because the sandbox sees to it."""

from __future__ import annotations

from .notebooks import Notebook, files_in_another_order

HONEST = (
    Notebook(
        "everything seeded",
        None,
        (
            "import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(1)\nrng = np.random.default_rng(1)",
            'report("mean", np.random.rand(100).mean() + rng.normal() + random.random())',
        ),
    ),
    Notebook(
        "a set of texts: PYTHONHASHSEED is the same in every run",
        None,
        (
            "words = {f'word-{number}' for number in range(2000)}",
            'report("order", sum(place * int(word[5:]) for place, word in enumerate(words)))',
        ),
    ),
    Notebook(
        "a product of matrices: BLAS has one thread in every run",
        None,
        (
            "import numpy as np\nrng = np.random.default_rng(0)\na = rng.normal(size=(700, 700))",
            'report("trace", np.trace(a @ a.T @ a))',
        ),
    ),
    Notebook(
        "files in a random order, sorted",
        None,
        (
            "import os\nfolder = os.environ['P2N_DATA']\nvalues = [float(open(os.path.join(folder, name)).read())"
            " for name in sorted(os.listdir(folder))]",
            'report("weighted", sum(place * value for place, value in enumerate(values)))',
        ),
        files_in_another_order,
    ),
    Notebook(
        "threads whose results keep their order",
        None,
        (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor(4) as pool:\n    values = list(pool.map(lambda number: number**0.5, range(200)))",
            'report("sum", sum(values))',
        ),
    ),
    Notebook(
        "random numbers that nothing comes of",
        None,
        (
            "import numpy as np\nprint('a look at some noise:', np.random.rand(3))",
            "x = np.arange(50.0)",
            'report("mean", x.mean())',
        ),
    ),
    Notebook(
        "how long it took, and where objects lie",
        None,
        (
            "import time\nclass Model:\n    pass\n\nmodel = Model()\nstart = time.perf_counter()\n"
            "value = sum(number**0.5 for number in range(10_000))\nprint(model, time.perf_counter() - start)",
            'report("value", value)',
        ),
    ),
    Notebook(
        "an estimator under the global seed",
        None,
        (
            "import numpy as np\nfrom sklearn.datasets import load_wine\nfrom sklearn.model_selection import"
            " train_test_split\nfrom sklearn.neighbors import KNeighborsClassifier\nnp.random.seed(3)",
            "X, y = load_wine(return_X_y=True)\nA, B, a, b = train_test_split(X, y)\n"
            'report("accuracy", KNeighborsClassifier().fit(A, a).score(B, b))',
        ),
    ),
)
