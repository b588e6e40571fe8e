"""Seal records: put them into an archive, and sign what the archive holds.

Two steps, so that many shards can be sealed side by side: whoever has records
writes a segment and leaves its manifest as pending; one sealer at a time takes
what is pending into the log and signs a checkpoint. Every write can be repeated
after a crash at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from affidavit.plugin import Archive, Entry, LedgerReader, Signer, WriterId, iso_utc
from affidavit_ledger.log_state import (
    MANIFESTS,
    LogState,
    checkpoint_key,
    manifests_key,
    read_manifests,
    rebuild,
    span_of,
)
from affidavit_ledger.notes import Checkpoint, note_hash, sign_note
from affidavit_ledger.segments import (
    MAX_RECORDS,
    WRITER,
    Manifest,
    parts_of,
    segment_of,
    seq_of,
)
from affidavit_ledger.workspace import Notes


class Sealed(NamedTuple):
    """What one run of the sealer did."""

    checkpoint: Checkpoint
    segments: int
    records: int
    repaired: int
    lost: int


class Sealer:
    """Takes pending manifests into the log and signs checkpoints. One at a time.

    `reader` is the table, from which records are fetched that the stream lost;
    `witness` gets a copy of every checkpoint.
    """

    def __init__(
        self,
        archive: Archive,
        signer: Signer,
        notes: Notes,
        *,
        now_ms: Callable[[], int],
        archive_days: int,
        reader: LedgerReader | None = None,
        witness: Archive | None = None,
    ) -> None:
        self._archive = archive
        self._signer = signer
        self._notes = notes
        self._now_ms = now_ms
        self._keep_s = archive_days * 86_400
        self._reader = reader
        self._witness = witness

    def write_segments(
        self, entries: Iterable[Entry], *, shard: str, kind: str = "segment"
    ) -> list[Manifest]:
        """Archive `entries` in segments of at most 10,000 and leave their manifests."""
        written = []
        for batch in _batches(entries):
            data, manifest = segment_of(batch, kind=kind, shard=shard)
            self._archive.put(manifest.key, data, retain_until=self._retain_until())
            self._notes.add(manifest)
            written.append(manifest)
        return written

    def raise_alarms(self, alarms: Iterable[Manifest]) -> None:
        """Leave alarms for the log."""
        for alarm in alarms:
            self._notes.add(alarm)

    def checkpoint(self) -> Sealed:
        """Take what is pending into the log and sign where it stands.

        Also without anything pending: a checkpoint that is missing is an alarm.

        Raises:
            LedgerConflictError: Another sealer is at work, or the archive was changed.
            LedgerUnavailableError: The archive cannot be reached; run it again.

        """
        state = self.load_state()
        lost, repairs = self._repair(state)
        manifests = self._next_batch(state, repairs)
        now_ms = self._now_ms()
        if manifests:
            key = manifests_key(state.frontier.size, len(manifests))
            data = b"".join(manifest.body() + b"\n" for manifest in manifests)
            self._archive.put(key, data, retain_until=self._retain_until())
        state.take(manifests, now_ms // 1000)
        checkpoint = Checkpoint(
            self._signer.name,
            state.frontier.size,
            state.frontier.root(),
            iso_utc(now_ms),
            state.prev,
        )
        note = sign_note(checkpoint, self._signer)
        self._publish(state.index, note)
        state.index, state.prev = state.index + 1, note_hash(note)
        state.batch = tuple(manifest.key for manifest in manifests)
        state.forget(now_ms // 1000)
        self._notes.write(state.dump())
        self._notes.remove(manifests)
        return _told(checkpoint, manifests, lost)

    def load_state(self) -> LogState:
        """Return where the log stands, from the archive if the kept state is behind it."""
        kept = self._notes.read()
        if kept is not None:
            try:
                state = LogState.load(kept)
            except ValueError:
                pass
            else:
                following = next(iter(self._archive.keys(checkpoint_key(state.index))), None)
                if following is None:
                    return state
        return rebuild(self._archive, self._now_ms() // 1000)

    def _next_batch(self, state: LogState, repairs: list[Manifest]) -> list[Manifest]:
        """Return the manifests that come next.

        A sealer that stopped after it had written them and before it had signed
        has decided already: the same ones, in the same order.
        """
        size = state.frontier.size
        for key in self._archive.keys(f"{MANIFESTS}{size:012d}-"):
            if span_of(key)[0] == size:
                return read_manifests(self._archive.get(key))
        waiting = [m for m in self._notes.all() if m.key not in state.batch]
        return [*(m for m in repairs if m not in waiting), *waiting]

    def _repair(self, state: LogState) -> tuple[int, list[Manifest]]:
        """Fetch from the table what the stream lost: a gap in a chain shows it."""
        if self._reader is None:
            return 0, []
        lost = 0
        repaired: list[Manifest] = []
        for writer, missing in self._gaps(state).items():
            found = [e for e in self._reader.entries(WriterId(writer)) if e.seq in missing]
            lost += len(missing) - len(found)
            if found:
                repaired += self.write_segments(found, shard="repair", kind="repair")
        return lost, repaired

    def _gaps(self, state: LogState) -> dict[str, set[int]]:
        """Return the seqs that are missing from chains whose later records are pending."""
        present: dict[str, set[int]] = {}
        for manifest in self._notes.all():
            if manifest.kind != "alarm":
                for writer, seqs in self._seqs(manifest).items():
                    present.setdefault(writer, set()).update(seqs)
        gaps = {}
        for writer, seqs in present.items():
            seen = state.writers.get(writer)
            missing = set(range(seen.next_seq if seen else 0, max(seqs))) - seqs
            if missing:
                gaps[writer] = missing
        return gaps

    def _seqs(self, manifest: Manifest) -> dict[str, set[int]]:
        """Return which records a segment holds; it is read only if its spans have holes."""
        spans = manifest.writers.items()
        if all(last - first + 1 == count for _, (first, last, count) in spans):
            return {writer: set(range(first, last + 1)) for writer, (first, last, _) in spans}
        held: dict[str, set[int]] = {}
        for body, _ in parts_of(self._archive.get(manifest.key)):
            held.setdefault(body[WRITER].decode("utf-8", "replace"), set()).add(seq_of(body))
        return held

    def _publish(self, index: int, note: str) -> None:
        """Put the checkpoint where it counts, then where the witness sees it."""
        self._archive.put(checkpoint_key(index), note.encode(), retain_until=self._retain_until())
        if self._witness is None:
            return
        # A sealer that stopped between the two left the witness one behind.
        for number in (index - 1, index):
            if number >= 0:
                key = checkpoint_key(number)
                held = self._archive.get(key)
                self._witness.put(key, held, retain_until=self._retain_until())

    def _retain_until(self) -> int:
        return self._now_ms() // 1000 + self._keep_s


def seal_new(sealer: Sealer, reader: LedgerReader, *, shard: str = "local") -> Sealed:
    """Seal whatever a ledger has that its log does not: for ledgers without a stream."""
    state = sealer.load_state()

    def new() -> Iterator[Entry]:
        for writer in reader.writers():
            seen = state.writers.get(writer)
            following = seen.next_seq if seen is not None else 0
            yield from (entry for entry in reader.entries(writer) if entry.seq >= following)

    sealer.write_segments(new(), shard=shard)
    return sealer.checkpoint()


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == MAX_RECORDS:
            yield batch
            batch = []
    if batch:
        yield batch


def _told(checkpoint: Checkpoint, manifests: Sequence[Manifest], lost: int) -> Sealed:
    return Sealed(
        checkpoint,
        segments=sum(m.kind != "alarm" for m in manifests),
        records=sum(m.records for m in manifests),
        repaired=sum(m.records for m in manifests if m.kind == "repair"),
        lost=lost,
    )
