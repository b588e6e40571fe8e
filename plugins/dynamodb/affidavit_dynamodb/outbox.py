"""Events that leave if and only if what they tell of was kept: written with the change, sent after.

    context.source("orders").execute_together(
        (KEEP_ORDER, {…}),
        outbox_event("OrderPlaced", key=order.order_id, detail=OrderPlaced(total=total)),
    )

The events of a source lie in a table of their own, `dynamodb://orders?outbox=order-events`,
under `key` and `id`. Its stream starts `bus_handler`, which hands them to EventBridge: each at
least once, and those of one key in the order in which they were written.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from affidavit import Query, Scalar, SettingsError
from affidavit.plugin import now_ms

KEPT_DAYS: Final = 7
"""Until an event may be removed; its stream has been read long before."""

MOST_AT_ONCE: Final = 10
"""https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""

PUT_EVENT: Final = Query(
    name="put_event",
    sql="insert into outbox (key, id, type, detail, expires)"
    " values (:key, :id, :type, :detail, :expires)",
    binds=frozenset({"key", "id", "type", "detail", "expires"}),
    write=True,
)

Step = tuple[Query, Mapping[str, Scalar]]


class TypedDetail(Protocol):
    """What an event tells: a pydantic model, or anything else that writes itself as JSON."""

    def model_dump_json(self) -> str:
        """Return it as JSON."""
        ...


class OutboxEvent(NamedTuple):
    """An event as the stream brings it; `number` is the record's."""

    number: str
    key: str
    id: str
    type: str
    detail: str


Send = Callable[[Sequence[OutboxEvent]], set[str]]
"""Hands events over and returns the ids of those that were not taken."""


def outbox_event(
    type_: str, *, key: str, detail: TypedDetail, now_ms: Callable[[], int] = now_ms
) -> Step:
    """Return the step that keeps an event; give it to `execute_together` with the change.

    `key` is what order is kept for, such as an order's number.
    """
    at = now_ms()
    binds: dict[str, Scalar] = {
        "key": key,
        "id": f"{at:015d}-{secrets.token_hex(8)}",
        "type": type_,
        "detail": detail.model_dump_json(),
        "expires": at // 1000 + KEPT_DAYS * 86_400,
    }
    return PUT_EVENT, binds


def send_changes(event: Mapping[str, Any], send: Send) -> dict[str, Any]:
    """Send the events of a batch of the outbox's stream; report where to go on after a failure.

    A call holds one event of each key, and nothing follows one that failed: what
    comes after it is sent again with it, so each arrives at least once.
    """
    waiting = list(_events(event))
    while waiting:
        wave: dict[str, OutboxEvent] = {}
        for one in waiting:
            if one.key in wave or len(wave) == MOST_AT_ONCE:
                break
            wave[one.key] = one
        lost = send(list(wave.values()))
        for one in wave.values():
            if one.id in lost:
                return {"batchItemFailures": [{"itemIdentifier": one.number}]}
        waiting = waiting[len(wave) :]
    return {"batchItemFailures": []}


# affidavit: allow AFF201 - the change that an event tells of is on record; this one only carries it
def bus_handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Hand the events of an outbox to the bus that OUTBOX_BUS names, under OUTBOX_SOURCE."""
    bus, source = (os.environ.get(f"OUTBOX_{name}", "") for name in ("BUS", "SOURCE"))
    if not bus or not source:
        raise SettingsError(
            "events cannot be sent",
            why="OUTBOX_BUS or OUTBOX_SOURCE is not set",
            fix="Set both among the function's variables",
        )
    from affidavit_dynamodb.clients import client  # noqa: PLC0415 - boto3

    return send_changes(event, to_bus(client("events", ""), bus, source))


def to_bus(events: Any, bus: str, source: str) -> Send:
    """Return what puts events on a bus; `events` is a client of EventBridge."""

    def send(wave: Sequence[OutboxEvent]) -> set[str]:
        entries = [
            {
                "EventBusName": bus,
                "Source": source,
                "DetailType": one.type,
                "Detail": json.dumps(
                    {"id": one.id, "key": one.key, "data": json.loads(one.detail)}
                ),
            }
            for one in wave
        ]
        told = events.put_events(Entries=entries)["Entries"]
        return {one.id for one, answer in zip(wave, told, strict=True) if not answer.get("EventId")}

    return send


def _events(event: Mapping[str, Any]) -> Iterator[OutboxEvent]:
    """Yield what was added to the outbox; what expires there is not sent again."""
    for record in event.get("Records", ()):
        if record.get("eventName") != "INSERT":
            continue
        change = record["dynamodb"]
        said = {name: value["S"] for name, value in change["NewImage"].items() if "S" in value}
        yield OutboxEvent(
            str(change["SequenceNumber"]), said["key"], said["id"], said["type"], said["detail"]
        )
