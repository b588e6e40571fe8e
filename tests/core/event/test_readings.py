"""What is read out of each source's sample, whole: `readings.json` has a line for each.

`members.json` says what of that changes when a member of the sample is missing, or something
else stands there: it is read nevertheless. A change that is meant is written with
`PYTHONPATH=tests python tests/core/event/test_readings.py`, and read.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from affidavit._event.request import Request, read_request, record_request
from affidavit.errors import AffidavitError
from event_forms import FORMS
from event_samples import SAMPLES, sample

FILE = Path(__file__).with_name("readings.json")
MEMBERS = Path(__file__).with_name("members.json")
ODD: Final[tuple[Any, ...]] = (7, ["a"], {"a": "b"}, "")
"""What may stand in place of a member."""

LATTICE = {
    "raw_path": "/orders?dry=true",
    "method": "POST",
    "headers": {"x-forwarded-for": "203.0.113.9, 198.51.100.23", "cookie": "a=1; theme=dark"},
    "query_string_parameters": {"dry": "true"},
    "body": "eyJpZCI6IDF9",
    "is_base64_encoded": True,
}
PIPED = {"eventSource": "aws:sqs", "messageId": "m-1", "body": "{}", "eventSourceARN": "arn:x"}
EVENTS = {
    **{name: sample(name) for name in SAMPLES},
    "vpc-lattice.v1": LATTICE,
    "pipes": [PIPED],
    **FORMS,
}


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


Step = str | int


def _paths(value: Any) -> Iterator[tuple[Step, ...]]:
    steps: list[Step] = list(value) if isinstance(value, dict) else list(range(len(value)))
    for step in steps:
        yield (step,)
        if isinstance(value[step], dict | list):
            yield from ((step, *below) for below in _paths(value[step]))


def _without(event: Any, path: tuple[Step, ...], *instead: Any) -> Any:
    """Return an event without a member, or with something else in its place."""
    changed = copy.deepcopy(event)
    above = changed
    for step in path[:-1]:
        above = above[step]
    if instead:
        above[path[-1]] = instead[0]
    else:
        del above[path[-1]]
    return changed


def _read(event: Any) -> Any:
    try:
        return _compared(reading(event))
    except AffidavitError as error:
        return {"error": type(error).__name__, "why": getattr(error, "why", "")}


def _compared(said: dict[str, Any]) -> dict[str, Any]:
    """Leave out the context, which is a part of the event as it is."""
    return {key: value for key, value in said.items() if key != "context"}


def _changed(before: Any, after: Any) -> Any:
    """Return the members of a reading that are others now; None stands for what is gone."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return after
    return {
        name: _changed(before.get(name), after.get(name))
        for name in before | after
        if before.get(name) != after.get(name)
    }


def members(name: str) -> dict[str, Any]:
    """Return by the path of a member what its absence changes, and what does what is odd."""
    event = EVENTS[name]
    whole, told = _compared(reading(event)), dict[str, Any]()
    for path in _paths(event):
        said = [_changed(whole, _read(_without(event, path)))]
        for odd in ODD:
            one = _changed(whole, _read(_without(event, path, odd)))
            said.append("as without" if one == said[0] else one)
        if any(one and one != "as without" for one in said):
            told["/".join(map(str, path))] = said
    return told


@pytest.mark.parametrize("name", EVENTS)
def test_a_member_is_read_for_what_it_was_read_for(name: str) -> None:
    """And an event without it, or with a number, a list or an object there, is read, too."""
    assert json.loads(MEMBERS.read_text())[name] == members(name)


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(reading(EVENTS[name]))}" for name in EVENTS]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    told = {name: members(name) for name in EVENTS}
    sources = [
        f"{json.dumps(name)}: {{\n"
        + ",\n".join(f"{json.dumps(path)}: {json.dumps(said)}" for path, said in read.items())
        + "\n}"
        for name, read in told.items()
    ]
    MEMBERS.write_text("{\n" + ",\n".join(sources) + "\n}\n")
