"""Where a sealer finds out where its log stands, and where it keeps that: in bounded time.

Its own note is as old as its last run. Without one, the newest of the states in
the archive is at most 250 checkpoints old; and whoever has to walk further keeps
on the way how far it came, so that a function that runs out of time goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from affidavit import LedgerConflictError, LedgerKeyError, LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.ledger_profile import add_facts, profile_of
from affidavit_ledger.log_begin import begin_of
from affidavit_ledger.log_state import SNAPSHOT_EVERY, LogState, SealedUpTo, catch_up, rebuild
from affidavit_ledger.merkle import Frontier
from affidavit_ledger.notes import FIRST, NoteError, read_note
from affidavit_ledger.places import checkpoint_key
from affidavit_ledger.segments import BrokenSegmentError, Manifest, entries_of, parts_of
from affidavit_ledger.spans import Span, spans_of_numbers
from affidavit_ledger.tiles import TileEdge
from affidavit_ledger.workspace import Notes

SNAPSHOTS: Final = "states/"
SNAPSHOT_S: Final = 30 * 86_400
"""How long an archived state is locked: it is no evidence, and a newer one does as well."""


class SealerState:
    """Loads and keeps where a log stands."""

    def __init__(
        self, archive: Archive, notes: Notes, now_s: Callable[[], int], keep_s: int
    ) -> None:
        self._archive = archive
        self._notes = notes
        self._now_s = now_s
        self._keep_s = keep_s

    def load(self) -> LogState:
        """Return where the log stands: what was kept, and the checkpoints that came since.

        Raises:
            LedgerConflictError: The archive does not hold the log that was signed.
            LedgerKeyError: It holds one of this name that another key has signed.

        """
        state = read_state(self._notes.read())
        if state is None:  # there is none, or the key before ours has signed it
            self._notes.learn_keys(self._archive)
            state = read_state(self._notes.read())
        if state is None:
            state = rebuild(
                self._archive,
                self._notes.verifier,
                now_s=self._now_s(),
                held=self.held,
                start=self._snapshot() or self._begin(),
                keep=self.keep,
            )
            self._refuse_another_key(state)
            add_facts(state.profile, profile_of(self._archive, self._notes.verifier))
            return state
        catch_up(
            state,
            self._archive,
            self._notes.verifier,
            now_s=self._now_s(),
            held=self.held,
            keep=self.keep,
        )
        return state

    def _refuse_another_key(self, state: LogState) -> None:
        """Refuse to begin a log behind one of the same name that another key has signed.

        Junk in a checkpoint's place holds nothing up; a log whose key is lost, or
        not at hand, must not be begun anew without anybody knowing.
        """
        for number in range(state.index if state.prev == FIRST else 0):
            with suppress(NoteError, ValueError):
                note = read_note(self._archive.get(checkpoint_key(number)).decode())
                if note.origin == self._notes.origin:
                    raise LedgerKeyError(
                        "the sealer's key is not this log's",
                        why="another key has signed every checkpoint that is there",
                        fix="Restore the log's key; if it is lost, begin a log of another name",
                    )

    def keep(self, state: LogState) -> None:
        """Keep where the log stands, and what a proof or a lost sealer will need."""
        for name, tile in state.edge.full.items():
            self._archive.put(name, tile, retain_until=self._now_s() + self._keep_s)
        state.edge.full.clear()
        data = state.dump()
        if state.index % SNAPSHOT_EVERY == 0:
            key = f"{SNAPSHOTS}{state.index:012d}"
            signed = self._notes.sign(SNAPSHOTS, data)
            # While it catches up, a sealer comes by places of which a state is there already.
            with suppress(LedgerConflictError):
                self._archive.put(key, signed, retain_until=self._now_s() + SNAPSHOT_S)
        self._notes.write(data)

    def held(self, manifest: Manifest) -> Mapping[str, list[Span]]:
        """Return which records a segment holds; see `held_in`."""
        return held_in(self._archive, manifest)

    def _snapshot(self) -> LogState | None:
        """Return the newest archived state that is ours; None if there is none."""
        for key in reversed(list(self._archive.keys(SNAPSHOTS))):
            state = read_state(self._notes.open(SNAPSHOTS, self._archive.get(key)))
            if state is not None:
                return state
        return None

    def _begin(self) -> LogState | None:
        """Return the state at which a log begins whose oldest part was removed."""
        begin, _ = begin_of(self._archive, self._notes.verifier)
        if begin is None:
            return None
        at, state = begin.point, LogState()
        state.frontier, state.edge = Frontier(at.size, at.stack), TileEdge(at.size)
        state.index, state.prev, state.time = at.number, at.prev, at.time
        state.writers = {
            writer: SealedUpTo(point.next_seq, self._now_s()) for writer, point in at.chains.items()
        }
        return state


def read_state(data: bytes | None) -> LogState | None:
    """Read a state that was kept; None if there is none, or of another version."""
    if data is None:
        return None
    try:
        return LogState.load(data)
    except ValueError:
        return None


def held_in(archive: Archive, manifest: Manifest) -> Mapping[str, list[Span]]:
    """Return which records a segment holds; it is read only if its spans have holes."""
    spans = manifest.writers.items()
    if all(last - first + 1 == number for _, (first, last, number) in spans):
        return {writer: [(first, last)] for writer, (first, last, _) in spans}
    seqs: dict[str, list[int]] = {}
    try:
        parts = parts_of(archive.get(manifest.key))
    except (LedgerMissingError, BrokenSegmentError):
        parts = []  # verify names it; what it held counts as sealed
    for entry in entries_of(parts):
        seqs.setdefault(entry.writer, []).append(entry.seq)
    if not parts:
        return {writer: [(first, last)] for writer, (first, last, _) in spans}
    return {writer: spans_of_numbers(found) for writer, found in seqs.items()}
