"""What affidavit promises, and where each promise is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit.plugin import load_policy, shipped_policies
from affidavit_policy.declared import SETTINGS
from affidavit_policy.promises import PROMISES
from affidavit_policy.suite_promises import BY_NAME, PromiseKind
from affidavit_policy.suite_promises import PROMISES as SUITE

COMPLIANCE = Path(__file__).parents[2] / "compliance"


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_has_a_test_of_its_name(promise: str) -> None:
    """An auditor goes from a clause to the file that would fail."""
    assert (COMPLIANCE / f"test_{promise}.py").is_file()
    assert PROMISES[promise].endswith(".")


def test_a_test_has_a_promise_of_its_name() -> None:
    """And back."""
    assert {path.stem.removeprefix("test_") for path in COMPLIANCE.glob("test_*.py")} == set(
        PROMISES
    )


KINDS = {
    "security": "nothing_raw_gets_out errors_quote_nothing a_refusal_reaches_nothing binds_only "
    "the_answer_fits_its_model nothing_is_remembered",
    "integrity": "the_record_tells_the_truth each_read_is_named idempotent_under_redelivery "
    "batch_failures_are_partial retention_is_the_policys any_history_leaves_clean_evidence",
    "critical": "always_on_record no_answer_without_evidence",
    "quality": "a_valid_request_is_answered metrics_are_valid",
}
"""What a report says of each promise of the suite; only the last kind may ever fail."""


def test_each_promise_of_the_suite_is_of_its_kind() -> None:
    """Reports and gates go by the word."""
    assert {kind: set(names.split()) for kind, names in KINDS.items()} == {
        kind.value: {one.name for one in SUITE if one.kind is kind} for kind in PromiseKind
    }
    assert {one.name: one for one in SUITE} == BY_NAME


@pytest.mark.parametrize("name", shipped_policies())
@pytest.mark.parametrize("promise", BY_NAME)
def test_a_promise_serves_the_rules_that_ask_for_it(promise: str, name: str) -> None:
    """By a promise of affidavit that it shows, or by a setting; each clause once, in order."""
    one, policy = BY_NAME[promise], load_policy(name)
    asking = [
        rule
        for rule in policy.rules
        if any(each in rule.promises for each in one.serves)
        or any(each in rule.governs for each in one.settings)
    ]

    assert asking == list(one.rules(policy))
    assert list(one.clauses(policy)) == [f"{rule.clause} ({rule.id})" for rule in asking]
    assert set(one.serves) <= set(PROMISES)
    assert all(any(known.startswith(each) for known in SETTINGS) for each in one.settings)
