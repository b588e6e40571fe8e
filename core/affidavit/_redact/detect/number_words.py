"""Words beside digits that say what they are: the number of a thing, a part, a count."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import TextView

_WORDS: Final = 32
_IDENTIFIER: Final = lazy(
    rb"\bblk_-?$|\b(?:order|invoice|tracking|ticket|batch|trace|span|block|sequence|parcel|shipment"
    rb"|job|ean|gtin|sku|isbn|part)(?:[ _-]?(?:id|no|nr|number|ref|key))?"
    rb"[\"']?[ ]?(?:[:=#]|no\.)?[ \"']{0,2}$"
)
"""What makes digits the number of a thing, unless a card is spoken of."""

_PART: Final = lazy(
    rb"\b(?:parts?|sku|model|p/n|pn|catalog(?:ue)?|item|order|invoice|serial|version|revision)"
    rb"(?: ?(?:no\.?|nr\.?|number|id|#))?[\"']?[ :=#]{1,2}$"
)

_COUNTED: Final = lazy(
    rb"[0-9]{1,15}[ ]?(?:bytes?|[kmgt]i?b|b|ms|us|ns|s|sec|seconds|rows|lines|items|records|events"
    rb"|messages|chars|%|x)\b"
)
_COUNTING: Final = lazy(
    rb"(?:offset|bytes|size|heap|rss|delta|memory|alloc|allocated|growth|grew|diff|position|length)"
    rb"(?: by)?[ :=(]{0,3}$"
)
"""What makes digits behind a plus a count."""


def numbers_a_thing(seen: TextView, start: int) -> bool:
    """Tell whether a word before `start` makes what follows the number of an order, a block."""
    return _IDENTIFIER.search(seen.low, max(0, start - _WORDS), start) is not None


def is_part(seen: TextView, start: int) -> bool:
    """Tell whether a word before `start` makes what follows the number of a part."""
    return _PART.search(seen.low, max(0, start - _WORDS), start) is not None


def is_count(seen: TextView, start: int) -> bool:
    """Tell whether the digits at `start`, which a plus stands before, count something."""
    if _COUNTED.match(seen.low, start):
        return True
    return _COUNTING.search(seen.low, max(0, start - 1 - _WORDS), start - 1) is not None
