"""Look into foreign data that may have any shape, without raising."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

_NOTHING: Final[Mapping[Any, Any]] = {}
_OTHERS: Final = frozenset({bool, float, int, list, str, type(None)})


def is_object(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Tell whether `value` counts as an object; its names may be anything, too.

    JSON's own kinds come first: asking the abstract class costs ten times as much, and an
    invocation asks two dozen times.
    """
    kind = type(value)
    return kind is dict or (kind not in _OTHERS and isinstance(value, Mapping))


def mapping(value: object) -> Mapping[Any, Any]:
    """Return `value` if it is an object; one without members otherwise."""
    return value if is_object(value) else _NOTHING


def text(value: object) -> str:
    """Return `value` if it is text; an empty one otherwise."""
    return value if isinstance(value, str) else ""
