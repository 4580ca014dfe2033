"""Which statements of a notebook can reach a number that it reports: a backward slice over its cells.

Static, by names (M. Weiser, Program Slicing, 1981), and generous: what may have an influence is taken to have it. Calls
are followed into functions of the notebook, without regard to who calls, but for calls in the cell that is asked about.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

METRIC = "application/vnd.p2n.metric+json"
# An expression statement that calls one of these changes none of its arguments.
_LOOKS_ONLY = {"print", "display", "len", "repr", "str", "assert", "isinstance", "hasattr", "type"}
# Who draws from a generator that all code shares depends on who seeded it.
SHARED = {"numpy.random": "<numpy>", "random": "<random>", "torch": "<torch>", "tensorflow": "<tensorflow>"}
_SEEDS = {
    "numpy.random.seed": ("<numpy>",),
    "numpy.random.set_state": ("<numpy>",),
    "random.seed": ("<random>",),
    "random.setstate": ("<random>",),
    "torch.manual_seed": ("<torch>",),
    "torch.random.manual_seed": ("<torch>",),
    "torch.seed": ("<torch>",),
    "tensorflow.random.set_seed": ("<tensorflow>",),
    "keras.utils.set_random_seed": ("<tensorflow>", "<numpy>", "<random>"),
    "tensorflow.keras.utils.set_random_seed": ("<tensorflow>", "<numpy>", "<random>"),
    "transformers.set_seed": ("<torch>", "<numpy>", "<random>"),
    "pytorch_lightning.seed_everything": ("<torch>", "<numpy>", "<random>"),
    "lightning.seed_everything": ("<torch>", "<numpy>", "<random>"),
}
# Beyond these a notebook is no longer read; what people write is a hundredth of it.
MAX_UNITS = 5_000
MAX_CHARACTERS = 400_000


@dataclass
class Unit:
    """One simple statement, or the head of a compound one."""

    cell: int
    line: int
    parts: list[ast.AST]
    scope: str
    defs: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    heads: list[int] = field(default_factory=list)
    statement: ast.stmt | None = None

    def nodes(self) -> Iterator[ast.AST]:
        for part in self.parts:
            yield from ast.walk(part)


@dataclass(frozen=True)
class _Scope:
    name: str
    names: frozenset[str]
    outer: _Scope | None

    def find(self, name: str) -> str:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return f"{scope.name}:{name}"
            scope = scope.outer
        return name


class Program:
    """The cells' statements, with what each defines and uses. Cells that are no Python are passed over."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.sources = sources
        self.units: list[Unit] = []
        self.imports: dict[str, str] = {}
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        left = MAX_CHARACTERS
        trees = []
        for source in sources:
            left -= len(source)
            trees.append(parsed(source if left >= 0 else ""))
        for tree in trees:
            self._look_ahead(tree)
        for cell, tree in enumerate(trees):
            self._body(tree.body, cell, None, [])

    def dotted(self, node: ast.AST) -> str | None:
        """`np.random.rand` as `numpy.random.rand`; None where it does not begin with a name."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return ".".join([self.imports.get(node.id, node.id), *reversed(names)])

    def seeds(self, call: ast.Call) -> tuple[str, ...]:
        """The shared generators that this call seeds."""
        return _SEEDS.get(self.dotted(call.func) or "", ())

    def reaching(self, cell: int, metric: str | None) -> set[int]:
        """Numbers of the units that can reach what a cell reports, or that metric of it; of all it does where it
        reports nothing."""
        reporters = self._reporters()
        here = [number for number, unit in enumerate(self.units) if unit.cell == cell]
        sinks = [number for number in here if self._reports(self.units[number], reporters)]
        named = [number for number in sinks if metric and _says(self.units[number], metric)]
        start = set(named or sinks or here)
        # What a function of the notebook reports on behalf of this cell.
        called = self._called_from(start, reporters)
        start |= {
            number
            for number, unit in enumerate(self.units)
            if unit.scope in called and self._reports(unit, reporters)
        }
        return self._backward(start, cell)

    def _backward(self, start: set[int], cell: int) -> set[int]:
        defining: dict[str, list[int]] = {}
        users: dict[str, list[int]] = {}
        for number, unit in enumerate(self.units):
            if unit.cell <= cell:
                for name in unit.defs:
                    defining.setdefault(name, []).append(number)
                for name in unit.uses:
                    users.setdefault(name, []).append(number)
        found: set[int] = set()
        traced: set[str] = set()
        effects: set[str] = set()
        waiting = list(start)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            unit = self.units[number]
            waiting += unit.heads
            for name in unit.uses - traced:
                traced.add(name)
                givers = defining.get(name, [])
                if ":" in name:
                    # A parameter: what this very cell gives it, where it gives something.
                    givers = [other for other in givers if self.units[other].cell == cell] or givers
                waiting += givers
            # What a function does to names outside of it, it does where it is used.
            function = unit.scope.rpartition(".")[2]
            if function and function not in effects and any(":" not in name for name in unit.defs):
                effects.add(function)
                waiting += users.get(function, [])
        return found

    def _reporters(self) -> set[str]:
        """Functions of the notebook that report metrics, themselves or through others."""
        found = {
            name
            for name, function in self.functions.items()
            if any(isinstance(node, ast.Constant) and node.value == METRIC for node in ast.walk(function))
        }
        grown = True
        while grown:
            more = {unit.scope for unit in self.units if unit.scope and unit.calls & found}
            grown = not more <= found
            found |= more
        return found

    def _reports(self, unit: Unit, reporters: set[str]) -> bool:
        return bool(unit.calls & reporters) or _says(unit, METRIC)

    def _called_from(self, start: Iterable[int], reporters: set[str]) -> set[str]:
        found: set[str] = set()
        waiting = [name for number in start for name in self.units[number].calls & reporters]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [
                    other for unit in self.units if unit.scope == name for other in unit.calls & reporters
                ]
        return found

    def _look_ahead(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    self.imports[bound] = alias.name if alias.asname else bound
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.setdefault(node.name, node)
            elif isinstance(node, ast.ClassDef):
                self.classes.setdefault(node.name, node)

    def _body(self, body: Sequence[ast.stmt], cell: int, scope: _Scope | None, heads: list[int]) -> None:
        for statement in body:
            if len(self.units) >= MAX_UNITS:
                return
            self._statement(statement, cell, scope, heads)

    def _statement(self, node: ast.stmt, cell: int, scope: _Scope | None, heads: list[int]) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, cell, scope, heads)
            return
        if isinstance(node, ast.ClassDef):
            unit = self._unit(node, [*node.decorator_list, *node.bases, *node.keywords], cell, scope, heads)
            unit.defs.add(scope.find(node.name) if scope else node.name)
            before = len(self.units)
            self._body(node.body, cell, scope, heads)
            # Who uses a class uses all of it.
            unit.uses |= {name for inner in self.units[before:] for name in inner.defs}
            return
        bodies = [value for _, value in ast.iter_fields(node) if _is_body(value)]
        parts = [
            part
            for _, value in ast.iter_fields(node)
            if not _is_body(value)
            for part in (value if isinstance(value, list) else [value])
            if isinstance(part, ast.AST)
        ]
        if isinstance(node, ast.Import | ast.ImportFrom):
            parts = []
        self._unit(node, parts, cell, scope, heads)
        number = len(self.units) - 1
        inner = [*heads, number] if bodies else heads
        for inside in bodies:
            for piece in inside:
                if isinstance(piece, ast.stmt):
                    self._statement(piece, cell, scope, inner)
                else:
                    self._body(getattr(piece, "body", []), cell, scope, inner)

    def _function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        cell: int,
        scope: _Scope | None,
        heads: list[int],
    ) -> None:
        arguments = node.args
        defaults = [part for part in (*arguments.defaults, *arguments.kw_defaults) if part is not None]
        unit = self._unit(node, [*node.decorator_list, *defaults], cell, scope, heads)
        unit.defs.add(scope.find(node.name) if scope else node.name)
        inner = _Scope(node.name, frozenset(_locals_of(node)), scope)
        self._body(node.body, cell, inner, [])

    def _unit(
        self, node: ast.stmt, parts: Sequence[ast.AST], cell: int, scope: _Scope | None, heads: list[int]
    ) -> Unit:
        unit = Unit(
            cell, node.lineno, list(parts), scope.name if scope else "", heads=list(heads), statement=node
        )
        outside = scope.find if scope else str
        own = {name for part in parts for name in _own_names(part)}

        def find(name: str) -> str:
            return f"<{cell}.{node.lineno}>:{name}" if name in own else outside(name)

        for part in parts:
            for inner in ast.walk(part):
                self._note(inner, unit, find)
        if isinstance(node, ast.AugAssign):
            unit.uses |= _names(node.target, find)
        if isinstance(node, ast.Return) and scope:
            unit.defs.add(f"{scope.name}:return")
        if isinstance(node, ast.Expr):
            self._effects(node.value, unit, find)
            if isinstance(node.value, ast.Yield | ast.YieldFrom) and scope:
                unit.defs.add(f"{scope.name}:return")
        self.units.append(unit)
        return unit

    def _note(self, node: ast.AST, unit: Unit, find: object) -> None:
        assert callable(find)
        if isinstance(node, ast.Name):
            name = find(node.id)
            if isinstance(node.ctx, ast.Load):
                unit.uses.add(name)
                if node.id in self.functions:
                    unit.uses.add(f"{node.id}:return")
            else:
                unit.defs.add(name)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            unit.defs |= _names(node.value, find)
            if isinstance(node, ast.Attribute):
                unit.defs.add(f".{node.attr}")
        elif isinstance(node, ast.Attribute):
            unit.uses |= {f".{node.attr}"} | (
                {f"{node.attr}:return"} if node.attr in self.functions else set()
            )
        elif isinstance(node, ast.Yield | ast.YieldFrom) and unit.scope:
            unit.defs.add(f"{unit.scope}:return")
        elif isinstance(node, ast.Call):
            self._call(node, unit)

    def _call(self, node: ast.Call, unit: Unit) -> None:
        callee = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        unit.calls.add(callee)
        if callee in self.functions:
            unit.defs |= {f"{callee}:{name}" for name in _parameters(self.functions[callee])}
        elif callee in self.classes:
            for method in self.classes[callee].body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    unit.defs |= {f"__init__:{name}" for name in _parameters(method)}
        dotted = self.dotted(node.func) or ""
        unit.defs |= set(self.seeds(node))
        for module, shared in SHARED.items():
            if dotted.startswith(f"{module}.") and dotted not in _SEEDS:
                unit.uses.add(shared)
        if dotted.startswith("sklearn."):
            unit.uses.add("<numpy>")

    def _effects(self, value: ast.AST, unit: Unit, find: object) -> None:
        """`x.append(y)` and `shuffle(x)` change x."""
        assert callable(find)
        if not isinstance(value, ast.Call):
            return
        if isinstance(value.func, ast.Attribute):
            unit.defs |= {name for name in _names(value.func.value, find) if name not in self.imports}
        callee = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        if callee not in _LOOKS_ONLY and callee not in self.functions:
            for argument in value.args:
                if isinstance(argument, ast.Name):
                    unit.defs.add(find(argument.id))


def parsed(source: str) -> ast.Module:
    """The cell's tree; magics are left out, and what is no Python gives an empty one."""
    for text in (source, _without_magics(source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return ast.Module(body=[], type_ignores=[])


def _without_magics(source: str) -> str:
    lines = source.split("\n")
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines)


def _is_body(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], ast.stmt | ast.ExceptHandler | ast.match_case)
    )


def _names(node: ast.AST, find: object) -> set[str]:
    """The name at the bottom of `a.b[c].d`: what is changed where that is stored to."""
    assert callable(find)
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    if isinstance(node, ast.Name):
        return {find(node.id)}
    if isinstance(node, ast.Tuple | ast.List):
        return {name for element in node.elts for name in _names(element, find)}
    return set()


def _own_names(part: ast.AST) -> set[str]:
    """Names that only live inside of an expression: those of comprehensions and lambdas."""
    found: set[str] = set()
    for node in ast.walk(part):
        if isinstance(node, ast.comprehension):
            found |= {inner.id for inner in ast.walk(node.target) if isinstance(inner, ast.Name)}
        elif isinstance(node, ast.Lambda):
            found |= set(_parameters(node))
    return found


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [argument.arg for argument in every if argument is not None]


def _locals_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    found = set(_parameters(function))
    shared: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            shared |= set(node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node is not function:
            found.add(node.name)
    return found - shared


def _says(unit: Unit, text: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == text for node in unit.nodes())
