"""What one module imports: always, sometimes, or with a way out where it is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache, partial
from typing import Final, NamedTuple

LINE: Final = re.compile(r"^(?:from\s+(\.*[\w.]*)\s+import\b|import\s+([\w., ]+))", re.MULTILINE)
ABSENT: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


EVERY: Final = "*"
"""Instead of a name: every module of a package, because which one is known when it runs."""


class When(Enum):
    """When an import happens: always, in a function or under a condition, or it may fail."""

    ALWAYS = "always"
    LATER = "later"
    PERHAPS = "perhaps"


class Import(NamedTuple):
    """One import. `names` are what `from module import` asks for.

    `instead` are imports of which one has to work where this one does not.
    """

    module: str
    names: tuple[str, ...]
    when: When
    line: int
    instead: tuple[Import, ...] = ()


class Variable(NamedTuple):
    """An environment variable that a module reads; `needed` if nothing stands in for it."""

    name: str
    needed: bool
    when: When


class ModuleSource(NamedTuple):
    """What a module says of itself."""

    imports: tuple[Import, ...]
    variables: tuple[Variable, ...]
    changes_modules: bool
    parsed: bool


@lru_cache(maxsize=2048)
def read_source(data: bytes, package: str, python: tuple[int, int]) -> ModuleSource:
    """Read a module of `package`, for one version of Python.

    A module that this Python cannot parse is read line by line: newer grammar
    does not change what an import at the left margin is. Every bundle has most modules
    of the one before, and looks at them three times.
    """
    text = data.decode("utf-8", "replace")
    changes = any(word in text for word in ("sys.modules", "__path__", "def __getattr__"))
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return ModuleSource(tuple(_by_line(text, package)), (), changes, parsed=False)
    # Only these hide in expressions; most modules have none, and are read far faster.
    deep = any(word in text for word in ("environ", "getenv", "import_module", "__import__"))
    reader = _Reader(package, python, deep=deep, door=_is_door(tree))
    reader.block(tree.body, When.ALWAYS)
    return ModuleSource(tuple(reader.imports), tuple(reader.variables), changes, parsed=True)


def _by_line(text: str, package: str) -> Iterator[Import]:
    for found in LINE.finditer(text):
        for name in (found[1] or found[2]).split(","):
            module = _absolute(name.split()[0] if name.split() else "", package)
            if module:
                yield Import(module, (), When.ALWAYS, 0)


def _absolute(name: str, package: str) -> str:
    """Return a relative name in full, or "" for one that leads out of everything."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    parts = package.split(".")
    if level > len(parts):
        return ""
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [name[level:]])])


