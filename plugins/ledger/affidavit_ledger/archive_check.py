"""Check what an archive holds: every segment, every record, every chain, on all cores.

Each worker reads every segment, checks the hashes of its share of them, and
walks the chains of its share of the writers. So records stream through, chains
are walked in order, and memory grows with the number of writers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from multiprocessing import get_context
from types import MappingProxyType
from typing import Final
from zlib import crc32

from affidavit import LedgerKeyError
from affidavit.plugin import Archive, LedgerKeys, WriterId
from affidavit_ledger.chain_leap import LeapingChain
from affidavit_ledger.chain_point import ChainPoint
from affidavit_ledger.copies import compare_copies
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.gateway_requests import Requests
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.record_form import place_of
from affidavit_ledger.record_sums import RecordSums
from affidavit_ledger.segment_read import altered, by_writer, first_record, read_segment
from affidavit_ledger.segments import Manifest, expiry_of, holds, seq_of, spans_in

SMALL: Final = 50_000
"""Records below which starting processes takes longer than it saves."""


@dataclass(slots=True)
class SealedChain:
    """One writer's archived records: where the chain stands, and a sum over them.

    `sums` adds up keyed hashes of records: a table that holds the same records has the same.
    """

    chain: LeapingChain
    sums: RecordSums = field(default_factory=RecordSums)
    checked_to: int = 0
    """Which records an earlier check has covered: those below this seq."""
    expires_at: int = 0
    """When the newest record expires; in a table alone, the first that is left."""
    last_expires_at: int = 0
    """When the newest record of a table expires, if that alone was looked at."""

    @property
    def newest_expires_at(self) -> int:
        """When the newest record expires, whatever was looked at."""
        return self.last_expires_at or self.expires_at


@dataclass(slots=True)
class ArchiveFacts:
    """What an archive holds, by writer, and what is wrong with it."""

    records: int = 0
    findings: list[EvidenceFinding] = field(default_factory=list)
    writers: dict[bytes, SealedChain] = field(default_factory=dict)
    opened: OpenInvocations = field(default_factory=OpenInvocations)
    copies: list[tuple[str, int, bytes]] = field(default_factory=list)
    """Second copies of records, which `compare_copies` holds against the first."""
    requests: Requests = field(default_factory=Requests)


@dataclass(frozen=True, slots=True)
class ArchiveShare:
    """What one worker has to do: its share of the segments and of the writers."""

    archive: Archive
    manifests: Sequence[Manifest]
    keys: LedgerKeys | None
    now_s: int
    salt: bytes
    wanted: frozenset[str] | None
    watch: Mapping[str, int]
    genesis: Mapping[str, bytes]
    start: Mapping[str, ChainPoint]
    share: int = 0
    shares: int = 1
    only: frozenset[bytes] | None = None
    """The writers whose chains are walked; None: all."""
    births: Mapping[str, Sequence[str]] | None = None
    """Segments that are said to hold a writer's first record; None: look through `manifests`."""

    def has(self, name: bytes) -> bool:
        """Tell whether a writer is one of this worker's."""
        mine = self.shares == 1 or crc32(name) % self.shares == self.share
        return mine and (self.only is None or name in self.only)

    def born(self, writer: str) -> Iterator[str]:
        """Name the segments in which a chain is said to begin."""
        if self.births is not None:
            yield from self.births.get(writer, ())
            return
        for manifest in self.manifests:
            if manifest.writers.get(writer, (1, 0, 0))[0] == 0:
                yield manifest.key


