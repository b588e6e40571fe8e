"""Write records as OCSF events, of the versions that OCSF has released.

API Activity (class 6003) is what security data lakes take. `raw_data` holds the record's own
bytes and its fingerprint is over them, so a receiver can check each event, and follow each chain:
what `unmapped` names as the event before is the `metadata.uid` of another event. The profile
`record_integrity`, which has a place for that, is in no release yet.
Source: https://schema.ocsf.io, classes/api_activity.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from affidavit.plugin import VERSION, Entry, Json, Phase, Record

OCSF_VERSIONS: Final = ("1.5.0", "1.6.0", "1.7.0", "1.8.0")
"""The released ones that events can be written in; the last is what is written."""

_API_ACTIVITY: Final = 6003
_ACTIVITIES: Final = {2: "Read", 3: "Update", 99: "Other"}
_READ, _UPDATE, _OTHER = _ACTIVITIES
_UNKNOWN, _SUCCESS, _FAILURE = 0, 1, 2
_PHASES: Final = {"I": "intent", "O": "outcome", "D": "disclosure", "W": "withheld"}


def as_ocsf(entries: Iterable[Entry], version: str = OCSF_VERSIONS[-1]) -> Iterator[str]:
    """Yield OCSF API Activity events, one a line; a chain's genesis is no event."""
    for entry in entries:
        event = event_of(entry, version)
        if event is not None:
            yield json.dumps(event, ensure_ascii=False) + "\n"


def event_of(entry: Entry, version: str = OCSF_VERSIONS[-1]) -> dict[str, Json] | None:
    """Return a record as an event; None for a chain's genesis.

    Raises:
        ValueError: It is no record.

    """
    record = Record.parse(entry.body)
    return None if record.phase == Phase.GENESIS.value else _event(entry, record, version)


def _event(entry: Entry, record: Record, version: str) -> dict[str, Json]:
    said = record.document
    activity, source = _activity(said), said.get("src", {})
    region = str(source.get("reg", ""))
    event: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": _API_ACTIVITY,
        "class_name": "API Activity",
        "type_uid": _API_ACTIVITY * 100 + activity,
        "time": _milliseconds(record.at),
        "duration": said.get("dur"),
        "metadata": _metadata(entry, record, version),
        "actor": _actor(record, said),
        "api": {
            "operation": str(said.get("act", "")),
            "request": {"uid": str(said.get("req", ""))},
            "service": {"name": str(source.get("fn", "")), "version": str(source.get("ver", ""))},
        },
        "cloud": {"provider": "AWS", "region": region} if region else None,
        "src_endpoint": {"uid": source.get("ip"), "svc_name": str(source.get("via", ""))},
        "resources": _resources(record, said),
        **_status(record, said),
        **_raw(entry, said, version),
    }
    kept: dict[str, Json] = _present(event)
    return kept


def _metadata(entry: Entry, record: Record, version: str) -> dict[str, Any]:
    said = record.document
    return {
        "version": version,
        "profiles": ["cloud"] if said.get("src", {}).get("reg") else None,
        "uid": _place(entry.writer, entry.seq),
        "sequence": entry.seq,
        "correlation_uid": record.event,
        "event_code": _PHASES.get(record.phase, record.phase),
        "original_time": record.at,
        "log_name": "affidavit",
        "tenant_uid": said.get("ten"),
        "product": {"name": "affidavit", "vendor_name": "affidavit", "version": VERSION},
    }


def _status(record: Record, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return how it ended; an opening record does not know."""
    return {
        "severity_id": 1 if record.status in {"ok", ""} else 2,
        "status_id": {"ok": _SUCCESS, "": _UNKNOWN}.get(record.status, _FAILURE),
        "status": record.status or None,
        "status_code": str(record.code) if record.status else None,
        "status_detail": said.get("out", {}).get("err"),
    }


def _raw(entry: Entry, said: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return the record's own bytes, their fingerprint, and what OCSF has no place for."""
    own = _fingerprint(sha256(entry.body).digest())
    hashes = version != OCSF_VERSIONS[0]
    actor = said.get("actor", {})
    return {
        "raw_data": entry.body.decode(),
        "raw_data_size": len(entry.body),
        "raw_data_hash": own if hashes else None,
        "unmapped": {
            "chain_uid": entry.writer,
            "fingerprint": None if hashes else own,
            "prev_event": _before(entry, said),
            "data_class": said.get("cls"),
            "known_by": actor.get("auth"),
            "on_behalf_of": actor.get("obo"),
            "policy": said.get("pol"),
            "purpose": said.get("why"),
            "recipient": said.get("rcpt"),
        },
    }


def _actor(record: Record, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return who acts: their token, or how it is that there is none."""
    if record.actor:
        return {"user": {"uid": record.actor, "type_id": 0}}
    return {"invoked_by": str(said.get("actor", {}).get("auth", "anonymous"))}


def _resources(record: Record, said: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    kind = said.get("obj")
    if record.subject:
        return [{"uid": record.subject, "type": kind}]
    return [{"name": kind, "type": kind}] if kind else None


def _before(entry: Entry, said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the event before this one in its chain; the first has none."""
    if entry.seq <= 1:
        return None
    link = str(said.get("prev", ""))
    return {
        "uid": _place(entry.writer, entry.seq - 1),
        "fingerprint": _fingerprint(urlsafe_b64decode(link + "=")),
    }


def _place(writer: str, seq: int) -> str:
    return f"{writer}/{seq}"


def _fingerprint(digest: bytes) -> dict[str, Any]:
    return {"algorithm_id": 3, "algorithm": "SHA-256", "value": digest.hex()}


def _activity(said: Mapping[str, Any]) -> int:
    if said.get("chg"):
        return _UPDATE
    return _READ if said.get("q") else _OTHER


def _milliseconds(at: str) -> int:
    try:
        return round(datetime.fromisoformat(at).timestamp() * 1000)
    except ValueError:
        return 0


def _present(value: Any) -> Any:
    """Leave out what a record does not say."""
    if isinstance(value, dict):
        kept = {key: _present(part) for key, part in value.items() if part is not None}
        return {key: part for key, part in kept.items() if part != {}}
    return [_present(part) for part in value] if isinstance(value, list) else value
