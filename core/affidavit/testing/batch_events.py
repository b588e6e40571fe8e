"""Build the events that carriers bring: batches of records, as each service shapes them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

_AT_MS = 1_769_169_600_000  # 2026-01-23T12:00:00Z
_AT = "2026-01-23T12:00:00.000Z"
_ACCOUNT = "000000000000"


def sqs(
    bodies: Sequence[Any],
    *,
    queue: str = "orders",
    groups: Sequence[str] = (),
    first: int = 0,
    sender: str = "AIDA000000000000SEND",
) -> dict[str, Any]:
    """Return what a queue sends: one message per body, numbered from `first`.

    A body that is not text becomes JSON. With `groups`, one per body, the queue
    is a FIFO queue.

    >>> [one["body"] for one in sqs([{"id": "A1"}])["Records"]]
    ['{"id": "A1"}']
    """
    records = []
    for place, body in enumerate(bodies):
        text = _text(body)
        attributes = {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(_AT_MS),
            "SenderId": sender,
            "ApproximateFirstReceiveTimestamp": str(_AT_MS + 1),
        }
        if groups:
            attributes["MessageGroupId"] = groups[place]
            attributes["MessageDeduplicationId"] = _digest(text)
            attributes["SequenceNumber"] = f"{first + place:020d}"
        records.append(
            {
                "messageId": f"{first + place:08x}-0000-4000-8000-000000000000",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": text,
                "attributes": attributes,
                "messageAttributes": {},
                "md5OfBody": _digest(text)[:32],
                "eventSource": "aws:sqs",
                "eventSourceARN": _arn("sqs", f"{queue}{'.fifo' if groups else ''}"),
                "awsRegion": "eu-west-1",
            }
        )
    return {"Records": records}


def sns(message: Any, *, topic: str = "orders", number: int = 0) -> dict[str, Any]:
    """Return what a topic sends: one notification.

    >>> sns({"id": "A1"})["Records"][0]["Sns"]["Message"]
    '{"id": "A1"}'
    """
    said: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": f"{number:08x}-0000-4000-8000-000000000001",
        "TopicArn": _arn("sns", topic),
        "Subject": None,
        "Message": _text(message),
        "Timestamp": _AT,
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/certificate.pem",
        "UnsubscribeUrl": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        "MessageAttributes": {},
    }
    subscription = f"{_arn('sns', topic)}:21be56ed-a058-49f5-8c98-aedd2564c486"
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "EventSource": "aws:sns",
                "Sns": said,
            }
        ]
    }


def eventbridge(
    detail: Any, *, source: str = "com.example.orders", kind: str = "Order placed", number: int = 0
) -> dict[str, Any]:
    """Return what an event bus sends: one event.

    >>> eventbridge({"id": "A1"})["detail"]
    {'id': 'A1'}
    """
    return {
        "version": "0",
        "id": f"{number:08x}-0000-4000-8000-000000000002",
        "detail-type": kind,
        "source": source,
        "account": _ACCOUNT,
        "time": "2026-01-23T12:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }


def kinesis(datas: Sequence[Any], *, stream: str = "orders", first: int = 0) -> dict[str, Any]:
    """Return what a data stream sends: one record per item of `datas`, of one shard.

    >>> len(kinesis([{"id": "A1"}, {"id": "A2"}])["Records"])
    2
    """
    shard = "shardId-000000000000"
    records = []
    for place, data in enumerate(datas):
        number = f"{49_590_338_271_490_256_608_559_692_538_361_571_095 + first + place:056d}"
        raw = data if isinstance(data, bytes) else _text(data).encode()
        records.append(
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "1",
                    "sequenceNumber": number,
                    "data": base64.b64encode(raw).decode(),
                    "approximateArrivalTimestamp": _AT_MS / 1000,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"{shard}:{number}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": f"arn:aws:iam::{_ACCOUNT}:role/function",
                "awsRegion": "eu-west-1",
                "eventSourceARN": _arn("kinesis", f"stream/{stream}"),
            }
        )
    return {"Records": records}


def dynamodb_stream(
    images: Sequence[Mapping[str, Any]],
    *,
    table: str = "orders",
    first: int = 0,
    keys: Sequence[str] = ("pk",),
    expired: bool = False,
) -> dict[str, Any]:
    """Return what a table's stream sends: one insertion per typed image (`{"pk": {"S": "1"}}`).

    With `expired` they are deletions that time to live has made.

    >>> dynamodb_stream([{"pk": {"S": "A1"}}])["Records"][0]["eventName"]
    'INSERT'
    """
    records: list[dict[str, Any]] = []
    for place, image in enumerate(images):
        number = f"{111_000_000_000_000_000_000 + first + place}"
        change: dict[str, Any] = {
            "ApproximateCreationDateTime": _AT_MS // 1000,
            "Keys": {name: image[name] for name in keys if name in image},
            "OldImage" if expired else "NewImage": dict(image),
            "SequenceNumber": number,
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        record = {
            "eventID": _digest(number)[:32],
            "eventName": "REMOVE" if expired else "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": change,
            "eventSourceARN": _arn("dynamodb", f"table/{table}/stream/2026-01-23T12:00:00.000"),
        }
        if expired:
            record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        records.append(record)
    return {"Records": records}


def s3(
    key: str,
    *,
    bucket: str = "documents",
    event: str = "ObjectCreated:Put",
    size: int = 1024,
    number: int = 0,
    source_ip: str = "203.0.113.7",
    principal: str = "AWS:AROA00000000000000000:uploader",
) -> dict[str, Any]:
    """Return what a bucket sends about one object.

    >>> s3("report.pdf")["Records"][0]["s3"]["object"]["key"]
    'report.pdf'
    """
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "eu-west-1",
                "eventTime": _AT,
                "eventName": event,
                "userIdentity": {"principalId": principal},
                "requestParameters": {"sourceIPAddress": source_ip},
                "responseElements": {
                    "x-amz-request-id": f"{number:016X}",
                    "x-amz-id-2": _digest(f"{number} {key}"),
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "uploads",
                    "bucket": {
                        "name": bucket,
                        "ownerIdentity": {"principalId": "A00000000000000"},
                        "arn": f"arn:aws:s3:::{bucket}",
                    },
                    "object": _stored(key, size, number),
                },
            }
        ]
    }


def _stored(key: str, size: int, number: int) -> dict[str, Any]:
    return {
        "key": quote_plus(key, safe="/"),
        "size": size,
        "eTag": _digest(key)[:32],
        "sequencer": f"{0x0055AED6DCD90281E5 + number:018X}",
    }


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{_ACCOUNT}:{name}"