def check_archive(
    archive: Archive,
    manifests: Sequence[Manifest],
    keys: LedgerKeys | None,
    *,
    now_s: int,
    salt: bytes,
    wanted: frozenset[str] | None = None,
    watch: Mapping[str, int] = MappingProxyType({}),
    genesis: Mapping[str, bytes] = MappingProxyType({}),
    start: Mapping[str, ChainPoint] = MappingProxyType({}),
    workers: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> ArchiveFacts:
    """Check every segment that the log names, and every chain in them.

    `salt` keys the sums that are compared with the table's; nobody may know it
    beforehand. Empty if there is no table. `genesis` are first records that only
    the table has, by writer. `start` says where an earlier check of a chain has
    ended.
    """
    total = sum(manifest.records for manifest in manifests)
    shares = workers or (1 if total < SMALL else os.cpu_count() or 1)
    lots = (dict(watch), dict(genesis), dict(start))
    whole = ArchiveShare(archive, manifests, keys, now_s, salt, wanted, *lots)
    jobs = [replace(whole, share=n, shares=shares) for n in range(shares)]
    if shares == 1:
        facts = run_job(jobs[0], progress)
    else:
        with ProcessPoolExecutor(shares, mp_context=get_context("spawn")) as pool:
            facts = _join(list(pool.map(run_job, jobs)))
    # Of a segment that is not what it says every worker may have told its part.
    facts.findings = list(dict.fromkeys(facts.findings))
    facts.findings.extend(compare_copies(archive, manifests, facts.copies, start))
    return facts


def run_job(
    job: ArchiveShare,
    progress: Callable[[int], None] = lambda _: None,
    facts: ArchiveFacts | None = None,
) -> ArchiveFacts:
    """Do one worker's share, and add to `facts` what it finds."""
    facts = ArchiveFacts(requests=Requests(job.wanted)) if facts is None else facts
    for number, manifest in enumerate(job.manifests):
        mine = number % job.shares == job.share
        found = read_segment(job.archive, manifest)
        if isinstance(found, EvidenceFinding):
            facts.findings += [found] if mine else []
            continue
        data, parts = found
        spans = _walk(parts, job, facts)
        said = {name: span for name, span in manifest.writers.items() if job.has(name.encode())}
        if spans != said or (mine and not holds(manifest, data, parts)):
            facts.findings.append(altered(manifest))
        progress(facts.records)
    return facts


def _walk(
    parts: Sequence[tuple[bytes, bytes]], job: ArchiveShare, facts: ArchiveFacts
) -> dict[str, tuple[int, int, int]]:
    """Walk this worker's chains through one segment; return what it holds of each."""
    spans: dict[str, tuple[int, int, int]] = {}
    for name, found in by_writer(parts).items():
        if job.has(name):
            sealed = facts.writers.get(name) or _begin(name, found[0][0], job, facts)
            spans.update(follow(sealed, found, job, facts))
    return spans


def follow(
    sealed: SealedChain,
    parts: Sequence[tuple[bytes, bytes]],
    job: ArchiveShare,
    facts: ArchiveFacts,
) -> dict[str, tuple[int, int, int]]:
    """Walk one chain through one segment; return first and last seq and number of its records."""
    chain = sealed.chain
    first, at = chain.next_seq, 0
    while at < len(parts):
        start, at = at, chain.run(parts, at)
        facts.records += at - start
        if job.wanted is not None or job.salt:
            _count(sealed, parts[start:at], job, facts)
        if at < len(parts):
            body, mac = parts[at]
            if _slowly(sealed, body, mac, facts):
                facts.records += 1
                _count(sealed, [(body, mac)], job, facts)
            at += 1
            first = -1
    sealed.expires_at = max(sealed.expires_at, expiry_of(parts[-1][0]))
    if first < 0:
        return spans_in(parts)
    return {chain.writer: (first, chain.next_seq - 1, len(parts))}


def _count(
    sealed: SealedChain,
    parts: Sequence[tuple[bytes, bytes]],
    job: ArchiveShare,
    facts: ArchiveFacts,
) -> None:
    """Note the requests of some records, and add them to the sum that the table must have."""
    for body, mac in parts:
        if job.wanted is not None:
            facts.requests.take(body, f"{sealed.chain.writer}/{seq_of(body)}")
        if job.salt:
            sealed.sums.add(job.salt, job.now_s, body, mac)


def _begin(name: bytes, body: bytes, job: ArchiveShare, facts: ArchiveFacts) -> SealedChain:
    writer = WriterId(name.decode("utf-8", "replace"))
    point = job.start.get(writer)
    if point is not None:
        sealed, found = resumed(writer, point, job.keys, facts.opened, watch=job.watch.get(writer))
        facts.findings.extend(found)
        facts.writers[name] = sealed
        return sealed
    chain = LeapingChain(writer, job.keys, facts.opened, watch=job.watch.get(writer))
    if seq_of(body) > 0:
        for genesis in _first_records(writer, job):
            chain.prime(genesis)
    sealed = facts.writers[name] = SealedChain(chain)
    return sealed


def resumed(
    writer: WriterId,
    point: ChainPoint,
    keys: LedgerKeys | None,
    opened: OpenInvocations,
    *,
    watch: int | None = None,
) -> tuple[SealedChain, list[EvidenceFinding]]:
    """Return a chain that stands where an earlier check has ended, and what is wrong with it."""
    chain = LeapingChain(writer, keys, opened, watch=watch)
    found = []
    try:
        chain.resume(point)
    except LedgerKeyError:
        found.append(EvidenceFinding(kind=FindingKind.FOREIGN_KEY, writer=writer))
    return SealedChain(chain, checked_to=point.next_seq, expires_at=point.expires_at), found


def _first_records(writer: str, job: ArchiveShare) -> Iterator[bytes]:
    """Find a chain's first record wherever the log has it."""
    for key in job.born(writer):
        for body in first_record(job.archive, key, writer):
            yield body
            return
    if writer in job.genesis:
        yield job.genesis[writer]


def _slowly(sealed: SealedChain, body: bytes, mac: bytes, facts: ArchiveFacts) -> bool:
    """Check what was not accepted at once; False if it is not counted with its chain."""
    chain = sealed.chain
    try:
        seq = place_of(body)
    except ValueError:
        facts.findings.append(
            EvidenceFinding(kind=FindingKind.UNREADABLE, writer=chain.writer, seq=chain.next_seq)
        )
        return False
    if seq < chain.next_seq and seq not in chain.missing:
        facts.copies.append((chain.writer, seq, sha256(body + mac).digest()))
        return False
    facts.findings.extend(chain.check(seq, body, mac))
    return True


def _join(parts: Sequence[ArchiveFacts]) -> ArchiveFacts:
    joined = ArchiveFacts()
    for part in parts:
        joined.records += part.records
        joined.findings += part.findings
        joined.writers.update(part.writers)
        joined.copies += part.copies
        joined.opened.join(part.opened)
        joined.requests.join(part.requests)
    return joined
