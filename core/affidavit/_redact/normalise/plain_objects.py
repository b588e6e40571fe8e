"""Turn foreign objects into plain ones, one level deep.

No object is asked to serialise itself, none is imported for: a data class, a
model, an exception are known by their marks. A generator is never consumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from affidavit._redact.normalise.decode import text_of

if TYPE_CHECKING:
    from decimal import Decimal

_TEXTUAL: Final = frozenset({"datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid"})
"""Modules of the standard library whose objects say all they hold with `str`."""

_WIDEST: Final = 40
"""Digits of a number that is written out; DynamoDB has 38."""

_MISSING: Final = object()


class SecretObject:
    """Stands for an object that is made to hide what it holds."""


class OpaqueObject:
    """Stands for bytes that are no text."""


def plain(value: object, most: int) -> object:  # noqa: PLR0911 - a dispatch by kind
    """Return `value` as a dict, a list, a number, a text, `SecretObject` or `OpaqueObject`.

    At most `most` + 1 elements are taken, so that a caller who counts notices.
    Whatever an object of the caller raises comes out.
    """
    kind = type(value)
    if isinstance(value, Enum):
        return value.value
    scalar = _scalar(value)
    if scalar is not _MISSING:
        return scalar
    if hasattr(kind, "get_secret_value"):
        return SecretObject()
    if isinstance(value, BaseException):
        return _exception(value)
    fields = _fields(value)
    if fields is not None:
        return {name: item for name, item in fields if item is not _MISSING}
    if isinstance(value, (Mapping, Collection)):
        return _elements(value, most)
    return str(value) if kind.__module__.partition(".")[0] in _TEXTUAL else repr(value)


def _scalar(value: object) -> object:
    """Return a subclass of a text or a number as one, and bytes as text if they are."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        text = text_of(bytes(value))
        return OpaqueObject() if text is None else text
    return _exact(value) if _is_decimal(value) else _MISSING


def _is_decimal(value: object) -> TypeGuard[Decimal]:
    # By name: the module costs more to import than this one.
    return any(kind.__module__ == "decimal" for kind in type(value).__mro__[:-1])


def _exact(value: Decimal) -> object:
    """Return what boto3 makes of every number in DynamoDB as an int, or as text to keep cents."""
    if value.is_finite() and value.adjusted() < _WIDEST and value == value.to_integral_value():
        return int(value)
    return str(value)


def _fields(value: Any) -> Iterable[tuple[str, object]] | None:
    """Return the fields of a data class, a model, an attrs class or a named tuple."""
    kind = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return [(name, getattr(value, name, _MISSING)) for name in kind.__dataclass_fields__]
    if hasattr(kind, "model_fields") or hasattr(kind, "__pydantic_fields__"):
        extra = getattr(value, "__pydantic_extra__", None) or {}
        return [*vars(value).items(), *dict(extra).items()]
    if hasattr(kind, "__attrs_attrs__"):
        return [(one.name, getattr(value, one.name, _MISSING)) for one in kind.__attrs_attrs__]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return list(zip(map(str, kind._fields), tuple.__iter__(value), strict=False))
    return None


def _exception(error: BaseException) -> dict[str, object]:
    """Return an exception's type, arguments and causes: no stack, no local variables."""
    told: dict[str, object] = {"type": type(error).__name__, "args": list(error.args)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = cause
    if isinstance(error, BaseExceptionGroup):
        told["exceptions"] = list(error.exceptions)
    notes = getattr(error, "__notes__", None)
    if notes:
        told["notes"] = list(notes)
    return told


def _elements(value: Mapping[object, object] | Collection[object], most: int) -> object:
    if isinstance(value, dict):
        return dict(islice(dict.items(value), most + 1))
    if isinstance(value, Mapping):
        return {key: value[key] for key in islice(value, most + 1)}
    if isinstance(value, AbstractSet):
        # Sets have no order, and that of strings changes from process to process.
        return sorted(islice(value, most + 1), key=lambda one: (type(one).__name__, repr(one)))
    if isinstance(value, Sequence) or hasattr(value, "__len__"):
        return list(islice(value, most + 1))
    return repr(value)
