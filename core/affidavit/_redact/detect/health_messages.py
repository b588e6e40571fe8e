"""Messages whose fields have no names: a standard says which place holds what.

HL7 version 2 (chapters 3 and 6) and claims of ASC X12 (the implementation guides of HIPAA,
45 CFR 162.920), whole or one segment of them, as interfaces write them into their logs.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match

_HL7: Final = {
    "AL1": {3: "HEALTH_ID", 5: "HEALTH_ID"},
    "DG1": {3: "HEALTH_ID", 4: "HEALTH_ID"},
    "GT1": {
        2: "HEALTH_ID", 3: "NAME", 4: "NAME", 5: "ADDRESS", 6: "PHONE", 7: "PHONE",
        8: "BIRTH_DATE", 12: "US_SSN", 16: "NAME", 17: "ADDRESS", 18: "PHONE", 19: "HEALTH_ID",
    },
    "IN1": {16: "NAME", 18: "BIRTH_DATE", 19: "ADDRESS", 36: "HEALTH_ID", 49: "HEALTH_ID"},
    "IN2": {1: "HEALTH_ID", 2: "US_SSN", 6: "HEALTH_ID", 8: "HEALTH_ID"},
    "MRG": {1: "HEALTH_ID", 2: "HEALTH_ID", 3: "HEALTH_ID", 4: "HEALTH_ID", 7: "NAME"},
    "NK1": {
        2: "NAME", 4: "ADDRESS", 5: "PHONE", 6: "PHONE", 7: "PHONE", 12: "HEALTH_ID",
        16: "BIRTH_DATE", 26: "NAME", 30: "NAME", 31: "PHONE", 32: "ADDRESS", 33: "HEALTH_ID",
        37: "US_SSN",
    },
    "OBX": {5: "HEALTH_ID"},
    "PID": {
        2: "HEALTH_ID", 3: "HEALTH_ID", 4: "HEALTH_ID", 5: "NAME", 6: "NAME", 7: "BIRTH_DATE",
        9: "NAME", 10: "SPECIAL", 11: "ADDRESS", 12: "ADDRESS", 13: "PHONE", 14: "PHONE",
        16: "SPECIAL", 17: "SPECIAL", 18: "HEALTH_ID", 19: "US_SSN", 20: "GOV_ID",
        21: "HEALTH_ID", 22: "SPECIAL", 23: "ADDRESS", 26: "SPECIAL", 28: "SPECIAL",
        29: "BIRTH_DATE", 40: "PHONE",
    },
    "PV1": {7: "NAME", 8: "NAME", 9: "NAME", 17: "NAME", 19: "HEALTH_ID", 44: "BIRTH_DATE",
            45: "BIRTH_DATE", 52: "NAME"},
}  # fmt: skip
_X12: Final = {
    "CLM": {1: "HEALTH_ID"},
    "CLP": {1: "HEALTH_ID", 7: "HEALTH_ID"},
    "DMG": {2: "BIRTH_DATE"},
    "DTP": {3: "BIRTH_DATE"},
    "HI": dict.fromkeys(range(1, 13), "HEALTH_ID"),
    "N3": {1: "ADDRESS", 2: "ADDRESS"},
    "N4": {1: "ADDRESS", 3: "ADDRESS"},
    "NM1": {3: "NAME", 4: "NAME", 5: "NAME", 9: "HEALTH_ID"},
    "PER": {2: "NAME", 4: "PHONE", 6: "PHONE", 8: "PHONE"},
    "REF": {2: "HEALTH_ID"},
}  # fmt: skip
"""By segment and place: what stands there. Names of organisations are nobody's."""

_END: Final = r"(?:(?!\\[rn])[^\r\n\"<]){1,8000}"
_BARRED: Final = lazy(
    rf"(?<![A-Z0-9])({'|'.join(sorted(_HL7))})\|"
    rf"(?:(?<=MRG\|)|(?=[0-9]{{0,4}}\|))(?=[^\r\n^]{{0,300}}\^){_END}"
)
_STARRED: Final = lazy(rf"(?<![A-Za-z0-9])({'|'.join(sorted(_X12))})\*[^~\r\n\"]{{1,2000}}")
_STARS: Final = ("NM1*", "DMG*", "ISA*")
"""What a text has that is one of X12: a person's name, a birth date, or its beginning."""

_NULL: Final = frozenset({"", '""'})
_COMPANY: Final = "2"


def find_health_messages(text: str, hits: list[Match]) -> None:
    """Add what segments hold of patients, of their families and of who treats them."""
    if "|" in text and "^" in text:
        for found in _BARRED.finditer(text):
            _add(found.group(), found.start(), "|", _HL7[found[1]], hits)
    if "*" in text and any(one in text for one in _STARS):
        for found in _STARRED.finditer(text):
            places = _X12[found[1]]
            if found[1] == "NM1" and found.group().split("*", 3)[2:3] == [_COMPANY]:
                places = {9: places[9]}
            _add(found.group(), found.start(), "*", places, hits)


def _add(segment: str, at: int, mark: str, places: dict[int, str], hits: list[Match]) -> None:
    for place, field in enumerate(segment.split(mark)):
        entity = places.get(place)
        if entity and field.strip() not in _NULL:
            hits.append(Match(at, at + len(field), entity))
        at += len(field) + 1
