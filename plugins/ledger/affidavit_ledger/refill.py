"""Put back into a table what its archive holds: after a restore, a loss, or a move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from affidavit import LedgerConflictError, LedgerMissingError
from affidavit.plugin import Archive, Entry, LedgerReader, LedgerStore, WriterId
from affidavit_ledger.record_form import read_record
from affidavit_ledger.segments import BrokenSegmentError, Manifest, holds, parts_of

PORTION_S = 10.0
"""How long a portion may take to be written."""


class Refilled(NamedTuple):
    """How many records were put back, and how many were there or had expired."""

    added: int
    there: int
    expired: int


def refill(
    archive: Archive,
    manifests: Iterable[Manifest],
    reader: LedgerReader,
    store: LedgerStore,
    *,
    now_s: int,
) -> Refilled:
    """Append what the log signs and the table lacks. However often, the same rows result.

    Raises:
        LedgerConflictError: A segment is not what was signed, or the table has
            another record in a place.

    """
    have: dict[str, set[int]] = {}
    added = there = expired = 0
    for manifest in manifests:
        batch: list[Entry] = []
        for entry in _entries(archive, manifest):
            if entry.expires_at <= now_s:
                expired += 1
                continue
            if entry.writer not in have:
                have[entry.writer] = _seqs(reader, entry.writer)
            if entry.seq in have[entry.writer]:
                there += 1
                continue
            have[entry.writer].add(entry.seq)
            batch.append(entry)
        for at in range(0, len(batch), store.batch_limit):
            store.append(batch[at : at + store.batch_limit], timeout_s=PORTION_S)
        added += len(batch)
    return Refilled(added, there, expired)


def _seqs(reader: LedgerReader, writer: WriterId) -> set[int]:
    """Return what the table has of a chain; nothing if there is no table yet."""
    with suppress(LedgerMissingError):
        return {entry.seq for entry in reader.entries(writer)}
    return set()


def _entries(archive: Archive, manifest: Manifest) -> Iterator[Entry]:
    """Return a segment's records as the table held them."""
    data = archive.get(manifest.key)
    try:
        parts = parts_of(data)
    except BrokenSegmentError:
        parts = []
    if not holds(manifest, data, parts):
        raise LedgerConflictError(
            "the table is not refilled",
            why="a segment is not what was signed",
            fix="Run affidavit verify",
        )
    for body, mac in parts:
        record = read_record(body)
        said = record.document
        yield Entry(
            WriterId(said["wid"]),
            said["seq"],
            body,
            mac,
            int(said.get("exp", 0)),
            record.at,
            record.actor,
            record.subject,
        )
