"""Fields that have no names, but places in a standard."""

import hl7apy
import pytest

from affidavit._redact.detect.health_messages import _hl7
from affidavit.plugin import Redactor, Sink, load_policy

REDACTOR = Redactor(load_policy("hipaa").redaction, today="2026-01-23")

PID = "PID|1||A17^5^M11~55-1^^^SS||Roe^Jane^Q||19610615|F||2106-3|12 Main^^Town^NC^27401||5551234"
CLAIM = (
    "NM1*IL*1*ROE*JANE*Q***MI*W17~N3*12 MAIN ST~N4*TOWN*MA*02110~DMG*D8*19700131*F~"
    "REF*SY*W18~CLM*A19*100~HI*ABK:J069*ABF:R05~DTP*472*D8*20240131~PER*IC*JANE ROE*TE*5551234~"
)


@pytest.mark.parametrize("form", ["{}", "\x0bMSH|^~\\&|A|B\r{}\rEVN|A01", "got '{}\\rPV1|1|I' now"])
def test_a_segment_keeps_what_nobody_is_known_by(form: str) -> None:
    """Alone, in its message, as a repr prints it."""
    said = form.format(PID)
    clean = REDACTOR.text(said, Sink.LOG)

    held = "PID|1||[HEALTH_ID]||[NAME]||[BIRTH_DATE]|F||[SPECIAL]|[ADDRESS]||[PHONE]"
    assert clean == form.format(held)


def test_a_claim_says_nothing_of_the_patient() -> None:
    """What is left: kinds, codes of states, amounts."""
    clean = REDACTOR.text(CLAIM, Sink.LOG)

    for word in ("ROE", "JANE", "W17", "MAIN", "TOWN", "02110", "1970", "W18", "A19", "J069"):
        assert word not in clean
    assert "*MA*" in clean
    assert "*100~" in clean


@pytest.mark.parametrize(
    "said",
    [
        "USER|PID|CMD", "PID|4711|bash|root", 'PID|1||""|""', "rate * 2 REF*3", "PV1|1|I",
        "NM1*PR*2*EXAMPLE INSURANCE*****PI~", "a REF*A1*B2~ of nobody"
    ],
)  # fmt: skip
def test_what_is_no_such_segment_stays(said: str) -> None:
    """Tables of processes, arithmetic, organisations, empty fields."""
    assert said == REDACTOR.text(said, Sink.LOG)


def test_one_that_is_replaced_is_that() -> None:
    """Nothing is found in what was written."""
    once = REDACTOR.text(PID + "\r" + CLAIM, Sink.LOG)

    assert once == REDACTOR.text(once, Sink.LOG)


VERSIONS = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8")
OF_PEOPLE = {
    **dict.fromkeys(("XPN", "XCN", "PPN", "PN", "CN"), ("NAME",)),
    **dict.fromkeys(("XAD", "AD"), ("ADDRESS",)),
    **dict.fromkeys(("XTN", "TN"), ("PHONE",)),
    **dict.fromkeys(("CX", "DLN"), ("HEALTH_ID", "GOV_ID", "US_SSN", "BANK_ACCOUNT")),
}
"""By the standard's types of data: what a field of such a type is called."""

NOBODYS = {
    *{"AFF.3", "BPO.9", "BPO.12", "CDM.11", "CER.5", "EDU.8", "ERR.12", "FAC.3", "FAC.4", "FT1.30"},
    *{"FT1.38", "FT1.39", "GT1.29", "IN1.3", "IN1.5", "IN1.7", "IN1.44", "IN1.54", "IN2.3"},
    *{"IN2.25", "IN2.58", "IN2.64", "IN3.2", "IN3.16", "IN3.19", "IVC.20", "LOC.5", "LOC.6"},
    *{"OBR.53", "OBX.24", "OM1.17", "OM1.28", "OM1.29", "ORC.22", "ORC.23", "ORC.33", "ORG.5"},
    *{"PCE.2", "PEO.7", "PRD.11", "PRD.13", "PSL.25", "RQD.7", "RXA.28", "RXD.31", "RXD.34"},
    *{"RXE.41", "RXE.45", "RXG.28", "RXO.33", "RXO.36", "SPM.30", "SPM.31"},
}
"""Of companies, schools, pharmacies, places, orders and cost centres."""


def people() -> dict[str, set[str]]:
    """Return each field of hl7apy's tables that is of a person, and what it may be called."""
    found: dict[str, set[str]] = {}
    for version in VERSIONS:
        library = hl7apy.load_library(version)
        for segment, told in library.SEGMENTS.items():
            for field in told[1] if len(told) > 1 else ():
                kind = library.FIELDS.get(field[0], (None, None, ""))[2]
                if kind in OF_PEOPLE:
                    place = field[0].rpartition("_")[2]
                    found.setdefault(f"{segment}.{place}", set()).update(OF_PEOPLE[kind])
    return found


def test_every_field_of_a_person_goes_as_another_library_reads_the_standard() -> None:
    """All versions and segments; what it knows as somebody's name is called a name."""
    ours = {f"{one}.{at}": kind for one, held in _hl7()[1].items() for at, kind in held.items()}
    theirs = people()

    assert len(theirs) > 250
    assert theirs.keys() - ours.keys() == NOBODYS
    wrong = {place for place, kinds in theirs.items() if place in ours and ours[place] not in kinds}
    assert set() == wrong


def test_each_place_of_a_segment_goes() -> None:
    """In a segment of which every place says something."""
    for segment, places in _hl7()[1].items():
        fields = [segment, "1", *(f"Xq{at}^w{at}w" for at in range(2, max(places) + 1))]
        clean = REDACTOR.text("|".join(fields), Sink.LOG).split("|")
        left = {at for at in places if at > 1 and f"w{at}w" in clean[at]}
        assert (segment, set()) == (segment, left)


def test_a_segment_that_begins_with_anything_is_one() -> None:
    """An order, whose first field says what is to be done."""
    text = "ORC|NW|4711^A|||||||20260123|jsmith^Smith^John||77^Roe^Ann^^^Dr"
    clean = "ORC|NW|4711^A|||||||20260123|[NAME]||[NAME]"

    assert clean == REDACTOR.text(text, Sink.LOG)
