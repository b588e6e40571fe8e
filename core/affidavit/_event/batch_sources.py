"""Who brings an event that no person sends: six services, and what each says of a record.

A carrier is an event source that hands records over. It names each record, says
which machine delivers it and, if AWS knows, who caused it. It also decides how
a failure is told: by the record's id, by the first one that failed, or by an
exception. Source of every field name: the Lambda developer guide, section
"Invoking Lambda with events from other AWS services".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, unique
from typing import Any, NamedTuple

from affidavit._event.payloads import (
    eventbridge_payload,
    kinesis_payload,
    s3_payload,
    sns_payload,
    sqs_payload,
    stream_payload,
)
from affidavit._types import Event
from affidavit._untrusted import mapping, text


@unique
class Report(Enum):
    """How a carrier hears which records have to come again."""

    EACH = "each"
    """By the ids of those that failed; the others are done."""

    FIRST = "first"
    """By the id of the first one that failed: everything from there on comes again."""

    RAISE = "raise"
    """It cannot be told; an exception makes the whole event come again."""


class Delivery(NamedTuple):
    """One record, as its carrier describes it. Empty is what the carrier does not say.

    `event` is the same for every delivery of the record and is only hashed;
    `label` may be shown; `item` is what the carrier calls it in a partial
    answer. `service` is the ARN or name of the machine that delivers, `cause`
    the principal who made it do so, `address` where that principal was.
    Records of one `group` have an order.
    """

    event: str = ""
    label: str = ""
    item: str = ""
    service: str = ""
    cause: str = ""
    address: str = ""
    group: str = ""


class BatchEventSource(NamedTuple):
    """One event source. `via` is the record's `src.via`.

    `read` describes a record, `open` returns what it carries as JSON text, of
    at most about the given number of bytes. `report` says how failures are told.
    """

    via: str
    report: Report
    read: Callable[[Event], Delivery]
    open: Callable[[Event, int], bytes]


def find_batch_source(event: Event) -> BatchEventSource | None:
    """Return the carrier of an event; None if it was not brought by one."""
    records = event.get("Records")
    if isinstance(records, list) and records:
        first = records[0]
        if isinstance(first, Mapping):
            for key in ("eventSource", "EventSource"):
                batch_source = _BY_SOURCE.get(text(first.get(key)))
                if batch_source is not None:
                    return batch_source
    if "detail-type" in event and "detail" in event and isinstance(event.get("source"), str):
        return EVENTBRIDGE
    return None


def records_of(batch_source: BatchEventSource, event: Event) -> Sequence[Any]:
    """Return the records that an event holds; EventBridge's events are one each."""
    if batch_source is EVENTBRIDGE:
        return (event,)
    found: Sequence[Any] = event["Records"]
    return found


def describe_all(batch_source: BatchEventSource, event: Event) -> Delivery:
    """Describe an event as a whole: as its only record, or by what all records share."""
    told = [batch_source.read(mapping(record)) for record in records_of(batch_source, event)]
    if len(told) == 1:
        return told[0]
    machines = {one.service for one in told}
    return Delivery(service=machines.pop() if len(machines) == 1 else "")


def _sqs(record: Event) -> Delivery:
    queue, message = text(record.get("eventSourceARN")), text(record.get("messageId"))
    said = mapping(record.get("attributes"))
    # Standard queues have groups too, for fairness; only FIFO queues have an order.
    group = text(said.get("MessageGroupId")) if queue.endswith(".fifo") else ""
    return Delivery(
        event=_joined(queue, message),
        label=message,
        item=message,
        service=queue,
        cause=text(said.get("SenderId")),
        group=group,
    )


def _sns(record: Event) -> Delivery:
    said = mapping(record.get("Sns"))
    message = text(said.get("MessageId"))
    return Delivery(
        event=_joined(text(record.get("EventSubscriptionArn")), message),
        label=message,
        service=text(said.get("TopicArn")),
    )


def _eventbridge(event: Event) -> Delivery:
    name, source = text(event.get("id")), text(event.get("source"))
    return Delivery(event=_joined(text(event.get("account")), name), label=name, service=source)


def _kinesis(record: Event) -> Delivery:
    stream = text(record.get("eventSourceARN"))
    number = text(mapping(record.get("kinesis")).get("sequenceNumber"))
    return Delivery(
        event=_joined(stream, text(record.get("eventID")) or number),
        label=number,
        item=number,
        service=stream,
    )


def _stream(record: Event) -> Delivery:
    stream, name = text(record.get("eventSourceARN")), text(record.get("eventID"))
    return Delivery(
        event=_joined(stream, name),
        label=name,
        item=text(mapping(record.get("dynamodb")).get("SequenceNumber")),
        service=stream,
        # Only a deletion by time to live names anybody.
        cause=text(mapping(record.get("userIdentity")).get("principalId")),
    )


def _s3(record: Event) -> Delivery:
    entity = mapping(record.get("s3"))
    bucket, stored = mapping(entity.get("bucket")), mapping(entity.get("object"))
    asked = mapping(record.get("responseElements"))
    parts = (
        record.get("eventName"),
        bucket.get("arn"),
        stored.get("key"),
        stored.get("versionId"),
        stored.get("sequencer"),
        asked.get("x-amz-request-id"),
        asked.get("x-amz-id-2"),
    )
    # A key may name a person. The request's two ids, which nobody can guess,
    # keep the hash from confirming it.
    event = hashlib.sha256("\x00".join(map(text, parts)).encode("utf-8", "replace")).hexdigest()
    return Delivery(
        event=event if text(stored.get("key")) else "",
        service=text(bucket.get("arn")),
        cause=text(mapping(record.get("userIdentity")).get("principalId")),
        address=text(mapping(record.get("requestParameters")).get("sourceIPAddress")),
    )


def _joined(place: str, name: str) -> str:
    return f"{place}|{name}" if name else ""


SQS = BatchEventSource("sqs", Report.EACH, _sqs, sqs_payload)
SNS = BatchEventSource("sns", Report.RAISE, _sns, sns_payload)
EVENTBRIDGE = BatchEventSource("eventbridge", Report.RAISE, _eventbridge, eventbridge_payload)
KINESIS = BatchEventSource("kinesis", Report.FIRST, _kinesis, kinesis_payload)
STREAM = BatchEventSource("dynamodb-stream", Report.FIRST, _stream, stream_payload)
S3 = BatchEventSource("s3", Report.RAISE, _s3, s3_payload)

_BY_SOURCE = {
    "aws:sqs": SQS,
    "aws:sns": SNS,
    "aws:kinesis": KINESIS,
    "aws:dynamodb": STREAM,
    "aws:s3": S3,
}
"""Carriers by what their records say in `eventSource`; SNS writes it with a capital."""
