"""Check an archive's log: checkpoints, the manifests that they sign, the witness."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from affidavit import LedgerMissingError
from affidavit.plugin import Archive, iso_utc
from affidavit_ledger.chain_point import BEGINNING, LogPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.log_begin import begin_key, begin_of
from affidavit_ledger.log_tree import LogTree, manifests_by_leaf
from affidavit_ledger.merkle import Frontier
from affidavit_ledger.notes import (
    Checkpoint,
    KeyOrder,
    NoteError,
    UnknownNoteError,
    Verifier,
    check_note,
    note_hash,
    read_note,
)
from affidavit_ledger.places import CHECKPOINTS, MANIFESTS, SEGMENTS, checkpoint_key
from affidavit_ledger.record_form import (
    CHECKPOINT_FORM,
    MANIFESTS_FORM,
    SEGMENT_FORM,
    UnknownVersionError,
)
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


class LogWalk:
    """Walks the checkpoints in order, each with the manifests that it signs anew."""

    def __init__(self, archive: Archive, verifier: Verifier, start: LogPoint = BEGINNING) -> None:
        self._archive = archive
        self._verifier = KeyOrder(verifier)
        self._start = start
        frontier = Frontier(start.size, start.stack)
        self._tree = LogTree(archive, manifests_by_leaf(archive, start.size), frontier)
        self._expected = start.number
        self._prev: str | None = start.prev
        self._unknown = False
        self.newest: Checkpoint | None = None
        self.checkpoints = 0
        self.first = start.size
        """Which leaf the first of `lines` is."""
        self.lines: list[bytes] = []

    @property
    def point(self) -> LogPoint | None:
        """Where a later check can go on."""
        if self.newest is None or self._prev is None:
            return None
        tree, newest = self._tree.frontier, self.newest
        return LogPoint(
            self._expected,
            newest.origin,
            tree.size,
            tuple(tree.stack),
            self._prev,
            newest.time,
            {},
        )

    def run(self) -> Iterator[EvidenceFinding]:
        """Check every checkpoint; the log ends where its manifests do not lead on."""
        if self._start.number:
            yield from self._meet(self._start)
        for key in self._archive.keys(CHECKPOINTS, _before(self._expected)):
            if not CHECKPOINT_FORM.fullmatch(key):
                yield EvidenceFinding(kind=FindingKind.OBJECT_FOREIGN, place=key)
                continue
            yield from self._gap(int(key.removeprefix(CHECKPOINTS)))
            checkpoint = yield from self._checkpoint(key)
            if self._unknown:
                return
            if checkpoint is None:
                self._prev = None
                continue
            lines = self._tree.extend(checkpoint.size, checkpoint.root)
            if lines is None:
                yield EvidenceFinding(kind=FindingKind.LOG_BROKEN, place=key)
                return
            self.lines += lines
        if not self.checkpoints and not self._start.number:
            yield from self._nothing_signed()

    def _meet(self, start: LogPoint) -> Iterator[EvidenceFinding]:
        """See that the checkpoint is still there up to which the log was checked before."""
        key = checkpoint_key(start.number - 1)
        try:
            data = self._archive.get(key)
        except LedgerMissingError:
            yield EvidenceFinding(kind=FindingKind.ROLLED_BACK, place=key)
            return
        note = data.decode("utf-8", "replace")
        if note_hash(note) != start.prev:
            yield EvidenceFinding(kind=FindingKind.MARK_DIFFERS, place=key)
            return
        # Its hash is the one that was checked; its time and origin are what the next one follows.
        with suppress(NoteError):
            self.newest = read_note(note)
        said = (start.origin, start.size, Frontier(start.size, start.stack).root(), start.time)
        if self.newest is None or said != self.newest[:4]:
            yield EvidenceFinding(kind=FindingKind.MARK_DIFFERS, place=key)

    def _gap(self, number: int) -> Iterator[EvidenceFinding]:
        if number > self._expected:
            gone = number - self._expected
            place = checkpoint_key(self._expected)
            yield EvidenceFinding(kind=FindingKind.CHECKPOINT_MISSING, place=place, count=gone)
            self._prev = None
        self._expected = number + 1

    def _checkpoint(self, key: str) -> Generator[EvidenceFinding, None, Checkpoint | None]:
        try:
            data = self._archive.get(key)
            checkpoint = check_note(data, self._verifier)
        except (NoteError, LedgerMissingError):
            yield EvidenceFinding(kind=FindingKind.CHECKPOINT_BROKEN, place=key)
            return None
        except UnknownNoteError:
            self._unknown = True  # and what would follow on it neither
            yield EvidenceFinding(kind=FindingKind.VERSION, place=key)
            return None
        if not self._follows(checkpoint):
            yield EvidenceFinding(kind=FindingKind.CHECKPOINT_BROKEN, place=key)
        if self.newest is not None and checkpoint.time < self.newest.time:
            yield EvidenceFinding(kind=FindingKind.CLOCK_BACK, place=key)
        self._prev = note_hash(data.decode())
        self.newest = checkpoint
        self.checkpoints += 1
        return checkpoint

    def _follows(self, checkpoint: Checkpoint) -> bool:
        """Tell whether a checkpoint goes on where the one before it ended."""
        if self._prev is not None and checkpoint.prev != self._prev:
            return False
        return self.newest is None or checkpoint.origin == self.newest.origin

    def _nothing_signed(self) -> Iterator[EvidenceFinding]:
        forms = {MANIFESTS: MANIFESTS_FORM, SEGMENTS: SEGMENT_FORM}
        there = any(
            form.fullmatch(key)
            for prefix, form in forms.items()
            for key in self._archive.keys(prefix)
        )
        kind = FindingKind.CHECKPOINT_MISSING if there else FindingKind.NOTHING_SIGNED
        yield EvidenceFinding(kind=kind, place=checkpoint_key(0))


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
    from affidavit_ledger.key_succession import all_keys  # noqa: PLC0415 - needs cryptography

    verifier = all_keys(archive, verifier)
    begin, unread = begin_of(archive, verifier)
    findings = [EvidenceFinding(kind=FindingKind.VERSION, place=unread)] if unread else []
    if unread:  # where it begins cannot be judged, so what is missing cannot either
        return Log([], None, 0, findings)
    if begin is not None and begin.point.number > start.number:
        start, place = begin.point, begin_key(begin)
        kind = FindingKind.BEGINS if begin.lawful else FindingKind.BEGINS_EARLY
        findings.append(EvidenceFinding(kind=kind, place=place))
    walk = LogWalk(archive, verifier, start)
    findings += walk.run()
    findings += _foreign(archive, f"{MANIFESTS}{walk.first:012d}" if walk.first else "")
    manifests = list(_manifests(walk, findings))
    if witness is not None:
        findings += _against(witness, archive, start.number)
    if max_age_s is not None:
        findings += _stale(walk.newest, iso_utc(now_ms - max_age_s * 1000))
    first = begin.point.number - 1 if begin is not None else 0
    return Log(manifests, walk.newest, walk.checkpoints, findings, walk.point, start, first)


def _before(index: int) -> str:
    """Return the name behind which a listing begins with checkpoint number `index`."""
    return checkpoint_key(index - 1) if index else ""


def _foreign(archive: Archive, after: str) -> Iterator[EvidenceFinding]:
    for key in archive.keys(MANIFESTS, after):
        if not MANIFESTS_FORM.fullmatch(key):
            yield EvidenceFinding(kind=FindingKind.OBJECT_FOREIGN, place=key)


def _manifests(walk: LogWalk, findings: list[EvidenceFinding]) -> Iterator[Manifest]:
    for number, line in enumerate(walk.lines, walk.first):
        place = f"leaf {number}"
        try:
            manifest = Manifest.parse(line)
        except UnknownVersionError:
            findings.append(EvidenceFinding(kind=FindingKind.VERSION, place=place))
        except ValueError:
            findings.append(EvidenceFinding(kind=FindingKind.LOG_BROKEN, place=place))
        else:
            if manifest.kind == "alarm":
                findings.append(_alarm(manifest))
            else:
                yield manifest


def _against(witness: Archive, archive: Archive, first: int) -> Iterator[EvidenceFinding]:
    """Compare with what the witness has seen, which nobody here could change."""
    have = set(archive.keys(CHECKPOINTS, _before(first)))
    there = witness.keys(CHECKPOINTS, _before(first))
    seen = [key for key in there if CHECKPOINT_FORM.fullmatch(key)]
    newest = max(have, default=_before(first))
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
    after = f"{SEGMENTS}{since[:10].replace('-', '/')}/~" if since else ""
    for key in archive.keys(SEGMENTS, after):
        if key not in logged:
            yield EvidenceFinding(kind=FindingKind.OBJECT_UNLOGGED, place=key)
