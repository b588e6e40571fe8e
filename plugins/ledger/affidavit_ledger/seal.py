"""Seal records: put them into an archive, and sign what the archive holds.

Two steps, so that many shards can be sealed side by side: whoever has records
writes a segment and leaves its manifest, signed, as pending; a sealer takes what
is pending into the log and signs a checkpoint. Every write can be repeated after
a crash at any point, and of two sealers at once one is told that it was overtaken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from affidavit import (
    LedgerConflictError,
    LedgerError,
    LedgerMissingError,
    LedgerUnavailableError,
)
from affidavit.plugin import Archive, Entry, LedgerReader, Signer, WriterId, iso_utc
from affidavit_ledger.late_sealing import never_sealed
from affidavit_ledger.ledger_profile import (
    WHOLE,
    Facts,
    add_facts,
    facts_of_sealer,
    news,
    note_facts,
    sign_facts,
)
from affidavit_ledger.log_begin import begin_of
from affidavit_ledger.log_state import LogState
from affidavit_ledger.merkle import leaf_hash
from affidavit_ledger.notes import Checkpoint, note_hash, sign_note
from affidavit_ledger.places import checkpoint_key, manifests_key
from affidavit_ledger.record_days import longest_days
from affidavit_ledger.record_form import is_fit
from affidavit_ledger.seal_report import OvertakenError, SealReport, report_on
from affidavit_ledger.sealer_state import SealerState
from affidavit_ledger.segments import (
    BrokenSegmentError,
    Manifest,
    entries_of,
    holds,
    in_batches,
    parts_of,
    segment_of,
    spans_in,
)
from affidavit_ledger.spans import count_all
from affidavit_ledger.workspace import Notes

if TYPE_CHECKING:
    from affidavit_ledger.timestamps import TimestampAuthority
    from affidavit_ledger.witnesses import HttpWitness

TRIES: Final = 8
"""How often a sealer starts over because another one was faster."""


class Sealer:
    """Takes pending manifests into the log and signs checkpoints.

    `reader` is the table, from which records are fetched that the stream lost;
    `witness` gets a copy of every checkpoint, `witnesses` are asked to sign each, and `tsa`
    to stamp it; `places` are the URLs of archive and witness, which the ledger's profile names.
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
        witnesses: Sequence[HttpWitness] = (),
        tsa: TimestampAuthority | None = None,
        places: Mapping[str, str] | None = None,
    ) -> None:
        self._archive = archive
        self._signer = signer
        self._notes = notes
        self._now_ms = now_ms
        self._keep_s = archive_days * 86_400
        self._state = SealerState(archive, notes, lambda: self.now_s, self._keep_s)
        self._reader = reader
        self._witness = witness
        self._witnesses = witnesses
        self._tsa = tsa
        self._sound: set[str] = set()
        self._places = places or {}
        self._facts: Facts = {}
        self._aside = 0

    def load_state(self) -> LogState:
        """Return where the log stands; see `SealerState.load`."""
        return self._state.load()

    def write_segments(
        self, entries: Iterable[Entry], *, shard: str, kind: str = "segment"
    ) -> list[Manifest]:
        """Archive `entries` in segments of at most 10,000 and leave their manifests.

        What is not a record, or does not stand where it says, is left out and
        counted: sealed, it could never be read again.
        """
        written = []
        for batch in in_batches(self._fit(entries)):
            data, manifest = segment_of(batch, kind=kind, shard=shard)
            days = max(self._keep_s // 86_400, longest_days(batch))
            self._archive.put(manifest.key, data, retain_until=self.now_s + days * 86_400)
            self._notes.add(manifest)
            self._sound.add(manifest.key)
            written.append(manifest)
        return written

    @property
    def now_s(self) -> int:
        """The sealer's time, in seconds since 1970."""
        return self._now_ms() // 1000

    def raise_alarms(self, alarms: Iterable[Manifest]) -> None:
        """Leave alarms for the log."""
        for alarm in alarms:
            self._notes.add(alarm)

    def rescue(self, expired: Sequence[Entry], *, shard: str) -> int:
        """Archive what has expired from the table and is in no segment; return how much that is."""
        if not expired:
            return 0
        lost = self.never_sealed(self.load_state(), expired)
        written = self.write_segments(lost, shard=f"{shard}-expired", kind="repair")
        return sum(manifest.records for manifest in written)

    def never_sealed(self, state: LogState, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield what is in no segment, as far as can be told; see `late_sealing`."""
        begin, _ = begin_of(self._archive, self._notes.verifier)
        first = begin.point.number if begin is not None else 0
        return never_sealed(self._archive, state, entries, begin=first)

    def checkpoint(self) -> SealReport:
        """Take what is pending into the log and sign where it stands.

        Also without anything pending: a checkpoint that is missing is an alarm.

        Raises:
            LedgerConflictError: Others are faster every time, or the archive was changed.
            LedgerUnavailableError: The archive cannot be reached; run it again.

        """
        return self.seal_with(lambda _: [])

    def seal_with(self, find: Callable[[LogState], Iterable[Entry]]) -> SealReport:
        """Seal what `find` finds that a state does not have, and what is pending.

        `find` is asked again if another sealer has sealed some of it meanwhile.

        Raises:
            LedgerConflictError: Others are faster every time, or the archive was changed.
            LedgerUnavailableError: The archive cannot be reached; run it again.

        """
        for _ in range(TRIES - 1):
            with suppress(OvertakenError):
                return self._seal_once(find)
        return self._seal_once(find)

    def _seal_once(self, find: Callable[[LogState], Iterable[Entry]]) -> SealReport:
        state = self._state.load()
        waiting, self._aside = self._notes.all()
        manifests = [m for m in waiting if m.key not in state.recent and self._check(m)]
        old = [m for m in waiting if m.key in state.recent]
        missing = count_all(state.gaps.values())
        state.take(manifests, self.now_s, self._state.held)
        # What an earlier run left behind counts: `find` must not find it again.
        written = self.write_segments(find(state), shard="local")
        state.take(written, self.now_s, self._state.held)
        try:
            report = self._publish_next(state, [*manifests, *written], missing)
        except OvertakenError:
            self._notes.remove(written)
            raise
        self._notes.remove(old)
        return report

    def _publish_next(self, state: LogState, manifests: list[Manifest], missing: int) -> SealReport:
        repairs = self._repair(state)
        state.take(repairs, self.now_s, self._state.held)
        manifests += repairs
        self._write_profile(state)
        self._write_manifests(state, manifests)
        checkpoint = Checkpoint(
            self._signer.name,
            state.frontier.size,
            state.frontier.root(),
            iso_utc(self._now_ms()),
            state.prev,
        )
        self._publish(state, checkpoint)
        state.forget(self.now_s)
        self._state.keep(state)
        self._notes.remove(manifests)
        lost = max(0, count_all(state.gaps.values()) - missing)
        # Last of all: if those are away who sign beside us, that holds nothing up.
        unsigned, unstamped = self._cosign(state.index - 1), self._stamp(state.index - 1)
        report = report_on(checkpoint, manifests, lost, self._aside)
        return report._replace(unsigned=unsigned, unstamped=unstamped)

    def _cosign(self, number: int) -> int:
        """Ask the witnesses to sign; return how many did not."""
        if not self._witnesses:
            return 0
        from affidavit_ledger.witnesses import cosign  # noqa: PLC0415 - for those who have any

        with suppress(LedgerError):
            until = self._retain_until()
            return len(cosign(self._archive, number, self._witnesses, retain_until=until))
        return len(self._witnesses)

    def _stamp(self, number: int) -> int:
        """Ask the time-stamping authority; return 1 if it did not stamp."""
        if self._tsa is None:
            return 0
        from affidavit_ledger.timestamps import stamp_checkpoint  # noqa: PLC0415 - as above

        with suppress(LedgerError):
            stamp_checkpoint(self._archive, number, self._tsa, retain_until=self._retain_until())
            return 0
        return 1

    def _fit(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if self._is_fit(entry):
                yield entry
            else:
                self._aside += 1

    def _is_fit(self, entry: Entry) -> bool:
        """Tell whether an entry can be sealed, and note what it says of its ledger."""
        fit = is_fit(entry)
        if fit:
            note_facts(self._facts, entry)
        return fit

    def _check(self, manifest: Manifest) -> bool:
        """Read a segment that another process wrote, record by record, before it is signed."""
        if manifest.kind == "alarm" or manifest.key in self._sound:
            return True
        try:
            data = self._archive.get(manifest.key)
            parts = parts_of(data)
            sound = holds(manifest, data, parts) and spans_in(parts) == manifest.writers
            sound = sound and all(map(self._is_fit, entries_of(parts)))
        except (LedgerMissingError, BrokenSegmentError):
            sound = False
        except LedgerUnavailableError:
            return False  # not now: it stays pending and holds nothing up
        if sound:
            self._sound.add(manifest.key)
        else:
            self._notes.set_aside(manifest)
            self._aside += 1
        return sound

    def _repair(self, state: LogState) -> list[Manifest]:
        """Fetch from the table what is in no segment although later records are."""
        if self._reader is None:
            return []
        found: list[Entry] = []
        for writer, spans in state.gaps.items():
            last = spans[-1][1]
            for entry in self._reader.entries(WriterId(writer), spans[0][0]):
                if entry.seq > last:
                    break
                if any(first <= entry.seq <= end for first, end in spans):
                    found.append(entry)
        return self.write_segments(found, shard="repair", kind="repair") if found else []

    def _write_profile(self, state: LogState) -> None:
        """Sign what is met for the first time, before the checkpoint: too much is no harm."""
        at = iso_utc(self._now_ms())
        add_facts(self._facts, facts_of_sealer(self._signer, self._places, at))
        fresh = news(state.profile, self._facts)
        if fresh and not state.index:
            fresh[WHOLE] = {"": at}
        if fresh:
            name, signed = sign_facts(state.index, fresh, self._signer)
            self._archive.put(name, signed, retain_until=self._retain_until())
            add_facts(state.profile, fresh)

    def _write_manifests(self, state: LogState, manifests: Sequence[Manifest]) -> None:
        if not manifests:
            return
        bodies = [manifest.body() for manifest in manifests]
        data = b"".join(body + b"\n" for body in bodies)
        key = manifests_key(state.frontier.size, len(bodies), data)
        self._archive.put(key, data, retain_until=self._retain_until())
        for body in bodies:
            state.frontier.add(leaf_hash(body))
            state.edge.add(leaf_hash(body))

    def _publish(self, state: LogState, checkpoint: Checkpoint) -> None:
        """Put the checkpoint where it counts, then where the witness sees it."""
        note, key = sign_note(checkpoint, self._signer), checkpoint_key(state.index)
        try:
            self._archive.put(key, note.encode(), retain_until=self._retain_until())
        except LedgerConflictError:
            taken = True
        else:
            taken = False
        if taken:
            raise OvertakenError(
                "another sealer was faster",
                why=f"checkpoint {state.index} is there already",
                fix="Run it again; one sealer for an archive is enough",
            )
        if self._witness is not None:
            # A sealer that stopped between the two left the witness one behind.
            for number in (state.index - 1, state.index):
                self._show_witness(checkpoint_key(number) if number >= 0 else "")
        state.index, state.prev = state.index + 1, note_hash(note)
        state.time = checkpoint.time

    def _show_witness(self, key: str) -> None:
        if key and self._witness is not None:
            held = self._archive.get(key)
            self._witness.put(key, held, retain_until=self._retain_until())

    def _retain_until(self) -> int:
        return self.now_s + self._keep_s
