"""Read the keys of an object, and write them."""

from __future__ import annotations

from collections.abc import Container
from typing import Final, TypeGuard

from affidavit._redact.classify.key_classifier import KeyClass, KeyClassifier, is_plain
from affidavit._redact.normalise.plain_objects import plain
from affidavit._redact.traverse.text import Texts
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import LABEL, label

_LONGEST_ID: Final = 64


class KeyWriter:
    """Says how a key is written in the copy, and what it means.

    Personal data stands in keys too: `{"jane@example.com": 3}`.
    """

    __slots__ = ("_names", "_texts")

    def __init__(self, names: KeyClassifier, texts: Texts) -> None:
        self._names = names
        self._texts = texts

    def read(
        self, key: object, taken: Container[str], budget: Budget
    ) -> tuple[str, KeyClass | None]:
        """Return the written form of `key`, none of `taken`, and what it means."""
        spelled = key if type(key) is str else _spelled(key)
        if is_plain(spelled):
            name = self._names.read(spelled)
            self._names.keep(spelled, name)
            written = spelled
        else:
            written = self._texts.clean(spelled, budget)
            # A label that stands for a part of the key says nothing about the value.
            name = self._names.read(LABEL.sub("", written))
            if spelled in self._texts.kept and LABEL.search(spelled) is None:
                self._names.keep(spelled, name)
        if written not in taken:
            return written, name
        number = 2
        while f"{written} {number}" in taken:
            number += 1
        return f"{written} {number}", name


def _spelled(key: object) -> str:
    """Return a key that is no text as `json.dumps` would write it, or as its text."""
    if key is None:
        return "null"
    if key is True or key is False:
        return "true" if key else "false"
    try:
        spelled = plain(key, 0)
        return str(spelled) if type(spelled) in {str, int, float} else repr(key)
    except (Exception, SystemExit, GeneratorExit):  # noqa: BLE001 - foreign code: anything
        return label("UNKNOWN")


def is_bare(item: object) -> TypeGuard[str | int]:
    """Tell whether `item` is digits and nothing else, few enough to be an identifier."""
    if type(item) is str:
        return len(item) <= _LONGEST_ID and item.isascii() and item.isdigit()
    return type(item) is int and 0 <= item < 10**_LONGEST_ID
