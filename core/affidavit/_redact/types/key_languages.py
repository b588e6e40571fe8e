"""Read the table of field names in other languages, which stands beside this module."""

from __future__ import annotations

from typing import Final

from affidavit._library import shipped_text

_SHORT: Final = 4
"""Letters of a word that means too much elsewhere to be found at the end of a name."""


def learn_languages(endings: dict[str, str], whole: dict[str, str]) -> dict[str, str]:
    """Add the phrases in Latin letters to two tables, and return those in others."""
    foreign: dict[str, str] = {}
    for line in shipped_text("_redact/types/key_names.txt").splitlines():
        if line[:1] in {"", "#"}:
            continue
        _, entity, phrases = line.split("; ")
        for phrase in phrases.split(", "):
            if not phrase.isascii():
                foreign.setdefault(phrase.removeprefix("="), entity)
                continue
            alone = phrase[0] == "="
            plain = phrase[1:] if alone else phrase
            if plain not in whole and plain not in endings:
                table = whole if alone or len(phrase) <= _SHORT else endings
                table[plain] = entity
    return foreign
