"""Places in a notebook's code that may give something else each time; found by reading it (ast), never by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from p2n_schemas.determinism import DeterminismCode as Code

from .determinism_flow import Program, Unit

STRONG, MEDIUM, WEAK = 3.0, 2.0, 0.5
"""How much a finding alone says: it differs each time; it well may; it may, but seldom does in the sandbox."""

_CLOCKS = {
    "time": "time time_ns perf_counter perf_counter_ns monotonic monotonic_ns process_time process_time_ns localtime"
    " gmtime ctime asctime strftime thread_time",
    "datetime.datetime": "now utcnow today",
    "datetime.date": "today",
    "pandas.Timestamp": "now today utcnow",
    "pandas": "to_datetime.now",
    "timeit": "default_timer timeit repeat",
}
_DISK_ORDER = {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}
_DISK_METHODS = {"iterdir", "rglob", "glob"}
_ORDER_FREE = {
    "sorted",
    "len",
    "set",
    "frozenset",
    "max",
    "min",
    "any",
    "all",
    "Counter",
    "natsorted",
    "fsum",
}
_PROCESS = {
    "os.getpid",
    "os.getppid",
    "os.getpgid",
    "threading.get_ident",
    "threading.get_native_id",
    "threading.current_thread",
    "multiprocessing.current_process",
}
_ENTROPY = ("os.urandom", "os.getrandom", "random.SystemRandom", "secrets.")
_OUTSIDE = {
    "socket.gethostname": MEDIUM,
    "platform.node": MEDIUM,
    "platform.uname": WEAK,
    "os.cpu_count": WEAK,
    "multiprocessing.cpu_count": WEAK,
    "os.getloadavg": STRONG,
    "resource.getrusage": STRONG,
    "shutil.disk_usage": MEDIUM,
    "uuid.getnode": MEDIUM,
    "os.getenv": WEAK,
    "os.path.getmtime": MEDIUM,
    "os.path.getctime": MEDIUM,
    "os.stat": WEAK,
    "os.times": STRONG,
    "os.popen": MEDIUM,
    "os.system": WEAK,
    "input": MEDIUM,
}
_OUTSIDE_MODULES = (
    "urllib.request.",
    "requests.",
    "http.client.",
    "psutil.",
    "subprocess.",
    "httpx.",
    "gc.get_",
)
_RACES = {
    "threading.Thread": STRONG,
    "concurrent.futures.as_completed": STRONG,
    "concurrent.futures.wait": MEDIUM,
    "asyncio.as_completed": STRONG,
    "multiprocessing.Process": MEDIUM,
    "concurrent.futures.ThreadPoolExecutor": MEDIUM,
    "multiprocessing.pool.ThreadPool": MEDIUM,
    "concurrent.futures.ProcessPoolExecutor": 1.0,
    "multiprocessing.Pool": 1.0,
    "torch.set_num_threads": MEDIUM,
    "threadpoolctl.threadpool_limits": 1.0,
    "_thread.start_new_thread": STRONG,
}
_NUMPY_FRESH = {
    "default_rng",
    "RandomState",
    "SeedSequence",
    "PCG64",
    "MT19937",
    "Philox",
    "SFC64",
    "PCG64DXSM",
}
_NUMPY_NO_DRAW = {"Generator", "seed", "set_state", "get_state", "BitGenerator"}
_RANDOM_NO_DRAW = {"seed", "Random", "getstate", "setstate", "SystemRandom"}
_TORCH_DRAWS = {
    "rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like", "randn_like",
    "poisson",
}  # fmt: skip
_TORCH_NO_WEIGHTS = {
    "Module", "Sequential", "ModuleList", "ReLU", "Tanh", "Sigmoid", "Softmax", "MSELoss", "CrossEntropyLoss",
    "BCELoss", "BCEWithLogitsLoss", "NLLLoss", "L1Loss", "Flatten", "Identity", "MaxPool2d", "AvgPool2d", "BatchNorm1d",
    "BatchNorm2d", "LayerNorm", "GELU", "LogSoftmax", "Parameter", "ModuleDict",
}  # fmt: skip
_SKLEARN_RANDOM = {
    "RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor",
    "DecisionTreeClassifier", "DecisionTreeRegressor", "GradientBoostingClassifier", "GradientBoostingRegressor",
    "BaggingClassifier", "BaggingRegressor", "AdaBoostClassifier", "AdaBoostRegressor", "MLPClassifier", "MLPRegressor",
    "SGDClassifier", "SGDRegressor", "Perceptron", "LinearSVC", "KMeans", "MiniBatchKMeans", "GaussianMixture",
    "IsolationForest", "TSNE", "NMF", "FastICA", "SpectralClustering", "ShuffleSplit", "StratifiedShuffleSplit",
    "RepeatedKFold", "RepeatedStratifiedKFold", "train_test_split", "make_classification", "make_regression",
    "make_blobs", "make_moons", "make_circles", "RandomizedSearchCV", "shuffle", "resample", "TruncatedSVD",
    "RandomizedPCA", "LatentDirichletAllocation", "permutation_importance", "Nystroem", "RBFSampler",
}  # fmt: skip
_SKLEARN_SHUFFLES = {"KFold", "StratifiedKFold", "StratifiedGroupKFold"}
_GPU_CALLS = (
    "torch.cuda.",
    "torch.backends.cudnn.",
    "cupy.",
    "jax.devices",
    "tensorflow.config.list_physical_devices",
)


@dataclass(frozen=True)
class Finding:
    code: Code
    weight: float
    unit: int
    line: int


class Reading:
    """All findings of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._sets: set[str] = set()
        self._constants: set[str] = set()
        self._sorted_later: set[str] = set()
        self._bare: set[str] = {
            name
            for name, node in program.classes.items()
            if not any(isinstance(base, ast.Name | ast.Attribute) for base in node.bases)
            and not node.decorator_list
        }
        self._instances: set[str] = set()
        for unit in program.units:
            self._learn(unit)
        self._seeded_at = self._seedings()
        self._set_weight = self._weigh_sets()

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        for number, unit in enumerate(self._program.units):
            for part in unit.parts:
                for node, above in _with_parents(part, [unit.statement] if unit.statement else []):
                    for code, weight in self._of(node, above, unit):
                        found.append(Finding(code, weight, number, getattr(node, "lineno", unit.line)))
        return found

    # what names stand for

    def _learn(self, unit: Unit) -> None:
        statement = unit.statement
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if self._is_set(statement.value):
                (self._constants if _is_plain(statement.value) else self._sets).update(names)
            if self._is_bare(statement.value):
                self._instances |= names
        for node in unit.nodes():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "sort"
                and isinstance(node.func.value, ast.Name)
            ):
                self._sorted_later.add(node.func.value.id)

    def _seedings(self) -> dict[str, tuple[int, int]]:
        """The first place at which each shared generator is given a seed.

        A seed that differs by itself, such as the time, is the culprit then, and is found as such.
        """
        first: dict[str, tuple[int, int]] = {}
        for unit in self._program.units:
            for node in unit.nodes():
                if isinstance(node, ast.Call) and _is_given(node, next(iter(_values(node)), None)):
                    for shared in self._program.seeds(node):
                        first.setdefault(shared, (unit.cell, unit.line))
        return first

    def _is_seeded(self, shared: str, unit: Unit) -> bool:
        place = self._seeded_at.get(shared)
        # A function runs when it is called: later than where it stands.
        return place is not None and (bool(unit.scope) or place <= (unit.cell, unit.line))

    # one node

    def _of(self, node: ast.AST, above: list[ast.AST], unit: Unit) -> Iterator[tuple[Code, float]]:
        if isinstance(node, ast.Call):
            dotted = self._program.dotted(node.func) or ""
            yield from self._drawn(node, dotted, unit)
            yield from self._told(node, dotted, above)
            yield from self._gpu(node, dotted, above)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id == "id" and _is_argument(node, above):
                yield Code.E_DETERMINISM_MEMORY_ADDRESS, STRONG
            elif node.id in self._sets and _is_iterated(node, above):
                yield Code.E_DETERMINISM_HASH_ORDER, self._set_weight
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _text(node.value)
        elif isinstance(node, ast.FormattedValue):
            if isinstance(node.value, ast.Name) and node.value.id in self._instances:
                yield Code.E_DETERMINISM_MEMORY_ADDRESS, STRONG
        elif isinstance(node, ast.Attribute) and node.attr in ("__array_interface__", "data_ptr"):
            yield Code.E_DETERMINISM_MEMORY_ADDRESS, STRONG
        elif isinstance(node, ast.Subscript) and self._is_foreign_variable(node):
            yield Code.E_DETERMINISM_EXTERNAL_INPUT, WEAK
        if (
            isinstance(node, ast.Set | ast.SetComp | ast.Call)
            and self._is_set(node)
            and _is_iterated(node, above)
        ):
            yield Code.E_DETERMINISM_HASH_ORDER, WEAK if _is_plain(node) else self._set_weight

    def _drawn(self, call: ast.Call, dotted: str, unit: Unit) -> Iterator[tuple[Code, float]]:
        """Random numbers without a seed."""
        rng = Code.E_DETERMINISM_UNSEEDED_RNG
        module, _, name = dotted.rpartition(".")
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if dotted.startswith(_ENTROPY):
            yield rng, STRONG
        elif module == "numpy.random":
            if name in _NUMPY_FRESH:
                if not _is_given(call, keywords.get("seed")):
                    yield rng, STRONG
            elif name not in _NUMPY_NO_DRAW and not self._is_seeded("<numpy>", unit):
                yield rng, STRONG
        elif dotted == "random.Random":
            if not _is_given(call, None):
                yield rng, STRONG
        elif module == "random":
            ours = self._imports("random") and name not in _RANDOM_NO_DRAW
            if ours and not self._is_seeded("<random>", unit):
                yield rng, STRONG
        elif dotted.startswith("torch.") and not self._is_seeded("<torch>", unit):
            shuffles = name == "DataLoader" and _is_true(keywords.get("shuffle"))
            if (
                ((shuffles or name == "random_split") and "generator" not in keywords)
                or (module == "torch" and name in _TORCH_DRAWS)
                or dotted.startswith("torch.nn.init.")
                or (module == "torch.nn" and name[:1].isupper() and name not in _TORCH_NO_WEIGHTS)
            ):
                yield rng, STRONG
        elif dotted.startswith("tensorflow.random.") and not self._is_seeded("<tensorflow>", unit):
            yield rng, STRONG if name not in ("set_seed", "Generator") else 0.0
        elif dotted.startswith("sklearn.") and not self._is_seeded("<numpy>", unit):
            draws = name in _SKLEARN_RANDOM or (
                name in _SKLEARN_SHUFFLES and _is_true(keywords.get("shuffle"))
            )
            if name == "train_test_split" and _is_false(keywords.get("shuffle")):
                draws = False
            if draws and _is_none(keywords.get("random_state")):
                yield rng, MEDIUM
        elif isinstance(call.func, ast.Attribute) and call.func.attr in ("sample", "rvs"):
            drawn = call.func.attr == "rvs" or {"n", "frac"} & set(keywords) or len(call.args) == 1
            if drawn and _is_none(keywords.get("random_state")) and not self._is_seeded("<numpy>", unit):
                yield rng, MEDIUM

    def _told(self, call: ast.Call, dotted: str, above: list[ast.AST]) -> Iterator[tuple[Code, float]]:
        """What machine, clock, disk and memory tell."""
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if _is_clock(dotted):
            yield Code.E_DETERMINISM_TIME_DEPENDENT, STRONG
        if dotted in ("uuid.uuid1", "uuid.uuid4"):
            yield Code.E_DETERMINISM_UUID, STRONG
        if dotted in _PROCESS:
            yield Code.E_DETERMINISM_PROCESS_ID, STRONG
        by_path = method in _DISK_METHODS and not dotted.startswith("glob.")
        if (dotted in _DISK_ORDER or by_path) and not self._is_ordered(above):
            yield Code.E_DETERMINISM_FILESYSTEM_ORDER, STRONG
        if dotted in ("id", "ctypes.addressof") or method == "data_ptr":
            yield Code.E_DETERMINISM_MEMORY_ADDRESS, STRONG
        elif dotted in ("repr", "str", "format", "hash") and call.args:
            given = call.args[0]
            if self._is_bare(given) or (isinstance(given, ast.Name) and given.id in self._instances):
                yield Code.E_DETERMINISM_MEMORY_ADDRESS, STRONG
            elif dotted == "hash" and not isinstance(given, ast.Constant):
                yield Code.E_DETERMINISM_HASH_ORDER, WEAK
        if dotted in _RACES:
            yield Code.E_DETERMINISM_THREADS, _RACES[dotted]
        if method in ("imap_unordered", "as_completed"):
            yield Code.E_DETERMINISM_THREADS, STRONG
        for keyword in call.keywords:
            if keyword.arg == "num_workers" and not _is_zero(keyword.value):
                yield Code.E_DETERMINISM_DATALOADER_WORKERS, STRONG
            if keyword.arg == "n_jobs" and not _is_one(keyword.value):
                yield Code.E_DETERMINISM_THREADS, WEAK
        if dotted in _OUTSIDE:
            yield Code.E_DETERMINISM_EXTERNAL_INPUT, _OUTSIDE[dotted]
        elif dotted.startswith(_OUTSIDE_MODULES):
            yield Code.E_DETERMINISM_EXTERNAL_INPUT, MEDIUM

    def _gpu(self, call: ast.Call, dotted: str, above: list[ast.AST]) -> Iterator[tuple[Code, float]]:
        # A question whether there is one makes nothing of it differ where there is none.
        if dotted.startswith(_GPU_CALLS):
            yield Code.E_DETERMINISM_GPU, WEAK if dotted.endswith("is_available") else MEDIUM
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "cuda":
            yield Code.E_DETERMINISM_GPU, STRONG

    # helps

    def _imports(self, module: str) -> bool:
        return any(
            value == module or value.startswith(f"{module}.") for value in self._program.imports.values()
        )

    def _is_set(self, node: ast.AST) -> bool:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
            return self._is_set(node.left) or self._is_set(node.right)
        if isinstance(node, ast.Name):
            return node.id in self._sets
        if isinstance(node, ast.Call):
            callee = node.func.id if isinstance(node.func, ast.Name) else ""
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            return (callee in ("set", "frozenset") and callee not in self._program.functions) or (
                method in ("union", "intersection", "difference", "symmetric_difference")
            )
        return isinstance(node, ast.Set | ast.SetComp)

    def _is_bare(self, node: ast.AST) -> bool:
        """An object whose hash and repr are its address."""
        if isinstance(node, ast.Lambda):
            return True
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return False
        if node.func.id == "object":
            return True
        made = self._program.classes.get(node.func.id)
        return node.func.id in self._bare and made is not None and not _defines(made, "__repr__", "__str__")

    def _is_foreign_variable(self, node: ast.Subscript) -> bool:
        """A variable of the environment that is not P2N's own."""
        ours = isinstance(node.slice, ast.Constant) and str(node.slice.value).startswith("P2N_")
        return not ours and self._program.dotted(node.value) == "os.environ"

    def _weigh_sets(self) -> float:
        """Hashes of texts and numbers are the same in every run; those of objects are their addresses."""
        by_address = [
            name for name in self._bare if not _defines(self._program.classes[name], "__hash__", "__eq__")
        ]
        calls = {name for unit in self._program.units for name in unit.calls}
        return STRONG if by_address or "object" in calls else 1.0

    def _is_ordered(self, above: list[ast.AST]) -> bool:
        for node in reversed(above):
            if isinstance(node, ast.Call):
                callee = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if callee in _ORDER_FREE:
                    return True
            if isinstance(node, ast.Assign):
                names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                return bool(names & self._sorted_later)
        return False


