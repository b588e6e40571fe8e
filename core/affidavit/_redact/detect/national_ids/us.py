"""Medicare beneficiary identifiers, which show by their shape."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.check_digits import is_mbi
from affidavit._redact.types.match import Match, TextView

_PICTURE: Final = lazy(rb"(?<![0a+_-])0a[0a]0-?a[0a]0-?aa00(?![0a+_-])")
"""Eleven characters, or thirteen with dashes as on the card; not a part of a longer word."""

_TAIL: Final = b"aa00"


def find_mbis(seen: TextView, hits: list[Match]) -> None:
    """Add every identifier; without dashes in upper case only, as other words look like it."""
    if seen.shape.find(_TAIL) < 0:
        return
    for found in _PICTURE.finditer(seen.shape):
        start, end = found.span()
        text = seen.text[start:end]
        if (text.isupper() or "-" in text) and is_mbi(text.replace("-", "").upper()):
            hits.append(Match(start, end, "US_MBI"))
