"""Values that their key has judged."""

from decimal import Decimal
from typing import Any

import pytest

from affidavit._policy.words import RedactionAction
from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact.replace.by_key import KeyReplacer
from affidavit._redact.replace.operators import Operators
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import DROPPED
from affidavit._redact.types.match import Classification

JUDGE = KeyReplacer(Operators("", card_action=RedactionAction.MASK))


def _act(entity: str, action: RedactionAction, value: object) -> tuple[Any, dict[str, int]]:
    budget = Budget(10, lambda: Tokens(TokenKey(kid="k1", key=b"k" * 32)), None)
    return JUDGE.act(Classification(entity, action), value, budget), budget.found


@pytest.mark.parametrize("value", [None, True, False, ""])
def test_nothing_stays_nothing(value: object) -> None:
    """Whether there is a password is not the password."""
    assert (value, {}) == _act("SECRET", RedactionAction.DROP, value)


@pytest.mark.parametrize("value", ["x", 0, 1.5, [], {"a": 1}, object(), b"x"])
def test_whole_subtrees_go(value: object) -> None:
    """Whatever stands under a sensitive key."""
    assert (DROPPED, {"SECRET": 1}) == _act("SECRET", RedactionAction.DROP, value)
    assert ("[NAME]", {"NAME": 1}) == _act("NAME", RedactionAction.REPLACE, value)


def test_lists_are_shortened_one_by_one() -> None:
    """As the values of a header are."""
    assert (["198.51.100.*", "[IP]"], {"IP": 2}) == _act(
        "IP", RedactionAction.TRUNCATE, ["198.51.100.7", "unknown"]
    )


def test_dynamodb_types_are_looked_through() -> None:
    """The attribute keeps its type, so that a reader of a stream still finds it."""
    assert ({"S": "[EMAIL]@example.com"}, {"EMAIL": 1}) == _act(
        "EMAIL", RedactionAction.MASK, {"S": "jane@example.com"}
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (4000056655665556, "400005******5556"),
        (Decimal(4000056655665556), "400005******5556"),
        ("\uff14000056655665556", "400005******5556"),
        (["a", {"b": 1}], "[CREDIT_CARD]"),
        ({"number": "4000056655665556"}, "[CREDIT_CARD]"),
        ("4" * 600, "[CREDIT_CARD]"),
    ],
)
def test_only_single_values_are_shortened(value: object, expected: object) -> None:
    """Numbers and texts, folded; everything else is replaced whole."""
    assert expected == _act("CREDIT_CARD", RedactionAction.MASK, value)[0]


def test_what_no_list_allows_is_hidden() -> None:
    """No part of it, no token, only its label."""
    budget = Budget(10, None, None)

    assert None is JUDGE.hide(Classification("EMAIL", RedactionAction.MASK), None, budget)
    assert "[EMAIL]" == JUDGE.hide(
        Classification("EMAIL", RedactionAction.MASK), "jane@example.com", budget
    )
    assert DROPPED == JUDGE.hide(Classification("SECRET", RedactionAction.DROP), True, budget)
    assert {"EMAIL": 1, "SECRET": 1} == budget.found


class _Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("value", [_Hostile(), 10**5000], ids=["object", "number"])
def test_what_cannot_be_written_is_lost_alone(value: object) -> None:
    """What raises when it is looked at takes nothing along that stands beside it."""
    assert ("[EMAIL]", {"EMAIL": 1}) == _act("EMAIL", RedactionAction.TOKEN, value)
