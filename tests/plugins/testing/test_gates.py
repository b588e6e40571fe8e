"""Gates are data; what may not fail cannot be waived."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit_policy.suite_promises import PROMISES, PromiseKind
from affidavit_testing.promise_gates import Gates, findings, gates_from, main, read_gates

WAIVER = {
    "promise": "metrics_are_valid",
    "reason": "It moves to another library in spring.",
    "expires": "2999-01-01",
}


def _problems(**waiver: Any) -> tuple[str, ...]:
    return gates_from({"waivers": [{**WAIVER, **waiver}]}).problems


def test_a_waiver_with_reason_and_day_is_taken() -> None:
    """For one promise of one handler, until that day and no longer."""
    gates = gates_from({"waivers": [{**WAIVER, "handler": "old"}]})
    (waiver,) = gates.waivers

    assert () == gates.problems
    assert waiver.holds("metrics_are_valid", "old", "2999-01-01")
    assert not waiver.holds("metrics_are_valid", "old", "2999-01-02")
    assert not waiver.holds("metrics_are_valid", "new", "2026-01-01")
    assert not waiver.holds("binds_only", "old", "2026-01-01")


@pytest.mark.parametrize(
    ("waiver", "problem"),
    [
        pytest.param({"reason": ""}, "has no reason", id="no reason"),
        pytest.param({"reason": "later"}, "has no reason", id="a word is no reason"),
        pytest.param({"expires": ""}, "has no day", id="no day"),
        pytest.param({"expires": "soon"}, "has no day", id="not a day"),
        pytest.param({"promise": "nothing"}, "there is not", id="no such promise"),
        pytest.param({"until": "2999-01-01"}, "has no key until", id="another key"),
    ],
)
def test_a_waiver_that_says_too_little_is_refused(waiver: dict[str, str], problem: str) -> None:
    """It would be for ever, or for everything."""
    assert any(problem in one for one in _problems(**waiver))


@pytest.mark.parametrize("promise", [p for p in PROMISES if p.kind is not PromiseKind.QUALITY])
def test_what_may_not_fail_cannot_be_waived(promise: Any) -> None:
    """Security, integrity and the critical path."""
    assert any("cannot be waived" in one for one in _problems(promise=promise.name))


def test_there_is_no_waiver_for_security_whatever_the_data_say() -> None:
    """Leaving it out of the list does not help."""
    gates = gates_from(
        {"may_not_fail": ["critical"], "waivers": [{**WAIVER, "promise": "binds_only"}]}
    )

    assert any("security promises may never fail" in one for one in gates.problems)
    assert any("binds_only is a security promise" in one for one in gates.problems)
    assert "security" in gates.may_not_fail


@pytest.mark.parametrize("data", [{"covrage": 90}, {"may_not_fail": ["security", "everything"]}])
def test_unknown_words_are_refused(data: dict[str, Any]) -> None:
    """A gate that is misspelt is open."""
    assert gates_from(data).problems


def test_findings_keep_a_release_back() -> None:
    """Coverage under the floor, a broken promise, a waiver that has expired."""
    gates = gates_from({"coverage": 90, "waivers": [{**WAIVER, "expires": "2020-01-01"}]})
    report = {
        "results": [
            {"result": "broken", "handler": "h", "promise": "binds_only", "test": "t"},
            {"result": "kept", "handler": "h", "promise": "always_on_record", "test": "t"},
            {
                "result": "not shown",
                "handler": "h",
                "promise": "nothing_is_remembered",
                "test": "t",
            },
            {"result": "not shown", "handler": "h", "promise": "metrics_are_valid", "test": "t"},
        ]
    }

    assert [
        "the waiver for metrics_are_valid expired on 2020-01-01",
        "89.9 % of the code is covered; the floor is 90.0 %",
        "h breaks binds_only",
        "h does not show nothing_is_remembered",
    ] == list(findings(gates, covered=89.9, report=report))
    assert [] == list(findings(Gates(coverage=90), covered=90.0, report=None))


def test_the_program_says_so_with_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 if every gate holds, 1 if one does not."""
    (tmp_path / "pyproject.toml").write_text("[tool.affidavit.gates]\ncoverage = 80\n")
    covered = tmp_path / "coverage.json"
    asked = ["--pyproject", str(tmp_path / "pyproject.toml"), "--coverage", str(covered)]

    covered.write_text(json.dumps({"totals": {"percent_covered": 81.5}}))
    assert 0 == main(asked)
    covered.write_text(json.dumps({"totals": {"percent_covered": 79.5}}))
    assert 1 == main(asked)
    assert "79.5 % of the code is covered" in capsys.readouterr().out


def test_a_project_without_gates_has_the_strict_ones(tmp_path: Path) -> None:
    """Nothing may be waived that matters."""
    assert Gates() == read_gates(tmp_path / "pyproject.toml")
    assert {"security", "integrity", "critical"} == set(Gates().may_not_fail)


def test_our_own_gates_can_be_used() -> None:
    """A floor for coverage, and no waiver that nobody remembers."""
    gates = read_gates(repo.ROOT / "pyproject.toml")

    assert () == gates.problems
    assert 80 <= gates.coverage
    assert [] == list(findings(gates, covered=None, report=None))
