"""What an event asks for, whatever sent it: one shape for every event source.

`read_request` recognises API Gateway REST (payload 1.0) and HTTP (payload 2.0)
APIs, Lambda function URLs, Application Load Balancers, Step Functions, the six
carriers of `carriers.py`, and direct calls. Only what the kernel needs is taken
out, and lazily: most of an event is never looked at.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from enum import Enum, unique
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from affidavit._event.batch_sources import (
    BatchEventSource,
    Delivery,
    describe_all,
    find_batch_source,
)
from affidavit._types import Event
from affidavit._untrusted import OBJECT, mapping, text
from affidavit.errors import InvalidRequestError


@unique
class Via(Enum):
    """Which event source an event came from. The record's `src.via`."""

    REST = "apigw.v1"
    HTTP = "apigw.v2"
    URL = "function-url"
    ALB = "alb"
    STATES = "step-functions"
    SQS = "sqs"
    SNS = "sns"
    EVENTBRIDGE = "eventbridge"
    KINESIS = "kinesis"
    STREAM = "dynamodb-stream"
    S3 = "s3"
    DIRECT = "direct"


class Request(NamedTuple):
    """One event, recognised. `http` is true if the caller expects an HTTP answer.

    `event_id` is the source's own id, the same for every delivery of the event;
    empty if the source has none. `context` is its `requestContext`. `raw` is
    the event as Lambda handed it over, which need not be an object.

    `delivery` is what a carrier says of its record, and `batch_source` opens that
    record; it is None where an event is taken as a whole.
    """

    via: Via
    http: bool
    event: Event
    context: Mapping[str, Any]
    event_id: str
    raw: Any
    delivery: Delivery | None = None
    batch_source: BatchEventSource | None = None

    @property
    def address(self) -> str:
        """Where the caller's connection came from; empty if the source does not say."""
        if self.delivery is not None:
            return self.delivery.address
        if self.via is Via.REST:
            return text(mapping(self.context.get("identity")).get("sourceIp"))
        if self.via is Via.ALB:
            # The load balancer appends the address that it saw.
            return self.header("x-forwarded-for").rsplit(",", 1)[-1].strip()
        return text(mapping(self.context.get("http")).get("sourceIp"))

    def header(self, name: str) -> str:
        """Return a header's first value, whatever its case; empty if absent."""
        single = mapping(self.event.get("headers"))
        for key, value in single.items():
            if key.lower() == name:
                return text(value)
        for key, values in mapping(self.event.get("multiValueHeaders")).items():
            if key.lower() == name and isinstance(values, list) and values:
                return text(values[0])
        return ""

    def cookie(self, name: str) -> str:
        """Return a cookie's value as it was sent; empty if absent (RFC 6265, section 4.2)."""
        found = self.event.get("cookies")
        sent = found if isinstance(found, list) else [self.header("cookie")]
        for pair in ";".join(map(text, sent)).split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value.strip('"')
        return ""

    def path_parameters(self) -> Mapping[str, Any]:
        """Return what the route's template took out of the path."""
        return mapping(self.event.get("pathParameters"))

    def query(self) -> dict[str, Any]:
        """Return the query string; a name that occurs more than once has a list.

        HTTP APIs join repeated names with a comma, so there the raw string is
        read instead: `?a=1,2` and `?a=1&a=2` are not the same request.
        """
        if self.via in {Via.HTTP, Via.URL}:
            raw = text(self.event.get("rawQueryString"))
            return _from_pairs(_pairs(raw)) if raw else {}
        found = self.event.get("multiValueQueryStringParameters") or self.event.get(
            "queryStringParameters"
        )
        if not found or not isinstance(found, OBJECT):
            return {}
        if self.via is Via.ALB:
            # The load balancer hands names and values over still encoded.
            return _from_pairs(_decoded(found))
        return {
            name: value[0] if isinstance(value, list) and len(value) == 1 else value
            for name, value in found.items()
        }

    def body(self, limit: int) -> bytes | None:
        """Return the body's bytes, decoded if need be; None if there is none.

        Raises:
            InvalidRequestError: It says that it is base64 and is not.

        """
        body = self.event.get("body")
        if not isinstance(body, str) or not body:
            return None
        if not self.event.get("isBase64Encoded"):
            return body.encode("utf-8", "replace")
        if len(body) > limit * 4 // 3 + 4:
            # Not decoded: the size check that follows would refuse it anyway.
            return body.encode("ascii", "replace")
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            pass
        raise InvalidRequestError(
            "the body cannot be read",
            why="it is marked as base64 and is not base64",
            fix="Send the body as the event source does",
        )

    def carried(self, limit: int) -> bytes | None:
        """Return what a carrier's record holds, as JSON text; None for any other event.

        Raises:
            InvalidRequestError: The record has not the form that its carrier gives it.
            TooLargeError: It holds more than `limit` bytes.

        """
        return None if self.batch_source is None else self.batch_source.open(self.event, limit)

    def payload(self) -> Any:
        """Return what a direct caller sent, without what only names the caller."""
        if self.via is Via.STATES:
            return {key: value for key, value in self.event.items() if key != STATES_KEY}
        return self.raw


