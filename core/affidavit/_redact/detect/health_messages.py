"""Messages whose fields have no names: a standard says which place holds what.

HL7 version 2 (chapters 3 and 6) and claims of ASC X12 (the implementation guides of HIPAA,
45 CFR 162.920), whole or one segment of them, as interfaces write them into their logs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match

_NUMBERED: Final = """
AIP NAME=3
AL1 HEALTH_ID=3,5
BPX ADDRESS=19 NAME=20,21
BTX NAME=14,15
CM0 ADDRESS=11 NAME=5,9 PHONE=10
CON NAME=24
DB1 HEALTH_ID=3
DG1 HEALTH_ID=3,4 NAME=16
FT1 NAME=20,21,24
GT1 ADDRESS=5,17 BIRTH_DATE=8 HEALTH_ID=2,19 NAME=3,4,16,42,45 PHONE=6,7,18,46 US_SSN=12
IAM NAME=14,18,21,23,25
IN1 ADDRESS=19 BIRTH_DATE=18 HEALTH_ID=10,36,49 NAME=6,16,30
IN3 NAME=3,8,14,25
NK1 ADDRESS=4,32 BIRTH_DATE=16 HEALTH_ID=12,33 NAME=2,26,30 PHONE=5,6,31,40,41 US_SSN=37
NTE NAME=5
OBR NAME=10,16,28 PHONE=17
OBX HEALTH_ID=5 NAME=16,25
PID ADDRESS=11,12,23 BIRTH_DATE=7,29 GOV_ID=20 HEALTH_ID=2,3,4,18,21 NAME=5,6,9 PHONE=13,14,40
PID SPECIAL=10,16,17,22,26,28 US_SSN=19
PR1 NAME=8,11,12
PV1 BIRTH_DATE=44,45 HEALTH_ID=5,19,50,54 NAME=7,8,9,17,52
PYE ADDRESS=6 NAME=5
REL ADDRESS=9 NAME=7 PHONE=10
TXA NAME=5,9,10,11,22,23
"""
"""Segments of HL7 that begin with a number of theirs, and at which places there is what of a
person, of a patient or of who treats them. Organisations are nobody.
"""
_OTHERS: Final = """
ABS NAME=1,5,8
ACC ADDRESS=11 NAME=7
ARQ ADDRESS=17 NAME=15,19 PHONE=16,20
AUT NAME=24 PHONE=27
BLG HEALTH_ID=3
CSR HEALTH_ID=4,5 NAME=7,8
CTD ADDRESS=3 NAME=2 PHONE=5
DON NAME=16,20,23,24,28,32,33
DRG NAME=12
EVN NAME=5
FAC ADDRESS=7,11 NAME=5,9 PHONE=8,12
GOL NAME=21
IN2 HEALTH_ID=1,6,8,26,61 NAME=7,9,22,40,49,52 PHONE=50,53,63 US_SSN=2
IVC NAME=12,19
LDP PHONE=11
MFE NAME=7
MRG HEALTH_ID=1,2,3,4,5,6 NAME=7
OM7 NAME=20
ORC ADDRESS=24 NAME=10,11,12,19 PHONE=14
OVR NAME=4,5
PD1 HEALTH_ID=10 NAME=4
PDA NAME=5,8
PEO ADDRESS=20 NAME=19 PHONE=21
PES ADDRESS=3 NAME=2 PHONE=4
PMT BANK_ACCOUNT=10
PRD ADDRESS=3 NAME=2 PHONE=5
PRT ADDRESS=14 NAME=5 PHONE=15
PSL NAME=29,30
PV2 NAME=13
QRD NAME=8
RF1 NAME=20 PHONE=23
ROL ADDRESS=11 NAME=4 PHONE=12
RXA NAME=10
RXD NAME=10
RXE ADDRESS=43 NAME=13,14
RXG ADDRESS=30
RXO ADDRESS=35 NAME=14,15
SCD HEALTH_ID=33 NAME=25,34
SCH ADDRESS=14,18 NAME=12,16,20 PHONE=13,17,21
STF ADDRESS=11 GOV_ID=22 HEALTH_ID=2 NAME=3 PHONE=10
URD NAME=3
VAR NAME=4
"""
"""The same for segments that begin with anything."""

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
_STARRED: Final = lazy(rf"(?<![A-Za-z0-9])({'|'.join(sorted(_X12))})\*[^~\r\n\"]{{1,2000}}")
_STARS: Final = ("NM1*", "DMG*", "ISA*")
"""What a text has that is one of X12: a person's name, a birth date, or its beginning."""

_NULL: Final = frozenset({"", '""'})
_COMPANY: Final = "2"


def find_health_messages(text: str, hits: list[Match]) -> None:
    """Add what segments hold of patients, of their families and of who treats them."""
    if "|" in text and "^" in text:
        segment, places_of = _hl7()
        for found in segment.finditer(text):
            _add(found.group(), found.start(), "|", places_of[found[1]], hits)
    if "*" in text and any(one in text for one in _STARS):
        for found in _STARRED.finditer(text):
            places = _X12[found[1]]
            if found[1] == "NM1" and found.group().split("*", 3)[2:3] == [_COMPANY]:
                places = {9: places[9]}
            _add(found.group(), found.start(), "*", places, hits)


@cache
def _hl7() -> tuple[re.Pattern[str], dict[str, dict[int, str]]]:
    """Return what finds a segment of HL7, and what its places hold."""
    numbered, others = _table(_NUMBERED), _table(_OTHERS)
    segment = (
        rf"(?<![A-Z0-9])((?:{'|'.join(numbered)})(?=\|[0-9]{{0,4}}\|)|(?:{'|'.join(others)})(?=\|))"
        rf"(?=[^\r\n^]{{0,300}}\^){_END}"
    )
    return re.compile(segment), numbered | others


def _table(rows: str) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for row in rows.split("\n")[1:-1]:
        segment, *groups = row.split()
        parted = [group.partition("=") for group in groups]
        places = found.setdefault(segment, {})
        places |= {int(at): kind for kind, _, ats in parted for at in ats.split(",")}
    return found


def _add(segment: str, at: int, mark: str, places: dict[int, str], hits: list[Match]) -> None:
    for place, field in enumerate(segment.split(mark)):
        entity = places.get(place)
        if entity and field.strip() not in _NULL:
            hits.append(Match(at, at + len(field), entity))
        at += len(field) + 1
