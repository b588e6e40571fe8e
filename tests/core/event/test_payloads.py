"""What a record carries: through envelopes, base64 and typed attributes, within bounds."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import strategies as my
from affidavit import InvalidRequestError, TooLargeError
from affidavit._event.payloads import (
    MAX_ENVELOPES,
    MAX_NESTING,
    eventbridge_payload,
    kinesis_payload,
    s3_payload,
    sns_payload,
    sqs_payload,
    stream_payload,
)
from affidavit.testing import dynamodb_stream, eventbridge, kinesis, s3, sns, sqs

LIMIT = 100_000
DOCUMENT = {"id": 1, "note": "n"}


def _record(event: Mapping[str, Any]) -> Mapping[str, Any]:
    record: Mapping[str, Any] = event["Records"][0]
    return record


def _notification(message: Any) -> dict[str, Any]:
    said: dict[str, Any] = _record(sns(message))["Sns"]
    return said


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(DOCUMENT, id="bare"),
        pytest.param(_notification(DOCUMENT), id="SNS"),
        pytest.param(eventbridge(DOCUMENT), id="EventBridge"),
        pytest.param(_notification(eventbridge(DOCUMENT)), id="EventBridge in SNS"),
        pytest.param(_notification(_notification(_notification(DOCUMENT))), id="three deep"),
    ],
)
def test_a_message_is_taken_out_of_its_envelopes(body: Any) -> None:
    """A handler need not know which way it came."""
    assert json.loads(sqs_payload(_record(sqs([body])), LIMIT)) == DOCUMENT
    assert json.loads(sns_payload(_record(sns(body)), LIMIT)) == DOCUMENT
    assert json.loads(kinesis_payload(_record(kinesis([body])), LIMIT)) == DOCUMENT


def test_envelopes_are_opened_three_deep() -> None:
    """What is in a fourth one stays there."""
    body: Any = DOCUMENT
    for _ in range(MAX_ENVELOPES + 1):
        body = _notification(body)

    told = json.loads(sqs_payload(_record(sqs([body])), LIMIT))

    assert _notification(DOCUMENT) == told


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"TopicArn": "x", "Message": "{}"}, id="no type"),
        pytest.param({"Type": "Notification", "TopicArn": 7, "Message": "{}"}, id="no topic"),
        pytest.param({"Type": "Notification", "TopicArn": "x", "Message": {}}, id="no text"),
        pytest.param({"detail-type": "x", "source": "y"}, id="no detail"),
        pytest.param(["TopicArn", '"TopicArn"'], id="a list"),
    ],
)
def test_what_only_looks_like_an_envelope_stays_as_it_is(body: Any) -> None:
    """It is the sender's own document."""
    assert body == json.loads(sqs_payload(_record(sqs([body])), LIMIT))


