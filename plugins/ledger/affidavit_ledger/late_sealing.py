"""What expires from a table and was never sealed: the last chance to keep it.

A stream that was off for days, a chain that was born and ended meanwhile: nothing
else shows it, because no later record of the chain leaves a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from affidavit.plugin import Archive, Entry
from affidavit_ledger.log_span import EARLIER, LATER, first_from, leaves_between, note_at, time_text
from affidavit_ledger.log_state import LogState
from affidavit_ledger.sealer_state import held_in
from affidavit_ledger.segments import Manifest
from affidavit_ledger.spans import Span


def never_sealed(
    archive: Archive, state: LogState, entries: Iterable[Entry], *, begin: int
) -> Iterator[Entry]:
    """Yield what is in no segment, as far as can be told.

    The sealer's state says so while it remembers a writer; afterwards what was sealed
    in the hour of a record does. What was sealed later than that is yielded too: a
    second copy does no harm. `begin` is the first checkpoint that is there.
    """
    hours: dict[str, list[Entry]] = {}
    for entry in entries:
        seen = state.writers.get(entry.writer)
        if seen is None:
            hours.setdefault(entry.at[:13], []).append(entry)
        elif entry.seq >= seen.next_seq or _within(entry.seq, state.gaps.get(entry.writer, [])):
            yield entry
    for hour, group in hours.items():
        held = _sealed_in(archive, datetime.fromisoformat(f"{hour}:00:00Z"), begin)
        for entry in group:
            if not _within(entry.seq, held.get(entry.writer, [])):
                yield entry


def _sealed_in(archive: Archive, hour: datetime, begin: int) -> dict[str, list[Span]]:
    """Return what was sealed in an hour and the one behind it, chain by chain."""
    first = first_from(archive, time_text(hour - EARLIER), begin)
    last = first_from(archive, time_text(hour + timedelta(hours=1) + LATER), first)
    end = note_at(archive, last) or note_at(archive, last - 1)
    before = note_at(archive, first - 1) if first else None
    start, size = (found[1].size if found is not None else 0 for found in (before, end))
    held: dict[str, list[Span]] = {}
    for line in leaves_between(archive, start, size).values():
        manifest = Manifest.parse(line)
        if manifest.kind != "alarm":
            for writer, spans in held_in(archive, manifest).items():
                held.setdefault(writer, []).extend(spans)
    return held


def _within(seq: int, spans: Iterable[Span]) -> bool:
    return any(first <= seq <= last for first, last in spans)
