"""Key names of one policy."""

import redact_strategies as my
from affidavit._policy.model import KeyRule
from affidavit._policy.words import RedactionAction
from affidavit._redact.classify.key_classifier import (
    LONGEST_KEPT,
    MAX_KEPT,
    UNREAD,
    KeyClassifier,
    is_plain,
)
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.types.entities import DROPPED
from affidavit._types import RuleId


def _names(*keys: KeyRule, **actions: RedactionAction) -> KeyClassifier:
    return KeyClassifier(PolicyRules(my.rules(actions, keys=keys), ""))


def _rule(
    match: str, action: RedactionAction = RedactionAction.REPLACE, under: tuple[str, ...] = ()
) -> KeyRule:
    return KeyRule(match=(match,), action=action, entity="CONTACT", rule=RuleId("T-1"), under=under)


def test_a_name_that_means_nothing_is_remembered_as_nothing() -> None:
    """The next one costs a look at a dictionary."""
    names = _names()

    assert names.learn("sku") is None
    assert "sku" in names.kept


def test_a_name_that_must_be_scanned_is_not_remembered() -> None:
    """It may hold personal data itself."""
    names = _names()

    assert names.learn("jane@example.com") is UNREAD
    assert "jane@example.com" not in names.kept


def test_constants_stand_for_whole_values() -> None:
    """What is dropped or replaced needs no look at the value."""
    names = _names(PHONE=RedactionAction.TOKEN)
    password, email, phone = (names.read(name) for name in ("password", "email", "phone"))

    assert password is not None
    assert email is not None
    assert phone is not None
    assert (DROPPED, "[EMAIL]", "") == (password.constant, email.constant, phone.constant)


def test_own_rules_are_read_as_ours_are() -> None:
    """A policy's phrase matches in every spelling."""
    names = _names(_rule("loyalty number"))

    for spelled in ("loyaltyNumber", "member.loyalty-number", "LOYALTY_NUMBER", "loyaltynumber"):
        verdict = names.look(spelled)
        assert verdict is not None, spelled
        assert verdict.entity == "CONTACT"


def test_own_rules_hold_below_their_parent_only() -> None:
    """`under` narrows a phrase that means something in one place."""
    names = _names(_rule("code", under=("voucher",)))
    name = names.read("code")

    assert name is not None
    assert name.verdict is None
    assert names.below("gift_voucher", name) is not None
    assert names.below("status", name) is None


def test_memory_is_bounded() -> None:
    """When it is full, all is forgotten at once; long names are not kept."""
    names = _names()
    for number in range(MAX_KEPT + 100):
        names.keep(f"key {number}", None)
    names.keep("x" * (LONGEST_KEPT + 1), None)

    assert len(names.kept) <= MAX_KEPT
    assert "x" * (LONGEST_KEPT + 1) not in names.kept


def test_versions_and_values_have_their_part() -> None:
    """Names that change how their value is read."""
    names = _names()
    version, value = names.read("engineVersion"), names.read("value")

    assert version is not None
    assert version.versioned
    assert value is not None
    assert value.role == "value"


def test_plain_names_have_few_digits() -> None:
    """More digits could be a number that belongs to somebody."""
    assert is_plain("address_line1")
    assert is_plain("$default")
    assert not is_plain("user_4000056655665556")
    assert not is_plain("p\u00e4ss")
    assert not is_plain("")
