"""Handlers of AWS Lambda that nobody audits."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import Final

from affidavit_lint.built_statements import Place
from affidavit_lint.module import Function, Module, parameters

_NAMES: Final = frozenset({"handler", "lambda_handler"})
_EVENTS: Final = frozenset({"event", "_event", "events"})
_CONTEXTS: Final = frozenset({"context", "_context", "ctx", "lambda_context"})
_ANSWERS: Final = frozenset({"idempotent", "validator", "event_parser"})
"""Decorators of Powertools that answer from a store, or refuse what does not fit."""

_TRACERS: Final = frozenset(
    {"capture_lambda_handler", "start_as_current_span", "datadog_lambda_wrapper"}
)
"""Decorators of Powertools, OpenTelemetry and Datadog that report what is raised below them."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef

_SIGNALS: Final = ["signum", "frame"]
_TWO: Final = 2
"""AWS Lambda calls a handler with an event and a context."""


def check_handlers(module: Module) -> Iterator[Place]:
    """Find handlers at the top of the module that are not audited."""
    for name, function in _top_functions(module):
        if looks_like_handler(name, function) and not is_audited(name, function, module):
            yield "AFF201", function, f"{name}"
        if not isinstance(function, ast.Lambda):
            yield from _around_the_audit(name, function, module)


def _around_the_audit(name: str, function: Definition, module: Module) -> Iterator[Place]:
    """Find decorators above `audited` that may answer by themselves, and tracers below it."""
    decorators = function.decorator_list
    audits = [place for place, one in enumerate(decorators) if _is_audit(one, module)]
    if not audits:
        return
    for decorator in decorators[: audits[0]]:
        if _origin(decorator, module).rpartition(".")[2] in _ANSWERS:
            yield "AFF202", decorator, name
    for decorator in decorators[audits[0] :]:
        if _origin(decorator, module).rpartition(".")[2] in _TRACERS:
            yield "AFF203", decorator, name


def looks_like_handler(name: str, function: Function) -> bool:
    """Tell whether AWS Lambda could be meant to call a function."""
    names = parameters(function)
    if name.startswith("_") or len(names) != _TWO or names == _SIGNALS:
        return False
    event, context = names
    if name in _NAMES or (event in _EVENTS and context in _CONTEXTS):
        return True
    return name.endswith("_handler") and (event in _EVENTS or context in _CONTEXTS)


def is_audited(name: str, function: Function, module: Module) -> bool:
    """Tell whether a function is decorated with `audited`, or wrapped by it in this module."""
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    if any(_is_audit(decorator, module) for decorator in decorators):
        return True
    return name in _wrapped(module)


@functools.lru_cache(maxsize=1)
def _wrapped(module: Module) -> frozenset[str]:
    """Return the names that are passed to `audited` in a module."""
    audits = (call for call in module.calls if _is_audit(call, module))
    return frozenset(
        argument.id for call in audits for argument in call.args if isinstance(argument, ast.Name)
    )


def _is_audit(node: ast.expr, module: Module) -> bool:
    """Tell whether a node is `audited`, `audited(...)` or `audited(...)(handler)`."""
    return _origin(node, module).rpartition(".")[2] == "audited"


def _origin(node: ast.expr, module: Module) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    return module.origin(node)


def _top_functions(module: Module) -> Iterator[tuple[str, Function]]:
    for node in module.nodes:
        if not isinstance(module.scope(node), ast.Module):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not module.in_class(node):
                yield node.name, node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
