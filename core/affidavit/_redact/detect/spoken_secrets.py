"""Secrets that nothing but a word before them makes known, and those that a text says twice."""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.credential_forms import NO_SECRET, SHUFFLED, TURNS, issuers
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Match

_NAMED: Final = lazy(
    r"(?:(?i:secret|token|key|bearer)|ACCESS|PRIVATE|Access|Private)"
    r"(?:[ \t]{1,4}(?:(?:is|was|-|:|=|[-=]>|\|)[ \t]{0,4})?|[-._:=|>]{1,2}[ \t]{0,4})"
    r"[\"'`]?(?=[A-Za-z0-9])"
)
"""What a secret is called, and what may part it from its name: a space, a dash, `is`."""

RANDOM: Final = lazy(
    r"(?!0x)(?:[0-9A-Za-z]{8}-(?:[0-9A-Za-z]{4}-){3}[0-9A-Za-z]{10,16}+"
    r"|(?=(?:[A-Za-z_]{0,60}[0-9]){3})(?=(?:[0-9_]{0,30}[A-Za-z]){3})[A-Za-z0-9_]{20,300}+"
    r"|(?=(?:[A-Za-z]{0,30}[0-9]){4})(?=(?:[0-9]{0,30}[A-Za-z]){4})[A-Za-z0-9]{16,300}+"
    r"|(?:[a-z]{24,300}+|[A-Z]{20,300}+|[0-9]{24,300}+)(?![A-Za-z0-9_])"
    rf"|(?=[A-Za-z]{{0,40}}{TURNS})[A-Za-z0-9_]{{16,300}}+|{SHUFFLED})[A-Za-z0-9_+/=~-]{{0,300}}+(?![./:]\w)"
)
"""A word that nobody would read out: a UUID, digits among letters, letters without an end."""

_SAID: Final = lazy(
    r"(?i:secret|token|password|key)[ \t]{0,2}-[ \t]{0,2}([\"'`])(?=[^\s0-9]{0,60}[0-9])"
    r"(\S{8,200}?)\1"
)
"""What stands in quotes behind a dash and such a name, of whatever letters."""

_DENSE: Final = lazy(
    r"(?<![A-Za-z0-9_./+])(?:[0-9a-z]{8}-(?:[0-9a-z]{4}-){3}[0-9a-z]{12}(?![\w-])"
    r"|(?=(?:[A-Za-z]*[0-9]){3})(?=(?:[0-9]*[A-Za-z]){3})[A-Za-z0-9]{20,}+(?![\w./:+-]))"
)
_BEFORE: Final = 24
_BETWEEN: Final = " \t\"'`-:=|(>"
_ALNUM: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_LAST: Final = lazy(r"([A-Za-z]{1,20})[ \t_.-]?$")
_NAMES: Final = ("secret", "token", "key", "bearer", "access", "private")

_OF_A_PLACE: Final = NO_SECRET | {
    "at", "by", "don", "for", "from", "hoc", "in", "joc", "mon", "new", "of", "old", "same",
    "such", "that", "the", "this", "tur", "whis", "with",
}  # fmt: skip
"""Words before `key` with which it is what something is found by, or an animal."""

_UUID: Final = (8, 4, 4, 4, 12)
"""Letters of its parts (RFC 9562, section 4)."""

_SHORTEST: Final = 8
_MOST: Final = 8
"""Secrets with quotes or brackets in them that are looked for again."""
_DIGIT: Final = lazy(r"[0-9]")
_PIECE: Final = lazy(r"[^\s\"'`,;<>(){}\[\]|&=]{8,}+")
_MIXED: Final = lazy(r"(?=[^0-9]*[0-9])[^A-Za-z]*[A-Za-z]")


def find_spoken(text: str, hits: list[Match]) -> None:
    """Add long random words behind the name of a secret, or of somebody who issues keys."""
    low = text.lower()
    if any(one in low for one in _NAMES):
        done = 0
        for name in _NAMED.finditer(text):
            found = RANDOM.match(text, name.end()) if name.end() > done else None
            if found and not _is_of_a_place(low, name, found.group()):
                done = found.end()
                hits.append(Match(*found.span(), "SECRET"))
        hits.extend(Match(*found.span(2), "SECRET") for found in _SAID.finditer(text))
    for found in _DENSE.finditer(text):
        start = found.start()
        if start > 1 and text[start - 1] == "|" and text[start - 2].isalnum():
            continue  # `auth0|0a1b...`: who vouches for a user, and the user's number there
        before = low[max(0, start - _BEFORE) : start].rstrip(_BETWEEN)
        if before[len(before.rstrip(_ALNUM)) :] in issuers():
            hits.append(Match(*found.span(), "SECRET"))


def _is_of_a_place(low: str, name: re.Match[str], value: str) -> bool:
    """Tell whether a name is a key that is none: of a cache, of a row, of nothing.

    `acme_key=` is read by who reads names; a UUID behind a colon is a key of anything.
    """
    start = name.start()
    if not low.startswith("key", start):
        return False
    mark = name.group()[3:]
    if "=" in mark or (":" in mark and tuple(map(len, value.split("-"))) == _UUID):
        return True
    said = _LAST.search(low, max(0, start - _BEFORE), start)
    return said is None or said[1] in _OF_A_PLACE


def find_repeated(text: str, hits: list[Match]) -> None:
    """Add the other places of what `hits` say is a secret: a program may print it twice."""
    if not _DIGIT.search(text):
        return
    known = {
        value: hit.entity
        for hit in hits
        if hit.entity in SECRETS
        and len(value := text[hit.start : hit.end].strip(" \t=")) >= _SHORTEST
        and _MIXED.match(value)
    }
    if not known:
        return
    for piece in _PIECE.finditer(text):
        word = piece.group().rstrip(".:")
        if word in known:
            hits.append(Match(piece.start(), piece.start() + len(word), known[word]))
    for value in list(known)[:_MOST]:
        at = text.find(value)
        while at >= 0:
            hits.append(Match(at, at + len(value), known[value]))
            at = text.find(value, at + len(value))