@given(my.jsons())
def test_any_detail_is_handed_on(detail: Any) -> None:
    """Whatever JSON holds, except text that is no Unicode."""
    try:
        json.dumps(detail, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        with pytest.raises(InvalidRequestError):
            eventbridge_payload(eventbridge(detail), LIMIT)
    else:
        assert detail == json.loads(eventbridge_payload(eventbridge(detail), LIMIT))


@given(st.text(max_size=200))
@example('"TopicArn" {')
@example('{"detail-type":')
def test_a_body_that_is_not_json_is_handed_on(text: str) -> None:
    """A handler without a model may want plain text."""
    record = {**_record(sqs(["x"])), "body": text}

    assert text.encode("utf-8", "replace") == sqs_payload(record, LIMIT)


@pytest.mark.parametrize(
    "carried",
    [
        pytest.param(lambda: sqs_payload({"body": "é" * 51}, 100), id="body"),
        pytest.param(lambda: sns_payload({"Sns": {"Message": "x" * 101}}, 100), id="message"),
        pytest.param(lambda: kinesis_payload(_record(kinesis([b"x" * 101])), 100), id="data"),
        pytest.param(
            lambda: kinesis_payload({"kinesis": {"data": "!" * 1_000}}, 100), id="before decoding"
        ),
    ],
)
def test_what_is_too_large_is_refused(carried: Any) -> None:
    """Before it is parsed, in bytes and not in characters."""
    with pytest.raises(TooLargeError, match="100 bytes"):
        carried()


@pytest.mark.parametrize(
    "carried",
    [
        pytest.param(lambda: sqs_payload({}, 100), id="no body"),
        pytest.param(lambda: sqs_payload({"body": {"a": 1}}, 100), id="no text"),
        pytest.param(lambda: sns_payload({"Sns": 7}, 100), id="no notification"),
        pytest.param(lambda: kinesis_payload({"kinesis": {"data": "!"}}, 100), id="no base64"),
        pytest.param(lambda: kinesis_payload({"kinesis": {}}, 100), id="no data"),
        pytest.param(lambda: stream_payload({"dynamodb": {"Keys": 7}}, 100), id="no item"),
        pytest.param(lambda: stream_payload(_image({"pk": "x"}), 100), id="no type"),
        pytest.param(lambda: stream_payload(_image({"pk": {}}), 100), id="no value"),
        pytest.param(lambda: stream_payload(_image({"pk": {"X": "1"}}), 100), id="unknown type"),
        pytest.param(lambda: stream_payload(_image({"pk": {"N": "x"}}), 100), id="no number"),
        pytest.param(lambda: stream_payload(_image({"pk": {"N": "NaN"}}), 100), id="not finite"),
        pytest.param(lambda: stream_payload(_image({"pk": {"N": 1}}), 100), id="bare number"),
        pytest.param(lambda: stream_payload(_image({"pk": {"S": 1}}), 100), id="another type"),
        pytest.param(lambda: stream_payload(_image({"pk": {"L": {}}}), 100), id="no list"),
        pytest.param(lambda: stream_payload(_image({"pk": _nested(40)}), 100), id="too deep"),
    ],
)
def test_what_has_not_its_carriers_form_is_refused(carried: Any) -> None:
    """Nobody else than the carrier may have written it."""
    with pytest.raises(InvalidRequestError):
        carried()


def _image(image: Any) -> Mapping[str, Any]:
    return {"eventName": "INSERT", "dynamodb": {"NewImage": image}}


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_an_item_nests_as_deep_as_dynamodb_allows() -> None:
    """Thirty-two levels, the attribute's own included."""
    assert stream_payload(_image({"pk": _nested(MAX_NESTING - 1)}), LIMIT)


def _typed(value: Any) -> dict[str, Any]:
    """Return a plain value as DynamoDB types it."""
    if isinstance(value, dict):
        return {"M": {name: _typed(one) for name, one in value.items()}}
    if isinstance(value, list):
        return {"L": [_typed(one) for one in value]}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"NULL": True} if value is None else {"S": value}


_INTEGERS = st.integers(-(10**38) + 1, 10**38 - 1)
_WORDS = st.text("abcdef", max_size=5)


@given(
    st.dictionaries(
        _WORDS,
        st.recursive(
            st.none() | st.booleans() | _INTEGERS | _WORDS,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_typed_attributes_become_plain_json(item: dict[str, Any]) -> None:
    """Integers with every digit, nested as they were."""
    told = json.loads(stream_payload(_image({n: _typed(v) for n, v in item.items()}), LIMIT))

    assert {"event": "INSERT", "keys": None, "new": item, "old": None} == told


def test_sets_fractions_and_binary_values_lose_nothing() -> None:
    """A fraction with 38 digits does not fit a float, so it is text."""
    exact = "0.12345678901234567890123456789012345678"
    image = {
        "ns": {"NS": ["1", "2.5"]},
        "ss": {"SS": ["a", "b"]},
        "bs": {"BS": ["AA=="]},
        "n": {"N": exact},
        "e": {"N": "1E+30"},
        "b": {"B": "AAE="},
    }

    told = json.loads(stream_payload(_image(image), LIMIT))["new"]

    wanted = {"ns": [1, "2.5"], "ss": ["a", "b"], "bs": ["AA=="]}
    assert {**wanted, "n": exact, "e": "1E+30", "b": "AAE="} == told
    assert Decimal(exact) == Decimal(told["n"])


def test_a_deletion_has_an_old_image_and_no_new_one() -> None:
    """As time to live makes it."""
    event = dynamodb_stream([{"pk": {"S": "x"}}], expired=True)

    told = json.loads(stream_payload(_record(event), LIMIT))

    assert {"event": "REMOVE", "keys": {"pk": "x"}, "new": None, "old": {"pk": "x"}} == told


def test_a_key_is_decoded() -> None:
    """A space comes as a plus, a plus as %2B."""
    told = json.loads(s3_payload(_record(s3("a b/c+d é.pdf")), LIMIT))

    assert ("documents", "a b/c+d é.pdf", 1024) == (told["bucket"], told["key"], told["size"])


@given(st.binary(max_size=60))
def test_any_bytes_of_a_stream_are_handed_on(data: bytes) -> None:
    """A handler without a model may want protocol buffers."""
    record = {"kinesis": {"data": base64.b64encode(data).decode()}}

    assert data == kinesis_payload(record, LIMIT)
