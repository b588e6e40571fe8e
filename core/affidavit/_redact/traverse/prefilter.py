"""Prove a plain text clean by its shape: one letter for each kind of character, one search."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.normalise.decode import SHORTEST as SHORTEST_WORD

FEW: Final = 4
"""Digits of the shortest IPv4 address; whatever else is found by its digits has more."""

SHORTEST_PHRASE: Final = len("basic YTo=")

_CLASSES: Final = (
    ("x", b"@%<>\\[{#`"),
    ("=", b"="),
    (":", b":"),
    ("+", b"+"),
    ("0", b"0123456789"),
    ("-", b"-_~"),
    ("/", b"/"),
    ("&", b"&"),
    (".", b".()"),
    (" ", b" \t"),
    ("a", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
)
SHAPES: Final = bytes(
    next((ord(kind) for kind, members in _CLASSES if one in members), ord(","))
    for one in range(256)
)
GATE: Final = lazy(
    rb"x"
    rb"|=[^=]"  # a name with a value; not the padding of base64
    rb"|:(?<!0:)|:(?=:)|:[0a]{1,4}:[0a]{1,4}:[0a]{1,4}:"  # a name, IPv6, MAC; not a time
    rb"|\+\.?0(?:[ .\-/]{0,2}0){6}"  # an international telephone number
    rb"|&a[0a]{1,24},"  # a character reference
    rb"|\.[0a]{4}\.|-[0a]{2}-[0a]{2}-[0a]{2}-"  # a MAC with dots, with dashes
)
_DOTTED: Final = lazy(rb"0\.0{1,3}\.0{1,3}\.0")
_DOTS: Final = 3
"""Of an IPv4 address."""

NINE: Final = "0" * 9
_INSURANCE: Final = "aa000000a"
_MEDICARE: Final = "0aa00"
_BETWEEN: Final = b" .-/"
"""Of nine digits close together, and of identifiers: what stands between them is left out."""

_WORDY: Final = bytes(ord("w") if chr(one) in "0a+-" else ord(" ") for one in range(256))
_WORD: Final = b"w" * SHORTEST_WORD
"""A word that may be a token or an encoded value. Base64 of a text has hardly a slash."""

_VAULT: Final = lazy(r"(?<![A-Za-z0-9])s\.[A-Za-z0-9]{15}")
"""A token of Vault's whose dot leaves one character too few for such a word."""


def may_hold_number(shape: bytes, digits: int) -> bool:
    """Tell whether `digits` stand as in a number of a person, or of a computer."""
    if shape.count(b".") >= _DOTS and _DOTTED.search(shape):
        return True
    if digits < _INSURANCE.count("0"):
        return digits > FEW and _MEDICARE in shape.replace(b"-", b"").decode("latin-1")
    close = shape.translate(None, _BETWEEN).decode("latin-1")
    return (digits >= len(NINE) and NINE in close) or _INSURANCE in close or _MEDICARE in close


def has_phrase(low: str) -> bool:
    """Tell whether words announce a header, an option, a key, a statement, a spoken address."""
    return (
        "bearer" in low
        or "basic" in low
        or "negotiate" in low
        or "digest" in low
        or "apikey" in low
        or "--" in low
        or (" -" in low and (" -p" in low or " -u" in low or " -a " in low))
        or ("into" in low and "values" in low)
        or '",' in low
        or ("'" in low and ("identified" in low or "password" in low or "'," in low))
        or "identified by" in low
        or "duplicate entry" in low
        or "row contains" in low
        or "key value is" in low
        or " dot " in low
        or ("mail" in low and " at " in low)
        or "(at" in low
        or "( at" in low
    )


def may_hold_word(text: str, shape: bytes) -> bool:
    """Tell whether a word of `text` is as long as a token, or as an encoded value."""
    if len(text) >= SHORTEST_WORD and shape.translate(_WORDY).find(_WORD) >= 0:
        return True
    return "s." in text and _VAULT.search(text) is not None
