"""Recognising events, and taking out of them what the kernel needs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import strategies as my
from affidavit import AffidavitError, InvalidRequestError, audited
from affidavit._event.request import ALB, DIRECT, REST, STATES, URL, read_request
from affidavit._event.request import HTTP as HTTP_API
from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    function_url,
    make_runtime,
    run,
    step,
)
from event_samples import SAMPLES, sample

HTTP: dict[str, Callable[..., dict[str, Any]]] = {
    "rest": api_gateway_v1,
    "http": api_gateway_v2,
    "url": function_url,
    "alb": alb,
    "alb, many": lambda **parts: alb(multi=True, **parts),
}
"""Every source that carries an HTTP request."""

UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)

each = pytest.mark.parametrize("source", HTTP)


@pytest.mark.parametrize(
    ("event", "via", "http", "event_id"),
    [
        pytest.param(api_gateway_v1(request_id="r"), REST, True, "r", id="REST API"),
        pytest.param(api_gateway_v2(request_id="r"), HTTP_API, True, "r", id="HTTP API"),
        pytest.param(function_url(request_id="r"), URL, True, "r", id="function URL"),
        pytest.param(alb(), ALB, True, "", id="load balancer"),
        pytest.param(alb(multi=True), ALB, True, "", id="load balancer, many values"),
        pytest.param({"id": "A1"}, DIRECT, False, "", id="direct"),
        pytest.param({}, DIRECT, False, "", id="empty"),
        pytest.param(None, DIRECT, False, "", id="null"),
        pytest.param([1], DIRECT, False, "", id="a list"),
        pytest.param("text", DIRECT, False, "", id="a word"),
        pytest.param({"requestContext": 7}, DIRECT, False, "", id="a context that is none"),
        pytest.param({"requestContext": {}}, DIRECT, False, "", id="an empty context"),
        pytest.param({"httpMethod": "GET"}, DIRECT, False, "", id="a method alone"),
        pytest.param({"StepFunctions": 7}, DIRECT, False, "", id="a machine that is none"),
        pytest.param({"StepFunctions": {"Execution": "x"}}, DIRECT, False, "", id="no execution"),
    ],
)
def test_every_source_is_recognised(event: Any, via: str, http: bool, event_id: str) -> None:
    """By what only it sends; everything else is a direct call."""
    request = read_request(event)

    assert (via, http, event_id) == (request.via, request.http, request.event_id)
    assert request.raw is event


def test_a_machines_step_is_named_by_its_entry() -> None:
    """A retry enters no state anew, so it has the same id; the next run has another."""
    first = read_request(step({"id": 1}))
    retried = step({"id": 1})
    retried["StepFunctions"]["State"]["RetryCount"] = 2

    assert STATES is first.via
    assert first.event_id == read_request(retried).event_id
    others = [
        step({"id": 1}, execution="arn:…:run-2"),
        step({"id": 1}, state="Write"),
        step({"id": 1}, entered="2026-01-23T12:00:01.000Z"),
    ]
    assert 4 == len({first.event_id, *(read_request(event).event_id for event in others)})


def test_a_machines_own_words_are_not_the_payload() -> None:
    """The context object names the caller; what was sent is the rest."""
    assert {"id": 1} == read_request(step({"id": 1})).payload()
    assert {"id": 1} == read_request({"id": 1}).payload()
    assert [1] == read_request([1]).payload()


@each
@pytest.mark.parametrize("name", ["x-note", "X-Note", "X-NOTE"])
def test_headers_have_no_case(source: str, name: str) -> None:
    """RFC 9110, section 5.1."""
    request = read_request(HTTP[source](headers={name: "seen"}))

    assert "seen" == request.header("x-note")
    assert "" == request.header("x-other")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({"headers": {"A": "1"}, "multiValueHeaders": {"A": ["2"]}}, "1", id="both"),
        pytest.param({"multiValueHeaders": {"A": ["1", "2"]}}, "1", id="many values"),
        pytest.param({"multiValueHeaders": {"A": []}}, "", id="no value"),
        pytest.param({"multiValueHeaders": {"A": {"0": "1"}}}, "", id="an object of values"),
        pytest.param({"multiValueHeaders": {"A": "1"}}, "", id="a word of values"),
        pytest.param({"multiValueHeaders": {"A": 7}}, "", id="a number of values"),
        pytest.param({"multiValueHeaders": {"A": [7]}}, "", id="a number as value"),
        pytest.param({"headers": {"A": 7}}, "", id="a number"),
        pytest.param({"headers": [["A", "1"]]}, "", id="a list of headers"),
        pytest.param({"headers": None, "multiValueHeaders": None}, "", id="nothing"),
    ],
)
def test_headers_of_any_form_can_be_asked_for(parts: dict[str, Any], expected: str) -> None:
    """A direct caller can send what no gateway would."""
    assert expected == read_request({**alb(), "headers": None, **parts}).header("a")


@each
def test_where_a_caller_comes_from(source: str) -> None:
    """From the source's own word, never from a header that the caller chose."""
    event = HTTP[source](source_ip="198.51.100.9")
    assert "198.51.100.9" == read_request(event).address
    if not source.startswith("alb"):
        forged = HTTP[source](
            source_ip="198.51.100.9", headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
        )
        assert "198.51.100.9" == read_request(forged).address


