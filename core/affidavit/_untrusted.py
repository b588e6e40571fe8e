"""Look into foreign data that may have any shape, without raising."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NOTHING: Final[Mapping[str, Any]] = {}

OBJECT: Final = (dict, Mapping)
"""What counts as an object, for `isinstance`. JSON's own kind comes first: asking the
abstract class costs ten times as much, and an invocation asks a dozen times."""


def mapping(value: object) -> Mapping[str, Any]:
    """Return `value` if it is an object; one without members otherwise."""
    return value if isinstance(value, OBJECT) else _NOTHING


def text(value: object) -> str:
    """Return `value` if it is text; an empty one otherwise."""
    return value if isinstance(value, str) else ""
