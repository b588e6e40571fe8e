"""Compare a table with its archive: the archive is the truth, the table a cache of it.

What has expired may be gone from the table; that is the law, not tampering.
Everything else that is archived must be there, byte for byte, and whatever is
newer than the archive must go on where it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256

from affidavit import LedgerMissingError
from affidavit.plugin import Archive, LedgerKeys, LedgerReader, WriterId
from affidavit_ledger.archive_check import ArchiveFacts, Requests, SealedChain, record_sum
from affidavit_ledger.chain_check import ChainCheck, index_matches
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.segments import (
    WRITER,
    BrokenSegmentError,
    Manifest,
    expiry_of,
    parts_of,
    seq_of,
)


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
    ) -> None:
        self._reader = reader
        self._keys = keys
        self._facts = facts
        self._now_s = now_s
        self._salt = salt
        self._sealed_until = sealed_until
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
                # Not sealed yet: the whole chain is checked as it stands.
                chain = ChainCheck(writer, self._keys, self._facts.opened)
                sealed = self._facts.writers[writer.encode()] = SealedChain(chain)
            yield from self._writer(writer, sealed)
        for name, sealed in self._facts.writers.items():
            if name not in present and sealed.unexpired:
                self.suspects.add(sealed.chain.writer)

    def _overdue(self, writer: WriterId, seqs: list[int]) -> Iterator[EvidenceFinding]:
        """Name what a checkpoint should cover by now: sealer or stream have passed it over."""
        if seqs:
            yield EvidenceFinding(
                kind=FindingKind.UNSEALED, writer=writer, seq=seqs[0], count=len(seqs)
            )

    def _writer(self, writer: WriterId, sealed: SealedChain) -> Iterator[EvidenceFinding]:
        archived_to = sealed.chain.next_seq
        total = count = 0
        overdue: list[int] = []
        for entry in self._reader.entries(writer):
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
            if expiry_of(entry.body) > self._now_s:
                count += 1
                total += record_sum(self._salt, entry.body, entry.mac)
            else:
                # Expired and still there: expiry takes its time. It is not in the
                # sums, so it is compared by itself.
                self.suspects.add(writer)
        yield from self._overdue(writer, overdue)
        if (count, total) != (sealed.unexpired, sealed.sum):
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
    for writer in sorted(table.suspects):
        archived = dict(_archived(archive, manifests, writer))
        there = {entry.seq: entry for entry in reader.entries(WriterId(writer))}
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


def reconcile(requests: Requests) -> Iterator[EvidenceFinding]:
    """Compare with an independent list of requests, such as a gateway's access log."""
    if requests.wanted is None:
        return
    for request in sorted(requests.wanted - requests.seen):
        yield EvidenceFinding(kind=FindingKind.REQUEST_UNRECORDED, place=request)
    for request, place in sorted(requests.others.items()):
        yield EvidenceFinding(kind=FindingKind.RECORD_UNREQUESTED, place=f"{request} at {place}")


def _archived(
    archive: Archive, manifests: Sequence[Manifest], writer: str
) -> Iterator[tuple[int, tuple[bytes, int]]]:
    name = writer.encode()
    for manifest in manifests:
        if writer in manifest.writers:
            # What is missing or broken has a finding of its own.
            with suppress(LedgerMissingError, BrokenSegmentError):
                for body, mac in parts_of(archive.get(manifest.key)):
                    if body[WRITER] == name:
                        yield seq_of(body), (sha256(body + mac).digest(), expiry_of(body))
