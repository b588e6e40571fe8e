"""Time as records write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._clock import Clock, iso_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(at_ms=st.integers(0, 253_402_300_799_999))
def test_a_moment_is_written_in_one_form(at_ms: int) -> None:
    """The standard library's own calendar is the referee, up to the year 9999."""
    expected = (EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")

    assert expected.replace("+00:00", "Z") == iso_utc(at_ms)


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        pytest.param(0, "1970-01-01T00:00:00.000Z", id="the beginning"),
        pytest.param(-1, "1969-12-31T23:59:59.999Z", id="before the beginning"),
        pytest.param(1_769_169_600_007, "2026-01-23T12:00:00.007Z", id="leading zeros"),
        pytest.param(951_782_400_000, "2000-02-29T00:00:00.000Z", id="a leap day"),
    ],
)
def test_moments_that_are_easy_to_get_wrong(at_ms: int, expected: str) -> None:
    """Rounding towards the past, and three digits always."""
    assert expected == iso_utc(at_ms)


@given(earlier=st.integers(0, 10**13), later=st.integers(0, 10**13))
def test_text_sorts_as_time_does(earlier: int, later: int) -> None:
    """A ledger's index compares text."""
    assert (earlier < later) == (iso_utc(earlier) < iso_utc(later))


def test_the_clock_of_a_process_ticks() -> None:
    """UTC milliseconds, a monotonic counter, and ids that a chain can be named by."""
    clock = Clock()
    before = datetime.now(UTC).timestamp()  # noqa: TID251 - the clock's own referee

    assert abs(clock.now_ms() / 1000 - before) < 60
    assert clock.tick_ns() <= clock.tick_ns()
    ids = [clock.new_id() for _ in range(1000)]
    assert 1000 == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", found) for found in ids)
