"""A bucket with templates, a sender, and a bus that ends in a queue, in moto."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from affidavit_notify import clients
from cloud import CREDENTIALS, REGION, FaultyFront

SENDER = "noreply@example.org"

TEMPLATES = {
    "shipped.subject": "Order {{ order }} is on its way\n",
    "shipped.text": "{{ note }}: {{ order }} < today",
    "shipped.html": "<p>{{ note }}: {{ order }}</p>",
    "plain.subject": "Plain",
    "plain.text": "{{ order }}",
}


@dataclass(slots=True)
class Office:
    """Where notices go in a test, and what has arrived."""

    endpoint: str
    bucket: str
    bus: str
    queue: str

    @property
    def url(self) -> str:
        return (
            f"ses://{SENDER}?templates=s3://{self.bucket}/mail&version=v1&bus={self.bus}"
            "&to.ops=ops@example.org,second@example.org&domains=customers.example&source=shop"
        )

    def aws(self, service: str) -> Any:
        """Return a client that talks to moto directly, past any fault."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - moto takes anything
        )

    def put(self, name: str, text: str, version: str = "v1") -> None:
        key = f"mail/{version}/{name}.j2"
        self.aws("s3").put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def mails(self) -> list[dict[str, Any]]:
        """Return every mail that SES took, as moto remembers it."""
        with urllib.request.urlopen(f"{self.endpoint}/moto-api/data.json", timeout=5) as answer:  # noqa: S310 - ours
            found: list[dict[str, Any]] = json.load(answer)["ses"].get("Message", [])
            return found

    def events(self) -> list[Mapping[str, Any]]:
        """Return every event that has come out of the bus."""
        sqs = self.aws("sqs")
        found = sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in found.get("Messages", [])]


@pytest.fixture
def office(
    moto: str,
    front: FaultyFront,
    monkeypatch: pytest.MonkeyPatch,
    _no_settings_from_outside: None,
) -> Iterator[Office]:
    """Fresh resources; the plugin talks to them through the proxy."""
    request = urllib.request.Request(f"{moto}/moto-api/reset", method="POST")  # noqa: S310 - ours
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - ours
    name = f"t{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's name
    made = Office(moto, name, name, "")
    location = {"LocationConstraint": REGION}
    made.aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
    for template, text in TEMPLATES.items():
        made.put(template, text)
    made.aws("ses").verify_email_identity(EmailAddress=SENDER)
    sqs, events = made.aws("sqs"), made.aws("events")
    made.queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=made.queue, AttributeNames=["QueueArn"])
    events.create_event_bus(Name=name)
    events.put_rule(Name=name, EventBusName=name, EventPattern='{"source": ["shop", "affidavit"]}')
    events.put_targets(
        Rule=name,
        EventBusName=name,
        Targets=[{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}],
    )
    for variable, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": front.endpoint}.items():
        monkeypatch.setenv(variable, value)
    # A busy machine is no service that hangs; tests of those say their own limit.
    monkeypatch.setattr(clients, "READ_TIMEOUT_S", 60.0)
    clients.client.cache_clear()
    yield made
    clients.client.cache_clear()