STATES_KEY = "StepFunctions"
"""Where a state machine hands over its context object: `"StepFunctions.$": "$$"`."""


def read_request(raw: Any) -> Request:
    """Recognise where an event came from. Never raises."""
    event: Event = raw if isinstance(raw, OBJECT) else {}
    context = event.get("requestContext")
    if isinstance(context, OBJECT):
        via = _http_source(event, context)
        if via is not None:
            # A load balancer has no request id of its own, and its trace header
            # is the caller's to choose: no id is better than one to collide on.
            event_id = text(context.get("requestId"))
            return Request(via, http=True, event=event, context=context, event_id=event_id, raw=raw)
    states = event.get(STATES_KEY)
    if isinstance(states, OBJECT) and isinstance(states.get("Execution"), OBJECT):
        event_id = _state_id(states)
        return Request(
            Via.STATES, http=False, event=event, context=states, event_id=event_id, raw=raw
        )
    batch_source = find_batch_source(event)
    if batch_source is not None:
        return _brought(batch_source, raw, describe_all(batch_source, event), whole=True)
    return Request(Via.DIRECT, http=False, event=event, context={}, event_id="", raw=raw)


def record_request(batch_source: BatchEventSource, raw: Any) -> Request:
    """Describe one record of a batch. Never raises."""
    return _brought(batch_source, raw, batch_source.read(mapping(raw)), whole=False)


def _brought(
    batch_source: BatchEventSource, raw: Any, delivery: Delivery, *, whole: bool
) -> Request:
    return Request(
        Via(batch_source.via),
        http=False,
        event=mapping(raw),
        context={},
        event_id=delivery.event,
        raw=raw,
        delivery=delivery,
        batch_source=None if whole else batch_source,
    )


def _http_source(event: Event, context: Mapping[str, Any]) -> Via | None:
    if "elb" in context:
        return Via.ALB
    if isinstance(context.get("http"), OBJECT):
        domain = text(context.get("domainName"))
        return Via.URL if ".lambda-url." in domain else Via.HTTP
    return Via.REST if "httpMethod" in event else None


def _state_id(states: Mapping[str, Any]) -> str:
    """Name one entry into one state: a retry by Lambda has the same one."""
    execution, state = mapping(states.get("Execution")), mapping(states.get("State"))
    parts = (execution.get("Id"), state.get("Name"), state.get("EnteredTime"))
    return "|".join(map(text, parts))


def _pairs(raw: str) -> Iterable[tuple[str, str]]:
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        yield unquote_plus(name), unquote_plus(value)


def _decoded(found: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in found.items():
        for one in value if isinstance(value, list) else [value]:
            yield unquote_plus(name), unquote_plus(text(one))


def _from_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in many.items()}
