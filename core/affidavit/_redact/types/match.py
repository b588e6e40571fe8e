"""What a recogniser returns, and the byte forms of a text that recognisers read."""

from __future__ import annotations

from typing import Final, NamedTuple

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction

UUID: Final = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
"""RFC 9562, section 4, as a text."""


class Match(NamedTuple):
    """A part of a text, from `start` to before `end`, and what it is.

    `action` is None where the policy's action for the entity holds; a key with
    a rule of its own brings its own.
    """

    start: int
    end: int
    entity: str
    action: RedactionAction | None = None


class Classification(NamedTuple):
    """What a key name says about its value, and what the policy does about it."""

    entity: str
    action: RedactionAction


class TextView:
    """One text in the forms that recognisers read, each as long as the text.

    `raw` has one byte per character (`?` for what Latin-1 lacks), `low` is the
    same in lower case and `lower` that as text. `broken` is `raw` with blanks
    where a repr has written a line break or a tab. `shape` keeps only what kind
    of character stands where, and nothing of a UUID, and `drawn` how digits stand.
    Patterns read bytes; whether a word is there at all is asked of a text: of
    bytes the same question takes six times as long.
    """

    __slots__ = ("broken", "drawn", "low", "lower", "raw", "shape", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.raw = text.encode("latin-1", "replace")
        self.low = self.raw.lower()
        self.lower = self.low.decode("latin-1")
        broken = broken_up(text)
        self.broken = self.raw if broken is text else broken.encode("latin-1", "replace")
        shape = self.broken.translate(SHAPE)
        if text.count("-") >= _DASHES:
            shape = _without_ids(self.raw, shape)
        self.shape = shape
        self.drawn = draw(shape)


def broken_up(text: str) -> str:
    r"""Return `text` with two blanks for each `\n`, `\r` and `\t` that a repr has written."""
    return text if "\\" not in text else _BREAK.sub("  ", text)


def is_latin(one: str) -> bool:
    """Tell whether a character makes one word with Latin letters; one of other scripts does not."""
    return one.isalnum() and one < "\u0250"


def draw(shape: bytes) -> str:
    """Return how digits stand: `0` each, `a` for a letter, `-` for a separator, `x` for the rest.

    Empty where they are too few. `shape` has one letter for each kind of character.
    """
    return shape.translate(_DRAWN).decode("latin-1") if shape.count(b"0") >= FEW else ""


_BREAK: Final = lazy(r"\\[nrt]")
"""As `repr`, JSON and most languages write one: its letter belongs to no word or number."""

_DASHES: Final = 4
_UUID: Final = lazy(rb"(?<![0-9A-Za-z])" + UUID.encode() + rb"(?![0-9A-Za-z])")
"""One in a few hundred thousand holds what looks like a number of a person."""


def _without_ids(raw: bytes, shape: bytes) -> bytes:
    """Return `shape` with `x` for each character of a UUID: its digits are nobody's number."""
    found = [one.span() for one in _UUID.finditer(raw)]
    if not found:
        return shape
    blank = bytearray(shape)
    for start, end in found:
        blank[start:end] = b"x" * (end - start)
    return bytes(blank)


def _table(classes: dict[str, str], other: str) -> bytes:
    table = bytearray(other.encode() * 256)
    for members, kind in classes.items():
        for member in members:
            table[ord(member)] = ord(kind)
    return bytes(table)


_DIGITS: Final = "0123456789"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BEYOND: Final = "".join(map(chr, range(0xC0, 0x100)))
_KEPT: Final = {one: one for one in " -.()/_+:@"}

SHAPE: Final = _table({_DIGITS: "0", _LETTERS: "a", _BEYOND: "a", "\t\xa0": " ", **_KEPT}, "x")
"""`0` for a digit, `a` for a letter, itself for a separator, `x` for the rest."""

_DRAWN: Final = _table({"0": "0", "a": "a", " -.()/_": "-"}, "x")
FEW: Final = 4
"""Digits of the shortest IPv4 address; whatever else is found by its digits has more."""

HEX: Final = _table(
    {_LETTERS: "z", _BEYOND: "z", _DIGITS: "h", "abcdefABCDEF": "h", ":": ":", "-": "-", ".": "."},
    " ",
)
"""`h` for a hexadecimal digit, `z` for another letter, itself for a separator of addresses."""

E164_LEAST: Final = 7
E164_MOST: Final = 15
"""Digits of an international number: ITU-T E.164 allows 15; no country has less than seven."""

AROUND: Final = 40
"""Characters before a number in which a word is looked for that says what it is.

CloudWatch Logs data protection uses 30 for its keywords; forty holds two words more.
"""

_OURS: Final = lazy(rb"\[?[a-z_]+\]|(?:tok_[a-z0-9.-]*)?_[a-z_]*[0-9a-f]{8,}")
"""A label or a token of ours, cut off perhaps: its name says nothing about what follows."""


def named(seen: TextView, start: int, words: tuple[bytes, ...]) -> bool:
    """Tell whether one of `words` stands shortly before `start`."""
    before = seen.low[max(0, start - AROUND) : start]
    if before.find(b"]") >= 0 or before.find(b"_") >= 0:
        before = _OURS.sub(b"", before)
    for word in words:  # noqa: SIM110 - a generator takes longer than the search
        if before.find(word) >= 0:
            return True
    return False
