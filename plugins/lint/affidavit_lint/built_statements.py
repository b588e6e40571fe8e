"""Statements that are put together instead of written down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from affidavit_lint.module import Module, Value

Place = tuple[str, ast.AST, str]
"""A rule's code, the node that breaks it, and what to add to the message."""

_FILLS: Final = frozenset(
    {"format", "format_map", "replace", "substitute", "safe_substitute", "translate"}
)
_SINKS: Final = frozenset(
    {"fetch_one", "fetch_all", "execute", "executemany", "executescript", "execute_statement"}
    | {"read_sql", "read_sql_query"}
)
"""Methods and functions whose first argument is a statement or a query."""

_NAMED: Final = frozenset({"sql", "query", "statement", "operation"})
"""How such an argument is called when it is named."""

_KEEPS: Final = frozenset({"strip", "lstrip", "rstrip", "dedent", "cleandoc", "lower", "upper"})
"""Calls that make a constant of a constant."""

_LOOKS_UP: Final = frozenset({"get", "pop", "setdefault"})
"""Calls that choose one of several, by a key that is no text of the statement."""

_OPERATORS: Final[dict[type[ast.operator], str]] = {ast.Add: "AFF102", ast.Mod: "AFF103"}

_DEEP: Final = 25
"""How far names are followed: deeper than anybody writes, and an end for circles."""


def check_statements(module: Module) -> Iterator[Place]:
    """Find what is built and reaches a `Query`, a source or a cursor."""
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        called = _called(node.func, module)
        if called == "Query":
            yield from _query(node, module)
        elif called in _SINKS:
            for argument in _statement_arguments(node):
                yield from _built(argument, module, f"reaches {called}", 0)


def _query(call: ast.Call, module: Module) -> Iterator[Place]:
    said = {word.arg: word.value for word in call.keywords if word.arg is not None}
    said |= dict(zip(("name", "sql"), call.args, strict=False))
    for part in ("sql", "name"):
        value = said.get(part)
        if value is None:
            continue
        found = list(_built(value, module, f"reaches the {part} of a Query", 0))
        yield from found
        if not found and not _is_constant(value, module, 0):
            yield "AFF105", value, f"the {part} of a Query"
    if any(word.arg is None for word in call.keywords) and "sql" not in said:
        yield "AFF105", call, "a Query gets its parts as **"


def _statement_arguments(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args[:1]
    yield from (word.value for word in call.keywords if word.arg in _NAMED)


def _built(node: Value, module: Module, where: str, depth: int) -> Iterator[Place]:
    """Yield every expression that builds text and ends up in `node`."""
    if depth > _DEEP:
        return
    code = _breaks(node)
    if code:
        yield code, node, where
        return
    for part in _parts(node, module):
        yield from _built(part, module, where, depth + 1)


def _breaks(node: Value) -> str:
    """Return the code of the rule that an expression breaks by itself, or nothing."""
    if isinstance(node, ast.JoinedStr):
        filled = any(isinstance(part, ast.FormattedValue) for part in node.values)
        return "AFF101" if filled else ""
    if isinstance(node, ast.AugAssign | ast.BinOp):
        literal = isinstance(node, ast.BinOp) and _is_literal(node)
        return "" if literal else _OPERATORS.get(type(node.op), "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        joined = node.func.attr == "join" and not all(map(_is_literal, node.args))
        return "AFF102" if joined else "AFF104" if node.func.attr in _FILLS else ""
    return ""


def _parts(node: Value, module: Module) -> Iterator[Value]:
    """Yield what an expression takes its text from."""
    if isinstance(node, ast.Name):
        yield from module.values(node)
    elif isinstance(node, ast.Attribute):
        yield from module.attribute_values(node.attr)
    elif isinstance(node, ast.Call):
        yield from _parts_of_call(node, module)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.BoolOp | ast.Dict):
        yield from node.values
    elif isinstance(node, ast.NamedExpr | ast.Await | ast.Subscript | ast.Starred):
        yield node.value
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        yield from node.elts


def _parts_of_call(call: ast.Call, module: Module) -> Iterator[Value]:
    called = _called(call.func, module)
    if called == "Query":
        return  # looked at where it stands
    if isinstance(call.func, ast.Attribute):
        if call.func.attr in _LOOKS_UP:
            yield call.func.value
            return
        if call.func.attr in _KEEPS or not isinstance(call.func.value, ast.Name):
            yield call.func.value
    for function in module.functions.get(called, []):
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield node.value
    if called not in module.functions:
        yield from call.args


def _called(node: ast.expr, module: Module) -> str:
    """Return the last part of a called name, as it is called where it comes from."""
    return module.origin(node).rpartition(".")[2]


def _is_literal(node: ast.expr) -> bool:
    """Tell whether an expression holds nothing but text that stands in it."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and _is_literal(node.left) and _is_literal(node.right)
    if isinstance(node, ast.List | ast.Tuple):
        return all(map(_is_literal, node.elts))
    return isinstance(node, ast.JoinedStr) and all(map(_is_literal, node.values))


def _is_constant(node: Value, module: Module, depth: int) -> bool:
    """Tell whether an expression stands for text that is written down somewhere."""
    if depth > _DEEP or isinstance(node, ast.arg | ast.AugAssign):
        return False
    if _is_literal(node) or _is_foreign(node, module):
        return True
    parts: list[Value] = []
    if isinstance(node, ast.Name | ast.Attribute | ast.IfExp):
        parts = list(_parts(node, module))
    elif isinstance(node, ast.Call) and _called(node.func, module) in _KEEPS:
        parts = [*node.args]
        if isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
    return bool(parts) and all(_is_constant(part, module, depth + 1) for part in parts)


def _is_foreign(node: Value, module: Module) -> bool:
    """Tell whether an expression is a name of another module, which is checked there."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and not module.values(node) and module.is_imported(node.id)
