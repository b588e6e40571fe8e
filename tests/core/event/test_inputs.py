"""Everything that a request says, in one set of fields."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

import strategies as my
from affidavit import InvalidRequestError, TooLargeError, audited
from affidavit._event.inputs import Inputs, check_limits, read_inputs
from affidavit._event.request import read_request
from affidavit._event.validate import InvalidDataError, Shape
from affidavit._policy.model import RequestLimits
from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    function_url,
    make_runtime,
    run,
    step,
)

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


@pytest.mark.parametrize("bare", [False, True])
@given(size=st.integers(2, 200))
def test_the_size_is_that_of_the_body(bare: bool, size: int) -> None:
    """Or of the whole payload of a direct call: one byte too many is too many, read or not."""

    def ask(event: Any, most: int) -> None:
        limits = RequestLimits(request_bytes=most, depth=1)
        check_limits(read_request(event), limits) if bare else _read(event, limits)

    body = "x" * size
    ask(api_gateway_v1(body=body), size)
    ask(body, size + 2)  # JSON adds two quotes
    with pytest.raises(TooLargeError, match=f"more than {size - 1} bytes"):
        ask(api_gateway_v1(body=body), size - 1)
    with pytest.raises(TooLargeError, match=f"more than {size + 1} bytes"):
        ask(body, size + 1)


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


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[" * 250 + "]" * 250, id="deeper than parsers go"),
        pytest.param("[" * 100_000, id="much deeper, and never closed"),
        pytest.param("[" * 20 + "1," + "]" * 20, id="a trailing comma"),
        pytest.param("\ufeff" + "[" * 20 + "]" * 20, id="a byte order mark"),
        pytest.param("{'a':" * 20 + "1" + "}" * 20, id="quotes of another language"),
        pytest.param("[" * 20 + "NaN" + "]" * 20, id="a number that is none"),
    ],
)
@pytest.mark.parametrize("bare", [True, False])
def test_the_depth_holds_for_what_no_parser_accepts(body: str, bare: bool) -> None:
    """Whatever reads it next may be more lenient."""
    request = read_request(api_gateway_v1(method="POST", body=body))
    with pytest.raises(TooLargeError, match="nested too deeply"):
        (check_limits if bare else read_inputs)(
            request, RequestLimits(request_bytes=10**6, depth=16)
        )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json.dumps(["[[[[[[[[{{{{{{{{\\"] * 9), id="brackets in texts"),
        pytest.param('"' + "[" * 99, id="a text that never ends"),
        pytest.param("][" * 99, id="up and down"),
    ],
)
def test_brackets_that_do_not_nest_are_no_depth(body: str) -> None:
    """The limit is about what a parser has to keep open."""
    check_limits(read_request(api_gateway_v1(method="POST", body=body)), LIMITS)


def test_the_scan_takes_linear_time_on_quotes() -> None:
    """Two million of them, each of which could begin a text: seconds if it were quadratic."""
    body = '\\"' * 10**6 + "[" * 99
    check_limits(read_request(api_gateway_v1(method="POST", body=body)), RequestLimits(10**7, 16))


@pytest.mark.parametrize("size", [1, 2, 3, 50, 51, 52])
def test_a_bare_wrap_measures_an_encoded_body_without_decoding_it(size: int) -> None:
    """By its length."""
    request = read_request(api_gateway_v1(method="POST", body=b"x" * size))
    if size > 50:
        with pytest.raises(TooLargeError):
            check_limits(request, RequestLimits(request_bytes=50, depth=1))
    else:
        check_limits(request, RequestLimits(request_bytes=50, depth=1))


class Opaque(Mapping[str, Any]):
    """A data class of another library, above the wrap: an object that JSON does not know."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getitem__(self, key: str) -> Any:
        return self._inner[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(api_gateway_v2(parameters={"id": "1"}, query={"id": "1"}), id="said twice"),
        pytest.param(api_gateway_v1(parameters={"proxy": "a"}, query={"proxy": "x"}), id="a proxy"),
        pytest.param(api_gateway_v1(method="POST", body="{no json"), id="no JSON"),
        pytest.param({**api_gateway_v1(body="!"), "isBase64Encoded": True}, id="no base64"),
        pytest.param(Opaque(api_gateway_v1()), id="a data class of HTTP"),
        pytest.param(Opaque({"a": 1}), id="a data class"),
        pytest.param({"a": "\ud800", "b": float("nan")}, id="what JSON does not know"),
    ],
)
def test_nothing_is_read_that_nobody_asks_for(event: Any) -> None:
    """A bare wrap refuses none of these, and hands them on as they are."""
    got: list[Any] = []
    run(audited(action="X")(lambda given, _: got.append(given)), event, make_runtime())

    assert [event] == got
    assert event is got[0]


class Filter(BaseModel):
    """What HTTP carries, in all its places."""

    ids: list[int] = []
    tags: set[str] | None = None
    name: str = ""
    trace: str = Field("", alias="header:X-Trace-Id")
    session: str = Field("", alias="cookie:session")


PLACES = {
    "rest": api_gateway_v1,
    "http": api_gateway_v2,
    "url": function_url,
    "alb": alb,
    "alb, many": functools.partial(alb, multi=True),
}


def _as(event: Any, model: Any = Filter) -> Any:
    shape = Shape(model)
    return read_inputs(read_request(event), LIMITS, shape).read_as(shape)


@pytest.mark.parametrize("place", PLACES)
def test_a_list_is_one_if_it_is_sent_once_or_often(place: str) -> None:
    """`?ids=1` and `?ids=1&ids=2` are lists for a field that is one."""
    build: Any = PLACES[place]
    assert [1] == _as(build(query={"ids": 1})).ids
    assert {"a"} == _as(build(query={"tags": "a", "name": "n"})).tags
    if place != "alb":  # a load balancer without multi-value headers keeps the last one
        assert [1, 2] == _as(build(query={"ids": [1, 2]})).ids


@pytest.mark.parametrize("place", PLACES)
def test_headers_and_cookies_are_read_by_alias(place: str) -> None:
    """Whatever the case of the header; a cookie's name has one."""
    build: Any = PLACES[place]
    sent = {"x-TRACE-id": "t-1", "Cookie": "a=b; session=s-1; c"}
    found = _as(build(query={"name": "n"}, headers=sent))

    assert ("t-1", "s-1", "n") == (found.trace, found.session, found.name)
    assert ("", "") == (_as(build()).trace, _as(build()).session)


def test_an_http_apis_own_list_of_cookies_is_read() -> None:
    """Payload format 2.0 takes them out of the headers."""
    assert "s" == _as({**api_gateway_v2(), "cookies": ["a=1", "session=s", 7]}).session


@pytest.mark.parametrize("place", ["query", "body"])
def test_nobody_says_in_the_query_or_body_what_a_header_says(place: str) -> None:
    """The name with the colon is not theirs."""
    said = {"cookie:session": "forged"}
    event = api_gateway_v1(method="POST", **{place: said})
    if place == "body":
        with pytest.raises(InvalidDataError):
            _as(event)
    else:
        assert "" == _as(event).session


def test_what_a_model_does_not_ask_for_may_be_said_twice() -> None:
    """Only a field that somebody reads can be ambiguous."""
    assert (
        "n"
        == _as(api_gateway_v1(parameters={"proxy": "a"}, query={"proxy": "b", "name": "n"})).name
    )
    with pytest.raises(InvalidDataError):
        _as(api_gateway_v1(parameters={"name": "a"}, query={"name": "b"}))
