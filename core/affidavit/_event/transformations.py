"""Firehose, S3 Batch and S3 Object Lambda: sources that want an answer for each record."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_plus

from affidavit._event.event_source import (
    Delivery,
    EventSource,
    ItemAnswer,
    Report,
    claim,
    has,
    joined,
    listed,
)
from affidavit._event.payloads import decoded, opened, written
from affidavit._event.validate import InvalidDataError, write_json
from affidavit._policy.words import Trust
from affidavit._types import Event, Json
from affidavit._untrusted import mapping, text


def _firehose(record: Event, event: Any) -> Delivery:
    said = mapping(event)
    stream = text(said.get("deliveryStreamArn")) or text(said.get("applicationArn"))
    name = text(record.get("recordId"))
    return Delivery(event=joined(stream, name), label=name, item=name, service=stream)


def _firehose_payload(record: Event, limit: int) -> bytes:
    # Records that come out of a Kafka topic have another name for it.
    return opened(decoded(record.get("data", record.get("kafkaRecordValue")), limit), limit)


def _firehose_reply(_: Event, answers: Sequence[ItemAnswer]) -> Json:
    """Return each record transformed, dropped (the handler returned None), or failed."""
    return {"records": [_transformed(one) for one in answers]}


def _transformed(answer: ItemAnswer) -> dict[str, Json]:
    if answer.failed:
        return {"recordId": answer.item, "result": "ProcessingFailed"}
    if answer.value is None:
        return {"recordId": answer.item, "result": "Dropped"}
    value = answer.value
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    try:
        raw = value if isinstance(value, bytes) else write_json(value)
    except InvalidDataError:
        return {"recordId": answer.item, "result": "ProcessingFailed"}
    return {"recordId": answer.item, "result": "Ok", "data": base64.b64encode(raw).decode()}


def _batch_task(record: Event, event: Any) -> Delivery:
    job, name = text(mapping(mapping(event).get("job")).get("id")), text(record.get("taskId"))
    return Delivery(
        event=joined(job, name),
        label=job,  # a task's id may be the whole key of an object
        item=name,
        service=text(record.get("s3BucketArn")) or text(record.get("s3Bucket")),
    )


def _batch_payload(record: Event, _: int) -> bytes:
    return written(
        {
            "bucket": text(record.get("s3Bucket"))
            or text(record.get("s3BucketArn")).rsplit(":", 1)[-1],
            "key": unquote_plus(text(record.get("s3Key"))),
            "version": record.get("s3VersionId"),
        }
    )


def _batch_reply(event: Event, answers: Sequence[ItemAnswer]) -> Json:
    """Return a result per task; a failed one is tried again by the job's own rules."""
    return {
        "invocationSchemaVersion": text(event.get("invocationSchemaVersion")),
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": text(event.get("invocationId")),
        "results": [
            {
                "taskId": one.item,
                "resultCode": "TemporaryFailure" if one.failed else "Succeeded",
                "resultString": "" if one.failed else _said(one.value),
            }
            for one in answers
        ],
    }


def _said(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return write_json(value).decode()
    except InvalidDataError:
        return ""


def _object_lambda(event: Event, _: Any) -> Delivery:
    who = mapping(event.get("userIdentity"))
    name = text(event.get("xAmzRequestId"))
    return Delivery(
        event=name,
        label=name,
        service=text(mapping(event.get("configuration")).get("accessPointArn")),
        claim=claim(Trust.IAM, who.get("arn"), "userIdentity.arn")
        or claim(Trust.IAM, who.get("principalId"), "userIdentity.principalId"),
    )


FIREHOSE = EventSource(
    "firehose",
    _firehose,
    markers=("deliveryStreamArn", "applicationArn"),
    recognise=has("invocationId", "records"),
    records=listed("records"),
    open=_firehose_payload,
    report=Report.ANSWER,
    batch=True,
    reply=_firehose_reply,
)
S3_BATCH = EventSource(
    "s3-batch",
    _batch_task,
    markers=("invocationSchemaVersion",),
    recognise=has("invocationId", "job", "tasks"),
    records=listed("tasks"),
    open=_batch_payload,
    report=Report.ANSWER,
    batch=True,
    reply=_batch_reply,
)
S3_OBJECT_LAMBDA = EventSource(
    "s3-object-lambda",
    _object_lambda,
    markers=("xAmzRequestId",),
    recognise=has("userIdentity", "configuration"),
)
