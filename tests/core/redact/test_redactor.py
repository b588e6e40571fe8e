"""The redactor, from outside: promises that hold for any value and any policy."""

import copy
import json
import sys
import threading
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.load import load_policy
from affidavit._policy.model import Exemption, KeyRule, PatternRule, SinkRule
from affidavit._policy.words import Charset, RedactionAction, Sink, SinkMode
from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact import Clean, Redactor
from affidavit._redact.types.entities import ENTITIES
from affidavit._types import RuleId

REDACTOR = Redactor(my.rules())


def _tokens() -> Tokens:
    return Tokens(TokenKey(kid="k1", key=b"k" * 32))


def _acting(action: RedactionAction) -> Redactor:
    return Redactor(my.rules(dict.fromkeys(ENTITIES, action)), tokens=_tokens, today="2026-01-23")


ACTING = {
    action: _acting(action) for action in RedactionAction if action is not RedactionAction.KEEP
}


@pytest.mark.parametrize("place", my.PLACES)
@pytest.mark.parametrize("entity", my.CANARIES)
def test_no_canary_gets_out(entity: str, place: str) -> None:
    """Every kind of value, in every hiding place, written as it is written there."""
    hide, put = my.PLACES[place]

    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(my.CANARIES[entity])
    def check(canary: str) -> None:
        hidden = hide(canary) if place in my.ENCODED_PLACES else my.core(canary)
        clean = REDACTOR.clean(put(hide(canary)), Sink.LOG)
        seen = my.seen_in(clean.value)

        assert my.core(canary) not in seen
        assert hidden not in seen
        assert clean.found

    check()


def test_a_card_that_is_masked_has_no_token_anywhere() -> None:
    """PCI DSS 4.0.1, 3.5.1.1: whatever the key calls it."""
    rules = {"CREDIT_CARD": RedactionAction.MASK, "BANK_ACCOUNT": RedactionAction.TOKEN}
    redactor = Redactor(my.rules(rules), tokens=_tokens)
    for number, said in (("4000056655665556", "[BANK_ACCOUNT]"), ("12345678", "tok_k1_")):
        value: Any = redactor.clean({"account_number": number}, Sink.LOG).value
        assert value["account_number"].startswith(said)


@pytest.mark.parametrize("place", my.KEYED_PLACES)
@pytest.mark.parametrize("entity", my.SENSITIVE)
def test_no_value_of_a_sensitive_name_gets_out(entity: str, place: str) -> None:
    """Whatever the value is, and however its name is spelled."""

    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(my.SENSITIVE[entity]), my.text_of(my.ALNUM, 6, 18))
    def check(key: str, drawn: str) -> None:
        canary = f"Zq{drawn}"
        clean = REDACTOR.clean(my.KEYED_PLACES[place](key, canary), Sink.LOG)
        assert canary not in my.seen_in(clean.value)

    check()


@pytest.mark.parametrize("action", ACTING)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(value=my.trees() | st.lists(my.crowded_texts(), max_size=3))
def test_promises_hold_for_any_value(action: RedactionAction, value: Any) -> None:
    """It never raises, never changes its input, gives JSON, the same each time, and settles."""
    redactor, before = ACTING[action], repr(value)

    clean = redactor.clean(value, Sink.LOG)

    assert before == repr(value)
    assert clean == redactor.clean(value, Sink.LOG) == _acting(action).clean(value, Sink.LOG)
    json.dumps(clean.value, allow_nan=False, ensure_ascii=False).encode()
    assert clean.value == redactor.clean(clean.value, Sink.LOG).value


@given(
    my.cards(),
    st.sampled_from([RedactionAction.MASK, RedactionAction.TOKEN]),
    st.sampled_from([RedactionAction.MASK, RedactionAction.TOKEN]),
)
def test_a_card_is_never_masked_and_tokenised_in_one_place(
    number: str, one: RedactionAction, other: RedactionAction
) -> None:
    """Not even where a key rule and an entity rule disagree (PCI DSS 3.5.1.1)."""
    key = KeyRule(match=("funding source",), action=other, entity="CREDIT_CARD", rule=RuleId("T-1"))
    redactor = Redactor(my.rules({"CREDIT_CARD": one}, keys=(key,)), tokens=_tokens)

    seen = json.dumps(redactor.clean({"a": number, "fundingSource": number}, Sink.LOG).value)

    assert not ("tok_" in seen and "*" in seen)


