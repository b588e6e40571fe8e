"""The promises about what an answer holds."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.canaries import CanaryToken, sightings
from affidavit_testing.case import DrawnRequest
from affidavit_testing.cases import valid_cases
from affidavit_testing.in_process import InProcessRunner, Observed
from affidavit_testing.profiles import settings_of
from affidavit_testing.under_test import HandlerUnderTest

Data = st.DataObject


def a_valid_request_is_answered(subject: HandlerUnderTest, profile: str) -> None:
    """The suite reaches the handler: otherwise the other promises would prove nothing.

    One answer is enough: a valid request may meet a conflict, or find nothing.
    """
    tried: list[Observed] = []

    def deliver(case: DrawnRequest) -> None:
        if not any(map(_is_answer, tried)):
            tried.append(InProcessRunner(subject).deliver(case.event))

    cases = valid_cases(subject).filter(lambda case: case.valid)
    settings_of(profile)(given(cases)(deliver))()
    if not any(map(_is_answer, tried)):
        seen = tried[0]
        raise BrokenPromiseError(
            "a_valid_request_is_answered",
            "the suite could not get an answer out of the handler. " + _advice(seen),
            event=seen.event,
            seen=f"{seen.status} {seen.answer_text[:300]} {seen.error_text[:300]}",
        )


def _advice(seen: Observed) -> str:
    denied = next((one for one in seen.effects if one.denied), None)
    if denied is not None:
        return (
            f"It was denied what it reached for ({denied}): read it through a source, replace "
            "the client in the test, or allow it with allow=[…]"
        )
    return (
        "If the request is not valid, say which ones are with events=[…]; if a source found "
        "nothing that the handler can use, say what it finds with sources={…}"
    )


def _is_answer(seen: Observed) -> bool:
    return seen.error is None and (seen.status or 200) in {*range(200, 400), 404}


def the_answer_fits_its_model(subject: HandlerUnderTest, data: Data) -> None:
    """An answer holds what the response model declares and nothing else of a row."""
    case = data.draw(valid_cases(subject), label="case")
    stage = InProcessRunner(subject)
    stage.dress(case.person, "add")
    seen = stage.deliver(case.event)
    if unsendable := _unsendable(seen):
        raise BrokenPromiseError("the_answer_fits_its_model", unsendable, event=case.event)
    if not seen.succeeded:
        return
    body = answer_body(seen)
    extra = list(case.person.row.values())
    for found in sightings(_canaries(extra), [("the answer", seen.answer_text)]):
        raise BrokenPromiseError(
            "the_answer_fits_its_model",
            "a column that nobody asked for went from the row into the answer",
            event=case.event,
            seen=found.around,
        )
    if subject.response is not None and body is not None:
        fits(subject, body, case.event)
    for rule in subject.policy.response:
        if _has(body, rule.path.split(".")):
            raise BrokenPromiseError(
                "the_answer_fits_its_model",
                f"field {rule.path} is in the answer; the policy takes it out",
                event=case.event,
            )


def _unsendable(seen: Observed) -> str:
    """Say why Lambda could not send an answer; empty if it can, or if there is none."""
    if inspect.isawaitable(seen.answer) or inspect.isasyncgen(seen.answer):
        return "the answer is a coroutine: Lambda's runtime does not wait for it"
    try:
        json.dumps(seen.answer, default=_as_lambda_does)
    except (TypeError, ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, TypeError) else type(error).__name__
        return f"Lambda cannot send the answer: {told}"
    return ""


def _as_lambda_does(value: Any) -> Any:
    """Write what AWS's runtime client writes beside JSON's own types: decimals."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def answer_body(seen: Observed) -> Any:
    """Return the JSON of an answer: its body, if it is an HTTP answer."""
    answer = seen.answer
    if isinstance(answer, Mapping) and "statusCode" in answer:
        try:
            return json.loads(answer.get("body") or "null")
        except (TypeError, ValueError):
            return answer.get("body")
    return answer


def fits(subject: HandlerUnderTest, body: Any, event: Any) -> None:
    """Hold an answer against what its model writes: its schema for serialising."""
    assert subject.response is not None  # noqa: S101 - for mypy; the caller has looked
    schema = subject.response.json_schema(mode="serialization")
    stray = sorted(_undeclared(body, schema, schema.get("$defs", {})))
    if stray:
        raise BrokenPromiseError(
            "the_answer_fits_its_model",
            f"the answer has fields that its model does not declare: {', '.join(stray)}",
            event=event,
        )
    try:
        subject.response.validate_json(json.dumps(body), by_alias=True, by_name=True)
    except ValidationError as error:
        kinds = sorted({one["type"] for one in error.errors(include_input=False)})
        if "missing" in kinds:
            return  # a field may be sent under another name than it is read
        raise BrokenPromiseError(
            "the_answer_fits_its_model",
            f"the answer does not fit its model: {', '.join(kinds)}",
            event=event,
        ) from None


def _undeclared(value: Any, part: Any, defs: Mapping[str, Any]) -> Iterator[str]:
    while isinstance(part, Mapping) and "$ref" in part:
        part = defs.get(str(part["$ref"]).rpartition("/")[2], {})
    if not isinstance(part, Mapping):
        return
    unions = part.get("anyOf", part.get("oneOf"))
    if unions:
        branches = [list(_undeclared(value, one, defs)) for one in unions]
        yield from min(branches, key=len)
    elif isinstance(value, Mapping) and "properties" in part:
        for name, inner in value.items():
            if name in part["properties"]:
                yield from _undeclared(inner, part["properties"][name], defs)
            else:
                yield str(name)
    elif isinstance(value, list) and "items" in part:
        for inner in value:
            yield from _undeclared(inner, part["items"], defs)


def _has(value: Any, path: list[str]) -> bool:
    if not path:
        return True
    name, rest = path[0], path[1:]
    if isinstance(value, list):
        return any(_has(one, rest if name == "*" else path) for one in value)
    if not isinstance(value, Mapping):
        return False
    keys = list(value) if name == "*" else [name]
    return any(key in value and _has(value[key], rest) for key in keys)


def _canaries(texts: list[str]) -> list[CanaryToken]:
    return [CanaryToken("ROW", text, shaped=False) for text in texts]
