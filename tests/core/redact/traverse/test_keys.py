"""The keys of an object."""

from typing import Any

import pytest

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor


class Odd:
    """A key without a text."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({1: "a", None: "b", 1.5: "d"}, {"1": "a", "null": "b", "1.5": "d"}),
        ({False: 1}, {"false": 1}),
        ({b"password": "x"}, {"password": "[dropped]"}),
        ({("a", "jane@example.com"): 1}, {"('a', '[EMAIL]')": 1}),
        ({"jane@example.com": 1}, {"[EMAIL]": 1}),
        ({"4000056655665556": {"a": 1}}, {"[CREDIT_CARD]": {"a": 1}}),
        ({Odd(): 1}, {"[UNKNOWN]": 1}),
    ],
)
def test_keys_are_redacted_too(value: dict[Any, Any], expected: dict[str, Any]) -> None:
    """They are written as JSON writes them, and personal data in them is replaced."""
    assert expected == Redactor(my.rules()).clean(value, Sink.LOG).value


def test_no_item_is_lost_to_a_label() -> None:
    """Two keys with one label stay two."""
    value = {"jane@example.com": 1, "john@example.com": 2, "jim@example.com": 3}

    clean = Redactor(my.rules()).clean(value, Sink.LOG)

    assert {"[EMAIL]": 1, "[EMAIL] 2": 2, "[EMAIL] 3": 3} == clean.value
    assert clean == Redactor(my.rules()).clean(value, Sink.LOG)


def test_a_label_says_nothing_about_its_value() -> None:
    """`[EMAIL]` as a key is not the key `email`."""
    assert {"[EMAIL]": 7} == Redactor(my.rules()).clean({"[EMAIL]": 7}, Sink.LOG).value
