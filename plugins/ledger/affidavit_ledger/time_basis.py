"""What the time of a log rests on: the sealer's clock, or somebody else's signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.cosignatures import Cosignature, WitnessKey, check_lines
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.notes import Checkpoint, NoteError, read_note
from affidavit_ledger.places import COSIGNATURES, checkpoint_key, cosignatures_key
from affidavit_ledger.record_form import COSIGNATURES_FORM

COSIGNED_WITHIN_S: Final = 300
"""How much older than the newest checkpoint the newest cosigned one may be."""


class TimeBasis(NamedTuple):
    """Who says when: the newest time that somebody else has signed, for which checkpoint."""

    who: str = "the sealer's clock alone"
    at: str = ""
    checkpoint: int = -1

    def sentence(self) -> str:
        """Say it."""
        until = f" until {self.at} (checkpoint {self.checkpoint})" if self.at else ""
        return f"Time rests on {self.who}{until}."


class CosignatureCheck:
    """Checks the cosignatures of an archive by witnesses that are known."""

    def __init__(self, archive: Archive, witnesses: Sequence[WitnessKey]) -> None:
        self._archive = archive
        self._witnesses = witnesses
        self._newest = ""
        self.basis = TimeBasis()

    def run(self, newest: Checkpoint | None, first: int = 0) -> Iterator[EvidenceFinding]:
        """Say which do not hold, and whether the newest checkpoints have any.

        Those of checkpoints before the number `first` are older than the log.
        """
        if not self._witnesses:
            return
        for key in self._archive.keys(COSIGNATURES):
            if COSIGNATURES_FORM.fullmatch(key) and key >= cosignatures_key(first):
                yield from self._one(key, int(key.removeprefix(COSIGNATURES)))
        if newest is not None and not self._in_time(newest.time):
            yield EvidenceFinding(
                kind=FindingKind.UNCOSIGNED, place=self._newest or "no checkpoint"
            )

    def _one(self, key: str, number: int) -> Iterator[EvidenceFinding]:
        try:
            note = self._archive.get(checkpoint_key(number)).decode("utf-8", "replace")
        except LedgerMissingError:
            return  # retention has ended, or a finding of its own says that it is gone
        text = note.partition("\n\n")[0] + "\n"
        try:
            found = check_lines(self._archive.get(key), text, self._witnesses)
        except LedgerMissingError:
            return
        if found is None:
            yield EvidenceFinding(kind=FindingKind.COSIGNATURE_BROKEN, place=key)
        elif found:
            self._take(number, text, found)

    def _take(self, number: int, text: str, found: Sequence[Cosignature]) -> None:
        with suppress(NoteError):  # one that cannot be read is a finding of its own
            self._newest = max(self._newest, read_note(text + "\n").time)
        latest = max(found, key=lambda one: one.at_s)
        self.basis = TimeBasis(f"the witness {latest.witness}", moment(latest.at_s), number)

    def _in_time(self, newest: str) -> bool:
        if not self._newest:
            return False
        at, last = map(datetime.fromisoformat, (self._newest, newest))
        return last - at <= timedelta(seconds=COSIGNED_WITHIN_S)


def moment(at_s: int) -> str:
    """Write seconds since 1970 as records write a time; as they are if no calendar has them."""
    try:
        return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    except (OverflowError, ValueError, OSError):
        return str(at_s)
