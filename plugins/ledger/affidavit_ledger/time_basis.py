"""What the time of a log rests on: the sealer's clock, or somebody else's signature."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.cosignatures import WitnessKey, check_lines
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.notes import Checkpoint, NoteError, read_note
from affidavit_ledger.places import COSIGNATURES, checkpoint_key

ATTESTED_WITHIN_S: Final = 300
"""How much older than the newest checkpoint the newest may be that somebody else has signed."""

LOOK_BACK: Final = 300
"""How many checkpoints before a mark may count: a sealer signs one a second at most."""

_NUMBER: Final = re.compile("[0-9]{12}")


class TimeBasis(NamedTuple):
    """Who says when: the newest time that somebody else has signed, for which checkpoint."""

    who: str = "the sealer's clock alone"
    at: str = ""
    checkpoint: int = -1

    def sentence(self) -> str:
        """Say it."""
        until = f" until {self.at} (checkpoint {self.checkpoint})" if self.at else ""
        return f"Time rests on {self.who}{until}."

    def beside(self, other: TimeBasis) -> TimeBasis:
        """Return what reaches further; both, if they speak of one checkpoint."""
        if self.checkpoint != other.checkpoint or self.checkpoint < 0:
            return max(self, other, key=lambda one: one.checkpoint)
        both = f"{self.who} and {other.who}"
        return TimeBasis(both, max(self.at, other.at), self.checkpoint)


class Attested(NamedTuple):
    """Who has signed a checkpoint beside the sealer, and when, in seconds since 1970."""

    who: str
    at_s: int


class Attesters(Protocol):
    """Those who are known to sign beside checkpoints, in objects whose names begin with `prefix`.

    `absent` is what is found where they have not.
    """

    prefix: str
    absent: FindingKind

    def judge(self, data: bytes, note: bytes) -> Attested | FindingKind | None:
        """Return who has signed a checkpoint, or what is wrong; None for what is nobody's here."""
        ...


class KnownWitnesses:
    """Witnesses whose cosignatures count."""

    prefix = COSIGNATURES
    absent = FindingKind.UNCOSIGNED

    def __init__(self, keys: Sequence[WitnessKey]) -> None:
        self._keys = keys

    def judge(self, data: bytes, note: bytes) -> Attested | FindingKind | None:
        """Return who has cosigned last, if those do who are known."""
        text = note.decode("utf-8", "replace").partition("\n\n")[0] + "\n"
        found = check_lines(data, text, self._keys)
        if found is None:
            return FindingKind.COSIGNATURE_BROKEN
        latest = max(found, key=lambda one: one.at_s, default=None)
        return None if latest is None else Attested(f"the witness {latest.witness}", latest.at_s)


class TimeCheck:
    """Checks what others have signed beside the checkpoints of an archive."""

    def __init__(self, archive: Archive, attesters: Attesters) -> None:
        self._archive = archive
        self._attesters = attesters
        self._newest = ""
        self.basis = TimeBasis()

    def run(
        self, newest: Checkpoint | None, first: int = 0, checked: int = 0
    ) -> Iterator[EvidenceFinding]:
        """Say which do not hold, and whether the newest checkpoints have any.

        Those of checkpoints before the number `first` are older than the log. Those before
        `checked` were looked at by an earlier check: they are read until one holds.
        """
        prefix, start = self._attesters.prefix, max(first, checked - LOOK_BACK)
        after = f"{prefix}{start - 1:012d}" if start else ""
        names = [key.removeprefix(prefix) for key in self._archive.keys(prefix, after)]
        numbers = [int(name) for name in names if _NUMBER.fullmatch(name)]
        for number in sorted(numbers, reverse=True):
            if number < checked and self._newest:
                break
            yield from self._one(f"{prefix}{number:012d}", number)
        if newest is not None and not self._in_time(newest.time):
            yield EvidenceFinding(
                kind=self._attesters.absent, place=self._newest or "no checkpoint"
            )

    def _one(self, key: str, number: int) -> Iterator[EvidenceFinding]:
        try:
            note, data = self._archive.get(checkpoint_key(number)), self._archive.get(key)
        except LedgerMissingError:
            return  # retention has ended, or a finding of its own says that it is gone
        found = self._attesters.judge(data, note)
        if isinstance(found, FindingKind):
            yield EvidenceFinding(kind=found, place=key)
        elif found is not None:
            with suppress(NoteError, ValueError):  # what cannot be read is a finding of its own
                self._newest = max(self._newest, read_note(note.decode()).time)
            if number > self.basis.checkpoint:
                self.basis = TimeBasis(found.who, moment(found.at_s), number)

    def _in_time(self, newest: str) -> bool:
        if not self._newest:
            return False
        at, last = map(datetime.fromisoformat, (self._newest, newest))
        return last - at <= timedelta(seconds=ATTESTED_WITHIN_S)


def moment(at_s: int) -> str:
    """Write seconds since 1970 as records write a time; as they are if no calendar has them."""
    try:
        return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    except (OverflowError, ValueError, OSError):
        return str(at_s)
