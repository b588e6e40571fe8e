"""Kafka, which may take a list of failures; Amazon MQ and DocumentDB, which take none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from affidavit._event.event_source import Delivery, EventSource, Report, joined, listed, says
from affidavit._event.payloads import decoded, opened, written
from affidavit._types import Event
from affidavit._untrusted import mapping, text


def _kafka_records(event: Any) -> Sequence[Any]:
    """Return the records of all topics."""
    found = mapping(mapping(event).get("records")).values()
    return [record for records in found if isinstance(records, list) for record in records]


def _kafka(record: Event, event: Any) -> Delivery:
    said = mapping(event)
    # A self-managed cluster has no ARN; its addresses name it.
    cluster = text(said.get("eventSourceArn")) or text(said.get("bootstrapServers"))
    topic, offset = text(record.get("topic")), record.get("offset")
    if offset is None:
        return Delivery(service=cluster)
    partition = f"{topic}-{record.get('partition')}"
    name = f"{partition}:{offset}"
    return Delivery(
        event=joined(cluster, name),
        label=name,
        # Source: AWS Lambda, "Configuring error handling controls for Kafka event sources".
        item={"partition": partition, "offset": offset},
        service=cluster,
        group=partition,
    )


def _kafka_payload(record: Event, limit: int) -> bytes:
    return opened(decoded(record.get("value"), limit), limit)


def _mq_records(event: Any) -> Sequence[Any]:
    said = mapping(event)
    sent = said.get("messages")
    queues = mapping(said.get("rmqMessagesByQueue")).values()
    lists = [sent, *queues]
    return [message for messages in lists if isinstance(messages, list) for message in messages]


def _mq(record: Event, event: Any) -> Delivery:
    said = mapping(record.get("basicProperties"))
    name = text(record.get("messageID")) or text(said.get("messageId"))
    broker = text(mapping(event).get("eventSourceArn"))
    return Delivery(
        event=joined(broker, name), label=name, service=broker, cause=text(said.get("userId"))
    )


def _mq_payload(record: Event, limit: int) -> bytes:
    return opened(decoded(record.get("data"), limit), limit)


def _documentdb(record: Event, event: Any) -> Delivery:
    cluster = text(mapping(event).get("eventSourceArn"))
    name = text(mapping(mapping(record.get("event")).get("_id")).get("_data"))
    return Delivery(event=joined(cluster, name), label=name, service=cluster)


def _document(record: Event, _: int) -> bytes:
    """Return what changed: `event`, `database`, `collection`, `key` and `document`."""
    said = mapping(record.get("event"))
    place = mapping(said.get("ns"))
    return written(
        {
            "event": text(said.get("operationType")),
            "database": text(place.get("db")),
            "collection": text(place.get("coll")),
            "key": said.get("documentKey"),
            "document": said.get("fullDocument"),
        }
    )


KAFKA = EventSource(
    "kafka",
    _kafka,
    markers=("eventSource",),
    recognise=says("eventSource", "aws:kafka", "SelfManagedKafka", "aws:SelfManagedKafka"),
    records=_kafka_records,
    open=_kafka_payload,
    report=Report.ASKED,
    batch=True,
)
MQ = EventSource(
    "mq",
    _mq,
    markers=("eventSource",),
    recognise=says("eventSource", "aws:mq", "aws:amq", "aws:rmq"),
    records=_mq_records,
    open=_mq_payload,
    batch=True,
)
DOCUMENTDB = EventSource(
    "documentdb",
    _documentdb,
    markers=("eventSource",),
    recognise=says("eventSource", "aws:docdb"),
    records=listed("events"),
    open=_document,
    batch=True,
)
