"""Words beside digits that say what they are: the number of a thing, a part, a count."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import TextView

_WORDS: Final = 32
_IDENTIFIER: Final = lazy(
    rb"\bblk_-?$|\b(?:order|invoice|tracking|ticket|batch|trace|span|block|sequence|parcel|shipment"
    rb"|job|ean|gtin|sku|isbn|part|ord|rnd|rand|random|timestamp)"
    rb"(?:[ _-]?(?:id|no|nr|number|ref|key))?"
    rb"[\"']?[ ]?(?:[:=#]|no\.)?[ \"']{0,2}$"
    rb"|\b(?:request|event|message|correlation|delivery|execution|run|build|thread|channel|post|object)"
    rb"[ _-]?id[\"']?[ ]?[:=#]?[ \"']{0,2}$"
)
"""What makes digits the number of a thing, unless a card is spoken of."""

_REQUEST: Final = rb"\bhttp/[0-9](?:\.[0-9])?[\"'] $"
"""Behind the line of a request stand its status and sizes: `"GET / HTTP/1.1" 207 386 1186`."""

_WHOLE_PART: Final = lazy(rb"(?<![0-9a-z._-])-?[0-9]{1,6}\.$")

_PART: Final = lazy(
    rb"\b(?:parts?|sku|model|p/n|pn|catalog(?:ue)?|item|order|invoice|serial|version|revision)"
    rb"(?: ?(?:no\.?|nr\.?|number|id|#))?[\"']?[ :=#]{1,2}$|" + _REQUEST
)

_PART_NUMBER: Final = lazy(
    rb"\b(?:(?:parts?|sku|model|catalog(?:ue)?|item|serial) ?(?:no\.?|nr\.?|number|#)|p/n|pn)"
    rb"[\"']?[ :=#]{1,2}$|" + _REQUEST
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

_DIGEST: Final = 24
"""Letters and digits from which on a hexadecimal word is a digest or an identifier."""


def numbers_a_thing(seen: TextView, start: int) -> bool:
    """Tell whether a word before `start` makes what follows the number of an order, a block."""
    return _IDENTIFIER.search(seen.low, max(0, start - _WORDS), start) is not None


def is_fraction(seen: TextView, start: int) -> bool:
    """Tell whether the digits at `start` stand behind the point of a number: `0.678774925`."""
    return _WHOLE_PART.search(seen.low, max(0, start - 8), start) is not None


def is_part(seen: TextView, start: int) -> bool:
    """Tell whether a word before `start` makes what follows the number of a part."""
    return _PART.search(seen.low, max(0, start - _WORDS), start) is not None


def is_part_number(seen: TextView, start: int) -> bool:
    """The same in so many words: a caller may name a field `version` and put a person into it."""
    return _PART_NUMBER.search(seen.low, max(0, start - _WORDS), start) is not None


def is_count(seen: TextView, start: int) -> bool:
    """Tell whether the digits at `start`, which a plus stands before, count something."""
    if _COUNTED.match(seen.low, start):
        return True
    return _COUNTING.search(seen.low, max(0, start - 1 - _WORDS), start - 1) is not None


def is_international(seen: TextView, start: int) -> bool:
    """Tell whether the digits at `start` follow a plus sign that is no sum's."""
    plus = start - 1
    return (
        start > 0
        and seen.raw[plus] == ord("+")
        and seen.raw[start] != ord("0")
        and (plus == 0 or not seen.broken[plus - 1 : plus].isalnum())
        and not is_count(seen, start)
    )


def in_digest(seen: TextView, start: int, end: int) -> bool:
    """Tell whether digits stand inside a long hexadecimal word, such as a digest."""
    shape = seen.shape
    if shape[max(0, start - 1) : start] != b"a" and shape[end : end + 1] != b"a":
        return False
    before, after = seen.low[max(0, start - 4 * _DIGEST) : start], seen.low[end : end + 4 * _DIGEST]
    hexadecimal = b"0123456789abcdef"
    left = len(before) - len(before.rstrip(hexadecimal))
    right = len(after) - len(after.lstrip(hexadecimal))
    whole = not (before[: len(before) - left][-1:].isalnum() or after[right : right + 1].isalnum())
    return whole and left + (end - start) + right >= _DIGEST
