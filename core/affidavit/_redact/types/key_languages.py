"""Read the table of field names in other languages, which stands beside this module."""

from __future__ import annotations

from functools import cache
from typing import Final

from affidavit._library import shipped_text

_SHORT: Final = 4
"""Letters of a word that means too much elsewhere to be found at the end of a name."""


def learn_languages(endings: dict[str, str], whole: dict[str, str]) -> dict[str, str]:
    """Add the phrases in Latin letters to two tables, and return those in others."""
    foreign: dict[str, str] = {}
    for entity, phrases in _rows():
        for phrase in phrases:
            if not phrase.isascii():
                foreign.setdefault(phrase.removeprefix("="), entity)
                continue
            alone = phrase[0] == "="
            plain = phrase[1:] if alone else phrase
            if plain not in whole and plain not in endings:
                table = whole if alone or len(phrase) <= _SHORT else endings
                table[plain] = entity
    return foreign


def phrases_of(entity: str) -> tuple[str, ...]:
    """Return what fields of `entity` are called in other languages."""
    found = [one for name, phrases in _rows() if name == entity for one in phrases]
    return tuple(dict.fromkeys(one.removeprefix("=") for one in found))


@cache
def _rows() -> tuple[tuple[str, list[str]], ...]:
    lines = shipped_text("_redact/types/key_names.txt").splitlines()
    rows = [line.split("; ") for line in lines if line[:1] not in {"", "#"}]
    return tuple([(entity, phrases.split(", ")) for _, entity, phrases in rows])
