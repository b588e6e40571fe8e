"""Write an answer as Lambda's own runtime would, to learn whether it can be sent.

The runtime serialises what a handler returned after the handler is done. An answer
that it cannot write must be found out before the record says that all was well. One
that is made of plain JSON values can be written, and is only looked through; any
other is written once here. What leaves is still the handler's own object.

In a function the runtime's encoder is loaded already and is the one that is asked.
Elsewhere this module writes the same text; tests hold the two to each other.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from itertools import compress
from json.encoder import encode_basestring_ascii
from math import isfinite
from types import ModuleType
from typing import Any, Final

from affidavit._event.validate import FieldError, InvalidDataError

RUNTIME: Final = "awslambdaric.lambda_runtime_marshaller"
"""The runtime's module; a Lambda function has it before it has the handler's."""

_CONSTANTS: Final = {None: "null", True: "true", False: "false"}


_BOXES: Final = frozenset({list, dict})
_WHOLE: Final = frozenset({int})
_PLAIN: Final = _BOXES | {str, int, float, bool, type(None)}
_DEPTH: Final = 64
_ENTRIES: Final = 10_000_000
_LONG: Final = 1 << 512
"""Far below where Python refuses to write an integer; see `sys.set_int_max_str_digits`."""


def is_plain(value: Any) -> bool:
    """Tell whether `value` is JSON through and through, so that any encoder can write it.

    A quarter of the time of writing it: level by level, and no value is looked at in
    Python. False also for what is deep or refers to itself: it is written to find out.
    """
    level, seen = [value], 0
    for _ in range(_DEPTH):
        kinds = list(map(type, level))
        if not _PLAIN.issuperset(kinds):
            return False
        if int in kinds:
            numbers = list(compress(level, map(_WHOLE.__contains__, kinds)))
            if max(numbers) > _LONG or min(numbers) < -_LONG:
                return False
        boxes = list(compress(level, map(_BOXES.__contains__, kinds)))
        if not boxes:
            return True
        # What they hold, names of members too. One by itself without an audit event.
        first = boxes[0]
        if len(boxes) > 1:
            level = gc.get_referents(*boxes)
        else:
            level = [*first, *first.values()] if type(first) is dict else first
        seen += len(level)
        if seen > _ENTRIES:
            return False
    return False


def lambda_json(value: Any) -> str | bytes:
    """Return the text that Lambda would send for `value`; bytes are sent as they are.

    Raises:
        InvalidDataError: Lambda could not write it.

    """
    if isinstance(value, bytes):
        return value
    runtime = sys.modules.get(RUNTIME)
    try:
        if runtime is not None:
            text: str = _encoder(runtime).encode(value)
            return text
        parts: list[str] = []
        _write(value, parts.append, set())
        return "".join(parts)
    except Exception:  # noqa: BLE001, S110 - the answer's own code may run and fail here
        pass
    raise InvalidDataError((FieldError("", "serialization_error"),))


@lru_cache(maxsize=1)
def _encoder(runtime: ModuleType) -> Any:
    return runtime.Encoder()  # the runtime keeps one for all answers, too


def _write(value: Any, put: Callable[[str], None], above: set[int]) -> None:
    """Write one value in the order of cases that simplejson has, as the runtime sets it up."""
    if value is None or value is True or value is False:
        put(_CONSTANTS[value])
    elif isinstance(value, str | bytes):
        put(encode_basestring_ascii(value if isinstance(value, str) else value.decode()))
    elif isinstance(value, int):
        put(int.__repr__(value))
    elif isinstance(value, float):
        put(_float(value))
    else:
        _write_inside(value, put, above)


def _write_inside(value: Any, put: Callable[[str], None], above: set[int]) -> None:
    if id(value) in above:
        raise ValueError("it refers to itself")
    above.add(id(value))
    named = getattr(value, "_asdict", None)  # a tuple with names is an object
    if callable(named):
        _write_object(named(), put, above)
    elif isinstance(value, list | tuple):
        put("[")
        for place, item in enumerate(value):
            put(", " if place else "")
            _write(item, put, above)
        put("]")
    elif isinstance(value, dict):
        _write_object(value, put, above)
    elif isinstance(value, Decimal):
        put("NaN" if value.is_nan() else str(value))
    else:
        raise TypeError("it has no form in JSON")
    above.discard(id(value))


def _write_object(members: Any, put: Callable[[str], None], above: set[int]) -> None:
    if not isinstance(members, dict):
        raise TypeError("its members are not a dictionary")
    put("{")
    for place, (key, value) in enumerate(members.items()):
        put(", " if place else "")
        _write(_name(key), put, above)
        put(": ")
        _write(value, put, above)
    put("}")


def _name(key: Any) -> str:
    """Return a member's name; numbers and constants are written as text."""
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return key.decode()
    if key is None or key is True or key is False:
        return _CONSTANTS[key]
    if isinstance(key, float):
        return _float(key)
    if isinstance(key, int):
        return int.__repr__(key)
    raise TypeError("a name is not text")


def _float(value: float) -> str:
    if isfinite(value):
        return float.__repr__(value)
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
