"""What is decided the short way is decided as the long way does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.detect import named_values
from affidavit._redact.detect.key_value_pairs import Pairs
from affidavit._redact.detect.numbers import find_numbers
from affidavit._redact.detect.secret_values import value_span
from affidavit._redact.detect.value_forms import OPEN, container_end
from affidavit._redact.types.match import Match, TextView

LOOK = KeyClassifier(PolicyRules(my.rules(), "")).look

PIECES = st.sampled_from([
    *"abz09_/+~.-;,&|\"'`\\(){}[]<>=: \t\n?#", "password=", "token=", "user=", "basic ", "bearer ",
    "f(", "PWD=", "\u00e9", "key: ", "x1", "pin=(1", "-> ", "412-68-1357", "203.0.113.9",
    "4000 0566 5566 5556", "+14155550132", "0000-",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS, TEXTS, st.sampled_from(["", " ", "\t", "\n", ";", "&", '"', ","]))
def test_a_plain_value_ends_where_the_long_way_says(before: str, value: str, after: str) -> None:
    """Whatever stands before its name and behind it."""
    text = f"{before}password={value}{after}"
    at = len(before) + len("password")
    plain = named_values._PLAIN.match(text, at)
    if plain:
        least = container_end(text, at + 1)
        assert value_span(text, at + 1, len(before), spaced=False, least=least) == plain.span(1)
        assert OPEN.match(text, at + 1) is None
        assert named_values.value_start(text, at) == plain.start(1)


@given(st.text("a1()[]{}\"' \n", max_size=300).map("(".__add__))
def test_a_bracket_closes_where_counting_says(text: str) -> None:
    """Up to where it is looked for, whichever brackets they are."""
    depth = 0
    for place, one in enumerate(text):
        depth += (one in "([{") - (one in ")]}")
        if depth == 0:
            assert container_end(text, 0) == place + 1
            return
    assert container_end(text, 0) in {1, len(text)}


@pytest.mark.parametrize("many", [1, 40, 200])
def test_a_value_in_brackets_is_found_whole(many: int) -> None:
    """However many brackets it has."""
    text = "(" * many + "1" + ")" * many + ")"
    assert container_end(text, 0) == 2 * many + 1


@given(TEXTS)
def test_who_asks_for_one_finds_one_where_any_is(text: str) -> None:
    """The gate, which needs to know no more."""
    seen = TextView(text)
    every, one = list[Match](), list[Match]()
    find_numbers(seen, every, versioned=False)
    find_numbers(seen, one, versioned=False, once=True)
    assert bool(one) == bool(every)
    pairs = Pairs(LOOK)
    assert bool(pairs.find(text, seen.raw, once=True)) == bool(pairs.find(text, seen.raw))
