"""Say what a model declares: which names, under which aliases, of which types.

Asked once, at decoration: a path that leads nowhere is found there and not by an
auditor who looks for somebody in vain.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints
from uuid import UUID

_LISTS: Final = (list, tuple, set, frozenset, Sequence)


class ModelField(NamedTuple):
    """One field: the name in Python, the name on the wire, and its type."""

    name: str
    alias: str
    annotation: Any


def model_fields(model: Any) -> dict[str, ModelField] | None:
    """Return the fields of a model, by name; None if any name may be in it."""
    if not isinstance(model, type):
        return None
    found = getattr(model, "__pydantic_fields__", None)
    if isinstance(found, dict):
        if (getattr(model, "model_config", None) or {}).get("extra") == "allow":
            return None
        return {
            name: ModelField(name, _alias(field) or name, field.annotation)
            for name, field in found.items()
        }
    if dataclasses.is_dataclass(model) or hasattr(model, "__required_keys__"):
        hints = _hints(model)
        if hints is None:
            return None
        if dataclasses.is_dataclass(model):
            hints = {one.name: hints.get(one.name, Any) for one in dataclasses.fields(model)}
        return {name: ModelField(name, name, kind) for name, kind in hints.items()}
    return None


def members(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a field may have, without None and without annotations."""
    origin = get_origin(annotation)
    if origin is Union or origin is types.UnionType:
        found = (one for part in get_args(annotation) for one in members(part))
        return tuple(one for one in found if one is not type(None))
    if hasattr(annotation, "__metadata__"):
        return members(annotation.__origin__)
    if hasattr(annotation, "__supertype__"):  # a NewType
        return members(annotation.__supertype__)
    if type(annotation).__name__ == "TypeAliasType":
        return members(annotation.__value__)
    return (annotation,)


def holds_many(annotation: Any) -> bool:
    """Tell whether a field takes a list, so that one text becomes a list of one."""
    kinds = [get_origin(one) or one for one in members(annotation)]
    return any(isinstance(kind, type) and issubclass(kind, _LISTS) for kind in kinds) and not any(
        isinstance(kind, type) and issubclass(kind, str) for kind in kinds
    )


def names_somebody(annotation: Any) -> bool:
    """Tell whether a value of this type can be a name: text, a whole number, a UUID, an enum."""
    return any(_is_name(one) for one in members(annotation))


def _is_name(kind: Any) -> bool:
    if not isinstance(kind, type):
        return get_origin(kind) not in _CONTAINERS  # Any, Literal, a type variable
    if kind is Any or kind is object:
        return True
    if kind is bool:
        return False
    return issubclass(kind, str | int | UUID | Enum) or hasattr(kind, "get_secret_value")


_CONTAINERS: Final = frozenset({list, tuple, set, frozenset, dict, Mapping, Sequence})


def _alias(field: Any) -> str:
    alias = field.validation_alias
    return alias if isinstance(alias, str) else ""


def _hints(model: Any) -> dict[str, Any] | None:
    try:
        return get_type_hints(model, include_extras=True)
    except Exception:  # noqa: BLE001 - names of annotations that are not to be had here
        return None
