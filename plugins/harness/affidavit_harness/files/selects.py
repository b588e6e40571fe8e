"""JMESPath: compile once, and know which names an expression starts from."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from affidavit.plugin import ActionError


@functools.lru_cache(maxsize=512)
def compiled(expression: str) -> ParsedResult:
    """Return the compiled expression.

    Raises:
        ValueError: It is not JMESPath. The message holds no value.

    """
    try:
        return jmespath.compile(expression)
    except JMESPathError:
        raise ValueError("this is not JMESPath") from None


def select(expression: str, value: Any) -> Any:
    """Return what the expression finds in `value`; None for nothing.

    Raises:
        ActionError: A function of the expression does not fit the value.

    """
    try:
        return compiled(expression).search(value)
    except (JMESPathError, TypeError) as error:
        failed = type(error).__name__
    raise ActionError(
        "Harness.Select",
        f"select {expression} cannot be evaluated",
        why=f"it raised {failed} on this result",
        fix="Use functions that fit the type, such as length() for lists and texts",
    )


def roots(expression: str) -> Iterator[tuple[str, ...]]:
    """Yield the dotted names from which an expression starts: `case.status` of `case.status > 1`.

    Names inside filters and multi-selects of something else belong to that something.
    """
    yield from _roots(compiled(expression).parsed)


def _roots(node: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    dotted = _dotted(node)
    if dotted:
        yield dotted
        return
    kind, children = node["type"], node.get("children", [])
    if kind in {"subexpression", "projection", "filter_projection", "index_expression", "pipe"}:
        yield from _roots(children[0])
        return
    if kind in {"value_projection", "flatten"}:
        yield from _roots(children[0])
        return
    for child in children:
        if isinstance(child, dict):
            yield from _roots(child)


def _dotted(node: dict[str, Any]) -> tuple[str, ...]:
    if node["type"] == "field":
        return (str(node["value"]),)
    if node["type"] == "subexpression":
        left, right = node["children"][0], node["children"][-1]
        above = _dotted(left)
        return (*above, str(right["value"])) if above and right["type"] == "field" else ()
    return ()
