"""UK National Insurance numbers: letters around six digits."""

from __future__ import annotations

from typing import Final

from affidavit._redact.detect.check_digits import is_nino
from affidavit._redact.types.match import Match, TextView, named

_NINO_WORDS: Final = (b"nino", b"national insurance", b"ni number", b" ni ")


def add_insurance(seen: TextView, start: int, end: int, hits: list[Match]) -> None:
    """Add the UK National Insurance number around six digits, if it is one.

    It is two letters, the digits and a letter, with single spaces or none.
    """
    text = seen.text
    left = start - (text[start - 1 : start] == " ") - 2
    right = end + (text[end : end + 1] == " ") + 1
    if left < 0 or right > len(text):
        return
    prefix = text[left : left + 2]
    number = prefix + text[start:end].replace(" ", "") + text[right - 1]
    if not is_nino(number.upper()):
        return
    around = seen.shape[max(0, left - 1) : left] + seen.shape[right : right + 1]
    if b"a" in around or b"0" in around:
        return
    # In lower case and in one piece it could be a part of a digest.
    if prefix.isupper() or start - left > len(prefix) or named(seen, left, _NINO_WORDS):
        hits.append(Match(left, right, "UK_NINO"))
