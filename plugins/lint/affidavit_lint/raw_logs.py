"""Raw data on its way into a log: events, rows, and exceptions that quote them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from affidavit_lint.built_statements import Place
from affidavit_lint.handlers import is_audited, looks_like_handler
from affidavit_lint.module import Function, Module, Value, parameters

_LEVELS: Final = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal", "msg"}
)
_WRITES: Final = frozenset(
    {"print", "pprint.pprint", "pprint.pp", "sys.stdout.write", "sys.stderr.write"}
    | {"warnings.warn", "os.write"}
)
_TRACES: Final = frozenset(
    {"traceback.print_exc", "traceback.format_exc", "traceback.print_exception"}
    | {"traceback.print_stack", "traceback.format_exception", "sys.exc_info"}
)
_RAW: Final = frozenset(
    {"event", "events", "record", "records", "request", "payload", "body", "row", "rows"}
)
"""Parameters that hold raw data, whatever the function."""

_FETCHES: Final = frozenset({"fetch_one", "fetch_all", "fetchone", "fetchall", "fetchmany"})
_TELLS_NOTHING: Final = frozenset({"len", "type", "bool", "id", "isinstance", "hash", "callable"})
"""Calls whose result does not show what they were given."""

_DEEP: Final = 25
"""How far names are followed."""


def check_logs(module: Module) -> Iterator[Place]:
    """Find raw data that is printed or logged past `context.log`."""
    tainted = {node: _tainted(node, module) for node in module.nodes if _is_function(node)}
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        if any(word.arg == "log_event" and _is_true(word.value) for word in node.keywords):
            yield "AFF302", node, ""
        raw = frozenset(n for f in module.inside(node) for n in tainted[f])
        if not raw:
            continue
        if module.origin(node.func) in _TRACES:
            yield "AFF303", node, ""
        elif _is_log(node, module):
            yield from _logged(node, raw)


def _logged(call: ast.Call, raw: frozenset[str]) -> Iterator[Place]:
    arguments = (*call.args, *(word.value for word in call.keywords))
    shown = sorted({name for argument in arguments for name in _shows(argument, raw)})
    if shown:
        yield "AFF301", call, ", ".join(shown)
    elif isinstance(call.func, ast.Attribute) and (
        call.func.attr == "exception"
        or any(word.arg == "exc_info" and not _is_false(word.value) for word in call.keywords)
    ):
        yield "AFF303", call, ""


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _tainted(function: ast.AST, module: Module) -> frozenset[str]:
    """Return the names in a function that may hold raw data."""
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)  # noqa: S101 - for mypy
    names = parameters(function)
    raw = {name for name in names if name in _RAW}
    if _is_entry(function, module):
        raw.update(names[:1])
    pairs = list(module.assignments(function))
    raw.update(name for name, value in pairs if _fetches(value))
    if not raw:
        return frozenset()
    raw.update(_caught(function))
    grown = True
    while grown:
        more = {name for name, value in pairs if set(_shows(value, frozenset(raw)))} - raw
        raw |= more
        grown = bool(more)
    return frozenset(raw)


def _is_entry(function: Function, module: Module) -> bool:
    if isinstance(function, ast.Lambda):
        return False
    return looks_like_handler(function.name, function) or is_audited(
        function.name, function, module
    )


def _caught(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _fetches(value: Value) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _FETCHES
        for node in ast.walk(value)
    )


def _shows(node: ast.AST, raw: frozenset[str]) -> Iterator[str]:
    """Yield the raw names whose content an expression shows."""
    if isinstance(node, ast.arg):
        return
    if isinstance(node, ast.Name):
        if node.id in raw:
            yield node.id
        return
    if isinstance(node, ast.Compare) or _tells_nothing(node):
        return
    for child in ast.iter_child_nodes(node):
        yield from _shows(child, raw)


def _tells_nothing(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in _TELLS_NOTHING


def _is_log(call: ast.Call, module: Module) -> bool:
    if module.origin(call.func) in _WRITES:
        return True
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LEVELS:
        return False
    return not _redacts(call.func.value, module, 0) and _is_logger(call.func.value, module)


def _is_logger(node: ast.expr, module: Module) -> bool:
    """Tell whether an expression is named, or made, as loggers are."""
    while isinstance(node, ast.Call):
        node = node.func
    origin = module.origin(node)
    last = origin.rpartition(".")[2].lower().lstrip("_")
    if origin == "logging" or origin.startswith(("logging.", "structlog.", "loguru.")):
        return True
    if last in {"log", "getlogger", "get_logger", "bind"} or last.endswith(("logger", "_log")):
        return True
    values = module.values(node) if isinstance(node, ast.Name) else []
    return any(isinstance(value, ast.Call) and _is_logger(value, module) for value in values)


def _redacts(node: ast.expr, module: Module, depth: int) -> bool:
    """Tell whether an expression is `context.log`, or comes from it."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        if node.attr == "log" and isinstance(node.value, ast.Name):
            return any(isinstance(one, ast.arg) for one in module.values(node.value))
        return node.attr in {"log", "bind"} and _redacts(node.value, module, depth)
    if isinstance(node, ast.Name) and depth < _DEEP:
        values = module.values(node)
        return bool(values) and all(
            isinstance(one, ast.expr) and one is not node and _redacts(one, module, depth + 1)
            for one in values
        )
    return False


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
