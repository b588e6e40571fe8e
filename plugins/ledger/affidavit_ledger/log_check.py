"""Check an archive's log: checkpoints, the manifests that they sign, the witness."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from affidavit.plugin import Archive, iso_utc
from affidavit_ledger.chain_point import BEGINNING, LogPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.log_begin import begin_key, begin_of
from affidavit_ledger.log_walk import LogWalk, checkpoint_before
from affidavit_ledger.notes import Checkpoint, Verifier
from affidavit_ledger.places import CHECKPOINTS, MANIFESTS, SEGMENTS
from affidavit_ledger.record_form import CHECKPOINT_FORM, MANIFESTS_FORM, UnknownVersionError
from affidavit_ledger.segments import Manifest

MAX_AGE_S = 120
"""How old the newest checkpoint may be: two intervals of a minute."""


class Log(NamedTuple):
    """What the checkpoints sign: the manifests, and when the newest was signed.

    `point` is where a later check can go on; None if nothing is signed.
    """

    manifests: list[Manifest]
    newest: Checkpoint | None
    checkpoints: int
    findings: list[EvidenceFinding]
    point: LogPoint | None = None
    start: LogPoint = BEGINNING
    """Where the check began: at the beginning, at a mark, or where the log begins now."""
    first: int = 0
    """The first checkpoint that is kept."""


def check_log(
    archive: Archive,
    verifier: Verifier,
    *,
    now_ms: int,
    max_age_s: int | None = MAX_AGE_S,
    witness: Archive | None = None,
    start: LogPoint = BEGINNING,
) -> Log:
    """Check every checkpoint and the tree that each one signs.

    The keys are those of `verifier` and those that statements in the archive lead to.
    `start` is where an earlier check ended: what lies before it is not read. `max_age_s=None`
    is for an archive that is known to have ended. Memory grows with the number of segments.

    Raises:
        LedgerUnavailableError: The archive cannot be read.

    """
    log = begin_log(archive, verifier, start)
    if log.unread:  # where it begins cannot be judged, so what is missing cannot either
        return Log([], None, 0, log.findings)
    manifests: list[Manifest] = []
    findings = log.findings
    leaves = LeafReader(manifests.append)
    walk = LogWalk(archive, log.verifier, log.start)
    findings += [*walk.run(leaves.take), *walk.end(), *foreign(archive, foreign_after(walk.begun))]
    findings += leaves.findings
    findings += about_newest(archive, walk, now_ms=now_ms, max_age_s=max_age_s, witness=witness)
    return Log(manifests, walk.newest, walk.checkpoints, findings, walk.point, log.start, log.first)


class LogBeginning(NamedTuple):
    """Where a check of a log begins, and with which keys."""

    verifier: Verifier
    start: LogPoint
    first: int
    """The first checkpoint that is kept."""
    findings: list[EvidenceFinding]
    unread: bool = False


def begin_log(archive: Archive, verifier: Verifier, start: LogPoint = BEGINNING) -> LogBeginning:
    """Find out where a check begins: at `start`, or behind it where the log begins now."""
    from affidavit_ledger.key_succession import all_keys  # noqa: PLC0415 - needs cryptography

    verifier = all_keys(archive, verifier)
    begin, unread = begin_of(archive, verifier)
    if unread:
        found = [EvidenceFinding(kind=FindingKind.VERSION, place=unread)]
        return LogBeginning(verifier, start, 0, found, unread=True)
    findings = []
    if begin is not None and begin.point.number > start.number:
        start, place = begin.point, begin_key(begin)
        kind = FindingKind.BEGINS if begin.lawful else FindingKind.BEGINS_EARLY
        findings.append(EvidenceFinding(kind=kind, place=place))
    return LogBeginning(
        verifier, start, begin.point.number - 1 if begin is not None else 0, findings
    )


def about_newest(
    archive: Archive,
    walk: LogWalk,
    *,
    now_ms: int,
    max_age_s: int | None,
    witness: Archive | None,
) -> Iterator[EvidenceFinding]:
    """Compare with what a witness holds, and see how old the newest checkpoint is."""
    if witness is not None:
        yield from _against(witness, archive, walk.first)
    if max_age_s is not None:
        yield from _stale(walk.newest, iso_utc(now_ms - max_age_s * 1000))


class LeafReader:
    """Reads leaves as manifests: those of segments go to `take_segment`, others are findings."""

    def __init__(self, take_segment: Callable[[Manifest], object]) -> None:
        self._take_segment = take_segment
        self.findings: list[EvidenceFinding] = []

    def take(self, number: int, line: bytes) -> None:
        """Read one leaf."""
        place = f"leaf {number}"
        try:
            manifest = Manifest.parse(line)
        except UnknownVersionError:
            self.findings.append(EvidenceFinding(kind=FindingKind.VERSION, place=place))
        except ValueError:
            self.findings.append(EvidenceFinding(kind=FindingKind.LOG_BROKEN, place=place))
        else:
            if manifest.kind == "alarm":
                self.findings.append(_alarm(manifest))
            else:
                self._take_segment(manifest)


def foreign_after(size: int) -> str:
    """Return the name behind which manifests from leaf `size` on are listed."""
    return f"{MANIFESTS}{size:012d}" if size else ""


def foreign(archive: Archive, after: str, until: str | None = None) -> Iterator[EvidenceFinding]:
    """Name what lies among the manifests and is none, behind `after` and up to `until`."""
    for key in archive.keys(MANIFESTS, after):
        if until is not None and key > until:
            return
        if not MANIFESTS_FORM.fullmatch(key):
            yield EvidenceFinding(kind=FindingKind.OBJECT_FOREIGN, place=key)


def _against(witness: Archive, archive: Archive, first: int) -> Iterator[EvidenceFinding]:
    """Compare with what the witness has seen, which nobody here could change."""
    have = set(archive.keys(CHECKPOINTS, checkpoint_before(first)))
    there = witness.keys(CHECKPOINTS, checkpoint_before(first))
    seen = [key for key in there if CHECKPOINT_FORM.fullmatch(key)]
    newest = max(have, default=checkpoint_before(first))
    beyond = [key for key in seen if key > newest]
    if beyond:
        yield EvidenceFinding(kind=FindingKind.ROLLED_BACK, place=beyond[0], count=len(beyond))
    for key in seen:
        if key in have and witness.get(key) != archive.get(key):
            yield EvidenceFinding(kind=FindingKind.WITNESS_DIFFERS, place=key)


def _stale(newest: Checkpoint | None, oldest: str) -> Iterator[EvidenceFinding]:
    if newest is None or newest.time < oldest:
        place = newest.time if newest is not None else "no checkpoint at all"
        yield EvidenceFinding(kind=FindingKind.CHECKPOINT_STALE, place=place)


def _alarm(manifest: Manifest) -> EvidenceFinding:
    writer, (seq, _, _) = next(iter(manifest.writers.items()), ("", (0, 0, 0)))
    return EvidenceFinding(
        kind=FindingKind.ALARM, writer=writer, seq=seq, place=f"{manifest.note} {writer}/{seq}"
    )


def unlogged(
    archive: Archive, manifests: Iterable[Manifest], since: str
) -> Iterator[EvidenceFinding]:
    """Name the segments that no leaf names; `since` is until when they were looked at before."""
    logged = {manifest.key for manifest in manifests}
    for key in archive.keys(SEGMENTS, day_after(since)):
        if key not in logged:
            yield EvidenceFinding(kind=FindingKind.OBJECT_UNLOGGED, place=key)


def day_after(time: str) -> str:
    """Return the name behind which the segments of the days after a time are listed."""
    return f"{SEGMENTS}{time[:10].replace('-', '/')}/~" if time else ""
