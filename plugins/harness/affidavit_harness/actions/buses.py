"""`eventbridge.put`, `tap`, `read_tap` and `untap`: send events, and listen to them.

A tap is a queue and a rule that are made for one run, before the event is sent.
"""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, Any

from pydantic import Field

from affidavit.plugin import (
    ActionCall,
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    Grant,
    always,
)

Label = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}$")]


class EventPut(ActionParams):
    """One event."""

    bus: str = "default"
    source: str
    detail_type: str
    detail: dict[str, Any] = Field(default_factory=dict)


class Tap(ActionParams):
    """Which events to listen to."""

    bus: str = "default"
    pattern: dict[str, Any]
    name: Label = "tap"


class Untap(ActionParams):
    """Which tap to take away."""

    bus: str = "default"
    name: Label = "tap"


class ReadTap(ActionParams):
    """Which tap to read."""

    name: Label = "tap"


def put(params: EventPut, context: ActionContext) -> ActionResult:
    """Send one event; return its `event_id`."""
    told = context.client("events").put_events(
        Entries=[
            {
                "EventBusName": params.bus,
                "Source": params.source,
                "DetailType": params.detail_type,
                "Detail": json.dumps(params.detail),
            }
        ]
    )
    if told.get("FailedEntryCount"):
        code = str(told["Entries"][0].get("ErrorCode", "Harness.Event"))
        raise ActionError(code, "the event was refused", why=f"the bus says {code}", fix="See it")
    return {"event_id": told["Entries"][0]["EventId"]}


def tap(params: Tap, context: ActionContext) -> ActionResult:
    """Make a queue and a rule that fills it."""
    name = _name(params.name, context)
    sqs, events = context.client("sqs"), context.client("events")
    tags = {"itest:run": context.run.id, "itest:expires": str(context.run.deadline_ms // 1000)}
    url = sqs.create_queue(
        QueueName=name,
        Attributes={"MessageRetentionPeriod": "3600", "SqsManagedSseEnabled": "true"},
        tags=tags,
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    rule = events.put_rule(
        Name=name,
        EventBusName=params.bus,
        EventPattern=json.dumps(params.pattern),
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )["RuleArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
            }
        ],
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    events.put_targets(Rule=name, EventBusName=params.bus, Targets=[{"Id": "queue", "Arn": arn}])
    return {"tap": name}


def undo_tap(params: Tap, _: ActionContext) -> ActionCall:
    """Take the tap away."""
    return ActionCall("eventbridge.untap", {"bus": params.bus, "name": params.name})


def untap(params: Untap, context: ActionContext) -> ActionResult:
    """Remove rule and queue; what is gone already is fine."""
    name = _name(params.name, context)
    events, sqs = context.client("events"), context.client("sqs")
    removed = 0
    # Not looked for first: ListRules knows no resource, so it could only be granted for all rules.
    with contextlib.suppress(events.exceptions.ResourceNotFoundException):
        events.remove_targets(Rule=name, EventBusName=params.bus, Ids=["queue"])
        events.delete_rule(Name=name, EventBusName=params.bus)
        removed += 1
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        return {"removed": removed}
    sqs.delete_queue(QueueUrl=url)
    return {"removed": removed + 1}


def read_tap(params: ReadTap, context: ActionContext) -> ActionResult:
    """Return the `events` that came so far, and their `count`. They stay in the queue."""
    sqs = context.client("sqs")
    url = sqs.get_queue_url(QueueName=_name(params.name, context))["QueueUrl"]
    found: dict[str, Any] = {}
    quiet = 0
    while quiet < 2 and context.left_s() > 0:  # noqa: PLR2004 - one empty answer may be chance
        told = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, VisibilityTimeout=1
        ).get("Messages", [])
        fresh = [one for one in told if one["MessageId"] not in found]
        found.update({one["MessageId"]: json.loads(one["Body"]) for one in fresh})
        quiet = 0 if fresh else quiet + 1
    events = list(found.values())
    return {"events": events, "count": len(events)}


def _name(label: str, context: ActionContext) -> str:
    return f"itest-{context.run.id}-{label}"


_MAKE = ("sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:TagQueue")
_REMOVE = ("sqs:DeleteQueue", "sqs:GetQueueUrl")

ACTIONS = (
    AtomicAction(
        name="eventbridge.put",
        summary="Send an event to a bus",
        params=EventPut,
        run=put,
        effects=always("write"),
        grants=(Grant("buses", ("events:PutEvents",)),),
    ),
    AtomicAction(
        name="eventbridge.tap",
        summary="Listen to events of a bus, from now on",
        params=Tap,
        run=tap,
        effects=always("write"),
        undo=undo_tap,
        grants=(
            Grant("taps", _MAKE),
            Grant("tap_rules", ("events:PutRule", "events:PutTargets", "events:TagResource")),
        ),
    ),
    AtomicAction(
        name="eventbridge.untap",
        summary="Stop listening",
        params=Untap,
        run=untap,
        effects=always("write"),
        compensates=True,
        grants=(
            Grant("taps", _REMOVE),
            Grant("tap_rules", ("events:RemoveTargets", "events:DeleteRule")),
        ),
    ),
    AtomicAction(
        name="eventbridge.read_tap",
        summary="Look at the events that a tap has heard",
        params=ReadTap,
        run=read_tap,
        grants=(Grant("taps", ("sqs:GetQueueUrl", "sqs:ReceiveMessage")),),
    ),
)
