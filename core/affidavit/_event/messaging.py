"""The messaging services that most functions hang on: queues, topics, buses, streams, buckets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from affidavit._event.event_source import Delivery, EventSource, Report, joined, listed
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


def _sqs(record: Event, _: Any) -> Delivery:
    queue, message = text(record.get("eventSourceARN")), text(record.get("messageId"))
    said = mapping(record.get("attributes"))
    # Standard queues have groups too, for fairness; only FIFO queues have an order.
    group = text(said.get("MessageGroupId")) if queue.endswith(".fifo") else ""
    return Delivery(
        event=joined(queue, message),
        label=message,
        item=message,
        service=queue,
        cause=text(said.get("SenderId")),
        group=group,
    )


def _sns(record: Event, _: Any) -> Delivery:
    said = mapping(record.get("Sns"))
    message = text(said.get("MessageId"))
    return Delivery(
        event=joined(text(record.get("EventSubscriptionArn")), message),
        label=message,
        service=text(said.get("TopicArn")),
    )


def _eventbridge(event: Event, _: Any) -> Delivery:
    name, service = text(event.get("id")), text(event.get("source"))
    if service in {"aws.events", "aws.scheduler"}:
        # A schedule: it or its rule is who acts, and EventBridge names that.
        rules = event.get("resources")
        service = text(rules[0]) if isinstance(rules, list) and rules else service
    return Delivery(event=joined(text(event.get("account")), name), label=name, service=service)


def _kinesis(record: Event, _: Any) -> Delivery:
    stream = text(record.get("eventSourceARN"))
    # A pipe hands over what is in `kinesis` without that member.
    number = text(mapping(record.get("kinesis", record)).get("sequenceNumber"))
    return Delivery(
        event=joined(stream, text(record.get("eventID")) or number),
        label=number,
        item=number,
        service=stream,
    )


def _stream(record: Event, _: Any) -> Delivery:
    stream, name = text(record.get("eventSourceARN")), text(record.get("eventID"))
    return Delivery(
        event=joined(stream, name),
        label=name,
        item=text(mapping(record.get("dynamodb")).get("SequenceNumber")),
        service=stream,
        # Only a deletion by time to live names anybody.
        cause=text(mapping(record.get("userIdentity")).get("principalId")),
    )


def _s3(record: Event, _: Any) -> Delivery:
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


_RECORDS: Final = listed("Records")

SQS = EventSource("sqs", _sqs, records=_RECORDS, open=sqs_payload, report=Report.EACH, batch=True)
SNS = EventSource("sns", _sns, records=_RECORDS, open=sns_payload, batch=True)
EVENTBRIDGE = EventSource("eventbridge", _eventbridge, open=eventbridge_payload, batch=True)
KINESIS = EventSource(
    "kinesis", _kinesis, records=_RECORDS, open=kinesis_payload, report=Report.FIRST, batch=True
)
STREAM = EventSource(
    "dynamodb-stream",
    _stream,
    records=_RECORDS,
    open=stream_payload,
    report=Report.FIRST,
    batch=True,
)
S3 = EventSource("s3", _s3, records=_RECORDS, open=s3_payload, batch=True)

BY_RECORD: Final[Mapping[str, EventSource]] = {
    "aws:sqs": SQS,
    "aws:sns": SNS,
    "aws:kinesis": KINESIS,
    "aws:dynamodb": STREAM,
    "aws:s3": S3,
}
"""Sources by what their records say in `eventSource`; SNS writes it with a capital."""
