"""What code a model may have written: one function over its arguments, with a few libraries and nothing of the machine."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

FUNCTION = "fit_predict"
ARGUMENTS = ("X_train", "y_train", "X_test", "seed")
MAX_CHARACTERS = 20_000
# by the name that is imported: what every plan's lock has
LIBRARIES = ("numpy", "scipy", "sklearn")
STANDARD = ("collections", "functools", "heapq", "itertools", "math", "statistics")
_FORBIDDEN_MODULES = (
    "numpy.ctypeslib",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "scipy.datasets",
    "scipy.io",
    "scipy.weave",
    "sklearn.datasets",
    "sklearn.externals",
)
# attributes that reach files, processes, other libraries, a GPU, or numbers that no seed decides
_REACHING_OUT = (
    "builtins ctypes ctypeslib cuda datasets dump dumps environ f2py fetch_openml fromfile genfromtxt hub importlib io"
    " joblib load loads loadtxt memmap mmap mps open os pathlib pickle popen save savetxt savez savez_compressed"
    " shutil socket subprocess sys system tempfile testing threading tofile urllib urlopen"
)
_FORBIDDEN_ATTRIBUTES = frozenset(_REACHING_OUT.split())
_SEEDED = frozenset(["default_rng", "RandomState", "Generator", "SeedSequence", "PCG64"])
_METHODS = frozenset(["__init__", "__call__", "__len__", "__getitem__"])
_PLAIN = (
    "abs all any bool dict divmod enumerate filter float frozenset int isinstance iter len list map max min next pow"
    " property range reversed round set slice sorted staticmethod str sum super tuple zip None True False"
    " ArithmeticError AssertionError Exception IndexError KeyError RuntimeError StopIteration TypeError ValueError"
    " ZeroDivisionError"
)
_BUILTINS = frozenset(_PLAIN.split())


def problems(source: str) -> list[str]:
    """What is wrong with a model's code, by line; empty where it may be run. Reads it and never runs it."""
    if len(source) > MAX_CHARACTERS:
        return [f"it is longer than {MAX_CHARACTERS} characters"]
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "generated", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"it is no Python: {error}"[:300]]
    try:
        return list(dict.fromkeys([*_shape(tree), *_nodes(tree), *_names(table)]))[:20]
    except RecursionError:
        return ["it is nested too deeply"]


def _shape(tree: ast.Module) -> Iterator[str]:
    body = tree.body
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef) or body[0].name != FUNCTION:
        yield f"it must be one function {FUNCTION} and nothing beside it; imports and helpers belong into it"
        return
    function = body[0]
    told = function.args
    names = tuple(argument.arg for argument in told.args)
    rest = (told.posonlyargs, told.kwonlyargs, told.defaults, told.vararg, told.kwarg)
    if names != ARGUMENTS or any(rest) or function.decorator_list:
        yield f"{FUNCTION} must take exactly ({', '.join(ARGUMENTS)})"
    if not any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function)):
        yield f"{FUNCTION} must return the predictions"


def _nodes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name, where)
        elif isinstance(node, ast.ImportFrom):
            yield from _imported(node, where)
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, where)
        elif isinstance(node, ast.Call):
            yield from _call(node, where)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if "__" in text or text.lower().startswith(("cuda", "mps")):
                yield f"{where}: the text {text[:40]!r} is not allowed"
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            if node.name.startswith("__") and node.name not in _METHODS:
                yield f"{where}: {node.name} is not allowed"
        elif isinstance(node, ast.Global | ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{where}: {type(node).__name__} is not allowed"


def _module(name: str, where: str) -> Iterator[str]:
    root = name.partition(".")[0]
    if root not in (*LIBRARIES, *STANDARD):
        allowed = ", ".join((*LIBRARIES, *STANDARD))
        yield f"{where}: the module {name[:60]} may not be imported; these may: {allowed}"
    elif any(name == bad or name.startswith(f"{bad}.") for bad in _FORBIDDEN_MODULES) or "._" in name:
        yield f"{where}: the module {name[:60]} may not be imported"


def _imported(node: ast.ImportFrom, where: str) -> Iterator[str]:
    if node.level or node.module is None:
        yield f"{where}: relative imports are not allowed"
        return
    yield from _module(node.module, where)
    for alias in node.names:
        if alias.name == "*" or alias.name.startswith("_") or alias.name in _FORBIDDEN_ATTRIBUTES:
            yield f"{where}: {alias.name} may not be imported"
        elif node.module == "numpy.random" and alias.name not in _SEEDED:
            yield f"{where}: numpy.random.{alias.name} is not decided by the seed; use default_rng(seed)"
        else:
            yield from _module(f"{node.module}.{alias.name}", where)


def _attribute(node: ast.Attribute, where: str) -> Iterator[str]:
    name = node.attr
    if name in _FORBIDDEN_ATTRIBUTES or (name.startswith("_") and name not in _METHODS and not _own(node)):
        yield f"{where}: .{name} is not allowed"
    of = node.value
    if isinstance(of, ast.Attribute) and of.attr == "random" and name not in _SEEDED:
        yield f"{where}: random.{name} is not decided by the seed; use default_rng(seed)"


def _own(node: ast.Attribute) -> bool:
    """Whether it is an attribute that a class of the code gives itself: self._weights."""
    return isinstance(node.value, ast.Name) and node.value.id == "self" and not node.attr.startswith("__")


def _call(node: ast.Call, where: str) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _SEEDED - {"Generator"} and not (node.args or node.keywords):
        yield f"{where}: {name} without a seed gives other numbers each time"


def _names(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that the function would take from the notebook around it, where the test data's truth lies too."""
    for child in table.get_children():
        for symbol in child.get_symbols():
            if symbol.is_global() and symbol.is_referenced() and symbol.get_name() not in _BUILTINS:
                yield f"the name {symbol.get_name()[:60]} is not the function's own"
        yield from _names(child)
