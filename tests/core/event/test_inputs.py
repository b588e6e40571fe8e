"""Everything that a request says, in one set of fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

import strategies as my
from affidavit import InvalidRequestError, TooLargeError
from affidavit._event.inputs import Inputs, read_inputs
from affidavit._event.request import read_request
from affidavit._event.validate import InvalidDataError, Shape
from affidavit._policy.model import RequestLimits
from affidavit.testing import api_gateway_v1, step

LIMITS = RequestLimits(request_bytes=10_000, depth=16)


def _read(event: Any, limits: RequestLimits = LIMITS) -> Inputs:
    return read_inputs(read_request(event), limits)


@pytest.mark.parametrize("shape", my.SHAPES)
def test_every_source_says_the_same(shape: str) -> None:
    """Path, query, body or payload: the fields are the fields."""
    said = {"id": "A1", "who": "w"}

    assert said == _read(my.SHAPES[shape](said)).fields()


def test_path_query_and_body_are_joined() -> None:
    """Each says its part."""
    event = api_gateway_v1(
        method="POST", parameters={"id": "A1"}, query={"who": "w"}, body={"n": 1}
    )

    assert {"id": "A1", "who": "w", "n": 1} == _read(event).fields()


def test_a_name_in_path_and_query_is_refused_at_once() -> None:
    """Before anybody asks for fields."""
    with pytest.raises(InvalidDataError) as caught:
        _read(api_gateway_v1(parameters={"id": "A1"}, query={"id": "A1"}))
    assert [("*", "duplicate_field")] == [(f.path, f.kind) for f in caught.value.findings]


def test_a_name_in_query_and_body_is_refused() -> None:
    """Even if both say the same: which one counts is nobody's to guess."""
    inputs = _read(api_gateway_v1(method="POST", query={"id": "A1"}, body={"id": "A1"}))
    with pytest.raises(InvalidDataError) as caught:
        inputs.fields()
    assert ["duplicate_field"] == [f.kind for f in caught.value.findings]


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "null", "true"])
def test_a_body_that_is_no_object_has_no_fields(body: str) -> None:
    """It is JSON all the same, and is refused as what it is."""
    with pytest.raises(InvalidDataError) as caught:
        _read(api_gateway_v1(method="POST", body=body)).fields()
    assert [("", "dict_type")] == [(f.path, f.kind) for f in caught.value.findings]


class Count(BaseModel):
    """A model of one number."""

    model_config = ConfigDict(strict=True, extra="forbid")

    count: int
    name: str = ""


@pytest.mark.parametrize(
    ("event", "count"),
    [
        pytest.param(api_gateway_v1(query={"count": "42"}), 42, id="text in a query"),
        pytest.param(api_gateway_v1(parameters={"count": "42"}), 42, id="text in a path"),
        pytest.param(api_gateway_v1(body={"count": 42}), 42, id="a number in a body"),
        pytest.param({"count": 42}, 42, id="a number in a payload"),
        pytest.param(step({"count": 42}), 42, id="a number from a machine"),
        pytest.param(
            api_gateway_v1(query={"name": "n"}, body={"count": 42}), 42, id="query and body"
        ),
        pytest.param(api_gateway_v1(body={"count": "42"}), None, id="text in a body"),
        pytest.param({"count": "42"}, None, id="text in a payload"),
        pytest.param(
            api_gateway_v1(query={"count": "42"}, body={"name": "n"}), None, id="text beside a body"
        ),
        pytest.param(api_gateway_v1(query={"count": "4.5"}), None, id="no whole number"),
    ],
)
def test_text_alone_is_read_leniently(event: Any, count: int | None) -> None:
    """A query has no numbers, so `42` is one there; JSON has, so it must be one."""
    inputs = _read(event)
    if count is None:
        with pytest.raises(InvalidDataError):
            inputs.read_as(Shape(Count))
    else:
        assert count == inputs.read_as(Shape(Count)).count


def test_a_request_that_says_nothing_has_no_fields() -> None:
    """The model says what is missing."""
    inputs = _read(api_gateway_v1())

    assert {} == inputs.fields()
    with pytest.raises(InvalidDataError) as caught:
        inputs.read_as(Shape(Count))
    assert [("count", "missing")] == [(f.path, f.kind) for f in caught.value.findings]


@given(size=st.integers(2, 200))
def test_the_size_is_that_of_the_body(size: int) -> None:
    """Or of the whole payload of a direct call: one byte too many is too many."""
    body = "x" * size
    _read(api_gateway_v1(body=body), RequestLimits(request_bytes=size, depth=1))
    _read(body, RequestLimits(request_bytes=size + 2, depth=1))  # JSON adds two quotes
    with pytest.raises(TooLargeError, match=f"more than {size - 1} bytes"):
        _read(api_gateway_v1(body=body), RequestLimits(request_bytes=size - 1, depth=1))
    with pytest.raises(TooLargeError, match=f"more than {size + 1} bytes"):
        _read(body, RequestLimits(request_bytes=size + 1, depth=1))


def _nested(depth: int, kind: str) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if kind == "lists" or (kind == "both" and level % 2) else {"a": value}
    return value


@given(
    depth=st.integers(1, 20), limit=st.integers(1, 20), kind=st.sampled_from(["lists", "objects"])
)
def test_the_depth_counts_objects_and_lists(depth: int, limit: int, kind: str) -> None:
    """Exactly; brackets in a text are text, and many shallow ones are not deep."""
    value = _nested(depth - 1, kind)
    limits = RequestLimits(request_bytes=10_000, depth=limit)
    payload = {"a": value, "b": "[[[[[[[[{{{{{{{{" * 5}
    if depth > limit:
        with pytest.raises(TooLargeError, match=f"more than {limit} levels"):
            _read(payload, limits)
    else:
        assert _read(payload, limits).text is not None


def test_width_is_not_depth() -> None:
    """Ten thousand empty lists beside each other are two levels."""
    limits = RequestLimits(request_bytes=100_000, depth=2)

    assert _read([[]] * 10_000, limits).text is not None


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"a": object()}, id="an object"),
        pytest.param({"a": float}, id="a type"),
        pytest.param({"a": lambda: 1}, id="a function"),
        pytest.param({"a": "\ud800"}, id="half a surrogate pair"),
    ],
)
def test_a_payload_that_is_not_json_is_refused(event: Any) -> None:
    """Lambda hands over JSON; a test, or another wrapper, may not."""
    with pytest.raises(InvalidRequestError, match="it is not JSON"):
        _read(event)


def test_a_payload_that_contains_itself_is_refused() -> None:
    """It could be written for ever."""
    event: dict[str, Any] = {}
    event["self"] = event
    with pytest.raises(InvalidRequestError, match="it is not JSON, or is nested too deeply"):
        _read(event)


@given(body=st.text(max_size=40))
def test_a_body_of_any_text_is_read_or_refused(body: str) -> None:
    """As JSON, and with nothing guessed."""
    inputs = _read(api_gateway_v1(method="POST", body=body))
    try:
        fields = inputs.fields()
    except InvalidDataError:
        return
    assert fields == (json.loads(body) if body else {})
