"""Where a limit ends: what is just within it is treated as what is small, one more is not."""

from typing import Any

import pytest

import redact_strategies as my
from affidavit._policy.words import RedactionAction, Sink
from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact import Redactor
from affidavit._redact.classify import key_classifier
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.key_words import MAX_NAME, split
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.redactor import MAX_FAULTS
from affidavit._redact.replace.by_key import KeyReplacer
from affidavit._redact.replace.known_identities import Identities, replace_known
from affidavit._redact.replace.operators import Operators
from affidavit._redact.traverse.keys import is_bare
from affidavit._redact.traverse.text import LONGEST_KEPT, MAX_KEPT
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.match import Classification
from affidavit._redact.types.position import BELOW_VERSION, NOWHERE

REDACTOR = Redactor(my.rules())
MASKED = Classification("IP", RedactionAction.MASK)


def _masked(value: object) -> Any:
    budget = Budget(1000, lambda: Tokens(TokenKey(kid="k1", key=b"k" * 32)), None)
    return KeyReplacer(Operators("", card_action=RedactionAction.MASK)).act(MASKED, value, budget)


def test_an_identifier_has_up_to_64_digits() -> None:
    """Longer ones are looked at as a text is."""
    assert all(is_bare(one) for one in ("9" * 64, 10**64 - 1, 0))
    assert not any(is_bare(one) for one in ("9" * 65, 10**64, -1, "-1", "\u0661"))


def test_a_value_of_up_to_512_characters_is_masked() -> None:
    """Of a longer one no part stays, nor of one of more than 64 in a list."""
    whole = "198.51.100.7".ljust(512)
    masked = "198.51.100.*"
    assert (masked, "[IP]") == (_masked(whole), _masked(whole + " "))
    assert [masked] * 64 == _masked([whole] * 64)
    assert "[IP]" == _masked([whole] * 65)


def test_names_of_up_to_64_characters_are_remembered() -> None:
    """So that whoever sends names that nobody has seen fills no memory; nor do very many."""
    names = KeyClassifier(PolicyRules(my.rules(), ""))
    begun = set(names.kept)
    names.keep("n" * 64, None)
    names.keep("n" * 65, None)
    assert {"n" * 64} == set(names.kept) - begun
    for number in range(2 * key_classifier.MAX_KEPT):
        names.keep(f"n{number}", None)
        assert len(names.kept) <= key_classifier.MAX_KEPT


@pytest.mark.parametrize("place", [NOWHERE, BELOW_VERSION])
def test_texts_of_up_to_200_characters_are_remembered(place: Any) -> None:
    """Each where it is clean, and no more than there is room for."""
    texts = Redactor(my.rules())._walker.texts
    kept = texts.kept if place is NOWHERE else texts.versions
    texts.keep("t" * LONGEST_KEPT, place)
    texts.keep("t" * (LONGEST_KEPT + 1), place)
    assert {"t" * 200} == kept
    for number in range(2 * MAX_KEPT):
        texts.keep(str(number), place)
        assert len(kept) <= MAX_KEPT == 2048


def test_of_a_long_name_the_last_128_characters_are_read() -> None:
    """What it is the name of stands at its end."""
    assert ("a" * 124, "key") == split("b" + "a" * (MAX_NAME - 4) + "_key")
    name = "x" * 500 + "_password"
    assert {name: "[dropped]"} == REDACTOR.clean({name: 1}, Sink.LOG).value


@pytest.mark.parametrize(("born", "said"), [("1937-05-06", "1937"), ("1936-05-06", "[BIRTH_DATE]")])
def test_a_year_of_birth_says_too_much_from_ninety_on(born: str, said: str) -> None:
    """45 CFR 164.514(b)(2)(i)(C), for a person whose birthday may still come."""
    acting = Operators("2026-01-23", card_action=RedactionAction.MASK)
    assert said == acting.act("BIRTH_DATE", RedactionAction.TRUNCATE, born, lambda: None)


@pytest.mark.parametrize(("name", "text"), [("ann", "ann"), ("anne", "it is anne"), ("1234", 1234)])
def test_a_short_name_is_known_where_it_stands_alone(name: str, text: Any) -> None:
    """From four characters on anywhere; while the invocation runs, and not afterwards."""
    with Identities({name: "tok"}):
        assert "tok" in str(replace_known(text))
        assert "it is ann" == replace_known("it is ann") or name != "ann"
    assert text == replace_known(text)


def test_faults_are_kept_until_somebody_tells_of_them() -> None:
    """Sixteen: the newest."""
    redactor = Redactor(my.rules())
    redactor.faults.extend(map(str, range(20)))
    assert ["4", "19", MAX_FAULTS] == [redactor.faults[0], redactor.faults[-1], 16]
