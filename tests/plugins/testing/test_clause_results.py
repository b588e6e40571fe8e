"""A clause is satisfied by what was tried and checked, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._policy.load import load_policy, shipped_policies
from affidavit_policy.claims import claims
from affidavit_testing.clause_results import RESULTS, SATISFIED, clause_result, summary
from affidavit_testing.oscal import assessment_results

SUITE = ("binds_only", "always_on_record")
KEPT = {name: ["kept"] for name in SUITE}
TESTS = st.sampled_from(["kept", "broken", "timed out", "waived", "not shown", "does not apply"])
CHECKED = st.sampled_from(["holds", "does not hold", "not known"])


def _clause(state: str = "shown", checks: dict[str, str] | None = None) -> dict[str, Any]:
    objectives = [{"suite": list(SUITE), "checks": []}]
    if checks is not None:
        objectives.append({"suite": [], "checks": ["table_expires", "logs_are_kept"]})
    told = [{"check": name, "result": result} for name, result in (checks or {}).items()]
    return {"state": state, "objectives": objectives, "checks": told}


def test_a_promise_that_timed_out_shows_nothing() -> None:
    """Whatever was kept beside it."""
    assert "not shown" == clause_result(_clause(), {**KEPT, "binds_only": ["kept", "timed out"]})


@given(tests=st.dictionaries(st.sampled_from(SUITE), st.lists(TESTS, min_size=1, max_size=3)))
def test_only_kept_promises_show_a_clause(tests: dict[str, list[str]]) -> None:
    """Each was tried, at least one was kept, and nothing else came of any."""
    found = clause_result(_clause(), tests)
    every = {result for results in tests.values() for result in results}

    good = set(tests) == set(SUITE) and every <= {"kept", "does not apply"} and "kept" in every
    assert good == (found in SATISFIED)
    if "broken" in every:
        assert "broken" == found


@given(
    checks=st.dictionaries(st.sampled_from(["table_expires", "logs_are_kept", "other"]), CHECKED)
)
def test_only_checks_that_hold_configure_a_clause(checks: dict[str, str]) -> None:
    """Every one that an objective names; others do not matter."""
    found = clause_result(_clause("configured", checks), KEPT)
    mine = {name: result for name, result in checks.items() if name != "other"}

    assert (found in SATISFIED) == (2 == len(mine) and {"holds"} == set(mine.values()))
    assert ("does not hold" == found) == ("does not hold" in mine.values())


@pytest.mark.parametrize("state", ["organisation", "not addressed"])
def test_what_nobody_shows_stays_so(state: str) -> None:
    """Whatever was kept."""
    assert state == clause_result(_clause(state), KEPT)


def test_a_summary_counts_the_worst_first() -> None:
    """And says nothing of what there is none of."""
    found = summary([{"result": "shown"}, {"result": "broken"}, {"result": "shown"}])

    assert [("broken", 1), ("shown", 2)] == list(found.items())
    assert set(SATISFIED) <= set(RESULTS)


@pytest.mark.parametrize("name", shipped_policies())
def test_each_clause_is_an_objective_of_its_own(name: str) -> None:
    """Under an id that no other clause of the same report has, or two findings would be one."""
    told = [one.told() for one in claims(load_policy(name))]
    clauses = [{**one, "result": clause_result(one, {})} for one in told]
    policy = {"policy": name, "label": name, "title": name, "handlers": [], "clauses": clauses}
    document = {
        "started": "2026-11-29T00:00:00Z",
        "ended": "2026-11-29T00:00:01Z",
        "library": "affidavit",
        "subject": {"commit": "", "bundle": "", "sha256": ""},
        "policies": [policy],
        "results": [],
    }
    results = assessment_results(document, version="1.1.3")["assessment-results"]
    objectives = results["local-definitions"]["objectives-and-methods"]
    ids = [part["id"] for one in objectives for part in one["parts"]]
    targets = [one["target"]["target-id"] for one in results["results"][0]["findings"]]

    assert len(clauses) == len(set(ids)) == len(set(targets))
    assert set(targets) == set(ids)
    assert {"not-satisfied"} == {
        one["target"]["status"]["state"] for one in results["results"][0]["findings"]
    }
