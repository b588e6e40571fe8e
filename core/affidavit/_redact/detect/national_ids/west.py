"""Check digits of numbers that states in Europe's west and north give.

Each takes the bare number: no separators, letters in upper case. `python-stdnum` is the
referee in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from affidavit._redact.detect.national_ids.sums import (
    is_day,
    luhn,
    mod_11_10,
    own_checks,
    verhoeff,
    weighted,
)

_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_PPS: Final = "WABCDEFGHIJKLMNOPQRSTUV"
_SPOUSES: Final = str.maketrans("TX", "WW")
_ODD: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25,
               24, 23)  # fmt: skip
_MONTHS: Final = "ABCDEHLMPRST"
_OMITTED: Final = str.maketrans("LMNPQRSTUV", "0123456789")


def austria_insurance(number: str) -> bool:
    """Sozialversicherungsnummer: the fourth digit checks the others."""
    rest = weighted(number, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    return number[0] != "0" and rest == int(number[3])


def austria_tax(number: str) -> bool:
    """Abgabenkontonummer: digits of the doubled ones are added."""
    total = sum(
        int(one) if place % 2 == 0 else sum(divmod(2 * int(one), 10))
        for place, one in enumerate(number[:8])
    )
    return -total % 10 == int(number[8])


def belgium(number: str) -> bool:
    """Rijksregisternummer, and bis numbers with twenty or forty added to the month."""
    if int(number[2:4]) % 20 > 12:  # noqa: PLR2004 - months
        return False
    return any(97 - int(born + number[:9]) % 97 == int(number[9:]) for born in ("", "2"))


def belgium_card(number: str) -> bool:
    """Kaartnummer of an identity card: the rest by 97."""
    return (int(number[:10]) % 97 or 97) == int(number[10:])


def denmark(number: str) -> bool:
    """CPR: a date; the check was given up in 2007."""
    return is_day(number[2:4], number[:2])


def denmark_company(number: str) -> bool:
    """CVR, which is the VAT number, too."""
    return number[0] != "0" and weighted(number, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def finland(number: str) -> bool:
    """Henkilötunnus: the rest by 31 of nine digits."""
    dated = is_day(number[2:4], number[:2])
    return dated and _HETU[int(number[:6] + number[7:10]) % 31] == number[10]


def france(number: str) -> bool:
    """NIR, of social security: 97 less the rest; 2A and 2B are Corsica."""
    digits = number.replace("2A", "19").replace("2B", "18")
    return digits.isdigit() and 97 - int(digits[:13]) % 97 == int(digits[13:])


def france_tax(number: str) -> bool:
    """Numéro fiscal: the last three are the rest by 511."""
    return number[0] in "0123" and int(number[:10]) % 511 == int(number[10:])


def germany_tax(number: str) -> bool:
    """Steuer-IdNr.: among the first ten digits one stands twice or three times."""
    counts = sorted(number[:10].count(one) for one in set(number[:10]))
    valid = counts[-1] in {2, 3} and (len(counts) < 2 or counts[-2] == 1)  # noqa: PLR2004
    return valid and number[0] != "0" and mod_11_10(number)


def germany_pension(number: str) -> bool:
    """Rentenversicherungsnummer: the letter counts as two digits."""
    digits = number[:8] + f"{ord(number[8]) - 64:02}" + number[9:]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    products = [weight * int(one) for weight, one in zip(weights, digits, strict=False)]
    day = int(number[2:4]) % 50
    return (
        day <= 31  # noqa: PLR2004
        and int(number[4:6]) <= 12  # noqa: PLR2004
        and sum(map(sum, map(_digits, products))) % 10 == int(number[11])
    )


def germany_health(number: str) -> bool:
    """Krankenversichertennummer: Luhn's check from the left, the letter as two digits."""
    digits = f"{ord(number[0]) - 64:02}" + number[1:9]
    products = [int(one) * (1 + place % 2) for place, one in enumerate(digits)]
    return sum(map(sum, map(_digits, products))) % 10 == int(number[9])


def _digits(number: int) -> Sequence[int]:
    return divmod(number, 10)


