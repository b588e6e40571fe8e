"""What errors of the driver mean. They are made by the driver's own class."""

from __future__ import annotations

import oracledb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import (
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)
from affidavit_oracle.faults import _MEANINGS, error_of, fault_of
from oracle_stand_in import driver_error, own_error


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1, StatementError),
        (54, SourceUnavailableError),
        (60, SourceUnavailableError),
        (904, StatementError),
        (933, StatementError),
        (942, StatementError),
        (1013, SourceTimeoutError),
        (1017, SourceForbiddenError),
        (1031, SourceForbiddenError),
        (1033, SourceUnavailableError),
        (1034, SourceUnavailableError),
        (1045, SourceForbiddenError),
        (1456, StatementError),
        (1476, StatementError),
        (1555, SourceUnavailableError),
        (1722, StatementError),
        (1840, StatementError),
        (2049, SourceTimeoutError),
        (2291, StatementError),
        (6502, StatementError),
        (12170, SourceUnavailableError),
        (12519, SourceUnavailableError),
        (12899, StatementError),
        (20001, StatementError),
        (28000, SourceForbiddenError),
        (28001, SourceForbiddenError),
        (41900, SourceForbiddenError),
        (65535, SourceUnavailableError),
    ],
)
def test_an_error_of_the_database_has_a_place_in_our_tree(
    number: int, kind: type[SourceError]
) -> None:
    """By its number."""
    fault = fault_of(driver_error(number))

    assert (f"ORA-{number:05}", kind) == (fault.code, fault.kind)


@pytest.mark.parametrize("number", [28, 600, 1012, 1089, 2396, 3113, 3114, 3135, 12537, 12547])
def test_a_lost_connection_is_dead(number: int) -> None:
    """The newer a driver, the more of these have one number of its own."""
    fault = fault_of(driver_error(number))

    assert (SourceUnavailableError, True) == (fault.kind, fault.dead)


@pytest.mark.parametrize(
    ("number", "kind", "dead"),
    [
        (1001, SourceUnavailableError, True),
        (2010, StatementError, False),
        (3002, StatementError, False),
        (3010, SourceUnavailableError, False),
        (4000, SourceUnavailableError, False),
        (4005, SourceTimeoutError, False),
        (4011, SourceUnavailableError, True),
        (4024, SourceTimeoutError, False),
        (5004, SourceUnavailableError, True),
        (6001, SourceUnavailableError, False),
        (6006, SourceForbiddenError, False),
    ],
)
def test_an_error_of_the_driver_has_a_place_too(
    number: int, kind: type[SourceError], dead: bool
) -> None:
    """By its number."""
    fault = fault_of(own_error(number))

    assert (f"DPY-{number}", kind, dead) == (fault.code, fault.kind, fault.dead)


def test_what_led_to_a_failed_connect_is_what_counts() -> None:
    """`cannot connect` alone says nothing."""
    outer, inner = own_error(6005), own_error(6001)
    outer.__cause__ = inner

    assert "DPY-6001" == fault_of(outer).code
    outer.__cause__ = ConnectionRefusedError()
    assert ("ConnectionRefusedError", SourceUnavailableError) == fault_of(outer)[:2]
    outer.__cause__ = driver_error(1017)
    assert SourceForbiddenError is fault_of(outer).kind


@given(number=st.integers(1, 65535), own=st.booleans())
def test_every_number_has_a_meaning_and_no_text_gets_out(number: int, own: bool) -> None:
    """Whatever Oracle adds."""
    error = own_error(number % 7000 + 1000) if own else driver_error(number)
    fault = fault_of(error)
    told = error_of("query q failed", fault)

    assert isinstance(told, SourceError)
    assert "s3cr3t" not in str(told) + repr(fault)
    assert fault.code in str(told)


def test_an_error_that_is_no_error_object_has_a_meaning() -> None:
    """And so has a chain without an end."""
    bare = oracledb.DatabaseError("s3cr3t")
    bare.__cause__ = bare

    assert ("DatabaseError", SourceUnavailableError) == fault_of(bare)[:2]
    assert SourceUnavailableError is fault_of(TimeoutError("s3cr3t")).kind


def test_a_write_that_may_have_happened_says_so() -> None:
    """Nobody must repeat it blindly."""
    told = error_of("query q failed", fault_of(own_error(4024)), uncertain=True)

    assert "It may have been done all the same" in str(told)


def test_the_driver_still_has_the_numbers_that_we_know() -> None:
    """A new version that renumbers would leave us with wrong meanings."""
    from oracledb import errors

    ours = {int(code[4:]) for code in _MEANINGS if code.startswith("DPY-")}

    # 6006 came after 2.4, the oldest version that we take.
    assert {6006} >= ours - errors.ERR_MESSAGE_FORMATS.keys()
    assert "timed out" in errors.ERR_MESSAGE_FORMATS[4005]
    assert "timeout" in errors.ERR_MESSAGE_FORMATS[4024]
    assert "closed" in errors.ERR_MESSAGE_FORMATS[4011]
