"""Check digits of numbers that states in Europe's east and south give.

Each takes the bare number: no separators, letters in upper case. `python-stdnum` is the
referee in the tests.
"""

from __future__ import annotations

from typing import Final

from affidavit._redact.detect.national_ids.sums import is_day, luhn, own_checks, weighted


def bulgaria(number: str) -> bool:
    """EGN: the month says the century."""
    month = int(number[2:4])
    real = month - (40 if month > 40 else 20 if month > 20 else 0)  # noqa: PLR2004
    total = weighted(number, (2, 4, 8, 5, 10, 9, 7, 3, 6))
    return is_day(f"{real:02}", number[4:6]) and total % 11 % 10 == int(number[9])


def bulgaria_foreigner(number: str) -> bool:
    """LNCh."""
    return weighted(number, (21, 19, 17, 13, 11, 9, 7, 3, 1)) % 10 == int(number[9])


def cyprus(number: str) -> bool:
    """TIC: digits at odd places count by a table."""
    table = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    total = sum(
        table[int(one)] if place % 2 == 0 else int(one) for place, one in enumerate(number[:8])
    )
    return chr(ord("A") + total % 26) == number[8]


def czechia(number: str) -> bool:
    """Rodné číslo, of Slovakia too: nine digits before 1954, then divisible by eleven."""
    if not is_day(f"{int(number[2:4]) % 50 % 20:02}", number[4:6]):
        return False
    if len(number) == 9:  # noqa: PLR2004
        return int(number[:2]) < 54  # noqa: PLR2004
    check = int(number[:9]) % 11 % 10
    return check == int(number[9])


def estonia(number: str) -> bool:
    """Isikukood, and Lithuania's asmens kodas: two rows of weights."""
    rest = weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:  # noqa: PLR2004
        rest = weighted(number, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    dated = number[0] == "9" or (number[0] in "12345678" and is_day(number[3:5], number[5:7]))
    return dated and rest == int(number[10])


def poland_card(number: str) -> bool:
    """Dowód osobisty: the first digit checks the others."""
    return weighted(number[:3] + number[4:], (7, 3, 1, 7, 3, 1, 7, 3)) % 10 == int(number[3])


def greece_health(number: str) -> bool:
    """AMKA: a date, and Luhn's check."""
    return is_day(number[2:4], number[:2]) and luhn(number)


def greece_tax(number: str) -> bool:
    """AFM."""
    total = weighted(number, (256, 128, 64, 32, 16, 8, 4, 2))
    return any(one != "0" for one in number) and total % 11 % 10 == int(number[8])


def hungary_health(number: str) -> bool:
    """TAJ."""
    return weighted(number, (3, 7, 3, 7, 3, 7, 3, 7)) % 10 == int(number[8])


def hungary_tax(number: str) -> bool:
    """Adóazonosító jel."""
    return weighted(number, range(1, 10)) % 11 == int(number[9])


def hungary_company(number: str) -> bool:
    """Adószám, of a sole trader too."""
    return weighted(number, (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0


def latvia(number: str) -> bool:
    """Personas kods; those since 2017 begin with 32 and say no date."""
    if number[:2] == "32":
        return True
    total = 1 + weighted(number, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))
    return is_day(number[2:4], number[:2]) and total % 11 % 10 == int(number[10])


def poland(number: str) -> bool:
    """PESEL: the month says the century."""
    return (
        is_day(f"{int(number[2:4]) % 20:02}", number[4:6])
        and weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0
    )


def poland_register(number: str) -> bool:
    """REGON, of a local unit with five digits more."""
    whole = weighted(number, (8, 9, 2, 3, 4, 5, 6, 7)) % 11 % 10 == int(number[8])
    if len(number) == 9:  # noqa: PLR2004
        return whole
    unit = weighted(number, (2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)) % 11 % 10
    return whole and unit == int(number[13])


def poland_tax(number: str) -> bool:
    """NIP."""
    return weighted(number, (6, 5, 7, 2, 3, 4, 5, 6, 7, -1)) % 11 == 0


def romania(number: str) -> bool:
    """CNP."""
    rest = weighted(number, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (
        number[0] != "0"
        and is_day(number[3:5], number[5:7])
        and (1 if rest == 10 else rest) == int(number[12])  # noqa: PLR2004
    )


def slovenia(number: str) -> bool:
    """EMŠO, and JMBG of what was Yugoslavia."""
    total = weighted(number, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    return is_day(number[2:4], number[:2]) and -total % 11 % 10 == int(number[12])


def slovenia_tax(number: str) -> bool:
    """Davčna številka."""
    check = 11 - weighted(number, (8, 7, 6, 5, 4, 3, 2)) % 11
    return number[0] != "0" and check != 11 and check % 10 == int(number[7])  # noqa: PLR2004


CHECKS: Final = own_checks(globals())
"""Every check of this module by its name, as the table says it."""
