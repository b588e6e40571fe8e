"""Looking again until something holds, and goes on holding: the arithmetic of `eventually`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from affidavit_harness.files.durations import seconds
from affidavit_harness.files.model import Eventually

LONGEST_PAUSE_S: Final = 30.0


class Seen(NamedTuple):
    """What one look found. `hopeless` ends the waiting at once."""

    holds: bool
    hopeless: bool
    told: Any


class Progress(NamedTuple):
    """How far the waiting is; it survives between two calls of the function."""

    began_ms: int
    tries: int = 0
    held_ms: int | None = None

    def json(self) -> dict[str, Any]:
        """Return it for the run's state."""
        return self._asdict()


class Verdict(NamedTuple):
    """`pass`, `fail` or `again`; then after `pause_s` seconds. `why` is for the report."""

    what: str
    progress: Progress
    seen: Seen
    pause_s: float = 0.0
    why: str = ""


def progress_of(told: Mapping[str, Any] | None, now_ms: int) -> Progress:
    """Return the progress that a state holds, or a new one."""
    return Progress(**told) if told else Progress(now_ms)


def look(
    once: Callable[[], Seen],
    eventually: Eventually | None,
    progress: Progress,
    *,
    now_ms: Callable[[], int],
    sleep: Callable[[float], None],
    inline_s: float,
) -> Verdict:
    """Look until it is decided, or until `inline_s` seconds were spent here.

    Without `eventually` there is one look.
    """
    entered_ms = now_ms()
    while True:
        seen = once()
        verdict = _decide(seen, eventually, progress, now_ms())
        spent_s = (now_ms() - entered_ms) / 1000
        if verdict.what != "again" or spent_s + verdict.pause_s > inline_s:
            return verdict
        sleep(verdict.pause_s)
        progress = verdict.progress


def _decide(seen: Seen, eventually: Eventually | None, progress: Progress, now_ms: int) -> Verdict:
    progress = progress._replace(tries=progress.tries + 1)
    if eventually is None:
        return Verdict("pass" if seen.holds else "fail", progress, seen)
    if seen.hopeless:
        return Verdict("fail", progress, seen, why="it can no longer come true")
    if seen.holds:
        return _settling(seen, eventually, progress, now_ms)
    if progress.held_ms is not None:
        return Verdict("fail", progress, seen, why="it held, and then it did no longer")
    left = seconds(eventually.timeout) - (now_ms - progress.began_ms) / 1000
    if left <= 0:
        return Verdict("fail", progress, seen, why=f"not within {eventually.timeout}")
    pause = seconds(eventually.every) * eventually.backoff ** (progress.tries - 1)
    return Verdict("again", progress, seen, min(pause, left, LONGEST_PAUSE_S))


def _settling(seen: Seen, eventually: Eventually, progress: Progress, now_ms: int) -> Verdict:
    held_ms = now_ms if progress.held_ms is None else progress.held_ms
    progress = progress._replace(held_ms=held_ms)
    left = seconds(eventually.settle) - (now_ms - held_ms) / 1000
    if left <= 0:
        return Verdict("pass", progress, seen)
    return Verdict("again", progress, seen, min(seconds(eventually.every), left))