@pytest.mark.parametrize("multi", [False, True])
def test_behind_a_load_balancer_the_last_address_counts(multi: bool) -> None:
    """It appends the address that it saw; what stands before came with the request."""
    event = alb(headers={"x-forwarded-for": "192.0.2.66, 198.51.100.9"}, multi=multi)

    assert "198.51.100.9" == read_request(event).address


@pytest.mark.parametrize("event", [step(), {"id": 1}, None])
def test_a_call_without_a_connection_has_no_address(event: Any) -> None:
    """Nothing is better than a guess."""
    assert "" == read_request(event).address


@each
@given(
    query=st.dictionaries(
        UNICODE.filter(bool),
        UNICODE | st.lists(UNICODE, min_size=2, max_size=3),
        max_size=3,
    )
)
def test_a_query_comes_out_as_it_went_in(source: str, query: dict[str, Any]) -> None:
    """Whatever the source does to names and values; repeated names have a list."""
    # A load balancer without multi-value headers hands over the last of many.
    assume(source != "alb" or not any(isinstance(value, list) for value in query.values()))

    assert query == read_request(HTTP[source](query=query)).query()


def test_a_comma_is_not_a_repeated_name() -> None:
    """HTTP APIs join repeated names with a comma, so the raw string is read instead."""
    one = read_request(api_gateway_v2(query={"a": "1,2"}))
    two = read_request(api_gateway_v2(query={"a": ["1", "2"]}))

    assert {"a": "1,2"} == one.query()
    assert {"a": ["1", "2"]} == two.query()
    assert one.event["queryStringParameters"] == two.event["queryStringParameters"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("", {}, id="none"),
        pytest.param("a", {"a": ""}, id="a name alone"),
        pytest.param("a=", {"a": ""}, id="an empty value"),
        pytest.param("a=b=c", {"a": "b=c"}, id="an equals sign in the value"),
        pytest.param("a=1&a", {"a": ["1", ""]}, id="once with and once without"),
        pytest.param("na%20me=v+1%2B", {"na me": "v 1+"}, id="encoded"),
        pytest.param("a=%ff", {"a": "\ufffd"}, id="no UTF-8"),
        pytest.param("a=1&&b=2", {"a": "1", "": "", "b": "2"}, id="nothing between"),
    ],
)
def test_raw_query_strings(raw: str, expected: dict[str, Any]) -> None:
    """As browsers write them."""
    event = {**api_gateway_v2(), "rawQueryString": raw}

    assert expected == read_request(event).query()


@pytest.mark.parametrize("multi", [False, True])
def test_a_load_balancer_hands_over_what_was_encoded(multi: bool) -> None:
    """Names and values alike."""
    event = alb(query={"na me": "v 1+"}, multi=multi)

    assert {"na me": "v 1+"} == read_request(event).query()


def test_a_load_balancers_name_that_is_encoded_in_two_ways_is_one_name() -> None:
    """`a%62` and `ab` are the same name, so the value is said twice."""
    event = {**alb(), "queryStringParameters": {"ab": "1", "a%62": "2"}}

    assert {"ab": ["1", "2"]} == read_request(event).query()


