"""Hand records to other tools: as they are, as a table, or as OCSF events.

OCSF's API Activity (class 6003) is what security data lakes take; its
`record_integrity` profile has a place for our chain. The fingerprint there is
over `raw_data`, which holds the record's own bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from affidavit.plugin import VERSION, Entry, Json, Phase, Record

OCSF_VERSION: Final = "1.9.0-dev"
"""The first version with the `record_integrity` profile."""

_API_ACTIVITY: Final = 6003
_READ, _UPDATE, _OTHER = 2, 3, 99
_SUCCESS, _FAILURE, _UNKNOWN = 1, 2, 0
_COLUMNS: Final = (
    *("at", "phase", "action", "resource", "outcome", "code", "actor", "known_by", "subject"),
    *("reads", "purpose", "function", "region", "via", "request", "event", "attempt", "place"),
)


def as_ndjson(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield records as they were hashed, one a line."""
    for entry in entries:
        yield entry.body.decode() + "\n"


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a header and one row per record, genesis records left out."""
    yield _row(_COLUMNS)
    for entry in entries:
        record = Record.parse(entry.body)
        if record.phase == Phase.GENESIS.value:
            continue
        said = record.document
        source = said.get("src", {})
        yield _row(
            (
                *(record.at, record.phase, said.get("act", ""), said.get("obj", "")),
                *(record.status, record.code or "", record.actor or ""),
                *(said.get("actor", {}).get("auth", ""), record.subject or ""),
                " ".join(f"{read['s']}.{read['n']}" for read in said.get("q", [])),
                *(said.get("why", ""), source.get("fn", ""), source.get("reg", "")),
                *(source.get("via", ""), said.get("req", ""), record.event, record.attempt),
                f"{entry.writer}/{entry.seq}",
            )
        )


def as_ocsf(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield OCSF API Activity events, one a line, genesis and opening records left out."""
    for entry in entries:
        record = Record.parse(entry.body)
        if record.phase not in {Phase.GENESIS.value, Phase.INTENT.value}:
            yield json.dumps(_event(entry, record), ensure_ascii=False) + "\n"


FORMATS: Final[Mapping[str, Callable[[Iterable[Entry]], Iterator[str]]]] = {
    "ndjson": as_ndjson,
    "csv": as_csv,
    "ocsf": as_ocsf,
}
"""What `affidavit export --format` takes."""


def _event(entry: Entry, record: Record) -> dict[str, Json]:
    said = record.document
    activity = _activity(said)
    source = said.get("src", {})
    event: dict[str, Any] = {
        "activity_id": activity,
        "category_uid": 6,
        "class_uid": _API_ACTIVITY,
        "type_uid": _API_ACTIVITY * 100 + activity,
        "severity_id": 1 if record.status == "ok" else 2,
        "status_id": {"ok": _SUCCESS, "": _UNKNOWN}.get(record.status, _FAILURE),
        "status": record.status,
        "status_code": str(record.code),
        "time": _milliseconds(record.at),
        "metadata": {
            "version": OCSF_VERSION,
            "profiles": ["record_integrity"],
            "uid": record.event,
            "tenant_uid": said.get("ten"),
            "product": {"name": "affidavit", "vendor_name": "affidavit", "version": VERSION},
        },
        "actor": {"user": {"uid": record.actor, "type_id": 0}},
        "api": {
            "operation": str(said.get("act", "")),
            "request": {"uid": str(said.get("req", ""))},
            "service": {"name": str(source.get("fn", "")), "version": str(source.get("ver", ""))},
        },
        "cloud": {"provider": "AWS", "region": str(source.get("reg", ""))},
        "src_endpoint": {"uid": source.get("ip"), "svc_name": str(source.get("via", ""))},
        "resources": [{"uid": record.subject, "type": said.get("obj")}],
        "raw_data": entry.body.decode(),
        "attestation_list": [_attestation(entry, said)],
    }
    kept: dict[str, Json] = _present(event)
    return kept


def _attestation(entry: Entry, said: Mapping[str, Any]) -> dict[str, Json]:
    return {
        "uid": f"{entry.writer}/{entry.seq}",
        "chain_uid": entry.writer,
        "prev_event": {
            "uid": f"{entry.writer}/{entry.seq - 1}",
            "fingerprint": {"algorithm_id": 3, "value": str(said.get("prev", ""))},
        },
        "fingerprint": {
            "algorithm_id": 3,
            "encoding_id": 1,
            "serialization_id": 2,
            "value": sha256(entry.body).hexdigest(),
        },
    }


def _activity(said: Mapping[str, Any]) -> int:
    if said.get("chg"):
        return _UPDATE
    return _READ if said.get("q") else _OTHER


def _milliseconds(at: str) -> int:
    try:
        return int(datetime.fromisoformat(at).timestamp() * 1000)
    except ValueError:
        return 0


def _present(value: Any) -> Any:
    """Leave out what a record does not say."""
    if isinstance(value, dict):
        kept = {key: _present(part) for key, part in value.items() if part is not None}
        return {key: part for key, part in kept.items() if part not in ({}, [{}])}
    return [_present(part) for part in value] if isinstance(value, list) else value


def _row(cells: Iterable[object]) -> str:
    out = io.StringIO()
    # A cell that a spreadsheet would run as a formula is made text.
    safe = [f"'{cell}" if str(cell)[:1] in "=+-@" and str(cell) else cell for cell in cells]
    csv.writer(out, lineterminator="\n").writerow(safe)
    return out.getvalue()
