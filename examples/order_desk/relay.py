"""Passes orders on to the queue, signed for the partner who reads them there."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
from typing import Any


def post(order_id: str, total: str) -> None:
    """Send one line to the queue that functions.toml names."""
    sqs = _client("sqs")
    seal = hmac.new(_key(), order_id.encode(), hashlib.sha256).hexdigest()
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=os.environ["LINES"])["QueueUrl"],
        MessageBody=json.dumps({"order_id": order_id, "total": total}),
        MessageAttributes={"Seal": {"DataType": "String", "StringValue": seal}},
    )


@functools.cache
def _key() -> bytes:
    found = _client("secretsmanager").get_secret_value(SecretId=os.environ["PARTNER_KEY"])
    return str(found["SecretString"]).encode()


@functools.cache
def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415 - the runtime has it, and a test needs none

    return boto3.client(service)
