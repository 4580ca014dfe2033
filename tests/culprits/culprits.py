"""Notebooks with one planted cause each for which two runs with one seed differ."""

from __future__ import annotations

from p2n_schemas.determinism import DeterminismCode as Code

from .notebooks import Notebook, files_in_another_order

CULPRITS = (
    Notebook(
        "numpy unseeded, in a function",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import numpy as np\n\ndef sample(count):\n    return np.random.normal(size=count)",
            "data = sample(1000)",
            'report("mean", data.mean())',
        ),
    ),
    Notebook(
        "default_rng without a seed beside a seeded one",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import numpy as np\nrng = np.random.default_rng(7)\nnoise = np.random.default_rng()",
            "x = rng.normal(size=200)\ny = 2 * x + noise.normal(size=200)",
            'report("slope", np.polyfit(x, y, 1)[0])',
        ),
    ),
    Notebook(
        "random unseeded",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import random\nrows = list(range(500))\nrandom.shuffle(rows)\ntrain, test = rows[:400], rows[400:]",
            'report("test_mean", sum(test) / len(test))',
        ),
    ),
    Notebook(
        "bytes of the operating system",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import os\nsalt = int.from_bytes(os.urandom(4), 'big')",
            "def score(x):\n    return (x * 2654435761 + salt) % 1000",
            'report("score", sum(score(x) for x in range(50)))',
        ),
    ),
    Notebook(
        "an estimator without random_state",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "from sklearn.datasets import load_wine\nfrom sklearn.model_selection import train_test_split\n"
            "from sklearn.neighbors import KNeighborsClassifier\nX, y = load_wine(return_X_y=True)",
            "def evaluate(splits):\n    scores = []\n    for _ in range(splits):\n"
            "        parts = train_test_split(X, y, test_size=0.3)\n"
            "        model = KNeighborsClassifier().fit(parts[0], parts[2])\n"
            "        scores.append(model.score(parts[1], parts[3]))\n    return sum(scores) / splits",
            'report("accuracy", evaluate(20))',
        ),
    ),
    Notebook(
        "a seed from the clock",
        Code.E_DETERMINISM_TIME_DEPENDENT,
        (
            "import time\nimport numpy as np\nnp.random.seed(int(time.time() * 1000) % 2**32)",
            "weights = np.random.rand(100)",
            'report("weight", weights.sum())',
        ),
    ),
    Notebook(
        "work until the time is up",
        Code.E_DETERMINISM_TIME_DEPENDENT,
        (
            "import time\nfrom datetime import datetime\n"
            "def optimise(seconds):\n    until = time.monotonic() + seconds\n    steps = 0\n"
            "    while time.monotonic() < until:\n        steps += 1\n    return 1.0 / steps",
            "loss = optimise(0.05)",
            'report("loss", loss)',
        ),
    ),
    Notebook(
        "the time of day as a feature",
        Code.E_DETERMINISM_TIME_DEPENDENT,
        (
            "from datetime import datetime\nstamp = datetime.now()\nage = stamp.microsecond / 1e6 + stamp.second",
            'report("age", age)',
        ),
    ),
    Notebook(
        "a set of objects",
        Code.E_DETERMINISM_HASH_ORDER,
        (
            "class Node:\n    def __init__(self, number):\n        self.number = number\n\n"
            "    def __repr__(self):\n        return f'Node({self.number})'",
            "nodes = [Node(number) for number in range(40_000)]\nqueue = set(nodes)",
            "total = 0.0\nfor place, node in enumerate(queue):\n    total += place * node.number\n"
            'report("order", total)',
        ),
    ),
    Notebook(
        "uuid as a key to sort by",
        Code.E_DETERMINISM_UUID,
        (
            "import uuid\nrows = [{'key': uuid.uuid4().hex, 'value': float(number)} for number in range(60)]\n"
            "rows.sort(key=lambda row: row['key'])",
            'report("first_ten", sum(row["value"] for row in rows[:10]))',
        ),
    ),
    Notebook(
        "files as they are listed",
        Code.E_DETERMINISM_FILESYSTEM_ORDER,
        (
            "import os\nfolder = os.environ['P2N_DATA']\nnames = os.listdir(folder)",
            "values = [float(open(os.path.join(folder, name)).read()) for name in names]\n"
            "weighted = sum(place * value for place, value in enumerate(values))",
            'report("weighted", weighted)',
        ),
        files_in_another_order,
    ),
    Notebook(
        "files as glob finds them",
        Code.E_DETERMINISM_FILESYSTEM_ORDER,
        (
            "import os\nfrom pathlib import Path\nparts = [float(path.read_text()) for path in"
            " Path(os.environ['P2N_DATA']).glob('*.txt')]",
            "trained = parts[:4]",
            'report("trained_on", sum(trained))',
        ),
        files_in_another_order,
    ),
    Notebook(
        "threads that add to one sum",
        Code.E_DETERMINISM_THREADS,
        (
            "import threading, time\nlock = threading.Lock()\ntotal = 0.0\n\n"
            "def work(number):\n    global total\n    for step in range(40):\n        time.sleep(0)\n"
            "        with lock:\n            total += 1.0 / (1 + number * 40 + step) ** 1.5",
            "threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]\n"
            "for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()",
            'report("sum", total)',
        ),
    ),
    Notebook(
        "results in the order in which they are done",
        Code.E_DETERMINISM_THREADS,
        (
            "from concurrent.futures import ThreadPoolExecutor, as_completed\nimport zlib\n\n"
            "def task(number):\n    return zlib.crc32(bytes([number]) * 200_000) % 1000 + number / 7",
            "with ThreadPoolExecutor(8) as pool:\n    futures = [pool.submit(task, number) for number in range(60)]\n"
            "    done = [future.result() for future in as_completed(futures)]",
            'report("weighted", sum(place * value for place, value in enumerate(done)))',
        ),
    ),
    Notebook(
        "the process's number as a seed",
        Code.E_DETERMINISM_PROCESS_ID,
        (
            "import os\nimport numpy as np\nrng = np.random.default_rng(os.getpid())",
            'report("draw", rng.normal())',
        ),
    ),
    Notebook(
        "id() to choose a bucket",
        Code.E_DETERMINISM_MEMORY_ADDRESS,
        (
            "items = [[number] for number in range(200)]\nbuckets = [[] for _ in range(997)]\n"
            "for item in items:\n    buckets[(id(item) >> 4) % 997].append(item[0])",
            'report("bucket", sum(place * sum(bucket) for place, bucket in enumerate(buckets)))',
        ),
    ),
    Notebook(
        "sorted by repr, which holds the address",
        Code.E_DETERMINISM_MEMORY_ADDRESS,
        (
            "class Layer:\n    def __init__(self, size):\n        self.size = size",
            "layer = Layer(8)\nname = repr(layer)\nprint(name)\nwidth = int(name.split('0x')[1].rstrip('>'), 16) % 9973",
            'report("width", width * layer.size)',
        ),
    ),
    Notebook(
        "how busy the machine is",
        Code.E_DETERMINISM_EXTERNAL_INPUT,
        (
            "uptime = float(open('/proc/uptime').read().split()[0])\nrate = 1.0 / (1.0 + uptime)",
            'report("rate", rate)',
        ),
    ),
)

