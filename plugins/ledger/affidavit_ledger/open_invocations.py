"""Invocations that were declared and have not been closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from affidavit.plugin import Phase, Record

Place: TypeAlias = tuple[str, int, bytes, bytes]
"""Where an opening record stands: writer and seq, its time and its event id as written."""

_INTENT: Final = ord(Phase.INTENT.value)
_CLOSING: Final = (ord(Phase.OUTCOME.value), ord(Phase.WITHHELD.value))


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

    def follow(self, bodies: Iterable[bytes], phases: Iterable[int], writer: str, seq: int) -> None:
        """Follow authentic records of one chain, from `seq` on, by their phases.

        Most that begin end here too: nothing has to be known of those.
        """
        begun: dict[bytes, tuple[bytes, int]] = {}
        for number, (body, phase) in enumerate(zip(bodies, phases, strict=False), seq):
            if phase == _INTENT:
                begun[_attempt(body)] = body, number
            elif phase in _CLOSING:
                attempt = _attempt(body)
                if begun.pop(attempt, None) is None or attempt in self.attempts:
                    self.close(attempt)
        for attempt, (body, number) in begun.items():
            time, event = body.rfind(b'"ts":"') + 6, body.find(b'"eid":"') + 7
            place = (writer, number, body[time : time + 24], body[event : event + 32])
            self.open(attempt, place)

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


def _attempt(body: bytes) -> bytes:
    at = body.find(b'"att":"') + 7
    return body[at : at + 22]
