"""Invocations that were declared and have not been closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from affidavit.plugin import Phase, Record

Place: TypeAlias = tuple[str, int, bytes, bytes]
"""Where an opening record stands: writer and seq, its time and its event id as written."""

_INTENT: Final = ord(Phase.INTENT.value)
_CLOSING: Final = (Phase.OUTCOME.value + Phase.WITHHELD.value).encode()


@dataclass(slots=True)
class OpenInvocations:
    """Invocations that were declared and have not been closed: attempt → place and time.

    An attempt may be closed in another chain than it was opened in, and that
    chain may be read first: `early` holds such closings until then.
    """

    attempts: dict[bytes, Place] = field(default_factory=dict)
    early: set[bytes] = field(default_factory=set)

    def see(self, record: Record, writer: str, seq: int) -> None:
        """Follow one record of any chain."""
        if record.phase == Phase.INTENT.value:
            place = (writer, seq, record.at.encode(), record.event.encode())
            self.open(record.attempt.encode(), place)
        elif record.phase in {Phase.OUTCOME.value, Phase.WITHHELD.value}:
            self.close(record.attempt.encode())

    def follow(self, bodies: Sequence[bytes], phases: bytes, writer: str, seq: int) -> None:
        """Follow authentic records of one chain, from `seq` on, by their phases.

        Most that begin end in the next record: nothing has to be known of those.
        """
        attempts = [
            body[(at := body.find(b'"att":"') + 7) : at + 22] for body in bodies[: len(phases)]
        ]
        for number in self._without_pairs(attempts, phases):
            if phases[number] == _INTENT:
                body = bodies[number]
                time, event = body.rfind(b'"ts":"') + 6, body.find(b'"eid":"') + 7
                place = writer, seq + number, body[time : time + 24], body[event : event + 32]
                self.open(attempts[number], place)
            elif phases[number] in _CLOSING:
                self.close(attempts[number])

    def _without_pairs(self, attempts: Sequence[bytes], phases: bytes) -> Iterable[int]:
        """Return which records are left where openings and closings take turns without gaps."""
        start = phases.find(_INTENT)
        end = start + (len(phases) - start) // 2 * 2
        opened, closings = attempts[start:end:2], phases[start + 1 : end : 2]
        paired = (
            start >= 0
            and opened == attempts[start + 1 : end : 2]
            and phases[start:end:2].count(_INTENT) == len(opened)
            and not closings.translate(None, _CLOSING)
            and self.attempts.keys().isdisjoint(opened)
        )
        return (*range(start), *range(end, len(phases))) if paired else range(len(phases))

    def open(self, attempt: bytes, place: Place) -> None:
        """Note that an attempt has begun."""
        if attempt in self.early:
            self.early.discard(attempt)
        else:
            self.attempts[attempt] = place

    def close(self, attempt: bytes) -> None:
        """Note that an attempt has ended."""
        if self.attempts.pop(attempt, None) is None:
            self.early.add(attempt)

    def join(self, other: OpenInvocations) -> None:
        """Add what another worker has seen."""
        for attempt, place in other.attempts.items():
            self.open(attempt, place)
        for attempt in other.early:
            self.close(attempt)