TORCH_CULPRITS = (
    Notebook(
        "torch unseeded",
        Code.E_DETERMINISM_UNSEEDED_RNG,
        (
            "import torch\nfrom torch import nn",
            "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))",
            'report("output", model(torch.ones(1, 4)).item())',
        ),
    ),
    Notebook(
        "workers of a DataLoader that count together",
        Code.E_DETERMINISM_DATALOADER_WORKERS,
        (
            "import multiprocessing\nimport torch\nfrom torch.utils.data import DataLoader, Dataset\n"
            "torch.manual_seed(0)\ncounter = multiprocessing.Value('i', 0)\n\n"
            "class Counted(Dataset):\n    def __len__(self):\n        return 3000\n\n"
            "    def __getitem__(self, index):\n        with counter.get_lock():\n            counter.value += 1\n"
            "            return float(index * counter.value % 1009)",
            "loader = DataLoader(Counted(), batch_size=50, num_workers=3, multiprocessing_context='fork')\n"
            "total = sum(float((batch * (place + 1)).sum()) for place, batch in enumerate(loader))",
            'report("total", total)',
        ),
    ),
    Notebook(
        "a GPU is asked for",
        Code.E_DETERMINISM_GPU,
        (
            "import torch\ntorch.manual_seed(0)\nmodel = torch.nn.Linear(4, 1)",
            "model = model.cuda()\nout = model(torch.ones(1, 4, device='cuda'))",
            'report("output", out.item())',
        ),
    ),
)
