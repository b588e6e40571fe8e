"""Key names of one policy."""

import pytest

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


ROLES = {
    "args": "binds", "binds": "binds", "content": "value", "data": "rows",
    "ExpressionAttributeValues": "expression", "input": "input", "parameters": "binds",
    "parameter_value": "value", "params": "binds", "rows": "rows", "v": "value", "val": "value",
    "value": "value", "Values": "value",
}  # fmt: skip


@pytest.mark.parametrize("own", [(), (_rule("loyalty number"),)], ids=["ours", "a policy's own"])
def test_names_that_something_beside_them_speaks_of(own: tuple[KeyRule, ...]) -> None:
    """And nothing else has such a part."""
    names = _names(*own)
    for name, role in ROLES.items():
        for found in (names.read(name), names.learn(name)):
            assert found is not None
            assert role == found.role
            assert found.verdict is None
    for name in ("argument", "rowset", "valued", "values x"):
        read = names.read(name)
        assert read is None or not read.role


@pytest.mark.parametrize(
    "word",
    ["agent", "build", "firmware", "kernel", "patch", "release", "revision", "runtime", "schema",
     "semver", "ver", "version", "versions"],
)  # fmt: skip
def test_names_of_versions(word: str) -> None:
    """Alone, and as a word of a name; a text that is clean below one is clean below any."""
    names = _names()
    for key in (word, f"engine_{word}", f"{word}Engine"):
        name = names.read(key)
        assert name is not None
        assert (True, True, False) == (name.versioned, name.passes, name.identifies)
    assert names.read(f"{word}x") is None


def test_names_of_requests() -> None:
    """Digits alone are nobody's number there."""
    names = _names()
    for key in ("requestId", "aws_request_id", "functionRequestId"):
        name = names.read(key)
        assert name is not None
        assert (True, False, False) == (name.identifies, name.versioned, name.passes)
    assert names.read("requestIdx") is None
    assert names.read("idRequest") is None


@pytest.mark.parametrize(
    ("key", "plain"),
    [
        ("a" * 15, True), ("a" * 31 + "123", True), ("a" * 32, False), ("a1234", False),
        ("a123b", False),
        ("1a", False), ("a b", False), ("_a", True), ("$a-b", True), ("-a", False),
        ("\u00e4", False),
        ("XYZAABCDEFGHIJKLMNOP", True), ("AKIAABCDEFGHIJKLMNOP", False), ("a.b", False),
    ],
)  # fmt: skip
def test_where_plain_names_end(key: str, plain: bool) -> None:
    """Letters, and up to three digits at the end; no key of anybody's."""
    assert plain is is_plain(key)
    assert plain is (_names().learn(key) is not UNREAD)


def test_what_says_nothing() -> None:
    """A word in lower case that is no telling one, nor the plural or the end of one."""
    names = _names(_rule("loyalty"))
    assert names.says_nothing("sku")
    for word in ("Sku", "skus", "dbpassword", "password", "version", "name", "value", "loyalty"):
        assert not names.says_nothing(word), word


def test_a_kept_verdict_is_no_constant() -> None:
    """Nothing is done by the name alone where the policy keeps what stands below it."""
    name = _names(EMAIL=RedactionAction.KEEP).read("email")

    assert name is not None
    assert (None, "", "EMAIL") == (name.acts, name.constant, name.entity)


def test_a_parent_that_is_not_clean_is_not_remembered() -> None:
    """Names of parents are kept with what stands below them; one may be somebody's."""
    names = _names()
    name = names.read("name")
    assert name is not None
    names.learn("patient")
    for parent in ("patient", "jane@example.com"):
        names.below(parent, name)

    assert [("patient", ("name",))] == list(names._below)
