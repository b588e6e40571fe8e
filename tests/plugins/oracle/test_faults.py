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


@pytest.mark.parametrize(
    ("first", "last"),
    [
        *((900, 999), (1400, 1499), (1700, 1899), (2290, 2293), (6500, 6599), (12899, 12899)),
        *((20000, 20999), (22800, 22999), (30000, 30099), (40400, 40699)),
    ],
)
def test_a_range_of_numbers_is_about_the_statement(first: int, last: int) -> None:
    """From its first number to its last one, and no further."""
    for number in (first, last):
        fault = fault_of(driver_error(number))
        assert (StatementError, "the statement or one of its values is wrong", False) == (
            *(fault.kind, fault.why, fault.dead),
        )
    for number in (first - 1, last + 1):
        assert "the database or the way to it fails" == fault_of(driver_error(number)).why


def test_these_numbers_say_that_somebody_else_holds_it() -> None:
    """Sessions, processes and locks: whoever waits gets them."""
    busy = {18, 20, 54, 60, 2391, 4020, 4021, 8177, 12516, 12518, 12519, 12520}

    assert busy == {
        number
        for number in range(1, 13_000)
        if "the database is busy" == fault_of(driver_error(number)).why
    }


def test_after_these_codes_a_connection_is_dead() -> None:
    """Whatever the driver makes of them; after any other it may be used again."""
    ours = {28, 600, 1012, 1089, 1092, 2396, 3113, 3114, 3135, 12537, 12547, 12571}
    own = {1001, 4011, 4033, 5001, 5004, 5006}

    assert own == {number for number in range(1000, 7000) if fault_of(own_error(number)).dead}
    assert ours == {
        number for number in range(1, 13_000) if fault_of(_of_the_database(number)).dead
    }


class _Details:
    """What hangs on an exception of the driver."""

    def __init__(self, code: str) -> None:
        self.full_code = code


def _of_the_database(number: int) -> Exception:
    # Newer drivers turn some of these into codes of their own.
    return oracledb.DatabaseError(_Details(f"ORA-{number:05}"))


@pytest.mark.parametrize("number", [2000, 2999, 3000, 3999])
def test_what_the_driver_does_not_take_is_about_the_statement(number: int) -> None:
    """By the thousands of its number; but a few have a meaning of their own."""
    assert StatementError is fault_of(own_error(number)).kind
    assert StatementError is not fault_of(own_error(1999)).kind
    assert StatementError is not fault_of(own_error(4999)).kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("DPY-4026", SourceUnavailableError), ("DPY-6000", SourceUnavailableError)),
        *(("DPY-6002", SourceForbiddenError), ("DPY-3015", SourceForbiddenError)),
        *(("ORA-00040", SourceTimeoutError), ("ORA-28040", SourceForbiddenError)),
        *(("DPI-1010", SourceUnavailableError), ("DPY-1", SourceUnavailableError)),
    ],
)
def test_a_code_has_its_meaning(code: str, kind: type[SourceError]) -> None:
    """As it is spelt."""
    fault = fault_of(oracledb.DatabaseError(_Details(code)))

    assert (code, kind) == (fault.code, fault.kind)


@pytest.mark.parametrize("code", ["", "XXX-00001", "ORA-", "ORA-1a", "ORA-\u0663", "00001"])
def test_what_is_no_code_is_told_by_the_exception(code: str) -> None:
    """Its type says as much as there is."""
    assert "DatabaseError" == fault_of(oracledb.DatabaseError(_Details(code))).code


@pytest.mark.parametrize(("count", "code"), [(7, "ORA-00942"), (8, "DPY-6005")])
def test_a_chain_is_followed_for_eight_links(count: int, code: str) -> None:
    """It may be a circle."""
    error: BaseException = driver_error(942)
    for _ in range(count):
        outer = own_error(6005)
        outer.__cause__, error = error, outer

    assert code == fault_of(error).code
