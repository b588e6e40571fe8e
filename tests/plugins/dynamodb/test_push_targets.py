"""Events reach EventBridge and Firehose in batches that fit, and again where a part was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerRefusedError, LedgerUnavailableError, SettingsError
from affidavit_dynamodb.push_targets import (
    ATTEMPTS,
    BatchTarget,
    DeliveryStream,
    EventBus,
    open_bus,
    open_stream,
)
from cloud import Cloud


def event(number: int, size: int = 0) -> dict[str, Any]:
    """Return what stands for an OCSF event."""
    said = {
        "metadata": {"sequence": number},
        "class_name": "API Activity",
        "time": 1_790_000_000_000,
    }
    return {**said, "raw_data": "\u00e9" * (size // 2)} if size else said


class Service:
    """Both services as their references describe them: limits, and what a plan refuses."""

    def __init__(self, refusals: Sequence[Sequence[bool]] = ()) -> None:
        self.refusals = [list(one) for one in refusals]
        self.taken: list[int] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        assert len(Entries) <= 10
        size = sum(
            14 + len((one["Source"] + one["DetailType"] + one["Detail"]).encode())
            for one in Entries
        )
        assert size <= 262_144
        codes = self._take([json.loads(one["Detail"]) for one in Entries])
        told = [{"ErrorCode": code} if code else {"EventId": "x"} for code in codes]
        return {"FailedEntryCount": len(list(filter(None, codes))), "Entries": told}

    def put_record_batch(self, *, Records: list[dict[str, Any]], **_: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        data = [one["Data"] for one in Records]
        assert len(data) <= 500
        assert max(map(len, data)) <= 1_024_000
        assert sum(map(len, data)) <= 4 * 1024 * 1024
        assert all(one.endswith(b"\n") and one.count(b"\n") == 1 for one in data)
        codes = self._take([json.loads(one) for one in data])
        return {"RequestResponses": [{"ErrorCode": c} if c else {"RecordId": "x"} for c in codes]}

    def _take(self, events: list[dict[str, Any]]) -> list[str]:
        plan = self.refusals.pop(0) if self.refusals else []
        refused = (plan + [False] * len(events))[: len(events)]
        for one, no in zip(events, refused, strict=True):
            if not no:
                self.taken.append(one["metadata"]["sequence"])
        return ["ThrottlingException" if no else "" for no in refused]


def made(kind: str, service: Service) -> BatchTarget:
    """Return a target that speaks to a service, and does not wait."""
    target: BatchTarget = EventBus("bus", "affidavit", sleep=lambda _: None)
    if kind == "firehose":
        target = DeliveryStream("stream", sleep=lambda _: None)
    target._made = service
    return target


@pytest.mark.parametrize("kind", ["eventbridge", "firehose"])
@given(
    sizes=st.lists(st.sampled_from([0, 900, 30_000, 200_000, 255_000, 900_000]), max_size=30),
    refusals=st.lists(st.lists(st.booleans(), min_size=1, max_size=10), max_size=4),
)
def test_what_was_refused_comes_again_in_order(
    kind: str, sizes: list[int], refusals: list[list[bool]]
) -> None:
    """Nothing is lost; the last copies are in order; each batch fits."""
    service = Service(refusals)
    made(kind, service).send([event(n, size) for n, size in enumerate(sizes)])
    last = list(dict.fromkeys(reversed(service.taken)))[::-1]
    assert list(range(len(sizes))) == last


@pytest.mark.parametrize("kind", ["eventbridge", "firehose"])
def test_a_service_that_takes_nothing_is_given_up(kind: str) -> None:
    """Its code is said, and nothing of an event."""
    service = Service([[True]] * (ATTEMPTS - 1))
    made(kind, service).send([event(1)])
    assert [1] == service.taken
    with pytest.raises(LedgerUnavailableError, match="ThrottlingException"):
        made(kind, Service([[True]] * ATTEMPTS)).send([event(1)])


def test_an_event_that_is_too_large_goes_without_its_bytes() -> None:
    """The hash of them stays; what is too large even so is refused."""
    service = Service()
    made("eventbridge", service).send([event(1, 300_000), event(2)])
    assert [1, 2] == service.taken
    large = {**event(3), "unmapped": "x" * 300_000}
    with pytest.raises(LedgerRefusedError, match="too large"):
        made("eventbridge", service).send([large])


def test_events_arrive_on_a_bus(cloud: Cloud) -> None:
    """In moto's EventBridge, through a rule into a queue."""
    bus, queue = (boto3.client(name, region_name="eu-west-1") for name in ("events", "sqs"))
    bus.create_event_bus(Name="siem")
    url = queue.create_queue(QueueName="siem")["QueueUrl"]
    asked = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    bus.put_rule(Name="all", EventBusName="siem", EventPattern='{"source": ["affidavit"]}')
    arn = asked["Attributes"]["QueueArn"]
    bus.put_targets(Rule="all", EventBusName="siem", Targets=[{"Id": "q", "Arn": arn}])
    open_bus(urlsplit("eventbridge://siem?region=eu-west-1")).send([event(n) for n in range(23)])
    found = []
    while told := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in told:
            found.append(json.loads(one["Body"])["detail"]["metadata"]["sequence"])
            queue.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    assert list(range(23)) == sorted(found)


def test_events_arrive_in_a_stream(cloud: Cloud) -> None:
    """In moto's Firehose, which writes each batch into a bucket."""
    firehose, s3 = (boto3.client(name, region_name="eu-west-1") for name in ("firehose", "s3"))
    s3.create_bucket(
        Bucket="siem-events", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    firehose.create_delivery_stream(
        DeliveryStreamName="siem",
        S3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": "arn:aws:s3:::siem-events",
        },
    )
    target = open_stream(urlsplit("firehose://siem?region=eu-west-1"))
    target.send([event(n) for n in range(1100)])
    lines: list[bytes] = []
    for one in s3.list_objects_v2(Bucket="siem-events")["Contents"]:
        lines += s3.get_object(Bucket="siem-events", Key=one["Key"])["Body"].read().splitlines()
    assert list(range(1100)) == sorted(json.loads(line)["metadata"]["sequence"] for line in lines)


def test_a_bus_that_is_not_there_is_said(cloud: Cloud) -> None:
    """With AWS's code."""
    target = open_stream(urlsplit("firehose://none?region=eu-west-1"))
    target._sleep = lambda _: None
    with pytest.raises(LedgerUnavailableError, match="ResourceNotFoundException"):
        target.send([event(1)])


@pytest.mark.parametrize(
    "url",
    [
        "eventbridge://",
        "eventbridge://bus/rule",
        "eventbridge://bus?source=aws.s3",
        "eventbridge://bus?source=a b",
        "eventbridge://bus?detail=x",
        "firehose://",
        "firehose://stream?region=nowhere",
        "firehose://stream?source=x",
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    """A word too many may be a word misspelt."""
    with pytest.raises(SettingsError):
        (open_bus if url.startswith("eventbridge") else open_stream)(urlsplit(url))
