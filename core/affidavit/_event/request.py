"""What an event asks for, whatever sent it: one shape for every event source.

`read_request` recognises what carries an HTTP request itself: API Gateway REST
(payload 1.0), HTTP (payload 2.0) and WebSocket APIs, Lambda function URLs, load
balancers and VPC Lattice; then state machines; then the sources of `lookup.py`.
Only what the kernel needs is taken out, and lazily: most of an event is never
looked at.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

from affidavit._event.event_source import Delivery, EventSource, unopened
from affidavit._event.lookup import BUILT_IN, EventSources
from affidavit._types import Event
from affidavit._untrusted import is_object, mapping, text
from affidavit.errors import InvalidRequestError

REST: Final = "apigw.v1"
HTTP: Final = "apigw.v2"
WEBSOCKET: Final = "apigw.websocket"
URL: Final = "function-url"
ALB: Final = "alb"
LATTICE: Final = "vpc-lattice"
STATES: Final = "step-functions"
DIRECT: Final = "direct"


class Request(NamedTuple):
    """One event, recognised. `http` is true if the caller expects an HTTP answer.

    `event_id` is the source's own id, the same for every delivery of the event;
    empty if the source has none. `context` is its `requestContext`. `raw` is
    the event as Lambda handed it over, which need not be an object.

    `delivery` is what a source says of its record, or of the event as a whole;
    `source` opens it. `item` is true for one record of a batch.
    """

    via: str
    http: bool
    event: Event
    context: Mapping[str, Any]
    event_id: str
    raw: Any
    delivery: Delivery | None = None
    source: EventSource | None = None
    item: bool = False

    @property
    def address(self) -> str:
        """Where the caller's connection came from; empty if the source does not say."""
        if self.delivery is not None:
            return self.delivery.address
        if self.via in {REST, WEBSOCKET}:
            return text(mapping(self.context.get("identity")).get("sourceIp"))
        if self.via in {ALB, LATTICE}:
            # The load balancer appends the address that it saw.
            return self.header("x-forwarded-for").rsplit(",", 1)[-1].strip()
        return text(mapping(self.context.get("http")).get("sourceIp"))

    def header(self, name: str) -> str:
        """Return a header's first value, whatever its case; empty if absent."""
        single = mapping(self.event.get("headers"))
        for key, value in single.items():
            if text(key).lower() == name:
                return text(value[0] if isinstance(value, list) and value else value)
        for key, values in mapping(self.event.get("multiValueHeaders")).items():
            if text(key).lower() == name and isinstance(values, list) and values:
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
        if self.via in {HTTP, URL}:
            raw = text(self.event.get("rawQueryString"))
            return _from_pairs(_pairs(raw)) if raw else {}
        found = self.event.get("multiValueQueryStringParameters") or self.event.get(
            "queryStringParameters"
        )
        if not found or not is_object(found):
            return {}
        if self.via == ALB:
            # The load balancer hands names and values over still encoded.
            return _from_pairs(_decoded(found))
        return {
            str(name): value[0] if isinstance(value, list) and len(value) == 1 else value
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
        """Return what a record holds, as JSON text; None for what is taken as it is.

        Raises:
            InvalidRequestError: The record has not the form that its source gives it.
            TooLargeError: It holds more than `limit` bytes.

        """
        source = self.source
        if source is None or source.open is unopened or source.batch is not self.item:
            return None
        return source.open(self.event, limit)

    def payload(self) -> Any:
        """Return what a direct caller sent, without what only names the caller."""
        if self.via == STATES:
            return {key: value for key, value in self.event.items() if key != STATES_KEY}
        return self.raw


STATES_KEY = "StepFunctions"
"""Where a state machine hands over its context object: `"StepFunctions.$": "$$"`."""


def read_request(raw: Any, sources: EventSources = BUILT_IN) -> Request:
    """Recognise where an event came from. Never raises."""
    event: Event = raw if is_object(raw) else {}
    context = event.get("requestContext")
    via = _http_source(event, context) if is_object(context) else ""
    if via:
        # A load balancer has no request id of its own, and its trace header
        # is the caller's to choose: no id is better than one to collide on.
        event_id = text(mapping(context).get("requestId"))
        return Request(
            via, http=True, event=event, context=mapping(context), event_id=event_id, raw=raw
        )
    if "raw_path" in event and "is_base64_encoded" in event:
        event = _lattice(event)
        return Request(LATTICE, http=True, event=event, context={}, event_id="", raw=raw)
    states = event.get(STATES_KEY)
    if is_object(states) and is_object(states.get("Execution")):
        event_id = _state_id(states)
        return Request(STATES, http=False, event=event, context=states, event_id=event_id, raw=raw)
    source = sources.find(raw)
    if source is None:
        return Request(DIRECT, http=False, event=event, context={}, event_id="", raw=raw)
    return _brought(source, raw, _describe(source, raw), item=False)


def record_request(source: EventSource, raw: Any, event: Any) -> Request:
    """Describe one record of a batch. Never raises."""
    return _brought(source, raw, source.read(mapping(raw), event), item=True)


def _brought(source: EventSource, raw: Any, delivery: Delivery, *, item: bool) -> Request:
    event = mapping(raw)
    return Request(
        source.via,
        http=False,
        event=event,
        context=source.context(event),
        event_id=delivery.event,
        raw=raw,
        delivery=delivery,
        source=source,
        item=item,
    )


def _describe(source: EventSource, event: Any) -> Delivery:
    """Describe an event as a whole: as its only record, or by what all records share."""
    told = [source.read(mapping(record), event) for record in source.records(event)]
    if len(told) == 1:
        return told[0]
    machines, people = {one.service for one in told}, {one.claim for one in told}
    return Delivery(
        service=machines.pop() if len(machines) == 1 else "",
        claim=people.pop() if len(people) == 1 else None,
    )


def _http_source(event: Event, context: Mapping[str, Any]) -> str:
    """Return the name of what carries an HTTP request; empty for an authorizer, say."""
    if "elb" in context:
        return ALB
    if "methodArn" in event or "routeArn" in event:
        return ""  # an authorizer is asked about a request, and answers no client
    if is_object(context.get("http")):
        domain = text(context.get("domainName"))
        return URL if ".lambda-url." in domain else HTTP
    if "connectionId" in context:
        return WEBSOCKET
    if "serviceNetworkArn" in context:
        return LATTICE
    return REST if "httpMethod" in event else ""


def _lattice(event: Event) -> Event:
    """Return VPC Lattice's first form under the names of its second one."""
    return {
        "headers": event.get("headers"),
        "queryStringParameters": event.get("query_string_parameters"),
        "body": event.get("body"),
        "isBase64Encoded": event.get("is_base64_encoded"),
    }


def _state_id(states: Mapping[str, Any]) -> str:
    """Name one entry into one state: a retry by Lambda has the same one."""
    execution, state = mapping(states.get("Execution")), mapping(states.get("State"))
    parts = [execution.get("Id"), state.get("Name"), state.get("EnteredTime")]
    place = mapping(mapping(states.get("Map")).get("Item")).get("Index")
    if isinstance(place, int):
        parts.append(f"item {place}")  # a Map enters its states once for each of its items
    return "|".join(map(text, parts))


def _pairs(raw: str) -> Iterable[tuple[str, str]]:
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        yield unquote_plus(name), unquote_plus(value)


def _decoded(found: Mapping[Any, Any]) -> Iterable[tuple[str, str]]:
    for name, value in found.items():
        for one in value if isinstance(value, list) else [value]:
            yield unquote_plus(str(name)), unquote_plus(text(one))


def _from_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in many.items()}
