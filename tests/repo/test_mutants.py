"""The list of mutants is in step with the code and with the promises. `make mutants` runs them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

import repository as repo
from affidavit_policy.promises import PROMISES
from mutants import load, share

MUTANTS: list[dict[str, Any]] = [
    entry
    for path in sorted((repo.ROOT / "tests" / "mutants").glob("*.toml"))
    for entry in tomllib.loads(path.read_text())["mutant"]
]


def test_a_mutant_finds_its_line() -> None:
    """Once: a line that is gone sabotages nothing, one that occurs twice is not one line."""
    texts = {one["file"]: (repo.ROOT / one["file"]).read_text() for one in MUTANTS}

    assert [] == [one["why"] for one in MUTANTS if texts[one["file"]].count(one["find"]) != 1]
    assert [] == [one["why"] for one in MUTANTS if one["find"] == one["replace"]]


def test_a_mutant_breaks_a_promise_or_is_a_control() -> None:
    """And whoever reads the list knows which; what a plugin promises by itself names its tests."""
    breaks = [one["promise"] in PROMISES if "promise" in one else "tests" in one for one in MUTANTS]

    assert [not one.get("lives", False) for one in MUTANTS] == breaks


def test_the_tests_of_a_mutant_are_there() -> None:
    """Or it would be killed by their absence."""
    named = {part for one in MUTANTS for part in one.get("tests", "").split()}

    assert [] == [name for name in named if not (repo.ROOT / name.partition("::")[0]).is_file()]


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_has_a_mutant(promise: str) -> None:
    """A promise whose tests have never failed is not known to be tested."""
    assert any(mutant.get("promise") == promise for mutant in MUTANTS)


def test_every_reason_is_told_once() -> None:
    """The reason is how a mutant is asked for."""
    reasons = [mutant["why"] for mutant in MUTANTS]

    assert sorted(set(reasons)) == sorted(reasons)


def test_shares_in_turn_try_every_mutant_once_and_each_time_the_controls() -> None:
    """What one commit's share leaves out, the next ones try."""
    mutants = load([])
    shares = [share(mutants, 3, turn) for turn in range(7, 10)]
    tried = [mutant.why for each in shares for mutant in each if not mutant.lives]

    assert sorted(tried) == sorted(mutant.why for mutant in mutants if not mutant.lives)
    assert all(mutant in each for each in shares for mutant in mutants if mutant.lives)
