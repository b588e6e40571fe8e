"""What may be said of a clause, whole: its state, what it rests on, and what is left to do."""

from __future__ import annotations

import pytest

from affidavit_policy.claims import ClaimedClause
from affidavit_policy.clauses import Clause, ClauseState, Objective
from affidavit_policy.terraform_state import CheckOutcome, CheckResult

HOLDS, FAILS, UNKNOWN = (
    CheckOutcome("kept", CheckResult.HOLDS, "It is kept 2192 days."),
    CheckOutcome("locked", CheckResult.FAILS, "It is not locked."),
    CheckOutcome("keyed", CheckResult.UNKNOWN, "No key is named."),
)
NEEDS = (
    Objective(
        "records", "Each access.", suite=("on_record", "kept"), settings=("declare", "actor.trust")
    ),
    Objective("held", "For six years.", settings=("declare",), checks=("kept", "locked", "keyed")),
)


def _clause(state: ClauseState, **more: str) -> Clause:
    return Clause("164.312(b)", "hipaa", "Record activity.", state, ("records", "held"), **more)


@pytest.mark.parametrize(
    ("checks", "result"),
    [
        pytest.param((), "not checked", id="none"),
        pytest.param((HOLDS,), "holds", id="one that holds"),
        pytest.param((HOLDS, UNKNOWN), "not known", id="one that is not known"),
        pytest.param((UNKNOWN, FAILS, HOLDS), "does not hold", id="one that does not"),
    ],
)
@pytest.mark.parametrize("state", ClauseState)
def test_a_clause_is_as_good_as_the_worst_of_its_checks(
    checks: tuple[CheckOutcome, ...], result: str, state: ClauseState
) -> None:
    """Where it rests on the deployment; otherwise nothing of a deployment is said."""
    one, configured = ClaimedClause(_clause(state), NEEDS, checks), state is ClauseState.CONFIGURED

    assert result == one.result
    assert (f"configured, {result}" if configured else state.value) == one.state
    assert (result if configured else "") == one.told()["checked"]


@pytest.mark.parametrize(
    ("checks", "seen"),
    [
        pytest.param((HOLDS,), "", id="all hold"),
        pytest.param(
            (HOLDS, FAILS, UNKNOWN),
            "; locked: It is not locked.; keyed: No key is named.",
            id="two that do not",
        ),
    ],
)
def test_its_basis_names_all_and_says_what_does_not_hold(
    checks: tuple[CheckOutcome, ...], seen: str
) -> None:
    """Promises, settings and checks, each once."""
    basis = "on_record, kept, declare, actor.trust, locked, keyed"

    assert basis + seen == ClaimedClause(_clause(ClauseState.CONFIGURED), NEEDS, checks).basis


def test_without_a_basis_what_was_seen_stands_alone() -> None:
    """Nothing before it."""
    one = ClaimedClause(_clause(ClauseState.CONFIGURED), (), (FAILS,))

    assert "locked: It is not locked." == one.basis
    assert "" == one._replace(checks=()).basis


def test_what_is_left_is_said_in_one_line() -> None:
    """What is not built, what the organisation does and keeps, and what to ask a lawyer."""
    more = {"duty": "Review it.", "keep": "minutes.", "lacks": "No alarm.", "lawyer": "Enough?"}
    whole = ClaimedClause(_clause(ClauseState.NOT_ADDRESSED, **more), NEEDS)

    assert "No alarm. Review it. Keep: minutes. For a lawyer: Enough?" == whole.left
    assert "" == ClaimedClause(_clause(ClauseState.SHOWN), NEEDS).left


def test_a_program_is_told_everything() -> None:
    """As JSON, and in lists."""
    clause = _clause(ClauseState.CONFIGURED, duty="Review it.")._replace(rules=("HIPAA-01",))

    assert {
        "id": "164.312(b)",
        "framework": "hipaa",
        "asks": "Record activity.",
        "state": "configured",
        "needs": ["records", "held"],
        "rules": ["HIPAA-01"],
        "duty": "Review it.",
        "keep": "",
        "lacks": "",
        "lawyer": "",
        "objectives": [
            {
                "name": "records",
                "says": "Each access.",
                "suite": ["on_record", "kept"],
                "settings": ["declare", "actor.trust"],
                "checks": [],
            },
            {
                "name": "held",
                "says": "For six years.",
                "suite": [],
                "settings": ["declare"],
                "checks": ["kept", "locked", "keyed"],
            },
        ],
        "checks": [{"check": "locked", "result": "does not hold", "saw": "It is not locked."}],
        "checked": "does not hold",
    } == ClaimedClause(clause, NEEDS, (FAILS,)).told()
