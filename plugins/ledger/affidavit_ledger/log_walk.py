"""Walk a log's checkpoints in order, each with the manifests that it signs anew."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import NamedTuple

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.chain_point import BEGINNING, LogPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.log_tree import LogTree, ManifestListing
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
from affidavit_ledger.record_form import CHECKPOINT_FORM, MANIFESTS_FORM, SEGMENT_FORM


class WalkState(NamedTuple):
    """Where a walk stands: all that decides how it goes on.

    `at` is the name behind which the listing goes on; `number` is the next checkpoint
    and `prev` what it has to name; `key` is the newest key that has signed; a walk
    that is `over` looks at nothing more.
    """

    at: str
    number: int
    prev: str | None
    newest: Checkpoint | None
    size: int
    stack: tuple[bytes, ...]
    key: int
    over: bool = False


def checkpoint_before(number: int) -> str:
    """Return the name behind which a listing begins with checkpoint `number`."""
    return checkpoint_key(number - 1) if number else ""


class LogWalk:
    """Walks the checkpoints in order, from where a check begins or another walk has ended."""

    def __init__(
        self,
        archive: Archive,
        verifier: Verifier,
        start: LogPoint = BEGINNING,
    ) -> None:
        self._archive = archive
        self._verifier = KeyOrder(verifier)
        self._start = start
        self.begun, self.first = start.size, start.number
        """Leaf and checkpoint with which it began."""
        self._tree = LogTree(
            archive, ManifestListing(archive, start.size), Frontier(start.size, start.stack)
        )
        self._expected = start.number
        self._at = checkpoint_before(start.number)
        self._prev: str | None = start.prev
        self._met = not start.number
        self._over = False
        self.newest: Checkpoint | None = None
        self.checkpoints = 0

    @property
    def state(self) -> WalkState:
        """Where the walk stands."""
        tree = self._tree.frontier
        stack = tuple(tree.stack)
        where = (self._at, self._expected, self._prev, self.newest, tree.size, stack)
        return WalkState(*where, self._verifier.newest, self._over)

    def jump(self, state: WalkState, checkpoints: int = 0) -> None:
        """Go on where another walk ended, which has seen some checkpoints on the way."""
        self._at, self._expected, self._prev, self.newest = state[:4]
        listing = ManifestListing(self._archive, state.size)
        self._tree = LogTree(self._archive, listing, Frontier(state.size, state.stack))
        self._verifier.newest, self._over = state.key, state.over
        self._met = True
        self.checkpoints += checkpoints

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

    def run(
        self, take: Callable[[int, bytes], None], until: int | None = None
    ) -> Iterator[EvidenceFinding]:
        """Check every checkpoint, or those below number `until`.

        `take` gets number and text of every leaf that they sign. A log ends where its
        manifests do not lead on.
        """
        end = None if until is None else checkpoint_before(until)
        if end is not None and end <= self._at:
            return
        if not self._met:
            self._met = True
            yield from self._meet(self._start)
        for key in () if self._over else self._archive.keys(CHECKPOINTS, self._at):
            if end is not None and key > end:
                break
            yield from self._one(key, take)
            if self._over:
                return
            self._at = key
        self._at = self._at if end is None or self._over else end

    def _one(self, key: str, take: Callable[[int, bytes], None]) -> Iterator[EvidenceFinding]:
        if not CHECKPOINT_FORM.fullmatch(key):
            yield EvidenceFinding(kind=FindingKind.OBJECT_FOREIGN, place=key)
            return
        yield from self._gap(int(key.removeprefix(CHECKPOINTS)))
        checkpoint = yield from self._checkpoint(key)
        if checkpoint is None:
            self._prev = None
            return
        size = self._tree.frontier.size
        lines = self._tree.extend(checkpoint.size, checkpoint.root)
        if lines is None:
            yield EvidenceFinding(kind=FindingKind.LOG_BROKEN, place=key)
            self._over = True
            return
        for number, line in enumerate(lines, size):
            take(number, line)

    def end(self) -> Iterator[EvidenceFinding]:
        """Say what is to be said of a log whose every checkpoint was looked at."""
        if not self._over and not self.checkpoints and not self._start.number:
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
            self._over = True  # nor can what would follow on it
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
