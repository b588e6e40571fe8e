"""Describing an exception without repeating what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from affidavit._policy.load import load_policy
from affidavit._redact import Redactor
from affidavit._telemetry.failure import MAX_CAUSES, MAX_FRAMES, MAX_MESSAGE, describe, error_name

REDACTOR = Redactor(load_policy("baseline").redaction)
MAIL = "jane.roe@example.com"


def _caught(act: Any) -> BaseException:
    try:
        act()
    except BaseException as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError("nothing was raised")


def _raise(error: BaseException) -> BaseException:
    def act() -> None:
        raise error

    return _caught(act)


def _described(error: BaseException) -> Any:
    told = describe(error, REDACTOR)
    assert told == json.loads(json.dumps(told)), "plain JSON, for the log"
    return told


def test_a_message_is_redacted() -> None:
    """What is recognised is replaced, the rest helps to find the fault."""
    told = _described(_raise(ValueError(f"no price for {MAIL} today")))

    assert "ValueError" == told["error_type"]
    assert MAIL not in told["message"]
    assert told["message"].startswith("no price for ")
    assert told["message"].endswith(" today")


def test_a_long_message_is_cut_after_it_was_redacted() -> None:
    """An address that was cut in half would not be recognised."""
    text = "x" * (MAX_MESSAGE - 10) + " " + MAIL + " " + "y" * 5000
    told = _described(_raise(ValueError(text)))

    assert MAX_MESSAGE == len(told["message"])
    assert "jane" not in told["message"]


def test_the_stack_names_places_and_quotes_no_source() -> None:
    """File, line, function; two parts of the path are enough to find it."""

    def inner(secret: str) -> None:
        raise ValueError(secret)  # this comment is source text

    def outer() -> None:
        inner("s3cr3t-value")

    stack = _described(_caught(outer))["stack"]

    assert [" outer", " inner"] == ["".join(frame.partition(" ")[1:]) for frame in stack[-2:]]
    assert all(frame.startswith("telemetry/test_failure.py:") for frame in stack)
    assert "s3cr3t-value" not in str(stack)
    assert "source text" not in str(stack)


def test_a_long_stack_keeps_its_inner_end() -> None:
    """Where it was raised matters most."""

    def down(depth: int) -> None:
        if not depth:
            raise ValueError
        down(depth - 1)

    stack = _described(_caught(lambda: down(100)))["stack"]

    assert MAX_FRAMES == len(stack)
    assert all(frame.endswith(" down") for frame in stack)


def test_an_endless_recursion_is_described() -> None:
    """A thousand frames, and little room to work in."""

    def forever() -> None:
        forever()

    told = _described(_caught(forever))
    assert ("RecursionError", MAX_FRAMES) == (told["error_type"], len(told["stack"]))


class Unprintable(Exception):
    """An exception that cannot be turned into text."""

    def __str__(self) -> str:
        raise RuntimeError(MAIL)


class Odd(Exception):
    """An exception that is equal to nothing, and says that it is empty."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(MAIL)

    def __hash__(self) -> int:
        raise RuntimeError(MAIL)

    def __bool__(self) -> bool:
        return False


def test_an_exception_without_text_is_described_all_the_same() -> None:
    """Its own code fails; ours does not."""
    told = _described(_raise(Unprintable()))

    assert ("Unprintable", "[UNREADABLE]") == (told["error_type"], told["message"])


def test_an_odd_exception_is_described_all_the_same() -> None:
    """Chains are followed by identity, not by what exceptions say of themselves."""
    inner, outer = Odd(), Odd()
    outer.__cause__ = inner
    inner.__cause__ = KeyError()

    assert ["Odd", "KeyError"] == _described(outer)["causes"]


def test_causes_are_types_without_text() -> None:
    """Explicit before implicit, innermost last."""
    error = RuntimeError("outer")
    error.__cause__ = KeyError(MAIL)
    error.__context__ = OSError("not the cause")
    error.__cause__.__context__ = ValueError(MAIL)
    told = _described(error)

    assert ["KeyError", "ValueError"] == told["causes"]
    assert MAIL not in str(told)


def test_members_of_a_group_are_types_without_text() -> None:
    """Before the causes."""
    group = ExceptionGroup(f"together {MAIL}", [ValueError(MAIL), KeyError(MAIL)])
    group.__cause__ = OSError(MAIL)
    group.add_note(MAIL)

    assert ["ValueError", "KeyError", "OSError"] == _described(group)["causes"]
    assert MAIL not in str(_described(group))


def test_data_that_does_not_fit_is_not_quoted() -> None:
    """Pydantic quotes it in its text; where and how is enough."""

    class Person(BaseModel):
        name: str
        age: int

    try:
        Person.model_validate({"age": "Jane Roe"})
    except ValidationError as error:
        told = _described(error)

    assert "name: missing; age: int_parsing" == told["message"]


def test_causes_are_bounded() -> None:
    """A chain may be as long as a loop of retries."""
    error = last = ValueError()
    for _ in range(100):
        last.__cause__ = ValueError()
        last = last.__cause__

    assert MAX_CAUSES == len(_described(error)["causes"])


def test_causes_that_go_round_end() -> None:
    """A library may raise one exception object again and again."""
    one, two = ValueError(), KeyError()
    one.__cause__, two.__cause__ = two, one

    assert ["KeyError", "ValueError"] == _described(one)["causes"]


def test_an_exception_that_was_never_raised_has_no_stack() -> None:
    """A future may hold one."""
    assert [] == _described(ValueError())["stack"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("PriceNotKnown", "PriceNotKnown", id="a name"),
        pytest.param(MAIL, "Exception", id="a value"),
        pytest.param("no price", "Exception", id="two words"),
        pytest.param("Fehlerß", "Exception", id="beyond ASCII"),
        pytest.param("A" * 65, "Exception", id="too long"),
        pytest.param("", "Exception", id="empty"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", "Exception", id="a credential"),
    ],
)
def test_a_class_may_be_named_after_a_value(name: str, told: str) -> None:
    """Classes can be made at run time, so names are looked at as well."""
    assert told == error_name(type(name, (Exception,), {})(), REDACTOR)


@given(name=st.text(max_size=70).filter(lambda name: "\x00" not in name), text=st.text())
def test_describing_never_raises(name: str, text: str) -> None:
    """Whatever an exception is called and says."""
    try:
        kind = type(name, (Exception,), {})
    except (UnicodeEncodeError, ValueError):
        return
    assert {"error_type", "message", "stack", "causes"} == describe(kind(text), REDACTOR).keys()
