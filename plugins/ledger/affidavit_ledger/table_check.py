"""Compare a table with its archive: the archive is the truth, the table a cache of it.

What has expired may be gone from the table; that is the law, not tampering.
Everything else that is archived must be there, byte for byte, and whatever is
newer than the archive must go on where it ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from affidavit import LedgerMissingError
from affidavit.plugin import Archive, LedgerKeys, LedgerReader, WriterId
from affidavit_ledger.archive_check import ArchiveFacts, SealedChain, resumed
from affidavit_ledger.chain_leap import LeapingChain
from affidavit_ledger.chain_point import ChainPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.notes import Checkpoint
from affidavit_ledger.record_form import index_matches
from affidavit_ledger.record_sums import RecordSums
from affidavit_ledger.segments import (
    WRITER,
    BrokenSegmentError,
    Manifest,
    expiry_of,
    parts_of,
    seq_of,
)

CHAIN_S: Final = 7 * 86_400
"""How old a chain becomes; then its writer begins another one."""

AT_ONCE: Final = 50_000
"""Of how many archived records the hashes are held at once, if they have to be compared."""

SEALED_WITHIN_S: Final = 300
"""How old a record may be, when a checkpoint is signed, and not be sealed: five intervals."""


class TableCheck:
    """Walks a table, writer by writer, beside what is archived of each."""

    def __init__(
        self,
        reader: LedgerReader,
        keys: LedgerKeys | None,
        facts: ArchiveFacts,
        *,
        now_s: int,
        salt: bytes,
        sealed_until: str = "",
        start: Mapping[str, ChainPoint] = MappingProxyType({}),
    ) -> None:
        self._reader = reader
        self._keys = keys
        self._facts = facts
        self._now_s = now_s
        self._salt = salt
        self._sealed_until = sealed_until
        self._start = start
        self.records = 0
        self.unsealed = 0
        self.suspects: set[str] = set()
        """Writers whose records have to be compared one by one, with `name_differences`."""
        self.late: set[tuple[str, int]] = set()
        """Records that are in the table and have not been sealed yet."""

    def run(self) -> Iterator[EvidenceFinding]:
        """Check every writer that the table or the archive knows."""
        present = set()
        for writer in self._reader.writers():
            present.add(writer.encode())
            sealed = self._facts.writers.get(writer.encode())
            if sealed is None:
                sealed = yield from self._begin(writer)
            yield from self._writer(writer, sealed)
        for name, sealed in self._facts.writers.items():
            if name not in present and sealed.sums.unexpired[0]:
                self.suspects.add(sealed.chain.writer)

    def checked_to(self, writer: str) -> int:
        """Return which records of a chain an earlier check has covered."""
        sealed = self._facts.writers.get(writer.encode())
        return sealed.checked_to if sealed is not None else 0

    def _begin(self, writer: WriterId) -> Generator[EvidenceFinding, None, SealedChain]:
        """Begin with a chain of which nothing new is sealed: all of it, or from the mark on."""
        point = self._start.get(writer)
        if point is None:
            sealed = SealedChain(LeapingChain(writer, self._keys, self._facts.opened))
        else:
            sealed, found = resumed(writer, point, self._keys, self._facts.opened)
            yield from found
        self._facts.writers[writer.encode()] = sealed
        return sealed

    def _overdue(self, writer: WriterId, seqs: list[int]) -> Iterator[EvidenceFinding]:
        """Name what a checkpoint should cover by now: sealer or stream have passed it over."""
        if seqs:
            yield EvidenceFinding(
                kind=FindingKind.UNSEALED, writer=writer, seq=seqs[0], count=len(seqs)
            )

    def _writer(self, writer: WriterId, sealed: SealedChain) -> Iterator[EvidenceFinding]:
        archived_to = sealed.chain.next_seq
        sums = RecordSums()
        overdue: list[int] = []
        for entry in self._reader.entries(writer, sealed.checked_to):
            self.records += 1
            if entry.seq >= archived_to or entry.seq in sealed.chain.missing:
                self.unsealed += 1
                self.late.add((writer, entry.seq))
                if entry.at < self._sealed_until:
                    overdue.append(entry.seq)
                yield from sealed.chain.check(entry.seq, entry.body, entry.mac, entry)
                self._facts.requests.take(entry.body, f"{writer}/{entry.seq}")
                continue
            if not index_matches(entry):
                yield EvidenceFinding(kind=FindingKind.INDEX_DIFFERS, writer=writer, seq=entry.seq)
            sums.add(self._salt, self._now_s, entry.body, entry.mac)
        yield from self._overdue(writer, overdue)
        if not sealed.sums.covers(sums):
            self.suspects.add(writer)


def name_differences(
    reader: LedgerReader,
    archive: Archive,
    manifests: Sequence[Manifest],
    table: TableCheck,
    *,
    now_s: int,
) -> Iterator[EvidenceFinding]:
    """Compare some writers' records one by one, and say which differ or are gone."""
    for lot in _lots(sorted(table.suspects), manifests):
        archived = _archived(archive, manifests, lot)
        for writer in lot:
            yield from _compare(reader, WriterId(writer), archived[writer], table, now_s)


