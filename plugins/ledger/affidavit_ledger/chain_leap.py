"""Check a chain of which some runs were checked elsewhere already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from affidavit.plugin import Entry, LedgerKeys, WriterId, evolve
from affidavit_ledger.chain_check import ChainCheck
from affidavit_ledger.chain_point import ChainRun
from affidavit_ledger.findings import EvidenceFinding
from affidavit_ledger.open_invocations import OpenInvocations


class LeapingChain(ChainCheck):
    """Walks one chain, and passes over runs that somebody has checked from where it stands."""

    __slots__ = ("_asleep", "_due")

    def __init__(
        self,
        writer: WriterId,
        keys: LedgerKeys | None,
        opened: OpenInvocations,
        *,
        watch: int | None = None,
    ) -> None:
        super().__init__(writer, keys, opened, watch=watch)
        self._asleep, self._due = False, 0
        """Whether the first key is still to be opened; by how many records the key is behind."""

    def leap(self, run: ChainRun) -> bool:
        """Pass over a run; False if its check did not begin where this chain stands."""
        keyed, first, last = self._keys is not None, run.first, run.next_seq - 1
        if (
            (first, run.prev.encode()) != (self.next_seq, self._prev)
            or (keyed and first and run.key != self.first_key)
            or (not first and self._key is not None)
            or (self._watch is not None and first <= self._watch < last)
        ):
            return False
        if not first:
            self.first_key, self._asleep = run.key, keyed
        self._due += last + 1 - first
        self.records += last + 1 - first
        self.next_seq, self._prev = last + 1, run.link.encode()
        if last == self._watch:
            self.watched = run.link
        return True

    def run(self, parts: Sequence[tuple[bytes, bytes]], start: int = 0) -> int:
        """Accept records; see `ChainCheck.run`."""
        self._wake()
        return super().run(parts, start)

    def check(
        self, seq: int, body: bytes, mac: bytes, entry: Entry | None = None
    ) -> Iterator[EvidenceFinding]:
        """Check one record; see `ChainCheck.check`."""
        self._wake()
        return super().check(seq, body, mac, entry)

    def _wake(self) -> None:
        """Bring the key up to the records that were passed over."""
        if not self._due:
            return
        key = self._key
        if self._asleep and self._keys is not None:
            key = self._keys.open_chain_key(self.writer, self.first_key)
        for _ in range(self._due if key is not None else 0):
            key = key and evolve(key)
        self._key, self._asleep, self._due = key, False, 0
