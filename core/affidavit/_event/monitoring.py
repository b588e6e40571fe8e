"""CloudWatch: log groups, alarms, and widgets of dashboards."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from affidavit._event.event_source import Delivery, EventSource, has, joined
from affidavit._event.payloads import opened, text_sent
from affidavit._event.validate import InvalidDataError, parse_json
from affidavit._types import Event
from affidavit._untrusted import mapping, text

MAX_LOGS: Final = 32 * 1024 * 1024
"""How much a subscription's data may unpack to. A batch is 1 MiB before it is packed."""


def _unpacked(event: Any) -> Mapping[str, Any]:
    """Return the packed document of a subscription; an empty one if it cannot be read."""
    data = text(mapping(mapping(event).get("awslogs")).get("data"))
    try:
        packed = base64.b64decode(data, validate=True)
        unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        found = unpack.decompress(packed, MAX_LOGS)
        if unpack.unconsumed_tail:
            return {}
        return mapping(parse_json(found))
    except (binascii.Error, ValueError, zlib.error, InvalidDataError):
        return {}


def _log_events(event: Any) -> Sequence[Any]:
    """Return the log events, each with the name of its group and stream."""
    said = _unpacked(event)
    about = {key: said.get(key) for key in ("owner", "logGroup", "logStream")}
    found = said.get("logEvents")
    return [{**about, **mapping(one)} for one in found] if isinstance(found, list) else []


def _log_event(record: Event, _: Any) -> Delivery:
    name = text(record.get("id"))
    return Delivery(event=joined(_group(record), name), label=name, service=_group(record))


def _group(said: Mapping[str, Any]) -> str:
    owner, group = text(said.get("owner")), text(said.get("logGroup"))
    return f"logs.amazonaws.com/{owner}:{group}" if group else "logs.amazonaws.com"


def _message(record: Event, limit: int) -> bytes:
    return opened(text_sent(record.get("message"), limit), limit)


def _alarm(event: Event, _: Any) -> Delivery:
    arn = text(event.get("alarmArn"))
    return Delivery(event=joined(arn, text(event.get("time"))), service=arn)


def _widget(event: Event, _: Any) -> Delivery:
    context = mapping(event.get("widgetContext"))
    return Delivery(service=f"cloudwatch.amazonaws.com/{text(context.get('accountId'))}")


LOGS = EventSource(
    "cloudwatch-logs",
    _log_event,
    markers=("awslogs",),
    records=_log_events,
    open=_message,
    batch=True,
)
ALARM = EventSource(
    "cloudwatch-alarm", _alarm, markers=("alarmData",), recognise=has("alarmArn", "source")
)
WIDGET = EventSource("cloudwatch-widget", _widget, markers=("widgetContext",))
