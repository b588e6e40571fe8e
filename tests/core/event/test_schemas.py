"""The published schemas of events, against samples, generated events, and the reader."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import strategies as my
from affidavit import SetupError
from affidavit._event.event_source import Report, unopened
from affidavit._event.request import DIRECT, read_request, record_request
from affidavit._event.schemas import event_names, event_schema
from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    dynamodb_stream,
    eventbridge,
    function_url,
    kinesis,
    platform_event,
    s3,
    sns,
    sqs,
    step,
)
from event_samples import PLATFORM, SAMPLES, last_call, sample

LIMIT = 10_000_000
VALIDATORS = {name: Draft202012Validator(event_schema(name)) for name in event_names()}

BUILT: dict[str, Any] = {
    "alb": [alb(), alb(multi=True, query={"a": [1, 2]}), alb(body=b"\xff")],
    "apigw.v1": [
        api_gateway_v1(),
        api_gateway_v1(method="POST", body={"a": 1}, query={"a": [1, 2]}, parameters={"b": "c"}),
        api_gateway_v1(authorizer={"claims": {"sub": "x"}}, user_arn="arn:aws:iam::1:user/x"),
    ],
    "apigw.v2": [api_gateway_v2(), api_gateway_v2(body={"a": 1}, authorizer={"jwt": {}})],
    "function-url": [function_url(), function_url(method="POST", body="x", query={"a": 1})],
    "step-functions": [step(), step({"a": 1})],
    "sqs": [sqs(["x"]), sqs([{}, []], groups=["a", "b"])],
    "sns": [sns({"a": 1})],
    "eventbridge": [eventbridge(None), eventbridge({"a": [1]})],
    "kinesis": [kinesis(["x", b"\xff"]), last_call("kinesis"), last_call("kinesis", Records=[])],
    "dynamodb-stream": [
        last_call("dynamodb"),
        dynamodb_stream([{"pk": {"S": "x"}, "n": {"NS": ["1", "-2.5E+3"]}}]),
        dynamodb_stream([{"pk": {"B": "AA=="}}], expired=True),
    ],
    "s3": [s3("a b"), s3("é", event="ObjectRemoved:Delete")],
    "direct": [{}, {"a": 1}, [], None, 7, "x", {"Records": []}, {"Records": [{"id": 1}]}],
    **{name: [platform_event(name)] for name in PLATFORM},
}
"""What the builders of affidavit.testing make."""


def _accepted(event: Any) -> list[str]:
    return [name for name, validator in VALIDATORS.items() if validator.is_valid(event)]


def _check_reader(event: Any, name: str) -> None:
    """What fits a schema is recognised, and each of its records can be named and opened."""
    request = read_request(event)
    assert name == request.via
    source = request.source
    if source is None or not source.batch:
        return
    assert name == source.via
    for record in source.records(event):
        request = record_request(source, record, event)
        assert request.delivery is not None
        assert request.event_id or source.via == "appsync"
        assert request.delivery.service or source.via == "appsync"
        assert request.delivery.item or source.report in {Report.RAISE, Report.ANSWER}
        assert request.carried(LIMIT) is not None or source.open is unopened


def test_every_event_source_has_a_schema() -> None:
    """Under the name that records give it."""
    assert set(event_names()) == SAMPLES.keys() == BUILT.keys()


@pytest.mark.parametrize("name", event_names())
def test_a_schema_is_one(name: str) -> None:
    """Of the draft that it names, with a title and a source."""
    schema = event_schema(name)
    Draft202012Validator.check_schema(schema)

    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    assert f"urn:affidavit:event:{name}:1" == schema["$id"]
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert schema["$comment"].startswith("Source: ")


def test_an_unknown_schema_is_refused_with_the_known_ones() -> None:
    """Whoever asks for `SQS` means `sqs`."""
    with pytest.raises(SetupError, match=r"apigw\.v1"):
        event_schema("SQS")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_fits_its_schema_and_no_other(name: str) -> None:
    """And the reader agrees."""
    assert [name] == _accepted(sample(name))
    _check_reader(sample(name), name)


@pytest.mark.parametrize(
    ("name", "event"), [(name, event) for name, events in BUILT.items() for event in events]
)
def test_what_the_stand_ins_build_fits(name: str, event: Any) -> None:
    """Tests that use them are about events that may arrive."""
    assert [name] == _accepted(event)
    _check_reader(event, name)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def _spoil(event: Any, path: tuple[Any, ...], junk: Any, *, remove: bool) -> Any:
    spoilt = copy.deepcopy(event)
    inner = spoilt
    for part in path[:-1]:
        inner = inner[part]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = junk
    return spoilt


@settings(max_examples=400)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.integers(0, 10_000),
    st.sampled_from([None, 7, "", "x", [], {}, True, [{}], {"http": {}}, {"elb": 1}]),
    st.booleans(),
)
def test_an_event_with_one_thing_wrong_is_judged_alike(
    name: str, draw: int, junk: Any, remove: bool
) -> None:
    """At most one schema accepts it; if one does, the reader agrees."""
    event = sample(name)
    places = list(_places(event))
    event = _spoil(event, places[draw % len(places)], junk, remove=remove)

    accepted = _accepted(event)

    assert len(accepted) <= 1
    for one in accepted:
        _check_reader(event, one)
    assert (["direct"] == accepted) == (read_request(event).via == DIRECT)


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"direct"}))
def test_what_a_schema_requires_is_needed(name: str) -> None:
    """Without it the event does not fit."""
    schema, event = event_schema(name), sample(name)
    for path in _required(schema, ()):
        assert name not in _accepted(_spoil(event, path, None, remove=True)), path


def _required(schema: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for key in schema.get("required", ()):
        yield (*path, key)
    for key, inner in schema.get("properties", {}).items():
        if key in schema.get("required", ()):
            yield from _required(inner, (*path, key))
    if isinstance(schema.get("items"), dict):
        yield from _required(schema["items"], (*path, 0))


def _generate(schema: Any, root: Any, chance: random.Random, depth: int = 0) -> Any:
    """Return something that fits a schema, for the part of the language that ours use."""
    if "$ref" in schema:
        found = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _generate(found, root, chance, depth)
    if "const" in schema or "enum" in schema:
        return chance.choice(schema.get("enum") or [schema["const"]])
    if "anyOf" in schema:
        options = schema["anyOf"][: None if depth < 6 else 5]  # the last ones nest
        return _generate(chance.choice(options), root, chance, depth + 1)
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        kind = chance.choice(kind)
    if kind == "object":
        return _object(schema, root, chance, depth)
    if kind == "array":
        least = schema.get("minItems", 0)
        size = chance.randint(least, least + 2)
        return [_generate(schema["items"], root, chance, depth + 1) for _ in range(size)]
    plain = {"boolean": True, "integer": 7, "null": None, "any": {"anything": [1]}}
    return plain[kind] if kind in plain else _string(schema, chance)


def _object(schema: Any, root: Any, chance: random.Random, depth: int) -> dict[str, Any]:
    needed = set(schema.get("required", ()))
    told = {
        key: _generate(inner, root, chance, depth + 1)
        for key, inner in schema.get("properties", {}).items()
        if key in needed or chance.random() < 0.5
    }
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        told["extra"] = _generate(more, root, chance, depth + 1)
    elif more is None and depth:
        told["notRead"] = 1
    return told


def _string(schema: Any, chance: random.Random) -> str:
    words = {
        "^arn:": ["arn:aws:x", "arn:"],
        "^arn:aws[a-z-]*:kinesis:": ["arn:aws:kinesis:x"],
        "^arn:aws[a-z-]*:dynamodb:": ["arn:aws-cn:dynamodb:x"],
        "^Alexa": ["Alexa", "Alexa.Discovery"],
        "Request$": ["PingRequest", "Request"],
        r"\.lambda-url\.": ["a.lambda-url.b", ".lambda-url."],
    }
    pattern = schema.get("pattern", "")
    if pattern.startswith("^(?:[A-Za-z0-9+/]{4})"):
        return chance.choice(["", "AAAA", "AAA=", "AA==", "+/+/AAAA"])
    if pattern.startswith("^-?[0-9]"):
        return chance.choice(["0", "-1", "1.5", "1E+30", "99999999999999999999999999999999999999"])
    # The empty word is drawn wherever it is allowed.
    return chance.choice(
        words.get(pattern, ["a", "é \u2028", "7", "{"] + [""] * ("minLength" not in schema))
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(set(event_names()) - {"direct"})), st.integers())
def test_whatever_fits_a_schema_is_recognised_and_can_be_opened(name: str, seed: int) -> None:
    """Events that are made from the schema alone."""
    schema = event_schema(name)
    event = _generate(schema, schema, random.Random(seed))  # noqa: S311

    assert [name] == _accepted(event)
    _check_reader(event, name)


@given(my.jsons())
def test_any_json_is_a_direct_call_unless_it_is_something_else(event: Any) -> None:
    """The reader and the schema draw the line in the same place."""
    assert VALIDATORS["direct"].is_valid(event) == (read_request(event).via == DIRECT)
