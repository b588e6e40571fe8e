"""Check digits and issuing rules of numbers that states and health services give.

Every function takes the bare number: no separators, letters in upper case.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.cards import luhn

_ITIN_GROUPS: Final = frozenset({*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)})
_NINO: Final = lazy(r"[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z][0-9]{6}[A-D]")
_NINO_UNUSED: Final = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_MBI: Final = lazy(
    r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]"
    r"[AC-HJKMNP-RT-Y]{2}[0-9]{2}"
)


def is_ssn(digits: str) -> bool:
    """Tell whether nine `digits` can be a US social security number.

    Never issued: area 000, 666 and 900 to 999, group 00, serial 0000.
    Source: SSA, "Social Security Number Randomization".
    """
    return (
        len(digits) == 9  # noqa: PLR2004
        and digits[:3] not in {"000", "666"}
        and digits[0] != "9"
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def is_itin(digits: str) -> bool:
    """Tell whether nine `digits` can be a US taxpayer number.

    They start with 9; the fourth and fifth are 50 to 65, 70 to 88, 90 to 92 or
    94 to 99. Source: IRS Internal Revenue Manual 3.21.263.
    """
    return len(digits) == 9 and digits[0] == "9" and int(digits[3:5]) in _ITIN_GROUPS  # noqa: PLR2004


def is_nhs(digits: str) -> bool:
    """Tell whether ten `digits` are an NHS number: the last checks the others, modulo 11.

    Source: NHS Data Dictionary, "NHS NUMBER".
    """
    total = sum(
        weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)
    )
    return len(set(digits)) > 1 and (11 - total % 11) % 11 == int(digits[9])


def is_npi(digits: str) -> bool:
    """Tell whether ten `digits` are a US provider number: Luhn after the prefix 80840.

    Source: CMS, "Requirements for NPI and NPI Check Digit".
    """
    return digits[0] in "12" and luhn(b"80840" + digits.encode())


def is_nino(text: str) -> bool:
    """Tell whether nine characters are a UK National Insurance number.

    Source: HMRC National Insurance Manual NIM39110.
    """
    return bool(_NINO.fullmatch(text)) and text[:2] not in _NINO_UNUSED


def is_mbi(text: str) -> bool:
    """Tell whether eleven characters are a Medicare beneficiary identifier.

    Source: CMS, "Understanding the Medicare Beneficiary Identifier Format".
    """
    return bool(_MBI.fullmatch(text))
