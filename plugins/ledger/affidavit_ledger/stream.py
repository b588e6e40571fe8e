"""Seal what a change stream tells: new records, and whoever touched old ones.

A table's stream shows every change after the fact and cannot be edited, so what
is sealed comes from it and not from the table. A record is only ever inserted
and, once it has expired, removed by the table's own expiry; anything else is an
alarm, and the alarm goes into the log beside the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from affidavit.plugin import Entry, iso_utc
from affidavit_ledger.record_form import is_fit
from affidavit_ledger.seal import Sealer
from affidavit_ledger.segments import Manifest, alarm_of, expiry_of

SKEW_S = 120
"""How far a record's own time may be from the sealer's before it is counted."""


class TableChange(NamedTuple):
    """One change of a table. `new` is missing in a removal, `old` in an insertion.

    `by_expiry` is true if the table's own expiry has done it.
    """

    kind: str
    new: Entry | None
    old: Entry | None
    by_expiry: bool = False


class StreamReport(NamedTuple):
    """What a batch of changes came to."""

    sealed: int
    alarms: int
    skewed: int
    rescued: int
    """Records that were never sealed and have been, as they expired."""


def seal_changes(
    sealer: Sealer,
    changes: Iterable[TableChange],
    *,
    shard: str,
    now_ms: Callable[[], int],
) -> StreamReport:
    """Archive the new records of a batch, and leave an alarm for every other change.

    What expires lawfully is archived too if it never was.

    Raises:
        LedgerUnavailableError: The archive cannot be written; deliver the batch again.

    """
    batch = list(changes)
    now = now_ms()
    alarms = list(_alarms(batch, now))
    sealer.raise_alarms(alarms)
    inserted = (change.new for change in batch if change.kind == "INSERT")
    new = [entry for entry in inserted if entry is not None and is_fit(entry)]
    sealer.write_segments(new, shard=shard)
    gone = (change.old for change in batch if change.kind == "REMOVE" and change.by_expiry)
    rescued = sealer.rescue([old for old in gone if old is not None and is_fit(old)], shard=shard)
    skewed = sum(_is_skewed(entry, now) for entry in new)
    return StreamReport(len(new), len(alarms), skewed, rescued)


def _alarms(changes: Iterable[TableChange], now_ms: int) -> Iterator[Manifest]:
    at = iso_utc(now_ms)
    for change in changes:
        what = _what(change, now_ms // 1000)
        entry = change.old or change.new
        if what and entry is not None:
            yield alarm_of(what, entry.writer, entry.seq, at)


def _what(change: TableChange, now_s: int) -> str:
    """Name what is wrong with a change; empty if nothing is."""
    if change.kind == "MODIFY":
        return "modified"
    if change.kind == "INSERT" and (change.new is None or not is_fit(change.new)):
        return "no-record"
    if change.kind == "REMOVE" and not change.by_expiry:
        return "removed"
    # The expiry that counts is the one inside the body, which was sealed; the
    # attribute beside it is what an attacker would shorten.
    if change.kind == "REMOVE" and change.old and expiry_of(change.old.body) > now_s:
        return "expired-early"
    return ""


def _is_skewed(entry: Entry, now_ms: int) -> bool:
    oldest, newest = iso_utc(now_ms - SKEW_S * 1000), iso_utc(now_ms + SKEW_S * 1000)
    return not oldest <= entry.at <= newest
