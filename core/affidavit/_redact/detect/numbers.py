"""Numbers without separators, and where numbers with separators may begin.

A number is found by its picture: runs of digits, how long each is and what
stands between them. The check of the kind then decides.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.cards import LONGEST, SHORTEST
from affidavit._redact.detect.check_digits import is_itin, is_nhs, is_npi, is_ssn
from affidavit._redact.detect.digit_groups import SSN_WORDS, Groups, add_card
from affidavit._redact.detect.national_ids.uk import add_insurance
from affidavit._redact.detect.number_words import is_international
from affidavit._redact.types.match import E164_LEAST, E164_MOST, Match, TextView, named

_SEPARATORS: Final = b" -.()/_"
_CHAIN: Final = lazy(rb"0[0 \-.()/_]{5,}+")
_PICTURE: Final = lazy(
    rb"(?<!0)(?:000[^0]{1,2}0{2,3}[^0]0000(?!0)"  # social security, North American telephone
    rb"|000-0{6}(?!0)|00000-0000(?!0)"  # social security, mistyped
    rb"|0000[^0](?:0000[^0]0000|000000[^0]0)|0{6}[^0]0{6}|0{8}[^0]0{4}|0{12})"  # cards
    rb"|0[^0]0[^0]0[^0]0[^0]0[^0]0"  # digit by digit
)
"""What groups must look like somewhere to be worth the full reading."""

_AMERICAN: Final = 11
_INSURANCE: Final = 6
"""Digits of a National Insurance number."""

_DOTTED: Final = lazy(rb"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_DOTS: Final = 3
"""Of an IPv4 address."""

_ACCOUNTS: Final = ("0-0000-0000", "00-0000-000", "000-0000-00", "0000-0000-0")
"""Groups in an IBAN whose account has letters."""

_MEDICARE: Final = lazy(rb"(?<![0a])0a[0a]0-?a[0a]0-?aa00(?![0a])")
_NATIONAL: Final = lazy(rb"(?<![0a])aa ?0[0 ]{5,8}a(?![0a])")
"""Numbers of Medicare and of National Insurance."""

_ITIN_WORDS: Final = (b"itin", b"taxpayer", *SSN_WORDS)
_NHS_WORDS: Final = (b"nhs",)
_NPI_WORDS: Final = (b"npi", b"provider id")


def find_numbers(seen: TextView, hits: list[Match], *, versioned: bool, once: bool = False) -> None:
    """Add every number that a check vouches for, or `once` the first.

    `versioned` says that the key above names a version: four numbers with dots
    are no address then.
    """
    if "+" not in seen.text and not may_hold_number(seen.raw, seen.shape, seen.drawn):
        return
    for match in _CHAIN.finditer(seen.shape):
        if once and hits:
            return
        chain = match.group().rstrip(_SEPARATORS)
        start = match.start()
        digits = chain.count(b"0")
        if digits == len(chain):
            _run(seen, start, start + digits, hits)
        elif (
            digits == _INSURANCE
            or (digits > E164_LEAST and _PICTURE.search(chain))
            or seen.raw[max(0, start - 1) : start] == b"+"
            or chain.count(b".") > 2  # noqa: PLR2004 - as IPv4 has
        ):
            Groups(seen, start, chain, versioned=versioned).find(hits, once=once)


def may_hold_number(raw: bytes, shape: bytes, drawn: str) -> bool:
    """Tell whether digits stand as in a number of a person, or of a computer; not behind a plus.

    By what they draw, with any separators: a date and a time draw none of these.
    """
    if draws_number(drawn) or (raw.count(b".") >= _DOTS and _DOTTED.search(raw)):
        return True
    if shape.find(b"000-000000") >= 0 or shape.find(b"00000-0000") >= 0:
        return True
    if "aa00" in drawn and _MEDICARE.search(shape):
        return True
    return "aa000000a" in drawn.replace("-", "") and _NATIONAL.search(shape) is not None


def draws_number(drawn: str) -> bool:
    """Tell whether digits are enough, and stand in groups as those of a number do."""
    return (
        "0000" in drawn
        and (
            "000000000" in drawn  # a run, cards too
            or "000-00-0000" in drawn  # social security
            or "000--00-0000" in drawn
            or "000-000-0000" in drawn  # a North American telephone number
            or "000--000-0000" in drawn
            or "0000-0000-0000" in drawn  # cards
            or "0000-000000-0" in drawn
            or "000000-000000" in drawn
            or ("aa00" in drawn and any(one in drawn for one in _ACCOUNTS))
        )
    ) or "0-0-0-0-0-0" in drawn


def _run(seen: TextView, start: int, end: int, hits: list[Match]) -> None:
    """Look at digits with nothing between them."""
    size = end - start
    if E164_LEAST <= size <= E164_MOST and is_international(seen, start):
        # All numbers of North America have ten digits behind their `+1`.
        if size == _AMERICAN or seen.text[start] != "1":
            hits.append(Match(start - 1, end, "PHONE"))
    elif size == _INSURANCE:
        add_insurance(seen, start, end, hits)
    elif SHORTEST <= size <= LONGEST:
        add_card(seen, start, end, seen.raw[start:end], hits)
    elif (
        size in {9, 10}
        and (seen.shape[max(0, start - 1) : start] + seen.shape[end : end + 1]).find(b"a") < 0
    ):
        _bare(seen, start, end, hits)


def _bare(seen: TextView, start: int, end: int, hits: list[Match]) -> None:
    """Look at nine or ten bare digits: only a word before them makes them personal."""
    digits = seen.text[start:end]
    if len(digits) == 9:  # noqa: PLR2004
        if is_ssn(digits) and named(seen, start, SSN_WORDS):
            hits.append(Match(start, end, "US_SSN"))
        elif is_itin(digits) and named(seen, start, _ITIN_WORDS):
            hits.append(Match(start, end, "US_ITIN"))
    elif is_nhs(digits) and named(seen, start, _NHS_WORDS):
        hits.append(Match(start, end, "UK_NHS"))
    elif is_npi(digits) and named(seen, start, _NPI_WORDS):
        hits.append(Match(start, end, "US_NPI"))
