"""What is read out of each source's sample, whole: `readings.json` has a line for each.

A change that is meant is written with `python tests/core/event/test_readings.py`, and read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affidavit._event.request import Request, read_request, record_request
from event_samples import SAMPLES, sample

FILE = Path(__file__).with_name("readings.json")

LATTICE = {
    "raw_path": "/orders?dry=true",
    "method": "POST",
    "headers": {"x-forwarded-for": "203.0.113.9, 198.51.100.23", "cookie": "a=1; theme=dark"},
    "query_string_parameters": {"dry": "true"},
    "body": "eyJpZCI6IDF9",
    "is_base64_encoded": True,
}
PIPED = {"eventSource": "aws:sqs", "messageId": "m-1", "body": "{}", "eventSourceARN": "arn:x"}
EVENTS = {name: sample(name) for name in SAMPLES} | {"vpc-lattice.v1": LATTICE, "pipes": [PIPED]}


def _said(request: Request) -> dict[str, Any]:
    delivery = request.delivery
    sent = request.body(1000) if request.http else request.carried(100_000)
    said = {
        "via": request.via,
        "http": request.http,
        "id": request.event_id,
        "address": request.address,
        "context": dict(request.context),
        "query": request.query(),
        "theme": request.cookie("theme"),
        "payload": None if request.http or request.payload() is request.raw else request.payload(),
        "delivery": None if delivery is None else delivery._asdict(),
        "sent": None if sent is None else sent.decode(),
    }
    return {name: value for name, value in said.items() if value not in (None, "", {}, False)}


def reading(event: Any) -> Any:
    """Return what is read out of an event and of its records, as JSON."""
    request = read_request(event)
    told: dict[str, Any] = _said(request)
    source = request.source
    if source is not None and source.batch:
        records = [record_request(source, record, event) for record in source.records(event)]
        told |= {"report": source.report.name, "records": list(map(_said, records))}
    return json.loads(json.dumps(told, default=str))


@pytest.mark.parametrize("name", EVENTS)
def test_a_sample_is_read_as_ever(name: str) -> None:
    """Who sent it, its id, its records, what they carry, and how failures are told."""
    assert json.loads(FILE.read_text())[name] == reading(EVENTS[name])


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(reading(EVENTS[name]))}" for name in EVENTS]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
