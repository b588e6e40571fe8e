"""Invocations that were declared and have not been closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from affidavit.plugin import Phase, Record

Place: TypeAlias = tuple[str, int, bytes, bytes]
"""Where an opening record stands: writer and seq, its time and its event id as written."""


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


def opening_of(body: bytes, writer: str, seq: int) -> tuple[bytes, Place]:
    """Return attempt and place of an opening record that is authentic."""
    attempt, time = body.find(b'"att":"') + 7, body.rfind(b'"ts":"') + 6
    event = body.find(b'"eid":"', attempt) + 7
    place = (writer, seq, body[time : time + 24], body[event : event + 32])
    return body[attempt : attempt + 22], place
