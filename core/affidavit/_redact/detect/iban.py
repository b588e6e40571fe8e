"""International bank account numbers (ISO 13616): country, length and check digits."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match, TextView, is_latin

_HEAD: Final = lazy(rb"aa00[0a \-]")
_ALNUM: Final = b"0a"
_COUNTRY: Final = b"aa00"

_TABLE: Final = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18
    DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23
    IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27
    MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19
    SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""

LENGTHS: Final = {entry[:2]: int(entry[2:]) for entry in _TABLE.split()}
"""Country code to number of characters. Source: SWIFT IBAN Registry, release 99."""

_GROUP: Final = 4


def is_iban(text: str) -> bool:
    """Tell whether `text`, in upper case and without spaces, is an IBAN.

    The check is ISO 7064 modulo 97-10 over the number with its head moved to its end.
    """
    if LENGTHS.get(text[:2]) != len(text) or not text.isalnum() or not text.isascii():
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def iban_end(text: str, start: int) -> int:
    """Return where the IBAN that begins at `start` ends, or -1 if none does.

    It may be written in groups of four with a space between, or with dashes.
    """
    size = LENGTHS.get(text[start : start + 2].upper())
    if size is None:
        return -1
    end = start + size
    separator = "-" if "-" in text[start:end] else " "
    while end < (more := start + size + text.count(separator, start, end)):
        end = more
    groups = text[start:end].split(separator)
    if separator == " " and any(len(group) != _GROUP for group in groups[:-1]):
        return -1
    if is_latin(text[end : end + 1]) or not is_iban("".join(groups).upper()):
        return -1
    return end


def find_ibans(seen: TextView, hits: list[Match]) -> None:
    """Add every IBAN."""
    if seen.shape.find(_COUNTRY) < 0:
        return
    for head in _HEAD.finditer(seen.shape):
        start = head.start()
        if start and seen.shape[start - 1] in _ALNUM:
            continue
        end = iban_end(seen.text, start)
        if end > 0:
            hits.append(Match(start, end, "IBAN"))
