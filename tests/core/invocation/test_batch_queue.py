"""A real queue over HTTP (moto), drained as an event source mapping drains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from affidavit import AuditContext, audited
from affidavit._event.schemas import event_schema
from affidavit.testing import make_runtime, run
from cloud import CREDENTIALS, REGION, moto_server

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

MOST_DELIVERIES = 3


class Order(BaseModel):
    """What a message carries."""

    number: int


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with moto_server() as url:
        yield boto3.client(
            "sqs",
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


def _queue(sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, said["Attributes"]["QueueArn"]


def _event(messages: list[Mapping[str, Any]], arn: str) -> dict[str, Any]:
    """Shape received messages as Lambda does."""
    return {
        "Records": [
            {
                "messageId": one["MessageId"],
                "receiptHandle": one["ReceiptHandle"],
                "body": one["Body"],
                "attributes": one.get("Attributes", {}),
                "messageAttributes": {},
                "md5OfBody": one["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
                "awsRegion": REGION,
            }
            for one in messages
        ]
    }


def _drain(sqs: Any, url: str, arn: str, deliver: Any) -> None:
    """Deliver until the queue is empty; delete what is not reported back."""
    while True:
        found = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages", [])
        if not found:
            return
        event = _event(found, arn)
        assert Draft202012Validator(event_schema("sqs")).is_valid(event)
        again = {one["itemIdentifier"] for one in deliver(event)["batchItemFailures"]}
        for one in found:
            if one["MessageId"] not in again:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def test_what_fails_ends_in_the_dead_letter_queue_and_nothing_else_does(sqs: Any) -> None:
    """Each delivery is an attempt of one event; the good ones are done once."""
    dead, dead_arn = _queue(sqs, "dead")
    redrive = f'{{"deadLetterTargetArn":"{dead_arn}","maxReceiveCount":"{MOST_DELIVERIES}"}}'
    url, arn = _queue(sqs, "orders", RedrivePolicy=redrive)
    for number in range(40):
        body = f'{{"number": {number if number % 10 else chr(34) + "poison" + chr(34)}}}'
        sqs.send_message(QueueUrl=url, MessageBody=body)
    done: list[int] = []
    bench = make_runtime(policy="hipaa")

    @audited(each=True, request=Order)
    def handler(order: Order, _: AuditContext) -> None:
        if order.number % 10 == 1:
            raise ValueError
        done.append(order.number)

    _drain(sqs, url, arn, lambda event: run(handler, event, bench))

    failing = [number for number in range(40) if number % 10 <= 1]
    assert [number for number in range(40) if number not in failing] == sorted(done)
    waiting = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
    assert str(len(failing)) == waiting["ApproximateNumberOfMessages"]
    attempts: dict[str, set[str]] = {}
    for record in bench.records:
        attempts.setdefault(record.event, set()).add(record.attempt)
    assert [1] * len(done) + [MOST_DELIVERIES] * len(failing) == sorted(map(len, attempts.values()))