def _with_parents(node: ast.AST, above: list[ast.AST]) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    waiting: list[tuple[ast.AST, list[ast.AST]]] = [(node, above)]
    while waiting:
        here, path = waiting.pop()
        yield here, path
        inner = [*path, here]
        waiting += [(child, inner) for child in ast.iter_child_nodes(here)]


def _is_clock(dotted: str) -> bool:
    module, _, name = dotted.rpartition(".")
    return bool(module) and name in _CLOCKS.get(module, "").split()


def _is_argument(node: ast.AST, above: list[ast.AST]) -> bool:
    """`key=id`, `map(id, …)`; a call of it is seen as such."""
    parent = above[-1] if above else None
    return isinstance(parent, ast.keyword) or (isinstance(parent, ast.Call) and parent.func is not node)


def _is_iterated(node: ast.AST, above: list[ast.AST]) -> bool:
    """Whether its order is taken."""
    parent = above[-1] if above else None
    if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension):
        wrapped = (
            isinstance(parent, ast.comprehension) and len(above) > 2 and _callee(above[-3]) in _ORDER_FREE
        )
        return parent.iter is node and not wrapped
    if isinstance(parent, ast.Starred):
        return True
    if isinstance(parent, ast.Attribute):
        return parent.attr == "pop"
    if isinstance(parent, ast.Call) and parent.func is not node:
        return _callee(parent) in (
            "list", "tuple", "enumerate", "iter", "sum", "map", "zip", "join", "array", "dict", "fromkeys", "chain",
            "islice", "reduce", "Series", "DataFrame", "filter", "cycle", "next", "deque",
        )  # fmt: skip
    return False


