"""Read the table of identifiers: how each is written, checked and spoken of.

It is a table beside this module, read when a policy's packs are first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from affidavit._lazy import lazy
from affidavit._library import shipped_text
from affidavit._redact.types.key_languages import phrases_of

EVERYWHERE: Final = "any"
"""The pack of what every policy looks for."""

UNSURE: Final = frozenset({"-", "digits", "telephone"})
"""Checks that say little: what is in a form of theirs counts close behind its word only."""

GENERAL: Final = (
    "national id", "national identity number", "national identification number",
    "national number", "personal id", "personal identity number", "personal code",
    "personal number", "identity code", "identity number", "identification number",
    "tax id", "tax number", "tax identification number", "social security number",
    "social insurance number",
)  # fmt: skip
"""What any state's number may be called in English, where its check digit vouches for it."""

_LEAST_DIGITS: Final = 4
_TELEPHONE: Final = range(7, 16)
"""Digits of a telephone number: ITU-T E.164 allows 15; local ones have seven."""


class Identifier:
    """One kind of number: its forms, its check, and what stands before it."""

    __slots__ = ("bare", "check", "entity", "forms", "name", "pack", "page", "words")

    def __init__(self, line: str) -> None:
        # A tuple with names takes half a millisecond of each cold start to define.
        self.name, self.pack, self.entity, forms, self.check, bare, words, self.page = line.split(
            "; "
        )
        self.forms = _parts(forms)
        self.bare = _parts(bare)
        self.words = tuple(words.split(", "))

    @property
    def spoken(self) -> tuple[str, ...]:
        """Return every phrase that announces it and few others."""
        foreign = phrases_of(self.entity) if self.name in _IN_ALL_LANGUAGES else ()
        return (*self.words, *foreign)

    def accepts(self, written: str) -> bool:
        """Tell whether a number of one of the forms passes the check."""
        return checks()[self.check](_bare(written))


def _bare(written: str) -> str:
    """Return a number without separators, but for those that a check reads."""
    if written.isdigit():
        return written
    plain = _SEPARATOR.sub("", written.upper())
    # Finland's and Sweden's say a century; elsewhere a dash is a separator.
    if len(plain) > _CENTURY and plain[_CENTURY] in "+-":
        return plain
    return plain.replace("+", "").replace("-", "")


_SEPARATOR: Final = lazy(r"[^\w+-]|_")
_CENTURY: Final = 6
_IN_ALL_LANGUAGES: Final = frozenset({"date of birth", "telephone number"})
"""What the names of fields in other languages announce in a sentence, too."""


