"""The last call of a tumbling window: a stream's state, and no record any more.

Source of the fields: AWS Lambda, "Implementing stateful stream processing".
"""

from __future__ import annotations

from typing import Any

from affidavit._event.event_source import Delivery, EventSource, Report, joined
from affidavit._types import Event
from affidavit._untrusted import mapping, text


def _read(event: Event, _: Any) -> Delivery:
    """Name the window by its stream, its shard and its bounds; each ends once."""
    stream, window = text(event.get("eventSourceARN")), mapping(event.get("window"))
    bounds = f"{text(window.get('start'))}/{text(window.get('end'))}"
    shard = text(event.get("shardId"))
    name = f"{shard}|{bounds}" if len(bounds) > 1 else ""
    return Delivery(event=joined(stream, name), label=bounds, service=stream)


def _is_table(event: Event) -> bool:
    return _ends(event) and text(event.get("eventSourceARN")).split(":")[2:3] == ["dynamodb"]


def _ends(event: Event) -> bool:
    return event.get("isFinalInvokeForWindow") is True


KINESIS = EventSource("kinesis", _read, markers=("window",), recognise=_ends, report=Report.FIRST)
STREAM = KINESIS._replace(via="dynamodb-stream", recognise=_is_table)