def _compare(
    reader: LedgerReader,
    writer: WriterId,
    archived: Mapping[int, tuple[bytes, int]],
    table: TableCheck,
    now_s: int,
) -> Iterator[EvidenceFinding]:
    there = {entry.seq: entry for entry in reader.entries(writer, table.checked_to(writer))}
    for seq, (digest, expires_at) in sorted(archived.items()):
        entry = there.get(seq)
        if entry is None:
            if expires_at > now_s:
                yield EvidenceFinding(kind=FindingKind.GONE_EARLY, writer=writer, seq=seq)
        elif sha256(entry.body + entry.mac).digest() != digest:
            yield EvidenceFinding(kind=FindingKind.DIFFERS, writer=writer, seq=seq)
    for seq in sorted(there):
        if seq not in archived and (writer, seq) not in table.late:
            yield EvidenceFinding(kind=FindingKind.DIFFERS, writer=writer, seq=seq)


def _lots(writers: Iterable[str], manifests: Sequence[Manifest]) -> Iterator[list[str]]:
    """Part writers into lots that fit into memory; for each the archive is read once."""
    held = Counter[str]()
    for manifest in manifests:
        held.update({writer: span[2] for writer, span in manifest.writers.items()})
    lot: list[str] = []
    total = 0
    for writer in writers:
        total += held[writer]
        if lot and total > AT_ONCE:
            yield lot
            lot, total = [], held[writer]
        lot.append(writer)
    if lot:
        yield lot


def _archived(
    archive: Archive, manifests: Sequence[Manifest], writers: Sequence[str]
) -> dict[str, dict[int, tuple[bytes, int]]]:
    found: dict[bytes, dict[int, tuple[bytes, int]]] = {name.encode(): {} for name in writers}
    for manifest in manifests:
        if manifest.writers.keys().isdisjoint(writers):
            continue
        # What is missing or broken has a finding of its own.
        with suppress(LedgerMissingError, BrokenSegmentError):
            for body, mac in parts_of(archive.get(manifest.key)):
                if body[WRITER] in found:
                    digest = sha256(body + mac).digest()
                    found[body[WRITER]][seq_of(body)] = digest, expiry_of(body)
    return {name: found[name.encode()] for name in writers}


def sealed_by(newest: Checkpoint | None) -> str:
    """Return the time until which everything must be sealed; empty if nothing says so."""
    if newest is None:
        return ""
    try:
        signed = datetime.fromisoformat(newest.time) - timedelta(seconds=SEALED_WITHIN_S)
    except OverflowError:
        return ""  # the first minutes of the year 1
    return f"{signed:%Y-%m-%dT%H:%M:%S}.000Z"


def late_genesis(
    reader: LedgerReader | None, manifests: Iterable[Manifest], start: Mapping[str, ChainPoint]
) -> dict[str, bytes]:
    """Return first records that the table has and no segment: they waited in the spill.

    Without them the keys of their chains cannot be opened, and nothing in the
    archive that follows could be held against its MAC.
    """
    if reader is None:
        return {}
    first: dict[str, int] = {}
    for manifest in manifests:
        for writer, span in manifest.writers.items():
            first[writer] = min(span[0], first.get(writer, span[0]))
    found: dict[str, bytes] = {}
    for writer in (writer for writer, seq in first.items() if seq > 0 and writer not in start):
        entry = next(iter(reader.entries(WriterId(writer))), None)
        if entry is not None and entry.seq == 0:
            found[writer] = entry.body
    return found


def expired(
    facts: ArchiveFacts, missing: Iterable[EvidenceFinding], now_ms: int
) -> Iterator[EvidenceFinding]:
    """Tell what is gone from the beginning of a chain lawfully: it can have expired.

    A chain is a week old at most, so its first records expire a week before the
    first that is left does, or less.
    """
    for finding in missing:
        sealed = facts.writers.get(finding.writer.encode())
        first = sealed.expires_at if sealed is not None else 0
        if finding.seq == 0 and first and first - CHAIN_S <= now_ms // 1000:
            yield replace(finding, kind=FindingKind.EXPIRED)
        else:
            yield finding
