"""Merge what parts of a verification found: the verdict is that of one run over the whole.

The log is followed from part to part. A part counts that began where the one before it has
ended; a chain's run counts if it goes on where the chain stands. Whatever does not, the merge
reads itself, from where things really stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from affidavit.plugin import Archive, LedgerKeys, WriterId
from affidavit_ledger.archive_check import ArchiveFacts, ArchiveShare, SealedChain, resumed, run_job
from affidavit_ledger.chain_leap import LeapingChain
from affidavit_ledger.chain_point import ChainRun
from affidavit_ledger.copies import compare_copies
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.log_check import (
    LeafReader,
    Log,
    about_newest,
    begin_log,
    day_after,
    foreign,
    foreign_after,
    unlogged,
)
from affidavit_ledger.log_walk import LogWalk, WalkState
from affidavit_ledger.notes import Verifier
from affidavit_ledger.part_chains import note_births
from affidavit_ledger.segments import Manifest
from affidavit_ledger.verify_part import PartResult, listed


class Merged(NamedTuple):
    """The log, what its archive holds, and how much of it was read by the merge itself."""

    log: Log
    facts: ArchiveFacts
    unlogged: list[EvidenceFinding]
    used: int = 0
    """Parts that began where the one before has ended."""
    reread: int = 0
    """Records that had to be read again."""


class _Stretch(NamedTuple):
    """Checkpoints that follow each other: those of a part, or some that the merge has walked."""

    start: WalkState
    end: WalkState
    part: PartResult | None
    manifests: list[Manifest]


def merge_parts(
    archive: Archive,
    verifier: Verifier,
    keys: LedgerKeys | None,
    parts: Sequence[PartResult],
    *,
    now_ms: int,
    max_age_s: int | None,
    witness: Archive | None = None,
    watch: Mapping[str, int] = MappingProxyType({}),
    progress: Callable[[int], None] = lambda _: None,
) -> Merged:
    """Merge parts of one archive.

    Raises:
        LedgerUnavailableError: The archive cannot be read.

    """
    log = begin_log(archive, verifier)
    if log.unread:
        rest = list(unlogged(archive, (), ""))
        return Merged(Log([], None, 0, log.findings), ArchiveFacts(), rest)
    walk = LogWalk(archive, log.verifier, log.start)
    merge = LogMerge(archive, walk)
    for part in sorted(parts, key=lambda it: (it.first, it.until)):
        merge.take(part)
    merge.reach(None)
    findings = [*log.findings, *merge.findings, *walk.end()]
    findings += foreign(archive, merge.foreign_to)
    findings += about_newest(archive, walk, now_ms=now_ms, max_age_s=max_age_s, witness=witness)
    again = _Again(archive, log.verifier, merge.stretches)
    share = ArchiveShare(
        archive, (), keys, now_ms // 1000, b"", None, dict(watch), {}, log.start.chains
    )
    facts, reread = _chains(again, replace(share, births=merge.births), progress)
    facts.findings.extend(compare_copies(archive, again.all(), facts.copies, log.start.chains))
    signed = Log([], walk.newest, walk.checkpoints, findings, walk.point, log.start, log.first)
    used = sum(stretch.part is not None for stretch in merge.stretches)
    return Merged(signed, facts, list(merge.unlogged(again)), used, reread)


class LogMerge:
    """Follows a log from part to part, and walks it where there is none that fits."""

    def __init__(self, archive: Archive, walk: LogWalk) -> None:
        self._archive, self._walk = archive, walk
        self.findings: list[EvidenceFinding] = []
        self.stretches: list[_Stretch] = []
        self.births: dict[str, list[str]] = {}
        self.foreign_to = foreign_after(walk.begun)
        self._strays: set[str] = set()
        self._away: set[str] = set()
        self._days = [""]

    def take(self, part: PartResult) -> None:
        """Go on by a part, if it began where the log stands; walk over its place otherwise."""
        if part.start == part.end is not None:
            return  # it holds no checkpoint
        self.reach(part.first)
        if part.start is None or part.end is None or part.start != self._walk.state:
            self.reach(part.until)
            return
        self.stretches.append(_Stretch(part.start, part.end, part, []))
        self.findings += part.findings
        for writer, keys in part.births.items():
            self.births.setdefault(writer, []).extend(keys)
        if self.foreign_to < (begun := foreign_after(part.start.size)):
            self.findings += foreign(self._archive, self.foreign_to, begun)
        self.foreign_to = foreign_after(part.end.size)
        self._strays.update(part.strays)
        self._away.update(part.away)
        self._days.append(part.days[1])
        self._walk.jump(part.end, part.checkpoints)

    def reach(self, until: int | None) -> None:
        """Walk up to a checkpoint, as far as no part has gone there."""
        start = self._walk.state
        found: list[Manifest] = []
        leaves = LeafReader(found.append)
        self.findings += self._walk.run(leaves.take, until)
        self.findings += leaves.findings
        if self._walk.state == start:
            return
        self.stretches.append(_Stretch(start, self._walk.state, None, found))
        for manifest in found:
            note_births(self.births, manifest)
        self._away.update(manifest.key for manifest in found)
        newest = self._walk.newest
        self._days.append(day_after(newest.time) if newest is not None else "")
        self._strays.update(listed(self._archive, self._days[-2], self._days[-1]))

    def unlogged(self, again: _Again) -> Iterator[EvidenceFinding]:
        """Name the segments that no leaf names."""
        if self._days != sorted(self._days):  # a clock went back, so days of parts overlap
            yield from unlogged(self._archive, again.all(), "")
            return
        self._strays.update(listed(self._archive, self._days[-1], None))
        for key in sorted(self._strays - self._away):
            yield EvidenceFinding(kind=FindingKind.OBJECT_UNLOGGED, place=key)


class _Again:
    """Reads the manifests of stretches again, for the little that parts could not settle."""

    def __init__(self, archive: Archive, verifier: Verifier, stretches: Sequence[_Stretch]) -> None:
        self._archive, self._verifier, self.stretches = archive, verifier, stretches

    def all(self) -> Iterator[Manifest]:
        """Yield every manifest of the log."""
        for stretch in self.stretches:
            yield from self.of(stretch)

    def of(self, stretch: _Stretch, writers: frozenset[bytes] | None = None) -> Iterator[Manifest]:
        """Yield the manifests of a stretch that may concern some writers."""
        if stretch.part is None:
            yield from stretch.manifests
            return
        altered = FindingKind.OBJECT_ALTERED
        lying = {found.place for found in stretch.part.objects if found.kind is altered}
        names = None if writers is None else {name.decode("utf-8", "replace") for name in writers}
        found: list[Manifest] = []
        walk = LogWalk(self._archive, self._verifier)
        walk.jump(stretch.start)
        for _ in walk.run(LeafReader(found.append).take, stretch.part.until):
            pass
        for manifest in found:
            if names is None or manifest.key in lying or not names.isdisjoint(manifest.writers):
                yield manifest


def _chains(
    again: _Again, share: ArchiveShare, progress: Callable[[int], None]
) -> tuple[ArchiveFacts, int]:
    """Follow every chain from stretch to stretch; return also how many records were read again."""
    facts, reread = ArchiveFacts(), 0
    for stretch in again.stretches:
        only = None
        if stretch.part is not None:
            facts.findings += stretch.part.objects
            runs = stretch.part.runs
            left = {run.writer.encode() for run in runs if not _leap(run, share, facts)}
            only = frozenset({*stretch.part.rough, *left})
        if only is None or only:
            before = facts.records
            manifests = list(again.of(stretch, only))
            run_job(replace(share, manifests=manifests, only=only), facts=facts)
            reread += facts.records - before
        progress(facts.records)
    facts.findings = list(dict.fromkeys(facts.findings))
    return facts, reread


def _leap(run: ChainRun, share: ArchiveShare, facts: ArchiveFacts) -> bool:
    """Take a chain's run as checked, if it goes on where the chain stands."""
    name, writer = run.writer.encode(), WriterId(run.writer)
    sealed = facts.writers.get(name)
    if sealed is None and writer in share.start:
        watched = share.watch.get(writer)
        sealed, found = resumed(
            writer, share.start[writer], share.keys, facts.opened, watch=watched
        )
        facts.findings.extend(found)
        facts.writers[name] = sealed
    elif sealed is None:
        if run.first:
            return False
        chain = LeapingChain(writer, share.keys, facts.opened, watch=share.watch.get(writer))
        sealed = facts.writers[name] = SealedChain(chain)
    if not sealed.chain.leap(run):
        return False
    sealed.expires_at = max(sealed.expires_at, run.expires_at)
    facts.records += run.next_seq - run.first
    for attempt, place in run.opened.items():
        facts.opened.open(attempt, place)
    for attempt in run.closed:
        facts.opened.close(attempt)
    return True
