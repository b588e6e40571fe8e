"""`sqs.send` and `sqs.receive`. What is sent carries the run's id; only that is received."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from affidavit.plugin import (
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    Grant,
    always,
)

ATTRIBUTE: Final = "itest-run"

BATCH: Final = 10
"""Messages of one SendMessageBatch."""

MOST: Final = 500
"""Messages of one action. More is a load test."""


class Send(ActionParams):
    """A message, or several at once: text as it is, anything else as JSON."""

    queue: Annotated[str, Field(description="URL of the queue.")]
    body: Any = None
    bodies: Annotated[list[Any], Field(max_length=MOST)] = Field(default_factory=list)
    attributes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something(self) -> Send:
        if (self.body is None) == (not self.bodies):
            raise ValueError("one of body and bodies")
        return self


class Receive(ActionParams):
    """How long to look. Messages of other runs go back at once."""

    queue: Annotated[str, Field(description="URL of the queue.")]
    wait_s: Annotated[int, Field(ge=0, le=20)] = 1
    any_run: Annotated[bool, Field(description="Also messages without a run's id.")] = False


def send(params: Send, context: ActionContext) -> ActionResult:
    """Send one message and return its `message_id`; or several, ten in one request."""
    client = context.client("sqs")
    attributes = {
        name: {"DataType": "String", "StringValue": text}
        for name, text in {**params.attributes, ATTRIBUTE: context.run.id}.items()
    }
    if not params.bodies:
        message = {"MessageBody": _text(params.body), "MessageAttributes": attributes}
        return {"message_id": client.send_message(QueueUrl=params.queue, **message)["MessageId"]}
    sent: list[str] = []
    for first in range(0, len(params.bodies), BATCH):
        entries = [
            {"Id": str(n), "MessageBody": _text(body), "MessageAttributes": attributes}
            for n, body in enumerate(params.bodies[first : first + BATCH])
        ]
        told = client.send_message_batch(QueueUrl=params.queue, Entries=entries)
        if told.get("Failed"):
            code = str(told["Failed"][0]["Code"])
            raise ActionError(
                code,
                "not every message was sent",
                why=f"the queue says {code}; {len(sent) + len(told.get('Successful', []))} were",
                fix="See the queue; a batch is not sent again as a whole",
            )
        sent += [one["MessageId"] for one in told["Successful"]]
    return {"message_ids": sent, "count": len(sent)}


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def receive(params: Receive, context: ActionContext) -> ActionResult:
    """Return the run's `messages` and their `count`; they stay in the queue."""
    client = context.client("sqs")
    deadline = time.monotonic() + min(params.wait_s, context.left_s())
    found: dict[str, dict[str, Any]] = {}
    while True:
        left = deadline - time.monotonic()
        told = client.receive_message(
            QueueUrl=params.queue,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=max(0, min(20, int(left))),
            VisibilityTimeout=2,
            MessageAttributeNames=["All"],
        )
        for message in told.get("Messages", []):
            run = message.get("MessageAttributes", {}).get(ATTRIBUTE, {}).get("StringValue")
            if run == context.run.id or (params.any_run and run is None):
                found[message["MessageId"]] = _told(message)
        if time.monotonic() >= deadline:
            messages = list(found.values())
            return {"messages": messages, "count": len(messages)}


def _told(message: dict[str, Any]) -> dict[str, Any]:
    body = message["Body"]
    with contextlib.suppress(ValueError):
        body = json.loads(body)
    attributes = {
        name: value.get("StringValue")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {"id": message["MessageId"], "body": body, "attributes": attributes}


ACTIONS = (
    AtomicAction(
        name="sqs.send",
        summary="Send a message, or a batch of them, that carries the run's id",
        params=Send,
        run=send,
        effects=always("write"),
        grants=(Grant("queues", ("sqs:SendMessage",)),),
    ),
    AtomicAction(
        name="sqs.receive",
        summary="Look at the run's messages in a queue",
        params=Receive,
        run=receive,
        grants=(Grant("queues", ("sqs:ReceiveMessage",)),),
    ),
)
