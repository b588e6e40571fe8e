"""A policy's rules, made ready to be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.model import Exemption, KeyRule, PatternRule
from affidavit._policy.words import Charset, RedactionAction
from affidavit._redact.classify.policy_rules import DEEPEST, PolicyRules, find_patterns
from affidavit._redact.types.entities import ENTITIES, SECRETS
from affidavit._redact.types.match import Match, TextView
from affidavit._types import RuleId

RULE = RuleId("T-1")


def _pattern(
    prefix: str, charset: str, least: int, most: int, entity: str = "CONTACT"
) -> PatternRule:
    return PatternRule(
        entity=entity, prefix=prefix, charset=Charset(charset), least=least, most=most,
        action=RedactionAction.REPLACE, rule=RULE,
    )  # fmt: skip


def _found(text: str, *patterns: PatternRule) -> list[str]:
    hits: list[Match] = []
    find_patterns(PolicyRules(my.rules(patterns=patterns), ""), TextView(text), hits)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize("entity", sorted(set(ENTITIES) - SECRETS))
def test_without_a_rule_a_value_is_replaced(entity: str) -> None:
    """What a policy does not mention does not get out."""
    assert PolicyRules(my.rules(), "").action(entity) is RedactionAction.REPLACE


@pytest.mark.parametrize("action", RedactionAction)
@pytest.mark.parametrize("entity", sorted(SECRETS))
def test_secrets_are_dropped_whatever_the_policy_says(entity: str, action: RedactionAction) -> None:
    """PCI DSS 3.3.1 for card codes and tracks; the others are credentials."""
    assert PolicyRules(my.rules({entity: action}), "").action(entity) is RedactionAction.DROP


def test_the_strictest_of_two_rules_wins() -> None:
    """The order is that of the enumeration."""
    rules = my.rules({"EMAIL": RedactionAction.TOKEN}, ("EMAIL", RedactionAction.MASK))

    assert PolicyRules(rules, "").action("EMAIL") is RedactionAction.TOKEN


def test_a_card_is_never_masked_and_tokenised() -> None:
    """The two could be correlated (PCI DSS 3.5.1.1)."""
    key = KeyRule(
        match=("funding card",), action=RedactionAction.TOKEN, entity="CREDIT_CARD", rule=RULE
    )

    assert (
        PolicyRules(my.rules({"CREDIT_CARD": RedactionAction.MASK}), "").action("CREDIT_CARD")
        is RedactionAction.MASK
    )
    assert (
        PolicyRules(my.rules({"CREDIT_CARD": RedactionAction.MASK}, keys=(key,)), "").action(
            "CREDIT_CARD"
        )
        is RedactionAction.REPLACE
    )


def test_a_key_rule_cannot_weaken_a_secret() -> None:
    """`session token` stays a secret; a name of your own is yours."""
    keep = KeyRule(
        match=("token", "login"), action=RedactionAction.KEEP, entity="CONTACT", rule=RULE
    )
    rules = PolicyRules(my.rules(keys=(keep,)), "")

    secret, own = rules.verdict(("session", "token")), rules.verdict(("login",))

    assert secret is not None
    assert secret.action is RedactionAction.DROP
    assert own is not None
    assert own.action is RedactionAction.KEEP


@pytest.mark.parametrize(
    ("today", "expires", "reason", "expected"),
    [
        ("2026-01-23", "2026-01-23", "tested", 1),
        ("2026-01-24", "2026-01-23", "tested", 0),
        ("2026-01-23", "2027-01-01", " ", 0),
        ("", "2027-01-01", "tested", 0),
        ("today", "2027-01-01", "tested", 0),
    ],
)
def test_exemptions_end(today: str, expires: str, reason: str, expected: int) -> None:
    """On their day they still hold; without a day or a reason they never do."""
    exemption = Exemption(path="a.b", reason=reason, expires=expires)

    assert expected == len(PolicyRules(my.rules(exemptions=(exemption,)), today).exempt)


@pytest.mark.parametrize(("depth", "expected"), [(5, 5), (10_000, DEEPEST), (0, 1)])
def test_depth_has_a_bound_of_its_own(depth: int, expected: int) -> None:
    """A policy can ask for less than the engine can do, not for more."""
    assert expected == PolicyRules(my.rules(depth=depth), "").depth


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (
            _pattern("LOY-", "digits", 6, 8),
            "is LOY-123456, LOY-12345 or LOY-123456789",
            ["LOY-123456"],
        ),
        (_pattern("LOY", "digits", 6, 8), "EMPLOY123456 LOY123456", ["LOY123456"]),
        (_pattern("", "digits", 7, 7), "1234567 12345678 a1234567", ["1234567", "1234567"]),
        (_pattern("#", "hex", 4, 8), "#beef #xyz", ["#beef"]),
        (_pattern("a.b", "alnum", 2, 2), "axbZ9 a.bZ9", ["a.bZ9"]),
    ],
)
def test_own_patterns_are_found(pattern: PatternRule, text: str, expected: list[str]) -> None:
    """A prefix as it stands, then so many of a kind and no more."""
    assert expected == _found(text, pattern)


@given(st.text(min_size=1, max_size=5), st.text(max_size=60))
def test_a_prefix_is_never_a_regular_expression(prefix: str, text: str) -> None:
    """Whatever a policy says there."""
    assert all(found.startswith(prefix) for found in _found(text, _pattern(prefix, "lower", 1, 9)))
