"""`sqs.send` and `sqs.receive`. What is sent carries the run's id; only that is received."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Annotated, Any, Final

from pydantic import Field

from affidavit.plugin import ActionContext, ActionParams, ActionResult, AtomicAction, Grant, always

ATTRIBUTE: Final = "itest-run"


class Send(ActionParams):
    """A message: text as it is, anything else as JSON."""

    queue: Annotated[str, Field(description="URL of the queue.")]
    body: Any
    attributes: dict[str, str] = Field(default_factory=dict)


class Receive(ActionParams):
    """How long to look. Messages of other runs go back at once."""

    queue: Annotated[str, Field(description="URL of the queue.")]
    wait_s: Annotated[int, Field(ge=0, le=20)] = 1
    any_run: Annotated[bool, Field(description="Also messages without a run's id.")] = False


def send(params: Send, context: ActionContext) -> ActionResult:
    """Send one message; return its `message_id`."""
    attributes = {**params.attributes, ATTRIBUTE: context.run.id}
    told = context.client("sqs").send_message(
        QueueUrl=params.queue,
        MessageBody=params.body if isinstance(params.body, str) else json.dumps(params.body),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        },
    )
    return {"message_id": told["MessageId"]}


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


QUEUES = (
    AtomicAction(
        name="sqs.send",
        summary="Send a message that carries the run's id",
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
