"""Check digits of bank accounts as states wrote them before the IBAN, and still do.

Each takes the bare number: no separators, letters in upper case.
"""

from __future__ import annotations

from typing import Final

from affidavit._redact.detect.national_ids.sums import own_checks, weighted

_DIGITS_OF_LETTERS: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789"
)


def france_account(number: str) -> bool:
    """RIB: bank, branch, account and a key; a letter counts as a digit."""
    digits = number.translate(_DIGITS_OF_LETTERS)
    return int(digits) > 0 and int(digits) % 97 == 0


def hungary_account(number: str) -> bool:
    """GIRO: the last of the first eight digits checks these, the last of all the rest."""
    weights = (9, 7, 3, 1) * 4
    parts = number[:8], number[8:]
    return int(number) > 0 and all(weighted(one, weights) % 10 == 0 for one in parts)


def poland_account(number: str) -> bool:
    """NRB: what follows the country in an IBAN."""
    return int(number[2:] + "2521" + number[:2]) % 97 == 1


def spain_account(number: str) -> bool:
    """CCC: one digit checks bank and branch, one the account."""
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
    rests = (11 - weighted(one, weights) % 11 for one in ("00" + number[:8], number[10:]))
    digits = "".join("10"[one - 10] if one > 9 else str(one) for one in rests)  # noqa: PLR2004
    return int(number) > 0 and digits == number[8:10]


CHECKS: Final = own_checks(globals())
"""Every check of this module by its name, as the table says it."""
