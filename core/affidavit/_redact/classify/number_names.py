"""Names of fields that announce a number of a pack: `utr`, `phn`, `tax_file_number`.

Most of these words are short and mean something else elsewhere. So such a name does not count for
whatever stands below it, as `passport` does, but for a number of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from affidavit._redact.classify.key_words import Words, split
from affidavit._redact.detect.national_ids.table import (
    EVERYWHERE,
    GENERAL,
    Identifier,
    identifiers,
    is_general,
    number_of,
)

_FILLERS: Final = frozenset({
    "code", "full", "id", "no", "nr", "num", "number", "numero", "nummer", "text", "value",
})  # fmt: skip
"""Last words that leave a number what it is: `pesel_value`."""

_LONGEST_PHRASE: Final = 5
_SIZES: Final = range(4, 65)
"""Characters of a number with its separators."""

_MOST: Final = 64


class NumberNames:
    """What the packs of a policy call their numbers: by phrase, with blanks and without.

    `lasts` are the last words of phrases.
    """

    __slots__ = ("kinds", "lasts")

    def __init__(self, kinds: Mapping[str, Sequence[Identifier]], lasts: frozenset[str]) -> None:
        self.kinds = kinds
        self.lasts = lasts

    def read(self, words: Words) -> tuple[Identifier, ...]:
        """Return which kinds of number a name of `words` announces."""
        found: list[Identifier] = []
        while words:
            sizes = min(len(words), _LONGEST_PHRASE) if words[-1] in self.lasts else 0
            for size in range(sizes, 0, -1):
                found += self.kinds.get(" ".join(words[-size:]), ())
            if len(words) > 1:
                found += self.kinds.get("".join(words), ())
            if words[-1] not in _FILLERS:
                break
            words = words[:-1]
        return tuple(found)


@lru_cache(maxsize=32)
def number_names(packs: frozenset[str]) -> NumberNames:
    """Return the names that `packs` know; made once, when a name is met that nobody knows."""
    found: dict[str, list[Identifier]] = {}
    general: list[Identifier] = []
    for one in identifiers():
        if one.pack in packs or one.pack == EVERYWHERE:
            if is_general(one):
                general.append(one)
            for phrase in one.words:
                _add(found, phrase if phrase.isascii() else " ".join(split(phrase)), [one])
    for phrase in GENERAL:
        _add(found, phrase, general)
    return NumberNames(found, frozenset(phrase.rpartition(" ")[2] for phrase in found))


def _add(found: dict[str, list[Identifier]], phrase: str, kinds: Sequence[Identifier]) -> None:
    found.setdefault(phrase, []).extend(kinds)
    if " " in phrase:
        found.setdefault(phrase.replace(" ", ""), []).extend(kinds)


def entity_of_number(kinds: tuple[Identifier, ...], item: object) -> str:
    """Return what `item` is below a name that announces `kinds`, empty if it is none of these."""
    if type(item) is list or type(item) is tuple:
        found = {entity_of_number(kinds, one) for one in item} if len(item) <= _MOST else {""}
        return "" if "" in found or not found else min(found)
    text = item.strip() if type(item) is str else str(item) if type(item) is int else ""
    if len(text) in _SIZES:
        for kind in kinds:
            if number_of(kind).fullmatch(text) and kind.accepts(text):
                return kind.entity
    return ""
