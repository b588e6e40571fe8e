"""Seal from the table itself: for ledgers without a stream, and after a gap in one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from affidavit.plugin import Entry, LedgerReader, iso_utc
from affidavit_ledger.log_state import FORGET_AFTER_S, LogState, SealedUpTo
from affidavit_ledger.record_form import is_fit
from affidavit_ledger.seal_report import SealReport

if TYPE_CHECKING:
    from affidavit_ledger.seal import Sealer

READ_ANYHOW_S: Final = 600
"""How long a table that looks unchanged is not read."""


def seal_new(sealer: Sealer, reader: LedgerReader) -> SealReport:
    """Seal whatever a ledger has that its log does not.

    A table that looks as it did when it was read last is not read again for ten
    minutes. Of a chain so old that a sealer may have forgotten it, only what the
    archive does not hold is sealed.
    """
    forgotten = iso_utc((sealer.now_s - FORGET_AFTER_S + 86_400) * 1000)

    def new(state: LogState) -> Iterator[Entry]:
        stamp = reader.stamp()
        fresh = sealer.now_s - state.read_s < READ_ANYHOW_S
        if stamp and stamp == state.stamp and fresh and not state.gaps:
            state.present = set(state.writers)
            return
        state.stamp, state.read_s = stamp, sealer.now_s
        old: list[Entry] = []
        for writer in reader.writers():
            state.present.add(writer)
            seen = state.writers.get(writer)
            entries = reader.entries(writer, seen.next_seq if seen is not None else 0)
            first = next(entries, None) if seen is None else None
            if first is not None and first.at < forgotten:
                old += filter(is_fit, [first, *entries])
            else:
                yield from [first] if first is not None else ()
                yield from entries
        if old:
            yield from sealer.never_sealed(state, old)
        for name, chain in groupby(old, key=lambda entry: entry.writer):
            state.writers[name] = SealedUpTo(max(one.seq for one in chain) + 1, sealer.now_s)

    return sealer.seal_with(new)
