"""Check digits of numbers that states outside of the EU give; each takes the bare number.

Separators are gone and letters are in upper case. `python-stdnum` is the referee in
the tests.
"""

from __future__ import annotations

from typing import Final

from affidavit._redact.detect.national_ids.sums import (
    is_day,
    luhn,
    mod_11_2,
    own_checks,
    verhoeff,
    weighted,
)

_NO_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Alphabets without I and O, as New Zealand's numbers of patients use."""

_NO_EMPLOYERS: Final = frozenset({
    "00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96",
    "97",
})  # fmt: skip
_PUPIL: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_VIN: Final = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))


def australia_tax(number: str) -> bool:
    """TFN; those of eight digits have weights of their own, and are read with those of nine too."""
    short = len(number) == 8 and weighted(number, (10, 7, 8, 4, 6, 3, 5, 1)) % 11 == 0  # noqa: PLR2004
    return short or weighted(number, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def australia_health(number: str) -> bool:
    """Medicare: the ninth digit checks eight."""
    total = weighted(number, (1, 3, 7, 9, 1, 3, 7, 9))
    return number[0] in "23456" and total % 10 == int(number[8])


def australia_business(number: str) -> bool:
    """ABN: one is taken from the first digit."""
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    return (weighted(number, weights) - 10) % 89 == 0


def australia_company(number: str) -> bool:
    """ACN."""
    return -weighted(number, (8, 7, 6, 5, 4, 3, 2, 1)) % 10 == int(number[8])


def brazil(number: str) -> bool:
    """CPF: two checks; not one digit eleven times."""
    if len(set(number)) == 1:
        return False
    first = -weighted(number, range(10, 1, -1)) % 11 % 10
    second = -weighted(number, range(11, 1, -1)) % 11 % 10
    return number[9:] == f"{first}{second}"


def brazil_company(number: str) -> bool:
    """CNPJ."""
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = -weighted(number, weights[1:]) % 11 % 10
    second = -weighted(number, weights) % 11 % 10
    return len(set(number)) > 1 and number[12:] == f"{first}{second}"


def brazil_worker(number: str) -> bool:
    """PIS, PASEP and NIS."""
    return -weighted(number, (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11 % 10 == int(number[10])


def britain_tax(number: str) -> bool:
    """UTR: the first digit checks the others."""
    return "21987654321"[weighted(number[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] == number[0]


def england_pupil(number: str) -> bool:
    """UPN: the letter checks the digits."""
    return _PUPIL[weighted(number[1:], range(2, 14)) % 23] == number[0]


def canada(number: str) -> bool:
    """SIN; those that begin with zero are given to nobody and stand in examples."""
    return luhn(number)


def canada_health(number: str) -> bool:
    """PHN of British Columbia."""
    rest = weighted(number[1:], (2, 4, 8, 5, 10, 9, 7, 3)) % 11
    return number[0] == "9" and (11 - rest) % 11 == int(number[9])


def china(number: str) -> bool:
    """Resident identity card: a date and a check modulo 11."""
    dated = number[6:8] in {"18", "19", "20"} and is_day(number[10:12], number[12:14])
    return number[0] != "0" and dated and mod_11_2(number)


def india(number: str) -> bool:
    """Aadhaar: does not begin with 0 or 1, and is no palindrome."""
    return number[0] not in "01" and number != number[::-1] and verhoeff(number)


def india_voter(number: str) -> bool:
    """EPIC."""
    return luhn(number[3:])


def india_goods(number: str) -> bool:
    """GSTIN, which holds the PAN of its owner."""
    return 1 <= int(number[:2]) <= 38 and luhn(number)  # noqa: PLR2004


def japan(number: str) -> bool:
    """My Number."""
    rest = weighted(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == int(number[11])


def korea(number: str) -> bool:
    """Resident registration: a date; what was given since October 2020 has no check."""
    return is_day(number[2:4], number[4:6]) and number[6] in "0123456789"


def new_zealand_tax(number: str) -> bool:
    """IRD: a second row of weights where the first leaves ten."""
    number = number.zfill(9)
    check = -weighted(number, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if check == 10:  # noqa: PLR2004
        check = -weighted(number, (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return 10_000_000 < int(number) < 150_000_000 and check == int(number[8])  # noqa: PLR2004


def new_zealand_health(number: str) -> bool:
    """NHI, with a last digit or, since 2022, a last letter."""
    if any(one in "IO" for one in number):
        return False
    values = [_NO_LETTERS.index(one) for one in number]
    values = [one if number[at].isdigit() else one - 9 for at, one in enumerate(values)]
    total = sum(weight * one for weight, one in zip(range(7, 1, -1), values, strict=False))
    if number[6].isdigit():
        return total % 11 != 0 and (11 - total % 11) % 10 == int(number[6])
    return (23 - total % 23) == values[6]


def singapore(number: str) -> bool:
    """NRIC and FIN."""
    kind = number[0]
    total = weighted(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(kind, 0)
    letters = "JZIHGFEDCBA" if kind in "ST" else "XWUTRQPNJLK" if kind == "M" else "XWUTRQPNMLK"
    return letters[total % 11] == number[8]


def south_africa(number: str) -> bool:
    """Identity number: a date, a citizenship and Luhn's check."""
    return is_day(number[2:4], number[4:6]) and number[10] in "012" and luhn(number)


def south_africa_tax(number: str) -> bool:
    """Income tax reference."""
    return number[0] in "01239" and luhn(number)


def turkey(number: str) -> bool:
    """TC kimlik: two checks."""
    digits = [int(one) for one in number]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[0] > 0 and tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def turkey_tax(number: str) -> bool:
    """VKN."""
    total = 0
    for place, one in enumerate(reversed(number[:9]), 1):
        value = (int(one) + place) % 10
        if value:
            total += value * 2**place % 9 or 9
    return -total % 10 == int(number[9])


def usa_routing(number: str) -> bool:
    """ABA routing number."""
    return int(number) > 0 and weighted(number, (3, 7, 1) * 3) % 10 == 0


def usa_prescriber(number: str) -> bool:
    """Tell whether it is a DEA number."""
    odd, even = sum(map(int, number[2:8:2])), sum(map(int, number[3:8:2]))
    return (odd + 2 * even) % 10 == int(number[8])


def usa_employer(number: str) -> bool:
    """EIN: some prefixes were never given out."""
    return number[:2] not in _NO_EMPLOYERS


def vehicle(number: str) -> bool:
    """VIN: without I, O and Q; North America's have a check at the ninth place."""
    if any(one in "IOQ" for one in number) or not any(map(str.isdigit, number)):
        return False
    return any(map(str.isalpha, number))


def checked_vehicle(number: str) -> bool:
    """VIN whose ninth character is its check (49 CFR 565.15)."""
    if not vehicle(number):
        return False
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    values = [_VIN.get(one) or int(one) for one in number]
    total = sum(weight * one for weight, one in zip(weights, values, strict=True))
    return "0123456789X"[total % 11] == number[8]


CHECKS: Final = own_checks(globals())
"""Every check of this module by its name, as the table says it."""
