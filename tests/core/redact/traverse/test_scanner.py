"""The gate, and what is written for what was found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.words import Pack, RedactionAction
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.normalise.decode import may_be_escaped, unescape, unpercent
from affidavit._redact.replace.operators import Operators
from affidavit._redact.traverse.scanner import ANYTHING, NOTHING, SHORTEST, WORDS, Scanner
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.position import NOWHERE, Position


def _scanner(**actions: RedactionAction) -> Scanner:
    rules = PolicyRules(my.rules(actions), "")
    return Scanner(
        rules, Operators("", card_action=rules.action("CREDIT_CARD")), KeyClassifier(rules).look
    )


SCANNER = _scanner()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NOTHING), ("POST /orders", NOTHING), ("2026-01-23T10:57:08.201Z", NOTHING),
        ("a6f5c2d0-1234-4abc-9def-001122334455", NOTHING), ("123456789015", NOTHING),
        ("JKJaXmPLvHcESHA=", NOTHING), ("dynamodb.us-east-1.amazonaws.com", NOTHING),
        ("Mozilla/5.0 (X11; Linux x86_64)", NOTHING), ("$default", NOTHING),
        ("requestContextAuthorizer", WORDS), ("4000056655665556", ANYTHING),
        ("a: b", NOTHING), ("pw: b", ANYTHING), ("Basic c3Zj", ANYTHING), ("::1 at", NOTHING),
        ("seen Basic c3ZjOmE=", ANYTHING), ("at=10:57:08 100% <b> [x]", NOTHING),
        ("2026-01-23 10:57:08,114 INFO [main] a.b.C: 12 of 14 in 3 ms", NOTHING),
    ],
)  # fmt: skip
def test_the_gate_proves_ordinary_texts_clean(text: str, expected: int) -> None:
    """One or two searches for most of what a log holds."""
    assert expected == SCANNER.suspicion(text)


@pytest.mark.parametrize(
    "text",
    ["10.57 of 20.11 at 3.14", "12-34 56.78"],
)
def test_the_gate_stays_shut_with_every_pack(text: str) -> None:
    """A time, a count, a version: no number of any state stands so."""
    rules = PolicyRules(my.rules()._replace(packs=tuple(Pack)), "")
    actions = Operators("", card_action=rules.action("CREDIT_CARD"))

    assert NOTHING == Scanner(rules, actions, KeyClassifier(rules).look).suspicion(text)


@pytest.mark.parametrize("entity", my.CANARIES)
def test_the_gate_lets_everything_through_that_is_recognised(entity: str) -> None:
    """What the gate keeps back is never looked at: it must keep back nothing."""

    @given(my.CANARIES[entity], st.sampled_from(["{}", "x {} y", "({})", "a={}", "{}!"]))
    def check(canary: str, around: str) -> None:
        text = around.format(canary)
        assert SCANNER.find(text)
        assert SCANNER.suspicion(text) != NOTHING

    check()


_SOUP = st.one_of(
    st.text("0123456789 -.:=@/ab()+", max_size=30),
    st.text("0123456789 -./()_", max_size=30),
    st.lists(
        st.sampled_from([
            "a", "name", "password", "ssn", "<", ">", "=", ":", " ", '"', "'", ", ", "\n", "x",
            "%40", "&#64;", "+", "-> ", "key (", ")=(", "--", "[at]", " dot ", "::", "\\u0040",
            "412-68-1357", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "198.51.100.7",
            "NL91 ABNA 0417 1643 00", "+41 (0)38 549 02 90", "value", "field=", "</", "=40", "{",
            "[", "jane", "@", "example.com",
        ]),
        max_size=9,
    ).map("".join),
)  # fmt: skip


@settings(max_examples=500)
@given(_SOUP)
def test_what_the_gate_keeps_back_holds_nothing(text: str) -> None:
    """The same from the other side: neither as it stands nor once it is decoded."""
    suspicion = SCANNER.suspicion(text)
    if suspicion == NOTHING:
        assert [] == [hit for hit in SCANNER.find(text) if hit.entity != "API_TOKEN"]
    if suspicion != ANYTHING and len(text) >= SHORTEST:
        assert not may_be_escaped(text) or unescape(text) == text
        assert "%" not in text or unpercent(text) == text


def test_overlapping_findings_leave_nothing_between_them() -> None:
    """The strictest action wins, for all of it."""
    budget = Budget(10, None, None)
    scanner = _scanner(EMAIL=RedactionAction.MASK)

    done, _, _ = scanner.scan("go pg://svc:x@mail.example.com/db", budget, NOWHERE)

    assert "example" not in done.partition("/db")[0].replace("[dropped]", "")
    assert "svc" not in done


def test_a_part_is_not_masked_where_more_is_hidden() -> None:
    """A mask of a part would leave the rest."""
    done, _, _ = _scanner(CREDIT_CARD=RedactionAction.MASK).scan(
        "card: 4000056655665556,4", Budget(10, None, None), NOWHERE
    )

    assert "card: 400005******5556,4" == done


def test_kept_entities_are_found_and_left() -> None:
    """So that a text with one is not remembered as clean."""
    done, found, _ = _scanner(IP=RedactionAction.KEEP).scan(
        "at 198.51.100.7 x", Budget(10, None, None), NOWHERE
    )

    assert ("at 198.51.100.7 x", True) == (done, found)


def test_only_secrets_are_acted_on_where_an_exemption_lifts_the_rest() -> None:
    """An exemption never covers a secret."""
    budget = Budget(10, None, None)

    done, _, _ = SCANNER.scan("jane@example.com password=x", budget, Position(exempt=((),)))

    assert "jane@example.com password=[dropped]" == done
    assert {"SECRET": 1} == budget.found
