"""Fields that have no names, but places in a standard."""

import pytest

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
