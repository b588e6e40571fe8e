"""Some of the faults that `make kit-faults` plants, and whether its plan is as wide as it says."""

from __future__ import annotations

import pytest

from kit_faults.trials import CORRECT, FAULTS, Trial, correct, faults, try_correct, try_fault

SOME = faults()[::17]


def test_the_plan_is_wide() -> None:
    """A hundred faults and forty good handlers, over thirty shapes and sixty models."""
    every = [*faults(), *correct()]

    assert (100, 40) == (FAULTS, CORRECT) == (len(faults()), len(correct()))
    assert 30 <= len({one.shape for one in every})
    assert 60 <= len({one.model for one in every})
    assert 45 <= len({one.fault for one in faults()})


@pytest.mark.parametrize("one", SOME, ids=lambda one: one.fault)
def test_a_fault_is_found_in_the_right_promise(one: Trial) -> None:
    """The others take minutes: `make kit-faults`."""
    assert "broken" == try_fault(one).result


def test_a_good_handler_is_not_accused() -> None:
    """Of whatever shape, whatever its model."""
    found = try_correct(correct()[7])

    assert "kept" == found.result, found.said
