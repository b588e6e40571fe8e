"""The sealer's entry points on Lambda: the table's stream, the clock, and the spill queue.

`stream_handler` archives what the stream brings, `checkpoint_handler` runs once
a minute and signs, `replay_handler` puts spilled entries where they belong. What
each did is one EMF line; the alarms hang on it.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from affidavit.plugin import (
    Settings,
    emf_line,
    load_plugins,
    load_policy,
    now_ms,
    open_ledger,
    read_settings,
    unpack_spilled,
)
from affidavit_dynamodb.items import entry_of
from affidavit_ledger.ledger_drift import look
from affidavit_ledger.open_evidence import open_archive, open_signer, open_tsa, open_witnesses
from affidavit_ledger.places import sealed_to
from affidavit_ledger.replay import Replayed, replay_spilled
from affidavit_ledger.seal import Sealer
from affidavit_ledger.stream import TableChange, seal_changes
from affidavit_ledger.workspace import Notes

_EXPIRY: Final = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""Who removes items that have expired, as the stream says it."""

REPLAY_TIMEOUT_S: Final = 5.0


# affidavit: allow AFF201 - its own records would come back to it by the stream that it reads
def stream_handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Archive a batch of the table's stream.

    A record that cannot be read is reported back by its sequence number: what
    comes before it is archived, and the event source tries again from there
    and, in the end, sets it aside.
    """
    settings = _settings()
    records = event.get("Records", [])
    failed = []
    changes = []
    for record in records:
        try:
            changes.append(_change(record))
        except ValueError:
            number = record.get("dynamodb", {}).get("SequenceNumber", "")
            failed.append({"itemIdentifier": number})
            break
    shard = _shard(records)
    told = seal_changes(_sealer(settings), changes, shard=shard, now_ms=now_ms)
    _count(
        settings,
        Sealed=told.sealed,
        TableAlarms=told.alarms,
        Skewed=told.skewed,
        Rescued=told.rescued,
        StreamFailed=len(failed),
    )
    return {"batchItemFailures": failed}


def checkpoint_handler(_: Mapping[str, Any], __: object) -> dict[str, Any]:
    """Take what waits into the log, mend gaps from the table, and sign."""
    settings = _settings()
    sealed = _sealer(settings).checkpoint()
    _count(
        settings,
        Checkpoints=1,
        SealedSegments=sealed.segments,
        Repaired=sealed.repaired,
        Lost=sealed.lost,
        SetAside=sealed.aside,
        Unsigned=sealed.unsigned,
        Unstamped=sealed.unstamped,
    )
    return {"size": sealed.checkpoint.size, "time": sealed.checkpoint.time}


def doctor_handler(_: Mapping[str, Any], __: object) -> dict[str, Any]:
    """Look once a day at what of the ledger has drifted, and count it. Names go to the log."""
    settings = _settings()
    plugins = load_plugins(settings.plugins)
    archive, workspace = open_archive(settings, plugins)
    notes = Notes(workspace, open_signer(settings, plugins))
    found = look(open_ledger(settings, plugins), archive, notes, now_ms=now_ms())
    for one in found:
        sys.stdout.write(json.dumps({"event": "ledger.drifted", **one._asdict()}) + "\n")
    _count(settings, Drift=len(found))
    return {"drift": len(found)}


# affidavit: allow AFF201 - it moves records, and runs while the ledger takes none of its own
def replay_handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Put spilled entries and salts into their tables; however often, the same items result."""
    settings = _settings()
    ledger = open_ledger(settings, load_plugins(settings.plugins))
    failed = []
    done: list[Replayed] = []
    for message in event.get("Records", []):
        try:
            items = [unpack_spilled(line) for line in str(message["body"]).splitlines()]
            done.append(replay_spilled(ledger, items, timeout_s=REPLAY_TIMEOUT_S))
        except Exception:  # noqa: BLE001 - one poison message must not hold the others back
            failed.append({"itemIdentifier": message.get("messageId", "")})
    _count(
        settings,
        Replayed=sum(one.records + one.salts for one in done),
        SaltsForgotten=sum(one.forgotten for one in done),
        ReplayFailed=len(failed),
    )
    return {"batchItemFailures": failed}


def _change(record: Mapping[str, Any]) -> TableChange:
    told = record.get("dynamodb", {})
    new, old = (_image(told.get(name)) for name in ("NewImage", "OldImage"))
    return TableChange(
        str(record.get("eventName", "")), new, old, record.get("userIdentity") == _EXPIRY
    )


def _image(image: Mapping[str, Any] | None) -> Any:
    """Read an image; over Lambda its binary attributes are base64 text."""
    if not image:
        return None
    item = {
        name: {"B": b64decode(value["B"])} if isinstance(value.get("B"), str) else value
        for name, value in image.items()
    }
    return entry_of(item)


def _shard(records: list[Mapping[str, Any]]) -> str:
    """Name a batch by its first sequence number: the same batch has the same name."""
    first = records[0].get("dynamodb", {}).get("SequenceNumber", "0") if records else "0"
    return f"stream-{first}"


def _settings() -> Settings:
    return read_settings(os.environ)


def _sealer(settings: Settings) -> Sealer:
    plugins = load_plugins(settings.plugins)
    archive, workspace = open_archive(settings, plugins)
    witnesses = open_witnesses(settings)
    copies = settings.witness is not None and not witnesses
    witness = open_archive(settings, plugins, witness=True)[0] if copies else None
    signer = open_signer(settings, plugins)
    return Sealer(
        archive,
        signer,
        Notes(workspace, signer),
        now_ms=now_ms,
        archive_days=load_policy(settings.policy).retention.archive_days,
        reader=open_ledger(settings, plugins).reader,
        witness=witness,
        witnesses=witnesses,
        tsa=open_tsa(settings),
        places=sealed_to(settings),
    )


def _count(settings: Settings, **metrics: int) -> None:
    """Write one EMF line."""
    function = {"FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local")}
    sys.stdout.write(emf_line(metrics, settings.namespace, function, at_ms=now_ms()) + "\n")