@pytest.mark.parametrize(
    "found", [None, {}, [], [1], "a=1", 7], ids=["null", "empty", "list", "items", "text", "number"]
)
@pytest.mark.parametrize(
    "name", ["queryStringParameters", "multiValueQueryStringParameters", "rawQueryString"]
)
def test_a_query_of_another_form_is_none(name: str, found: Any) -> None:
    """Not an error: the model says what is missing."""
    for source in ("rest", "alb"):
        event = {**HTTP[source](), "multiValueQueryStringParameters": None, name: found}
        assert {} == read_request(event).query()


@each
@pytest.mark.parametrize("encoded", [False, True])
@given(body=UNICODE.filter(bool))
def test_a_body_comes_out_as_it_went_in(source: str, encoded: bool, body: str) -> None:
    """Decoded, if the source encoded it."""
    request = read_request(HTTP[source](method="POST", body=body, encoded=encoded))

    assert body.encode() == request.body(10_000)


@each
def test_bytes_are_bodies_too(source: str) -> None:
    """Sources encode what is no text."""
    assert b"\xff\x00" == read_request(HTTP[source](body=b"\xff\x00")).body(100)


@pytest.mark.parametrize("body", [None, "", 7, {"a": 1}, ["a"]])
def test_what_is_no_body_is_none(body: Any) -> None:
    """A body is text, always."""
    assert read_request({**api_gateway_v1(), "body": body}).body(100) is None


@pytest.mark.parametrize("body", ["a", "a===", "%%%%", "YQ=", "é", "YQ==\n", "Y Q=="])
def test_a_body_that_is_not_base64_is_refused(body: str) -> None:
    """Reading it leniently would hash another body than the caller sent."""
    event = {**api_gateway_v1(), "body": body, "isBase64Encoded": True}
    with pytest.raises(InvalidRequestError, match="marked as base64 and is not"):
        read_request(event).body(100)


@given(limit=st.integers(0, 100), over=st.integers(1, 50))
def test_a_body_over_the_limit_is_not_decoded(limit: int, over: int) -> None:
    """It comes back longer than the limit, so the check that follows refuses it."""
    body = base64.b64encode(b"x" * (limit + 4 + over)).decode()
    event = {**api_gateway_v1(), "body": body, "isBase64Encoded": True}

    assert len(read_request(event).body(limit) or b"") > limit


@given(event=my.jsons())
def test_no_event_breaks_the_reader(event: Any) -> None:
    """Whatever JSON it is, every question has an answer or a refusal."""
    for shaped in (event, {"requestContext": event, "httpMethod": event, "headers": event}):
        request = read_request(shaped)
        assert isinstance(request.address + request.header("host") + request.event_id, str)
        assert isinstance(request.query(), dict)
        assert request.path_parameters() is not None


@given(parts=st.dictionaries(st.sampled_from(["requestContext", "headers", "body"]), my.jsons()))
@pytest.mark.parametrize("name", my.SHAPES)
def test_no_part_of_an_event_breaks_the_reader(name: str, parts: dict[str, Any]) -> None:
    """An event of a known source with one part replaced."""
    shaped = {**my.SHAPES[name]({"id": "A1"}), **parts}
    for key in ("multiValueHeaders", "queryStringParameters", "pathParameters"):
        shaped[key] = parts.get("headers")
    request = read_request(shaped)

    assert isinstance(request.address + request.header("x-forwarded-for"), str)
    assert isinstance(request.query(), dict)
    with suppress(InvalidRequestError):
        assert isinstance(request.body(100), bytes | None)


def _places(value: Any) -> Iterator[dict[Any, Any]]:
    """Yield every object inside of an event."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _places(inner)
    if isinstance(value, dict):
        yield value


@pytest.mark.parametrize("name", SAMPLES)
def test_a_name_that_is_no_text_breaks_nothing(name: str) -> None:
    """Whoever calls a handler with an event of their own making is answered all the same."""
    event = json.loads(json.dumps(sample(name)))
    for place in list(_places(event)):
        place[7] = "x"
    request = read_request(event)
    handled = audited(action="ANY", actor="email", subject="id")(lambda given, context: {"ok": 1})

    assert [] == [name for name in request.query() if not isinstance(name, str)]
    assert ("", "") == (request.header("7"), request.cookie("7"))
    assert request.payload() is not None
    with suppress(AffidavitError):
        assert run(handled, event, make_runtime()) is not None