def _callee(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_plain(node: ast.AST) -> bool:
    """A set of constants, or of a constant text or list."""
    if isinstance(node, ast.Set):
        return all(isinstance(element, ast.Constant) for element in node.elts)
    if isinstance(node, ast.Call) and len(node.args) == 1:
        given = node.args[0]
        return isinstance(given, ast.Constant) or (
            isinstance(given, ast.List | ast.Tuple)
            and all(isinstance(element, ast.Constant) for element in given.elts)
        )
    return False


def _defines(made: ast.ClassDef, *methods: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name in methods for node in made.body)


def _text(value: str) -> Iterator[tuple[Code, float]]:
    if value in ("/dev/urandom", "/dev/random"):
        yield Code.E_DETERMINISM_UNSEEDED_RNG, STRONG
    elif value.startswith(("/proc/", "/sys/")):
        yield Code.E_DETERMINISM_EXTERNAL_INPUT, STRONG
    elif value.startswith(("http://", "https://")):
        yield Code.E_DETERMINISM_EXTERNAL_INPUT, WEAK
    elif value in ("cuda", "cuda:0", "gpu", "/GPU:0", "/device:GPU:0"):
        yield Code.E_DETERMINISM_GPU, MEDIUM


def _values(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords]


def _is_given(call: ast.Call, keyword: ast.AST | None) -> bool:
    first = call.args[0] if call.args else keyword
    return first is not None and not _is_none(first)


def _is_none(node: ast.AST | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _is_true(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_zero(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in (1, None)
