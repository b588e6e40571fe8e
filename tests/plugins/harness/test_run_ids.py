"""Names of runs, and the words that reports are read by."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from affidavit_harness.protocol import RunVerdict, StepOutcome, StepState
from affidavit_harness.run_ids import execution_name, new_run_id, short, trace_root

MOMENTS = st.integers(1_600_000_000_000, 2**32 * 1000 - 1)  # seconds have 8 digits until 2106


@given(MOMENTS, MOMENTS)
def test_an_id_is_sorted_by_its_time_and_read_back(one: int, other: int) -> None:
    """Twenty-six characters, of which ten are milliseconds, and never the same twice."""
    first, second = new_run_id(one), new_run_id(other)
    assert re.fullmatch("[0-9a-v]{26}", first)
    assert one == int(first[:10], 32)
    assert (one < other) == (first[:10] < second[:10])
    assert first != new_run_id(one)
    assert short(first) == first[-8:]
    assert trace_root(first) == f"1-{one // 1000:08x}-{int(first[10:], 32):024x}"
    assert re.fullmatch("1-[0-9a-f]{8}-[0-9a-f]{24}", trace_root(first))


@example("a" * 99)
@given(st.text("abc-", min_size=1, max_size=99))
def test_an_execution_has_a_name_that_step_functions_takes(scenario: str) -> None:
    """At most eighty characters: the run's id, and as much of the scenario as fits before it."""
    name = execution_name(scenario, new_run_id(1_600_000_000_000))
    assert len(name) == min(80, len(scenario) + 27)
    assert scenario.startswith(name[:-27])


def test_the_words_of_reports_are_their_names() -> None:
    """State machines and programs compare them."""
    assert all(one.value == one.name.replace("_", " ") for one in RunVerdict)
    assert all(one.value == one.name.replace("_", " ").lower() for one in StepState)
    assert all(one.value == one.name for one in StepOutcome)
