"""Payment card numbers: issuer range, length and check digit must agree.

Ranges are the issuers' published ones (ISO/IEC 7812-1 issuer identification
numbers); the check digit is Luhn's (ISO/IEC 7812-1, annex B). By the check digit
alone one number in ten would be a card. Left out for that reason: UATP, whose
fifteen digits begin with 1 as many counters do, and Maestro of twelve digits,
which AWS account ids have.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 19
"""Digits of a card number: ISO/IEC 7812-1 allows up to 19; Maestro starts at 12."""


class Likely(IntEnum):
    """How sure the digits alone make us."""

    NO = 0
    """Not a card number."""

    NAMED = 1
    """One if a word before it says so: one number in ten has that check digit."""

    YES = 2
    """A card number."""


_EAN: Final = 13
_SIXTEEN: Final = (16,)
_LONG: Final = (16, 19)
_MAESTRO: Final = (16, 19)
_VISA: Final = (13, 16, 19)

_RANGES: Final[tuple[tuple[int, int, tuple[int, ...]], ...]] = (
    (1800, 1800, (15,)),  # JCB, old series
    (2131, 2131, (15,)),  # JCB, old series
    (2200, 2204, _LONG),  # Mir
    (2221, 2720, _SIXTEEN),  # Mastercard, 2-series
    (3000, 3059, (14, 16)),  # Diners Club
    (3095, 3095, (14,)),  # Diners Club
    (3400, 3499, (15,)),  # American Express
    (3528, 3589, _LONG),  # JCB
    (3600, 3699, (14, 16)),  # Diners Club International
    (3700, 3799, (15,)),  # American Express
    (3800, 3999, (14,)),  # Diners Club, formerly Carte Blanche
    (4000, 4999, _VISA),  # Visa, Visa Electron
    (5000, 5099, _MAESTRO),  # Maestro, Dankort, Elo, Verve
    (5100, 5599, _SIXTEEN),  # Mastercard
    (5600, 5899, _MAESTRO),  # Maestro
    (6000, 6099, _LONG),  # Discover 6011, RuPay, Hipercard
    (6200, 6299, _LONG),  # UnionPay
    (6300, 6399, _MAESTRO),  # Maestro, InstaPayment, InterPayment
    (6400, 6599, _LONG),  # Discover, RuPay, Troy, Elo
    (6700, 6799, _MAESTRO),  # Maestro, Laser, Switch
    (8100, 8299, _LONG),  # UnionPay, RuPay
    (8600, 8600, _SIXTEEN),  # UzCard
    (9792, 9792, _SIXTEEN),  # Troy
    (9860, 9860, _SIXTEEN),  # Humo
)
"""First four digits from and to, and the lengths that need no word before them."""

_STARTS: Final = [low for low, _, _ in _RANGES]
_DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")


def luhn(digits: bytes) -> bool:
    """Tell whether the last of the ASCII `digits` is the check digit of the others."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(digits[::-2]) + sum(doubled) - 48 * len(digits)) % 10 == 0


def card(digits: bytes) -> Likely:
    """Say how likely the ASCII `digits` are a card number."""
    size = len(digits)
    if not SHORTEST <= size <= LONGEST or not luhn(digits):
        return Likely.NO
    first = int(digits[:4])
    place = bisect_right(_STARTS, first) - 1
    if place < 0 or first > _RANGES[place][1] or size not in _RANGES[place][2]:
        return Likely.NAMED
    # Thirteen digits from 400 to 499 are a product code more often than an old
    # Visa card; only one card number in ten has that code's check digit too.
    return Likely.NAMED if size == _EAN and _is_ean(digits) else Likely.YES


def _is_ean(digits: bytes) -> bool:
    """Tell whether thirteen digits carry the check digit of GS1's EAN-13."""
    return (sum(digits[0::2]) + 3 * sum(digits[1::2]) - 48 * (7 + 3 * 6)) % 10 == 0
