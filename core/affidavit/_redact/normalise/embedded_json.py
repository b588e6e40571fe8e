"""Read and write JSON that stands inside a text."""

from __future__ import annotations

import json
from typing import Final

from affidavit._types import Json

STARTS: Final = ("{", "[", '"')
"""How a document begins that can hold anything: an object, a list, a string."""

_BLANK: Final = " \t\r\n"
_AHEAD: Final = 256


class Repeated(dict[str, Json]):
    """An object in which a name stood twice: the text held more than the object does."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Repeated(pairs)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def read(text: str, start: int) -> tuple[Json, int] | None:
    """Return the document that begins at `start` and where it ends, or None if none does.

    Raises:
        RecursionError: It is nested too deeply to be read.

    """
    if not text.startswith(STARTS, start):
        return None
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ValueError:
        return None
    return value, end


def write(value: Json) -> str:
    """Return `value` as a JSON text."""
    return _ENCODER.encode(value)


def after_blank(text: str, start: int) -> int:
    """Return where the white space at `start` ends."""
    while True:
        ahead = text[start : start + _AHEAD]
        blank = len(ahead) - len(ahead.lstrip(_BLANK))
        start += blank
        if blank < _AHEAD:
            return start
