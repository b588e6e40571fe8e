"""Write JSON the one way that is hashed: RFC 8785 on a restricted domain.

The domain is what makes the standard library enough: strings, integers within
±(2^53 - 1), booleans, null, lists, and objects whose keys are ASCII. On it,
sorting by code point equals RFC 8785's sorting by UTF-16 unit, and there are no
floating-point numbers to format. `rfc8785` is the referee in the tests.
"""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json

from affidavit._types import Json

MAX_INT: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8785, section 3.2.2.3)."""

_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def canonical_bytes(document: Any) -> bytes:
    """Return the canonical bytes of `document`, sorting as needed.

    Raises:
        ValueError: `document` leaves the domain. The message holds no value.

    >>> canonical_bytes({"b": 1, "a": None})
    b'{"a":null,"b":1}'
    """
    _check(document)
    try:
        return _encode(document).encode()
    except RecursionError:
        pass
    raise ValueError("the document is nested too deeply")


def record_bytes(document: dict[str, Json]) -> bytes:
    """Return the canonical bytes of a `document` whose nested keys are in order already.

    Several times as fast as `canonical_bytes`, for the writer of records, which
    builds the nested parts in order; a property test holds the two equal.

    Raises:
        ValueError: A string is not valid Unicode.

    """
    try:
        return to_json({key: document[key] for key in sorted(document)})
    except PydanticSerializationError:
        pass
    raise ValueError("a string in the document is not valid Unicode")


def is_canonical(body: bytes) -> bool:
    """Tell whether `body` is exactly what `canonical_bytes` would write.

    A reader that keeps the last of two equal keys would otherwise see another
    document than the one that was hashed.

    >>> is_canonical(b'{"a":1}'), is_canonical(b'{ "a": 1 }')
    (True, False)
    """
    try:
        return canonical_bytes(json.loads(body)) == body
    except (ValueError, RecursionError):
        return False


def plain_text(text: str, limit: int) -> str:
    """Return `text` fit for a record: valid Unicode, NFC, at most `limit` characters.

    >>> plain_text("a longer text", 8)
    'a longe…'
    """
    if not text.isascii():
        import unicodedata  # noqa: PLC0415 - tables that few texts need, as in `fold`

        text = text.encode("utf-8", "replace").decode()
        text = unicodedata.normalize("NFC", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _check(document: Any) -> None:
    stack: list[Any] = [document]
    while stack:
        value = stack.pop()
        if value is None or isinstance(value, bool):
            continue
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, int):
            if not -MAX_INT <= value <= MAX_INT:
                raise ValueError("an integer is beyond 2^53 - 1")
        elif isinstance(value, dict):
            if not all(map(_is_key, value)):
                raise ValueError("a key is not ASCII text")
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
        else:
            # Not a TypeError: for the caller, it is one more way to leave the domain.
            raise ValueError(f"{type(value).__name__} is not in the domain")  # noqa: TRY004


def _is_key(key: object) -> bool:
    return isinstance(key, str) and key.isascii()


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a string in the document is not valid Unicode") from None