def _undashed(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda number: check(number.replace("-", "").replace("+", ""))


@cache
def checks() -> dict[str, Callable[[str], bool]]:
    """Return what the table calls a check."""
    # Imported when a number is met: most Lambdas never meet one.
    from affidavit._redact.detect.national_ids import bank_accounts, east, west, world  # noqa: PLC0415
    from affidavit._redact.detect.national_ids.sums import luhn, mod_11_10  # noqa: PLC0415

    named = west.CHECKS | east.CHECKS | world.CHECKS | bank_accounts.CHECKS
    return {
        "-": lambda _: True,
        "digits": lambda number: sum(map(str.isdigit, number)) >= _LEAST_DIGITS,
        "telephone": lambda number: sum(map(str.isdigit, number)) in _TELEPHONE,
        **{name: _undashed(check) for name, check in named.items()},
        "finland": west.finland,
        "luhn": _undashed(luhn),
        "mod_11_10": _undashed(mod_11_10),
        "luhn_prefix": lambda number: luhn(number[:9]),
        "hungary_prefix": lambda number: east.hungary_company(number[:8]),
        "slovenia_prefix": lambda number: east.slovenia_tax(number.removeprefix("SI")),
        "britain_prefix": lambda number: world.britain_tax(number.removesuffix("K")),
    }


FREE: Final = {
    "VAT identification number": (
        r"(?:CHE|[A-Z]{2})[ .-]?[0-9A-Z]{0,3}[ .-]?[0-9](?:[ .-]?[0-9]){5,12}"
        r"(?:[ .-]?[A-Z0-9]{1,2})?"
    ),
    "coordinates": (
        r"[-+]?[0-9]{1,3}\.[0-9]{2,15}\N{DEGREE SIGN}?(?: ?[NSns])?(?:[,;/ ]|%2C){1,3}"
        r"[-+]?[0-9]{1,3}\.[0-9]{2,15}(?:\N{DEGREE SIGN}? ?[EWew]\b)?"
    ),
    "Czech and Slovak bank account": r"(?:[0-9]{2,6}-)?[0-9]{2,10}/[0-9]{4}",
    # Not a date, and not an address.
    "telephone number": (
        r"(?!(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.]|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2}"
        r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9. ]))\(?[0-9](?:[ ()./-]{0,3}[0-9]){6,14}"
    ),
    "wallet": (
        r"0x[0-9A-Fa-f]{40}|(?:bc1|tb1|ltc1|addr1)[0-9a-z]{11,110}"
        r"|[13LMDXTr4][1-9A-HJ-NP-Za-km-z]{25,94}|[1-9A-HJ-NP-Za-km-z]{32,44}"
    ),
    "date of birth": (
        r"(?:19|20)[0-9]{2}[-/.] ?(?:0?[1-9]|1[0-2])[-/.] ?[0-9]{1,2}\.?"
        r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
        r"|(?:19|20)[0-9]{2} ?[年년] ?[0-9]{1,2} ?[月월] ?[0-9]{1,2} ?[日일号]"
        r"|[0-9]{1,2}[-/.] ?[0-9]{1,2}[-/.] ?(?:[0-9]{4}|[0-9]{2})"
        r"|[0-9]{1,2}(?:st|nd|rd|th|\.)? (?:de |of )?[^\W\d_]{3,12}\.?,? (?:de )?(?:19|20)[0-9]{2}"
        r"|[A-Z][a-z]{2,8}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{2}"
    ),
}
"""What no form says: found behind a word only."""


def is_general(one: Identifier) -> bool:
    """Tell whether the words for any state's number announce this kind, too."""
    return one.entity == "GOV_ID" and one.check not in UNSURE


@cache
def identifiers() -> tuple[Identifier, ...]:
    """Return the whole table."""
    lines = shipped_text("_redact/detect/national_ids/identifiers.txt").splitlines()
    return tuple([Identifier(one) for one in lines if one and one[0] != "#"])


def _parts(cell: str) -> tuple[str, ...]:
    return () if cell == "-" else tuple(cell.split(","))


@lru_cache(maxsize=256)
def number_of(one: Identifier) -> re.Pattern[str]:
    """Return a pattern for a number of this kind behind its word."""
    source = FREE.get(one.name) or f"(?i:{pattern_of(one.forms)})"
    return re.compile(rf"(?<![0-9A-Za-z])(?:{source})(?![0-9A-Za-z])")


_KINDS: Final = {"9": "[0-9]", "A": "[A-Z]", "X": "[0-9A-Z]", "_": "[ .\\-/]?"}
_SHAPES: Final = {"9": "0", "A": "a", "X": "[0a]", "_": "_"}
_PIECE: Final = lazy(r"\[[^\]]+\]|.")


def pattern_of(forms: tuple[str, ...]) -> str:
    """Return the source of a pattern for any of `forms`, the longest first."""
    return "|".join(
        "".join(_KINDS.get(one) or (one if one[0] == "[" else re.escape(one)) for one in pieces)
        for pieces in map(_PIECE.findall, sorted(forms, key=len, reverse=True))
    )


def shapes_of(form: str) -> list[list[str]]:
    """Return how `form` looks in a text's shape, piece by piece: with each separator, and none."""
    pieces = [_shape(one) for one in _PIECE.findall(form)]
    if "_" not in pieces:
        return [pieces]
    return [
        [between if one == "_" else one for one in pieces if one != "_" or between]
        for between in ("", " ", ".", "-")
    ]


def _shape(piece: str) -> str:
    """Return the class of a piece of a form: `0`, `a`, a set of them, `_`, or itself."""
    if piece in _KINDS:
        return _SHAPES[piece]
    members = re.sub("[0-9]-[0-9]", "0", piece.strip("[]"))
    kinds = sorted({"0" if one.isdigit() else "a" if one.isalpha() else one for one in members})
    return kinds[0] if len(kinds) == 1 else f"[{''.join(map(re.escape, kinds))}]"
