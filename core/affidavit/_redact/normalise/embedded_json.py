"""Read and write JSON that stands inside a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from affidavit._lazy import lazy
from affidavit._types import Json

STARTS: Final = ("{", "[", '"')
"""How a document begins that can hold anything: an object, a list, a string."""

_TIGHT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_INNER: Final = lazy(r"\{\s{0,40}\"|\[\s{0,40}(?:[\[{]\s{0,40})?[\[{\"]")
_MOST: Final = 16
"""Beginnings that are tried in one text."""

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


def write(value: Json, *, like: str = "") -> str:
    """Return `value` as a JSON text, without blanks if it is to look `like` a text without them."""
    tight = '":' in like and '": ' not in like
    return (_TIGHT if tight else _ENCODER).encode(value)


def inner(text: str) -> Iterator[tuple[int, int, Json]]:
    """Yield where objects and lists begin and end in a text that is none, and what they hold."""
    done = 0
    for found in islice(_INNER.finditer(text), _MOST):
        start = found.start()
        if start >= done:
            try:
                held = read(text, start)
            except RecursionError:
                return
            if held and held[0]:
                done = held[1]
                yield start, done, held[0]


def after_blank(text: str, start: int) -> int:
    """Return where the white space at `start` ends."""
    while True:
        ahead = text[start : start + _AHEAD]
        blank = len(ahead) - len(ahead.lstrip(_BLANK))
        start += blank
        if blank < _AHEAD:
            return start
