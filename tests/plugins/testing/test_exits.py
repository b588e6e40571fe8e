"""Every exit of a handler is looked at, and what was there before it ran is not held against it."""

from __future__ import annotations

import datetime as dt
import logging
import types
from typing import Any

import pytest
from pydantic import BaseModel, Field

from affidavit import Query, audited
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.canaries import IDENTITY, CanaryToken
from affidavit_testing.case import DrawnRequest, leaves
from affidavit_testing.in_process import Observed
from affidavit_testing.judges import nothing_raw
from affidavit_testing.persons import person
from affidavit_testing.remembered import kept_texts
from affidavit_testing.suite import PromiseVerdict, verdict_on
from affidavit_testing.under_test import subject_of

FIND = Query(name="find", sql="select note from notes where id = :id", binds=frozenset({"id"}))
SOURCES = {"notes": {"find": {"note": "it is fine"}}}


class Asked(BaseModel):
    """What the handlers below are asked."""

    id: str = Field(pattern=r"^N-[0-9]{8}$")
    name: str = Field(min_length=9, max_length=12)
    number: int = Field(ge=10_000_000_000)


class Note(BaseModel):
    """What they answer."""

    note: str


def _verdict(act: Any, promise: str, **how: Any) -> PromiseVerdict:
    handler = audited(action="READ", request=Asked, response=Note, subject="id")(act)
    return verdict_on(subject_of(handler, sources=SOURCES, **how), BY_NAME[promise])


def _answer(asked: Asked, context: Any) -> Note:
    row = context.source("notes").fetch_one(FIND, {"id": asked.id})
    return Note(note=str(row and row["note"])[:9])


@pytest.mark.parametrize("field", ["id", "name", "number"])
def test_a_value_of_any_shape_is_found_where_it_is_logged(field: str) -> None:
    """Words and numbers too; and the message names logger, level and call."""

    def act(asked: Asked, context: Any) -> Note:
        logging.getLogger("notes.api").warning("for %s", getattr(asked, field))
        return _answer(asked, context)

    found = _verdict(act, "nothing_raw_gets_out")

    assert "broken" == found.result
    assert "(WARNING of logger notes.api, called by act (test_exits.py:" in found.message


def test_words_of_the_model_are_no_values() -> None:
    """An enumeration's members stand in logs without telling of anybody."""
    said = {"ward": "northern ward", "note": "qwertzuiop", "flag": True, "number": 123}

    assert ["qwertzuiop", "123"] == list(leaves(said, known="{'enum': ['northern ward']}"))


def test_a_declared_subject_may_not_even_stand_in_a_redacted_line() -> None:
    """The redactor was told of it; of another value it cannot know."""
    values = ("N-12345678", "qwertzuiop")
    case = DrawnRequest({}, "direct", person(1), values=values, declared=("N-12345678",))
    for value, broken in zip(values, (True, False), strict=True):
        seen = Observed(event={}, lines=[f"asked for {value}"])
        if broken:
            with pytest.raises(BrokenPromiseError, match="a log or metric line"):
                nothing_raw(seen, case.secrets, ())
        else:
            nothing_raw(seen, case.secrets, ())
    assert CanaryToken(IDENTITY, "N-12345678", shaped=False) in case.secrets


class Explained(BaseModel):
    """A request that says why it is made, in words of its own."""

    id: str = Field(pattern=r"^N-[0-9]{8}$")
    reason: str = Field(min_length=12, max_length=40)


@pytest.mark.parametrize("private", [(), ("reason",)])
@pytest.mark.parametrize("line", ["note.asked", "raises", ""])
def test_a_reason_that_is_declared_private_stands_in_no_line_of_the_handler(
    private: tuple[str, ...], line: str
) -> None:
    """Free text has no shape: what redacts `context.log` cannot know it, the author can."""

    def act(asked: Explained, context: Any) -> Note:
        if line == "raises":
            raise ValueError(f"not for this: {asked.reason}")
        if line:
            context.log.info(line, why=asked.reason)
        return Note(note="fine")

    handler = audited(action="READ", request=Explained, response=Note, subject="id")(act)
    subject = subject_of(handler, private=private)
    found = verdict_on(subject, BY_NAME["nothing_raw_gets_out"])

    assert ("broken" if private and line else "kept") == found.result, found.message
    if private and line:
        assert "got out by a line that the handler logged" in found.message


def test_the_text_of_an_error_that_was_swallowed_is_found() -> None:
    """The caller is answered with 200, and with what the driver quoted."""

    def act(asked: Asked, context: Any) -> Note:
        try:
            return _answer(asked, context)
        except Exception as error:  # noqa: BLE001 - that is the fault
            return Note(note=repr(error))

    found = _verdict(act, "errors_quote_nothing")

    assert "broken" == found.result
    assert "swallowed" in found.message


async def _later(event: Any, context: Any) -> dict[str, int]:
    return {"statusCode": 200}


def _dated(event: Any, context: Any) -> dict[str, Any]:
    return {"statusCode": 200, "body": "{}", "at": dt.date(2026, 1, 23)}


@pytest.mark.parametrize(("handler", "told"), [(_later, "coroutine"), (_dated, "type date")])
def test_an_answer_that_lambda_cannot_send_is_found(handler: Any, told: str) -> None:
    """It would be an error of the platform, with a text that quotes it."""
    found = verdict_on(subject_of(handler), BY_NAME["the_answer_fits_its_model"])

    assert "broken" == found.result
    assert told in found.message


PEOPLE = [person(number) for number in range(40)]
"""Samples, as tests and handlers' modules hold them."""


def test_what_was_there_before_is_not_remembered() -> None:
    """Constants, samples, and what a neighbour's suite has left in the process."""

    def act(asked: Asked, context: Any) -> Note:
        return _answer(asked, context) if PEOPLE else Note(note="")

    assert "kept" == _verdict(act, "nothing_is_remembered").result


def test_what_came_later_is() -> None:
    """Also beside a sample in the same place."""
    seen: list[Any] = ["N-00000000"]

    def act(asked: Asked, context: Any) -> Note:
        seen.append(asked.id)
        return _answer(asked, context)

    assert "broken" == _verdict(act, "nothing_is_remembered").result


@pytest.mark.parametrize("name", ["pytest_notes", "affidavit_of_ours", "pydantic_models"])
def test_a_package_that_is_called_like_a_library_is_looked_into(name: str) -> None:
    """By its whole name, not by how it begins."""
    module = types.ModuleType(name)
    holder = type("Holder", (), {"__module__": f"{module.__name__}.store"})()
    holder.last = "in-the-holder"

    def handler(event: Any, context: Any) -> Any:
        return holder

    assert "in-the-holder" in "\n".join(text for _, text in kept_texts(handler))
