"""More culprits, written in other styles than those that the analysis was first tried on."""

from __future__ import annotations

from p2n_schemas.determinism import DeterminismCode as Code

from .notebooks import Notebook, files_in_another_order

UNSEEN = (
    Notebook(
        "all in one cell, in a class, with a timer around it",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import time\nfrom numpy import random as npr\n\n"
            "class Trainer:\n    def __init__(self, size):\n        self.weights = npr.uniform(-1, 1, size)\n"
            "        self.seconds = 0.0\n\n    def fit(self):\n        start = time.perf_counter()\n"
            "        for _ in range(10):\n            self.weights = self.weights * 0.9\n"
            "        self.seconds = time.perf_counter() - start\n        return self\n\n"
            "trainer = Trainer(20).fit()\nprint('seconds', trainer.seconds)\nreport('norm', abs(trainer.weights).sum())",
        ),
    ),
    Notebook(
        "a generator handed through three functions",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import random\n\ndef make():\n    return random.Random()\n\ndef draw(source, count):\n"
            "    return [source.gauss(0, 1) for _ in range(count)]\n\ndef study(source):\n    return max(draw(source, 30))",
            "best = study(make())",
            "report('best', best)",
        ),
    ),
    Notebook(
        "a model of sklearn by a dictionary",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "from sklearn.datasets import load_wine\nfrom sklearn.tree import DecisionTreeClassifier\n"
            "from sklearn.model_selection import cross_val_score, KFold\nX, y = load_wine(return_X_y=True)",
            "MODELS = {'tree': lambda: DecisionTreeClassifier(max_depth=3, random_state=0)}\n"
            "folds = KFold(5, shuffle=True)",
            "for name, build in MODELS.items():\n    report('accuracy', cross_val_score(build(), X, y, cv=folds).mean(), name)",
        ),
    ),
    Notebook(
        "shuffled by pandas' habit: a permutation of rows",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import numpy as np\nrows = np.arange(300.0)\nlabels = (rows % 3 == 0)\norder = np.random.permutation(len(rows))",
            "rows, labels = rows[order], labels[order]",
            "report('positives_first', labels[:100].sum())",
        ),
    ),
    Notebook(
        "names of a dictionary keyed by objects, through a set difference",
        Code.E_DETERMINISM_HASH_ORDER,
        (
            "class Word:\n    __slots__ = ('text', 'rank')\n\n    def __init__(self, rank):\n        self.rank = rank\n",
            "vocabulary = {Word(rank) for rank in range(40_000)}\nseen = set(list(vocabulary)[:10])",
            "index = {word: place for place, word in enumerate(vocabulary - seen)}\n"
            "report('checksum', sum(place * word.rank for word, place in index.items()) % 100003)",
        ),
    ),
    Notebook(
        "learning rate by the calendar",
        Code.E_DETERMINISM_TIME_DEPENDENT,
        (
            "import datetime as dt\n\ndef rate(step):\n    return 0.1 / (1 + step + dt.datetime.now().timestamp() % 1)",
            "loss = 1.0\nfor step in range(20):\n    loss -= rate(step) * loss",
            "report('loss', loss)",
        ),
    ),
    Notebook(
        "a seed of the clock in nanoseconds, by default argument",
        Code.E_DETERMINISM_TIME_DEPENDENT,
        (
            "from time import time_ns\nimport random\n\ndef seeded(seed=time_ns()):\n    return random.Random(seed)",
            "report('draw', seeded().random())",
        ),
    ),
    Notebook(
        "walking a folder",
        Code.E_DETERMINISM_FILESYSTEM_ORDER,
        (
            "import os\nfound = []\nfor root, _, files in os.walk(os.environ['P2N_DATA']):\n    for file in files:\n"
            "        found.append(os.path.join(root, file))",
            "running = 0.0\nfor path in found:\n    with open(path) as file:\n        running = running * 0.5 + float(file.read())",
            "report('running', running)",
        ),
        files_in_another_order,
    ),
    Notebook(
        "a queue that threads fill",
        Code.E_DETERMINISM_THREADS,
        (
            "import queue, zlib\nfrom threading import Thread\nresults = queue.Queue()\n\ndef worker(start):\n"
            "    for number in range(start, 600, 6):\n        results.put(zlib.crc32(bytes([number % 251]) * 40_000) / 7)",
            "workers = [Thread(target=worker, args=(start,)) for start in range(6)]\n[w.start() for w in workers]\n"
            "[w.join() for w in workers]\nordered = [results.get() for _ in range(results.qsize())]",
            "report('decayed', sum(value * 0.99**place for place, value in enumerate(ordered)))",
        ),
    ),
    Notebook(
        "experiments told apart by uuid",
        Code.E_DETERMINISM_UUID,
        (
            "from uuid import uuid4\n\ndef bucket(key):\n    return key.int % 10",
            "groups = [bucket(uuid4()) for _ in range(100)]",
            "report('largest', max(groups.count(group) for group in range(10)) + groups[0] / 10)",
        ),
    ),
    Notebook(
        "sorted by a function of id",
        Code.E_DETERMINISM_MEMORY_ADDRESS,
        (
            "import numpy as np\narrays = [np.full(50 + 7 * n, float(n)) for n in range(400)]\narrays.sort(key=lambda array: id(array) // 16 % 997)",
            "report('order', sum(place * array[0] for place, array in enumerate(arrays)))",
        ),
    ),
    Notebook(
        "the load of the machine decides how many steps",
        Code.E_DETERMINISM_EXTERNAL_INPUT,
        (
            "import os\n\ndef steps():\n    text = open('/proc/self/schedstat').read()\n    return int(text.split()[0]) % 1000",
            "value = 1.0\nfor _ in range(steps()):\n    value *= 0.999",
            "report('value', value)",
        ),
    ),
    Notebook(
        "a worker's number of the process in the data",
        Code.E_DETERMINISM_PROCESS_ID,
        (
            "import multiprocessing, threading\nworker = multiprocessing.current_process().ident\nfold = worker % 1009",
            "report('fold', fold)",
        ),
    ),
)
