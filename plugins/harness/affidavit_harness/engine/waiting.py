"""Polling until something holds, and goes on holding: the arithmetic of `eventually`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

from affidavit_harness.files.durations import seconds
from affidavit_harness.files.scenario_model import Eventually
from affidavit_harness.protocol import Cursor, PollProgress, StepOutcome

T = TypeVar("T")

LONGEST_PAUSE_S: Final = 30.0


class Decision(Enum):
    """What a poll has decided."""

    HOLDS = "holds"
    FAILS = "fails"
    AGAIN = "again"


class Polled(NamedTuple, Generic[T]):
    """What one poll found. What is `unreachable` ends the waiting at once."""

    holds: bool
    unreachable: bool
    found: T


class PollResult(NamedTuple, Generic[T]):
    """The decision; `AGAIN` after `pause_s` seconds. `why` is for the report."""

    decision: Decision
    progress: PollProgress
    polled: Polled[T]
    pause_s: float = 0.0
    why: str = ""

    def cursor(self, before: Cursor, began_ms: int) -> Cursor:
        """Return where the state machine goes on once it has waited."""
        wait = max(1, round(self.pause_s))
        return Cursor(before.i, StepOutcome.POLL, wait, began_ms, self.progress)


def poll(
    once: Callable[[], Polled[T]],
    eventually: Eventually | None,
    progress: PollProgress,
    *,
    now_ms: Callable[[], int],
    sleep: Callable[[float], None],
    inline_s: float,
) -> PollResult[T]:
    """Poll until it is decided, or until `inline_s` seconds were spent here.

    Without `eventually` there is one poll.
    """
    entered_ms = now_ms()
    while True:
        result = _decide(once(), eventually, progress, now_ms())
        spent_s = (now_ms() - entered_ms) / 1000
        if result.decision is not Decision.AGAIN or spent_s + result.pause_s > inline_s:
            return result
        sleep(result.pause_s)
        progress = result.progress


def _decide(
    polled: Polled[T], eventually: Eventually | None, progress: PollProgress, now_ms: int
) -> PollResult[T]:
    progress = replace(progress, tries=progress.tries + 1)
    if eventually is None:
        return PollResult(Decision.HOLDS if polled.holds else Decision.FAILS, progress, polled)
    if polled.unreachable:
        return PollResult(Decision.FAILS, progress, polled, why="it can no longer come true")
    if polled.holds:
        return _settling(polled, eventually, progress, now_ms)
    if progress.held_ms is not None:
        return PollResult(Decision.FAILS, progress, polled, why="it held, and no longer does")
    left = seconds(eventually.timeout) - (now_ms - progress.began_ms) / 1000
    if left <= 0:
        return PollResult(Decision.FAILS, progress, polled, why=f"not within {eventually.timeout}")
    pause = seconds(eventually.every) * eventually.backoff ** (progress.tries - 1)
    return PollResult(Decision.AGAIN, progress, polled, min(pause, left, LONGEST_PAUSE_S))


def _settling(
    polled: Polled[T], eventually: Eventually, progress: PollProgress, now_ms: int
) -> PollResult[T]:
    held_ms = now_ms if progress.held_ms is None else progress.held_ms
    progress = replace(progress, held_ms=held_ms)
    left = seconds(eventually.settle) - (now_ms - held_ms) / 1000
    if left <= 0:
        return PollResult(Decision.HOLDS, progress, polled)
    return PollResult(Decision.AGAIN, progress, polled, min(seconds(eventually.every), left))