def test_tokens_join_what_belongs_together() -> None:
    """One value in two spellings, in a field and in a text, is one token."""
    redactor = Redactor(my.rules({"US_SSN": RedactionAction.TOKEN}), tokens=_tokens)

    clean = redactor.clean({"ssn": "412681357", "note": "SSN 412-68-1357"}, Sink.LOG)

    assert isinstance(clean.value, dict)
    assert clean.value["note"] == f"SSN {clean.value['ssn']}"
    assert str(clean.value["ssn"]).startswith("tok_k1_US_SSN_")
    assert (("US_SSN", 2),) == clean.found


def test_without_a_token_key_values_are_replaced() -> None:
    """And a key service that fails does not let the value out."""

    def fail() -> Tokens:
        raise ConnectionError

    for redactor in (
        Redactor(my.rules({"EMAIL": RedactionAction.TOKEN}), tokens=fail),
        Redactor(my.rules({"EMAIL": RedactionAction.TOKEN})),
    ):
        assert "[EMAIL]" == redactor.text("jane@example.com", Sink.LOG)


def test_an_allow_list_lets_only_its_keys_pass() -> None:
    """On every level; what has no key passes nowhere."""
    rule = SinkRule(mode=SinkMode.ALLOWLIST, keys=("product_family", "status", "a"))
    redactor = Redactor(my.rules(sinks={Sink.METRIC: rule}))
    value = {
        "productFamily": "bonds", "status": "jane@example.com", "who": "Jane", "token": "x",
        "n": 3, "none": None, "a": {"b": 1, "status": "ok"}, "Jane Roe": 1,
    }  # fmt: skip

    assert {
        "productFamily": "bonds", "status": "[EMAIL]", "who": "[UNKNOWN]", "token": "[dropped]",
        "n": "[UNKNOWN]", "none": None, "a": {"b": "[UNKNOWN]", "status": "ok"},
        "[UNKNOWN]": "[UNKNOWN]",
    } == redactor.clean(value, Sink.METRIC).value  # fmt: skip
    assert "[UNKNOWN]" == redactor.text("bonds", Sink.METRIC)
    assert ["[UNKNOWN]", {"status": "ok"}] == redactor.clean(
        ["x", {"status": "ok"}], Sink.METRIC
    ).value
    assert "bonds" == redactor.text("bonds", Sink.LOG)


def test_an_exemption_lifts_all_but_secrets() -> None:
    """At its path, below it, and nowhere else; until its day."""
    exemption = Exemption(path="requestContext.*.ip", reason="load test", expires="2026-01-31")
    value = {
        "ip": "198.51.100.7",
        "requestContext": {
            "a": {"ip": ["198.51.100.7", "password=x", {"token": "x", "email": "j"}]}
        },
    }
    closed = Redactor(my.rules(exemptions=(exemption,)), today="2026-02-01")
    opened = Redactor(my.rules(exemptions=(exemption,)), today="2026-01-31")

    assert {"ip": "[IP]", "requestContext": {"a": {"ip": "[IP]"}}} == closed.clean(
        value, Sink.LOG
    ).value
    assert {
        "ip": "[IP]",
        "requestContext": {
            "a": {
                "ip": ["198.51.100.7", "password=[dropped]", {"token": "[dropped]", "email": "j"}]
            }
        },
    } == opened.clean(value, Sink.LOG).value


