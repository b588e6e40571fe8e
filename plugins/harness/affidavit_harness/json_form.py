"""Values of the protocol as JSON and back: an unknown key or another version is refused."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from affidavit.plugin import ActionError
from affidavit_harness.protocol import Values

T = TypeVar("T")

_ADAPTERS: Final[dict[type, TypeAdapter[Any]]] = {}
"""One per class, made when it is first used."""


def _adapter(kind: type) -> TypeAdapter[Any]:
    return _ADAPTERS.get(kind) or _ADAPTERS.setdefault(kind, TypeAdapter(kind))


def get_ready(*kinds: type) -> None:
    """Make what reads and writes values of these kinds: it takes longer than reading one."""
    for kind in kinds:
        _adapter(kind)


def to_json(value: object) -> Values:
    """Return a value of the protocol as JSON."""
    told: Values = _adapter(type(value)).dump_python(value, mode="json")
    return told


def from_json(kind: type[T], data: object) -> T:
    """Return JSON as a value of the protocol.

    Raises:
        ActionError: It has another form, or another version.

    """
    try:
        made: T = _adapter(kind).validate_python(data)
    except ValidationError as error:
        places = sorted({".".join(map(str, told["loc"])) for told in error.errors()})
    else:
        return made
    raise ActionError(
        "Harness.Protocol",
        f"this is no {kind.__name__} of this version",
        why=f"missing, unknown or of another form: {', '.join(places)}",
        fix="Deploy the harness anew, or use the version of affidavit that wrote it",
    )
