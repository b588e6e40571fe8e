"""Plates of vehicles and postal codes behind a word for one: too few digits to be found by them."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match

_LANDMARKS: Final = (
    "plate", "post", "zip", "plz", "plak", "car reg", "hicle reg", "ennzeichen", "kenteken",
)  # fmt: skip
"""A part of each word below."""

_TO: Final = r"(?:[ ](?:number|numaras[i\u0131]|no|nr|is|was|ist))?[ \t]{0,2}[:#=.-]{0,2}[ \t]{0,2}"
_PLATE: Final = lazy(
    r"(?i)\b(?:(?:licen[cs]e|number|registration)[ ]plates?|plate[ ](?:number|no)"
    r"|(?:car|vehicle)[ ]reg(?:istration)?|(?:kfz-?)?kennzeichen|kenteken|plaka(?:s[i\u0131])?)"
    rf"{_TO}(?-i:((?=[A-Z0-9 .-]{{0,8}}[0-9])(?=[A-Z0-9 .-]{{0,8}}[A-Z])"
    r"[A-Z0-9]{1,4}(?:[ .-]?[A-Z0-9]{1,4}){1,2}))(?![\w-])"
)
"""License plates: 45 CFR 164.514(b)(2)(i)(L). In capitals, or each sentence would have one."""

_POSTAL: Final = lazy(
    r"(?i)\b(?:post[ ]?code|zip[ ]?code|postal[ ]code|postleitzahl|plz"
    rf"|(?:code|c[o\u00f3]digo)[ ]postal){_TO}"
    r"((?-i:[A-Z]{1,2}[0-9][0-9A-Z]?[ ]?[0-9][A-Z]{2}|[A-Z][0-9][A-Z][ -]?[0-9][A-Z][0-9]"
    r"|[0-9]{4}[ ]?[A-Z]{2})|[0-9]{5}(?:-[0-9]{3,4})?|[0-9]{4}(?:-[0-9]{3})?|[0-9]{2}-[0-9]{3}"
    r"|[0-9]{3}[ ][0-9]{2})(?![\w.-]{0,8}[0-9A-Za-z])"
)
"""Postal codes: 45 CFR 164.514(b)(2)(i)(B)."""


def find_plates(text: str, lower: str, hits: list[Match]) -> None:
    """Add the plates and postal codes that a word announces."""
    if not any(one in lower for one in _LANDMARKS):
        return
    hits.extend(Match(*found.span(1), "GOV_ID") for found in _PLATE.finditer(text))
    hits.extend(Match(*found.span(1), "ADDRESS") for found in _POSTAL.finditer(text))
