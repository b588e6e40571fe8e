"""What an operator has written is final: in every context, for every operator, at once."""

import json
import re
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.load import load_policy
from affidavit._policy.words import RedactionAction, Sink
from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact import Redactor
from affidavit._redact.detect.cards import Likely, card
from affidavit._redact.detect.iban import is_iban
from affidavit._redact.types.entities import ENTITIES

POLICIES = ("baseline", "hipaa", "gdpr", "pci", "part11")


def _tokens() -> Tokens:
    return Tokens(TokenKey(kid="k1", key=b"k" * 32))


BY_POLICY = {
    name: Redactor(load_policy(name).redaction, tokens=_tokens, today="2026-01-23")
    for name in POLICIES
}
BY_ACTION = {
    action.value: Redactor(
        my.rules(dict.fromkeys(ENTITIES, action)), tokens=_tokens, today="2026-01-23"
    )
    for action in RedactionAction
    if action is not RedactionAction.KEEP
}
REDACTORS = BY_POLICY | BY_ACTION

CONTEXTS = (
    "{}", "{}.", "{}/", "/{}", "{}:9092", "{}/{}", "{},{}", "({})", "[{}]", "http://{}/health 200",
    "a={}&b={}", "x{}", "-{}-", "{} {}", "{}\n{}", "'{}'", '{{"note": "{}"}}', "{}.{}", "{};{};",
    "value: {}, and {}.", "<b>{}</b>", "{}?", "\t{}", "*{}*", "1 {} 1", "@{}", "{}@", "{}=", "_{}_",
)  # fmt: skip


@pytest.mark.parametrize("name", REDACTORS)
@settings(max_examples=50, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    context=st.sampled_from(CONTEXTS),
    values=st.lists(st.one_of(*my.CANARIES.values()), min_size=2, max_size=2),
)
def test_an_output_is_a_fixed_point_in_every_context(
    name: str, context: str, values: list[str]
) -> None:
    """Reading it again changes nothing, and no text is given up for it."""
    text = context.replace("{}", "\0").replace("{{", "{").replace("}}", "}")
    for value in values:
        text = text.replace("\0", value, 1)
    redactor = REDACTORS[name]

    once = redactor.text(text.replace("\0", values[-1]), Sink.LOG)

    assert once == redactor.text(once, Sink.LOG)
    assert "[LIMIT]" not in once


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Connection refused by 203.0.113.9.", "Connection refused by "),
        ("GET http://10.1.2.3/health 200", "/health 200"),
        ("10.0.0.1/10.0.0.1:9092", ":9092"),
        ("4 1 " * 60, "4 1 4 1"),
        ("mail jane@example.com. Call +1 415 555 0132.", "Call "),
    ],
)
def test_a_text_is_never_given_up_for_a_finding_that_can_be_replaced(
    name: str, text: str, kept: str
) -> None:
    """What is around it stays."""
    assert kept in BY_POLICY[name].text(text, Sink.LOG)


@pytest.mark.parametrize(
    "context", ["address: {}", "mail={}; x", "phone: {}", "ip={} up", "ssn {}"]
)
@pytest.mark.parametrize("action", ["mask", "truncate", "token", "replace"])
def test_what_is_written_is_not_looked_at_again_under_another_name(
    action: str, context: str
) -> None:
    """A name before it says nothing about a label, a mask, a token."""

    @settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.one_of(*(my.CANARIES[entity] for entity in READERS if entity != "EMAIL")))
    def check(canary: str) -> None:
        written = BY_ACTION[action].text(canary, Sink.LOG)
        text = context.replace("{}", written)
        assert text == BY_ACTION[action].text(text, Sink.LOG)

    check()


def _is_card(written: str) -> bool:
    digits = re.sub(r"[^0-9]", "", written)
    return (
        not re.search(r"[^0-9 ._()-]", written)
        and bool(digits)
        and card(digits.encode()) is not Likely.NO
    )


def _is_address(written: str) -> bool:
    for read in (ip_address, ip_network):
        try:
            read(written)
        except ValueError:
            continue
        return True
    return False


READERS = {
    "CREDIT_CARD": _is_card,
    "IP": _is_address,
    "EMAIL": lambda text: bool(re.fullmatch(r"[\w.+*%!#$&'/=?^`{|}~-]+@[\w.-]+\.\w+", text)),
    "PHONE": lambda text: bool(re.fullmatch(r"\+?[0-9][0-9 ().-]{5,}", text)),
    "IBAN": is_iban,
    "MAC_ADDRESS": lambda text: bool(re.fullmatch(r"([0-9A-Fa-f]{2}[:.-]?){6}", text)),
}
"""Who reads each kind; strict readers of other people's where Python has them."""


@pytest.mark.parametrize("action", ["mask", "truncate", "token", "replace", "drop"])
@pytest.mark.parametrize("entity", READERS)
def test_what_is_written_cannot_be_read_as_what_it_replaced(entity: str, action: str) -> None:
    """A mask is no fact: nobody takes it for an address, a number, a card."""

    @settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
    @given(my.CANARIES[entity])
    def check(canary: str) -> None:
        written = BY_ACTION[action].text(canary, Sink.LOG)
        assert written != canary
        assert not READERS[entity](written)

    check()


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from([*my.CANARIES]), st.data())
def test_masks_survive_a_json_document(entity: str, data: st.DataObject) -> None:
    """A log line that is read back and written again says the same."""
    redactor = BY_POLICY["baseline"]
    once = redactor.clean({"a": data.draw(my.CANARIES[entity]), "b": ["x"]}, Sink.LOG).value
    again = redactor.text(json.dumps(once), Sink.LOG)

    assert once == json.loads(again)
