"""Objects, and the limits."""

from typing import Any

import pytest
from pydantic import SecretStr

import redact_strategies as my
from affidavit._policy.words import RedactionAction, Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(my.rules())


def _clean(value: object, **limits: int) -> Any:
    redactor = Redactor(my.rules(**limits)) if limits else REDACTOR
    return redactor.clean(value, Sink.LOG).value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"patient": {"name": "Jane"}}, {"patient": {"name": "[NAME]"}}),
        ({"Metrics": [{"Name": "Latency"}]}, {"Metrics": [{"Name": "Latency"}]}),
        ({"function": {"name": "f"}}, {"function": {"name": "f"}}),
        ({"card": {"number": "x"}}, {"card": "[CREDIT_CARD]"}),
        ({"patient": {"M": {"name": {"S": "Jane"}}}}, {"patient": {"M": {"name": "[NAME]"}}}),
        ({"patient": '{"name": "Jane"}'}, {"patient": '{"name": "[NAME]"}'}),
        ({"Attributes": [{"Name": "email", "Value": "x"}]},
         {"Attributes": [{"Name": "email", "Value": "[EMAIL]"}]}),
        ([{"loc": ["ssn"], "input": {"a": "Jane"}}], [{"loc": ["ssn"], "input": "[UNKNOWN]"}]),
        ({"input": "Jane"}, {"input": "Jane"}),
        ({"app_version": "2.14.0.7"}, {"app_version": "2.14.0.7"}),
        ({"app_version": ["-v", "2.14.0.7"]}, None),
        ({"address": "2.14.0.7"}, {"address": "[ADDRESS]"}),
        ({"peer": "2.14.0.7"}, {"peer": "[IP]"}),
        ({"n": 4000056655665556}, {"n": "[CREDIT_CARD]"}),
        ({"n": 4000056655665556.0}, {"n": "[CREDIT_CARD]"}),
        ({"n": -4000056655665556}, {"n": "[CREDIT_CARD]"}),
        ({"n": 1767225600123, "m": 123456789015, "k": 2**80}, None),
        ({"n": 1.5, "m": 1e300, "k": 10**30}, None),
        ({"n": float("nan")}, {"n": "nan"}),
        ({"n": float("-inf")}, {"n": "-inf"}),
        ({"password": None, "token": True, "cvv": ""}, None),
        ({"n": 10**500}, {"n": "[LIMIT]"}),
    ],
)  # fmt: skip
def test_values_by_where_they_stand(value: Any, expected: Any) -> None:
    """Names above, names beside, numbers, and what is nothing."""
    assert (value if expected is None else expected) == _clean(value)


def test_cards_without_quotes_are_masked_like_others() -> None:
    """A number type changes nothing."""
    redactor = Redactor(my.rules({"CREDIT_CARD": RedactionAction.MASK}))

    assert {"n": "400005******5556"} == redactor.clean({"n": 4000056655665556}, Sink.LOG).value


def test_a_cycle_ends() -> None:
    """Where it begins again stands a marker."""
    value: dict[str, Any] = {"a": [1]}
    value["a"].append(value)

    assert {"a": [1, "[LIMIT]"]} == _clean(value)


def test_what_is_seen_twice_is_no_cycle() -> None:
    """The same object beside itself is looked at twice."""
    inner = {"a": 1}

    assert {"x": inner, "y": inner} == _clean({"x": inner, "y": inner})


def test_depth_is_limited() -> None:
    """What is deeper is not looked at, and does not get out."""
    assert {"a": {"a": "[LIMIT]"}} == _clean({"a": {"a": {"a": {}}}}, depth=2)
    assert [["[LIMIT]"]] == _clean([[[[]]]], depth=2)


def test_values_are_limited() -> None:
    """Counted over all containers; the one that is too large is replaced whole."""
    assert {"a": [1, 2], "b": "[LIMIT]"} == _clean({"a": [1, 2], "b": [1, 2]}, nodes=5)
    assert "[LIMIT]" == _clean(range(10**12))


class Hostile:
    """An object that raises whatever is asked of it."""

    def __repr__(self) -> str:
        raise SystemExit

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        raise RuntimeError


def test_foreign_code_that_raises_is_contained() -> None:
    """One object does not take the others with it."""
    value = {"a": Hostile(), "password": Hostile(), "b": [Hostile()], "c": 1}

    assert {"a": "[UNKNOWN]", "password": "[dropped]", "b": ["[UNKNOWN]"], "c": 1} == _clean(value)


@pytest.mark.parametrize(
    ("value", "expected", "entity"),
    [(SecretStr("x"), "[dropped]", "SECRET"), (b"\xff\x00", "[UNKNOWN]", "UNKNOWN")],
    ids=["secret", "bytes"],
)
def test_what_shows_nothing_is_counted_as_what_it_is(
    value: object, expected: str, entity: str
) -> None:
    """Whoever counts secrets in logs counts those that were kept in an object of their own, too."""
    clean = REDACTOR.clean({"a": value}, Sink.LOG)

    assert ({"a": expected}, ((entity, 1),)) == (clean.value, clean.found)