def test_rules_of_a_policy_are_applied() -> None:
    """Its own names and its own shapes."""
    key = KeyRule(
        match=("loyalty number",),
        action=RedactionAction.TOKEN,
        entity="CONTACT",
        rule=RuleId("T-1"),
    )
    pattern = PatternRule(
        entity="CONTACT", prefix="LOY", charset=Charset.DIGITS, least=6, most=6,
        action=RedactionAction.REPLACE, rule=RuleId("T-1"),
    )  # fmt: skip
    redactor = Redactor(my.rules(keys=(key,), patterns=(pattern,)), tokens=_tokens)

    clean = redactor.clean(
        {"member.loyaltyNumber": "7", "note": "LOY123456", "LOY123456": 1}, Sink.LOG
    )

    assert isinstance(clean.value, dict)
    assert ["[CONTACT]", 1] == [clean.value["note"], clean.value["[CONTACT]"]]
    assert str(clean.value["member.loyaltyNumber"]).startswith("tok_k1_CONTACT_")


def test_it_works_near_the_end_of_the_stack() -> None:
    """Where nothing can be looked at any more, nothing gets out."""
    value = {"a": {"b": "jane@example.com"}}
    results: list[Clean] = []

    def dive(left: int) -> None:
        if left:
            dive(left - 1)
        else:
            results.append(REDACTOR.clean(value, Sink.LOG))

    for left in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit(), 5):
        try:
            dive(left)
        except RecursionError:
            break

    assert results
    assert all("jane" not in json.dumps(clean.value) for clean in results)


def test_threads_do_not_disturb_each_other() -> None:
    """One redactor serves them all; the memories are shared and may be forgotten at any time."""
    redactor = Redactor(my.rules())
    failures: list[Any] = []

    def work(number: int) -> None:
        for turn in range(300):
            value = {f"key{number}_{turn}": f"text {turn}", "email": f"j{turn}@example.com"}
            clean = redactor.clean(value, Sink.LOG).value
            if clean != {f"key{number}_{turn}": f"text {turn}", "email": "[EMAIL]"}:
                failures.append(clean)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures


def test_findings_are_counted_by_entity_in_order() -> None:
    """What was acted on, and how often."""
    value = {"b": "jane@example.com, 198.51.100.7", "email": "x", "c": "nothing"}

    assert (("EMAIL", 2), ("IP", 1)) == REDACTOR.clean(copy.deepcopy(value), Sink.LOG).found


@pytest.mark.parametrize("key", ["request_id", "requestId", "X-Amzn-RequestId", "aws_request_id"])
@given(number=my.cards())
def test_a_request_is_found_again_by_its_number(key: str, number: str) -> None:
    """One number in forty looks like a card's; with anything else it is one."""
    assert {key: number} == REDACTOR.clean({key: number}, Sink.LOG).value
    assert {key: int(number)} == REDACTOR.clean({key: int(number)}, Sink.LOG).value
    assert number not in str(REDACTOR.clean({key: f"card {number}"}, Sink.LOG).value)
    assert number not in str(REDACTOR.clean({key: [number]}, Sink.LOG).value)


@given(st.uuids(), st.sampled_from(["{}", "id={},", "/x/{}/y", "START RequestId: {} Version: 1"]))
def test_a_uuid_passes(identifier: UUID, form: str) -> None:
    """Wherever it stands."""
    text = form.format(identifier)

    assert text == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    ("name", "free", "strict"),
    [("PriceFetched", True, True), ("Price Fetched", True, False), ("for a@example.com", False,
     False), ("AKIAIOSFODNN7EXAMPLE", False, False), ("n412_68", True, True)],
)  # fmt: skip
def test_a_name_that_code_gives_may_leave(name: str, free: bool, strict: bool) -> None:
    """Unless it holds a value, or is free text where none may leave an error."""
    rule = SinkRule(mode=SinkMode.ALLOWLIST, keys=())

    assert free is REDACTOR.word(name)
    assert strict is Redactor(my.rules(sinks={Sink.ERROR: rule})).word(name)


def test_what_is_packed_is_read_however_its_slashes_fall() -> None:
    """They cut a short one into words that are too short for anything else."""
    word = "H4sIAD9eU2sC/zM0tdA1MQYiUyMA/8EyLwsAAAA="  # a number of Social Security
    redactor = Redactor(load_policy("baseline").redaction)

    assert word not in str(redactor.clean({"note": word}, Sink.LOG).value)