def document(number: str) -> bool:
    """Return the check of identity cards as machines read them: 7, 3, 1 (ICAO 9303)."""
    return weighted(number[:-1], (7, 3, 1) * 5) % 10 == int(number[-1])


def ireland(number: str) -> bool:
    """PPS: since 2013 a second letter counts nine times; W, T and X said who a wife's was."""
    second = number[8:].translate(_SPOUSES) or "W"
    if second not in "ABHW":
        return False
    total = weighted(number[:7], (8, 7, 6, 5, 4, 3, 2)) + 9 * _PPS.index(second)
    return _PPS[total % 23] == number[7]


def italy(number: str) -> bool:
    """Codice fiscale: letters may stand for digits where two people would have the same."""
    at = (6, 7, 9, 10, 12, 13, 14)
    plain = "".join(
        one.translate(_OMITTED) if place in at else one for place, one in enumerate(number)
    )
    if not all(plain[place].isdigit() for place in at) or plain[8] not in _MONTHS:
        return False
    values = [int(one) if one.isdigit() else ord(one) - 65 for one in number[:15]]
    total = sum(_ODD[one] if place % 2 == 0 else one for place, one in enumerate(values))
    return 1 <= int(plain[9:11]) % 40 <= 31 and chr(total % 26 + 65) == number[15]  # noqa: PLR2004


def luxembourg(number: str) -> bool:
    """Matricule: a date and two checks."""
    return (
        number[:2] in {"18", "19", "20"}
        and is_day(number[4:6], number[6:8])
        and luhn(number[:12])
        and verhoeff(number[:11] + number[12])
    )


def netherlands(number: str) -> bool:
    """BSN, of eight digits with a zero before them; and the number of a pupil."""
    number = number.zfill(9)
    rest = weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11
    return int(number) > 0 and rest in ({0, 5} if number[:2] == "10" else {0})


def norway(number: str) -> bool:
    """Fødselsnummer: two checks; a D number has forty added to the day."""
    day, month = int(number[:2]), int(number[2:4])
    dated = 1 <= day % 40 <= 31 and 1 <= month % 40 <= 12  # noqa: PLR2004
    return (
        dated
        and weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def norway_account(number: str) -> bool:
    """Return the check of a bank account."""
    return number[4:6] == "00" or weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def portugal(number: str) -> bool:
    """NIF, and the numbers of the health service."""
    return (11 - weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11 % 10 == int(number[8])


def portugal_card(number: str) -> bool:
    """Cartão de cidadão: Luhn's doubling over digits and letters."""
    total = 0
    for place, one in enumerate(reversed(number)):
        value = int(one, 36) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 and place % 2 else value  # noqa: PLR2004
    return total % 10 == 0


def spain(number: str) -> bool:
    """DNI, NIE, and the tax numbers of others, of which companies are."""
    first = number[0]
    if first.isdigit() or first in "XYZKLM":
        digits = number[:-1]
        digits = str("XYZ".index(first)) + digits[1:] if first in "XYZ" else digits.lstrip("KLM")
        return digits.isdigit() and _DNI[int(digits) % 23] == number[-1]
    middle = number[1:8]
    even = sum(sum(divmod(2 * int(one), 10)) for one in middle[::2])
    check = -(even + sum(map(int, middle[1::2]))) % 10
    return number[-1] in {str(check), "JABCDEFGHI"[check]}


def spain_insurance(number: str) -> bool:
    """Número de afiliación: the last two are the rest by 97."""
    body = number[:2] + number[2:10].lstrip("0") if number[2] == "0" else number[:10]
    return int(number[10:]) in {int(number[:10]) % 97, int(body) % 97}


def sweden(number: str) -> bool:
    """Personnummer: Luhn's check over ten digits; sixty is added for coordination numbers."""
    digits = number.replace("-", "").replace("+", "")[-10:]
    return is_day(digits[2:4], f"{int(digits[4:6]) % 60:02}") and luhn(digits)


def switzerland(number: str) -> bool:
    """AHV number: the check of an EAN-13."""
    return number[:3] == "756" and weighted(number, (1, 3) * 6 + (1,)) % 10 == 0


CHECKS: Final = own_checks(globals())
"""Every check of this module by its name, as the table says it."""
