"""Put back into a table what its archive holds: after a restore, a loss, or a move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from affidavit import LedgerConflictError, LedgerMissingError
from affidavit.plugin import Archive, Entry, LedgerReader, LedgerStore, WriterId
from affidavit_ledger.record_form import is_fit, read_record
from affidavit_ledger.segments import BrokenSegmentError, Manifest, holds, parts_of

PORTION_S = 10.0
"""How long a portion may take to be written."""


class Refilled(NamedTuple):
    """How many records were put into a table, and how many were there or had expired.

    `left` are rows of another table that are no records, and stay behind.
    """

    added: int
    there: int
    expired: int
    left: int = 0


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
    segments = (_entries(archive, manifest) for manifest in manifests)
    return _append(segments, reader, store, now_s)


def copy_rows(
    source: LedgerReader, reader: LedgerReader, store: LedgerStore, *, now_s: int
) -> Refilled:
    """Append what one table holds and another lacks, sealed or not. The same rows result.

    Raises:
        LedgerConflictError: The other table has another record in a place.

    """
    chains = (source.entries(writer) for writer in source.writers())
    return _append(chains, reader, store, now_s)


def _append(
    groups: Iterable[Iterable[Entry]], reader: LedgerReader, store: LedgerStore, now_s: int
) -> Refilled:
    have: dict[str, set[int]] = {}
    counts = {"added": 0, "there": 0, "expired": 0, "left": 0}
    for group in groups:
        batch: list[Entry] = []
        for entry in group:
            what = _fate(entry, have, reader, now_s)
            counts[what] += 1
            if what == "added":
                have[entry.writer].add(entry.seq)
                batch.append(entry)
            if len(batch) == store.batch_limit:
                store.append(batch, timeout_s=PORTION_S)
                batch = []
        if batch:
            store.append(batch, timeout_s=PORTION_S)
    return Refilled(**counts)


def _fate(entry: Entry, have: dict[str, set[int]], reader: LedgerReader, now_s: int) -> str:
    """Tell what becomes of a record: the name of the count that it goes into."""
    if not is_fit(entry):
        return "left"
    if entry.expires_at <= now_s:
        return "expired"
    if entry.writer not in have:
        have[entry.writer] = _seqs(reader, entry.writer)
    return "there" if entry.seq in have[entry.writer] else "added"


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