class _Reader:
    """Walks a tree and notes under which conditions each import stands."""

    def __init__(self, package: str, python: tuple[int, int], *, deep: bool, door: bool) -> None:
        self.imports: list[Import] = []
        self.variables: list[Variable] = []
        self._package, self._python, self._deep, self._door = package, python, deep, door

    def _another(self) -> _Reader:
        return _Reader(self._package, self._python, deep=self._deep, door=False)

    def block(self, nodes: Sequence[ast.AST], when: When) -> None:
        for node in nodes:
            self._node(node, when)

    def _node(self, node: ast.AST, when: When) -> None:
        if isinstance(node, ast.Import):
            for name in node.names:
                self.imports.append(Import(name.name, (), when, node.lineno))
        elif isinstance(node, ast.ImportFrom):
            self._from(node, when)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._function(node, when)
        elif isinstance(node, ast.If):
            self._if(node, when)
        elif isinstance(node, ast.Try | ast.TryStar):
            self._try(node, when)
        elif isinstance(node, ast.With) and any("suppress" in ast.unparse(i) for i in node.items):
            self.block(node.body, When.PERHAPS)
        elif self._deep or not isinstance(node, ast.expr):
            self._other(node, when)
            self.block(list(ast.iter_child_nodes(node)), when)

    def _from(self, node: ast.ImportFrom, when: When) -> None:
        module = _absolute("." * node.level + (node.module or ""), self._package)
        if module and module != "__future__":
            names = tuple(name.name for name in node.names if name.name != "*")
            self.imports.append(Import(module, names, when, node.lineno))

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, when: When
    ) -> None:
        self.block(getattr(node, "decorator_list", []), when)
        self.block([*node.args.defaults, *filter(None, node.args.kw_defaults)], when)
        later = When.LATER if when is When.ALWAYS else when
        self.block(node.body if isinstance(node.body, list) else [node.body], later)

    def _if(self, node: ast.If, when: When) -> None:
        holds = _holds(node.test, self._python)
        self.block([node.test], when)
        maybe = when if holds is not None or when is When.PERHAPS else When.LATER
        if holds is not False:
            self.block(node.body, maybe)
        elif self._door and when is When.ALWAYS:
            self.block(node.body, When.PERHAPS)
        if holds is not True:
            self.block(node.orelse, maybe)

    def _try(self, node: ast.Try | ast.TryStar, when: When) -> None:
        catching = [one for one in node.handlers if _catches(one)]
        if not catching or any(_gives_up(one, when) for one in catching):
            known = len(self.variables)
            self.block(node.body, when)
            if any(_catches(one, {"KeyError", "LookupError"}) for one in node.handlers):
                self.variables[known:] = [v._replace(needed=False) for v in self.variables[known:]]
        else:
            inner, other = self._another(), self._another()
            inner.block(node.body, when)
            for handler in catching:
                other.block(handler.body, when)
            instead = tuple(other.imports)
            self.imports += [
                one._replace(instead=instead) if instead else _perhaps(one) for one in inner.imports
            ]
            self.imports += [one._replace(when=When.PERHAPS) for one in instead]
            self.variables += [one._replace(needed=False) for one in inner.variables]
            self.variables += other.variables
        for handler in node.handlers:
            if handler not in catching:
                self.block(handler.body, When.PERHAPS)
        self.block(node.orelse, When.PERHAPS if catching else when)
        self.block(node.finalbody, when)

    def _other(self, node: ast.AST, when: When) -> None:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if ast.unparse(node.value) in {"os.environ", "environ"}:
                self._variable(node.slice, when, needed=True)
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func)
            if called in {"os.environ.get", "os.getenv", "environ.get", "getenv"}:
                self._variable(node.args[0], when, needed=False)
            elif called.rpartition(".")[2] in {"import_module", "__import__"}:
                self._by_name(node.args[0], when)

    def _by_name(self, node: ast.expr, when: When) -> None:
        """Note a module that is imported by its name.

        A plugin of ours that makes the name, `f"package.{name}"`, may want all of the package;
        what others make of theirs is left to `--include`.
        """
        name = getattr(node, "value", None)
        if isinstance(name, str) and name and not name.startswith("."):
            self.imports.append(Import(name, (), when, node.lineno))
        elif isinstance(node, ast.JoinedStr) and node.values:
            begun = getattr(node.values[0], "value", None)
            if isinstance(begun, str) and begun.startswith("affidavit_") and begun.endswith("."):
                self.imports.append(Import(begun[:-1], (EVERY,), When.PERHAPS, node.lineno))

    def _variable(self, node: ast.expr, when: When, *, needed: bool) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.variables.append(Variable(node.value, needed, when))


def _is_door(tree: ast.Module) -> bool:
    """Tell whether a module imports its names when they are asked for (PEP 562).

    Then it imports them for type checkers as well, who cannot ask: that list is true of both.
    """
    return any(isinstance(one, ast.FunctionDef) and one.name == "__getattr__" for one in tree.body)


def _perhaps(one: Import) -> Import:
    """Return an import whose absence is caught, and that of what would stand in for it."""
    return one._replace(when=When.PERHAPS, instead=tuple(map(_perhaps, one.instead)))


def _catches(handler: ast.ExceptHandler, names: AbstractSet[str] = ABSENT) -> bool:
    """Whether it catches one of `names`; if not said otherwise, that a module is not there."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(kind).rpartition(".")[2] in names for kind in kinds)


def _gives_up(handler: ast.ExceptHandler, when: When) -> bool:
    """Whether nothing works without the module. In a function an error may be the answer."""
    last = handler.body[-1]
    if not isinstance(last, ast.Raise):
        return False
    return when is When.ALWAYS or last.exc is None or "ImportError" in ast.unparse(last.exc)


def _holds(test: ast.expr, python: tuple[int, int]) -> bool | None:
    """Return how a condition comes out on the target, or None if that is not certain."""
    text = ast.unparse(test)
    if "TYPE_CHECKING" in text:
        return (
            text.startswith("not ")
            if isinstance(test, ast.Name | ast.Attribute | ast.UnaryOp)
            else None
        )
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _holds(test.operand, python)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        parts = [_holds(one, python) for one in test.values]
        decided = isinstance(test.op, ast.Or)
        if decided in parts:
            return decided
        return None if None in parts else not decided
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(ast.unparse(test.left), test.ops[0], test.comparators[0], python)
    return {"True": True, "False": False, "1": True, "0": False}.get(text)


def _compared(left: str, op: ast.cmpop, right: ast.expr, python: tuple[int, int]) -> bool | None:
    known: dict[str, object] = {
        "sys.version_info": (*python, 99),
        "sys.version_info[:2]": python,
        "sys.version_info[0]": python[0],
        "sys.version_info.major": python[0],
        "sys.platform": "linux",
        "os.name": "posix",
        "sys.implementation.name": "cpython",
        "platform.python_implementation()": "CPython",
        "platform.system()": "Linux",
        "__name__": "a module",
    }
    try:
        value = ast.literal_eval(right)
        compare = partial(_OPERATORS[type(op)], known[left], value)
        return bool(compare())
    except (ValueError, KeyError, TypeError):
        return None


_OPERATORS: Final = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
