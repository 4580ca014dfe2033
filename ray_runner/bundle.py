"""What the exec container reads from its stdin: what to prepare, then the job (see guest/bootstrap.py)."""

from __future__ import annotations

import ast
import json
from importlib import resources
from typing import Any

# BLAS and OpenMP add in an order that depends on how many threads there are; one thread has one order.
GUEST_THREADS = 1
_MODULES = (
    "driver",
    "execution",
    "frames",
    "kernel",
    "leavings",
    "lines",
    "outputs",
    "process",
    "streams",
    "syscalls",
    "usage",
)
_MAX_IMPORTS = 64


def preparation(
    notebook: str, seed: int, *, work: str = "/work", data: str = "/data", contained: bool = True
) -> bytes:
    """Equal bytes prepare equal containers: nothing of a single run is in it."""
    folder = resources.files("ray_runner.guest")
    return _framed(
        {
            "files": {name: folder.joinpath(f"{name}.py").read_text(encoding="utf-8") for name in _MODULES},
            "settings": {
                "work": work,
                "data": data,
                "seed": seed,
                "threads": GUEST_THREADS,
                "contained": contained,
            },
            "preload": imports(notebook),
        }
    )


def job(notebook: str, seconds: float) -> bytes:
    """`seconds` until the run's deadline, counted from when the guest reads this."""
    return _framed({"notebook": notebook, "seconds": seconds})


def imports(notebook: str) -> list[tuple[str, list[str]]]:
    """The modules that a notebook imports before it does anything else, each with the names taken from it.

    Done earlier, such an import can't be told from one in its place: between it and the notebook's start stand only
    other imports, constants, definitions and prints of constants.
    """
    found: list[tuple[str, list[str]]] = []
    for source in _code(notebook):
        try:
            statements = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # A magic, maybe, which can do anything.
            break
        for statement in statements:
            if _may_bind_print(statement):
                return found[:_MAX_IMPORTS]
            if isinstance(statement, ast.Import):
                found += [(alias.name, []) for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module:
                found.append((statement.module, [alias.name for alias in statement.names]))
            elif not _does_nothing(statement):
                return found[:_MAX_IMPORTS]
    return found[:_MAX_IMPORTS]


def _code(notebook: str) -> list[str]:
    try:
        cells: Any = json.loads(notebook)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return [source if isinstance(source, str) else "".join(source) for source in sources]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _does_nothing(statement: ast.stmt) -> bool:
    """A constant, its print, or a function whose definition runs nothing of it."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) or _only_prints(statement.value)
    if isinstance(statement, ast.Assign):
        # Of a name only: os.environ["X"] = "1" would matter to an import behind it.
        named = all(isinstance(target, ast.Name) for target in statement.targets)
        return named and isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = statement.args
        defaults = [default for default in arguments.defaults + arguments.kw_defaults if default is not None]
        every = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]
        annotated = [argument for argument in every if argument is not None and argument.annotation]
        return (
            not statement.decorator_list
            and statement.returns is None
            and not annotated
            and all(isinstance(default, ast.Constant) for default in defaults)
        )
    return False


def _may_bind_print(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) in ("print", "*") for alias in statement.names)
    if isinstance(statement, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "print" for target in statement.targets)
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == "print"


def _only_prints(value: ast.expr) -> bool:
    """print("a constant"): the import behind it can't tell, and says nothing itself, or it would not be done ahead."""
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"):
        return False
    given = [*value.args, *(keyword.value for keyword in value.keywords)]
    return all(isinstance(each, ast.Constant) for each in given)


def _framed(content: dict[str, Any]) -> bytes:
    data = json.dumps(content).encode()
    return b"%d\n" % len(data) + data
