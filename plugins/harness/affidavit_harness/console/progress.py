"""Show how runs go on: a tree on a terminal, one line per event elsewhere. On stderr, always."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from affidavit_harness.protocol import RunEvent
from affidavit_harness.run_ids import short

if TYPE_CHECKING:
    from rich.text import Text

HEARTBEAT_S: Final = 30.0
_MARKS: Final = {
    "passed": ("✓", "green"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("!", "yellow"),
    "skipped": ("-", "dim"),
    "leaked": ("⚠", "red"),
}


Line = tuple[tuple[str, str], ...]
"""Words and their style, one after the other: rich is imported for a terminal only."""


def animated() -> bool:
    """Tell whether stderr is a person's terminal. Rich alone would animate under FORCE_COLOR."""
    able = os.environ.get("TERM", "dumb") != "dumb"
    return sys.stderr.isatty() and able and not os.environ.get("CI")


class Progress:
    """Told what happens in each run; safe to use from several threads."""

    def __init__(self, *, live: bool, github: bool, files: Mapping[str, tuple[str, int]]) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, list[Line]] = {}
        self._going: dict[str, Line] = {}
        self._open: set[str] = set()
        self._live = _live() if live else None
        self._github = github
        self._files = files
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        """Take the terminal."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last picture where it is."""
        if self._live is not None:
            self._live.stop()

    def tell(self, run: str, name: str, event: RunEvent) -> None:
        """Show one event of one run."""
        with self._lock:
            self._last = time.monotonic()
            if event.event == "run.began":
                self._open.add(name)
            if event.event == "run.ended":
                self._open.discard(name)
            line = _line(run, event)
            if event.event.endswith(".began") and event.event != "run.began":
                self._now(name, line)
                return
            if self._live is None:
                self._plain(name, line)
                self._annotate(name, event)
                return
            lines = self._lines.setdefault(name, [((name, "bold"),)])
            self._going.pop(name, None)
            lines.append((("  ", ""), *line))
            if event.event == "run.ended":
                self._lines[name] = [((f"{name}  ", "bold"), *line), *_bad(lines)]
            self._draw()

    def _now(self, name: str, line: Line) -> None:
        """Show what is going on in a run, until it has ended. A log goes without."""
        if self._live is not None:
            self._going[name] = (("  ", ""), *line)
            self._draw()

    def _draw(self) -> None:
        if self._live is not None:
            from rich.console import Group  # noqa: PLC0415 - heavy

            shown = [
                _text(one)
                for name, held in self._lines.items()
                for one in (*held, *filter(None, [self._going.get(name)]))
            ]
            self._live.update(Group(*shown[-self._live.console.height + 1 :]), refresh=True)

    def heartbeat(self) -> None:
        """Say that it goes on, if nothing was said for a while."""
        with self._lock:
            if self._live is None and time.monotonic() - self._last > HEARTBEAT_S:
                self._last = time.monotonic()
                self._plain("still running", ((", ".join(sorted(self._open)), ""),))

    def _plain(self, name: str, line: Line) -> None:
        sys.stderr.write(f"{name:40} {_words(line)}\n")
        sys.stderr.flush()

    def _annotate(self, name: str, ended: RunEvent) -> None:
        """Say it in the way in which GitHub shows it beside the file."""
        bad = ended.event == "action.ended" and ended.state in {"failed", "error"}
        if not self._github or not bad:
            return
        file, line = self._files.get(f"{name.partition('[')[0]}/{ended.id}", ("", 1))
        told = f"{name}: {ended.id} {ended.state}".replace("%", "%25").replace("\n", " ")
        sys.stderr.write(f"::error file={file},line={line}::{told}\n")


def _live() -> Any:
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.live import Live  # noqa: PLC0415 - heavy

    console = Console(file=sys.stderr, highlight=False, markup=False)
    return Live(console=console, auto_refresh=False)


def _text(line: Line) -> Text:
    from rich.text import Text  # noqa: PLC0415 - heavy

    return Text.assemble(*line)


def _words(line: Line) -> str:
    return "".join(words for words, _ in line)


def _bad(lines: list[Line]) -> list[Line]:
    return [one for one in lines[1:-1] if any(mark in _words(one)[:4] for mark in "✗!⚠")]


def _line(run: str, event: RunEvent) -> Line:
    if event.event == "run.began":
        return ((f"began  {short(run)}", "dim"),)
    if event.event == "run.ended":
        leaks = f", {event.leaked} leaked" if event.leaked else ""
        style = "green" if event.state == "PASSED" and not leaks else "red"
        return ((f"{event.state}{leaks}  {short(run)}", style),)
    mark, style = _MARKS.get(event.state, ("·", "dim"))
    if event.event == "undo.ended":
        return ((f"{mark} undo {event.id} ({event.uses})", style),)
    took = f" {event.took_ms} ms" if event.took_ms is not None else ""
    polls = f", {event.tries} polls" if event.tries > 1 else ""
    uses = f" ({event.uses})" if event.uses else ""
    return ((f"{mark} {event.id}{uses} {event.state}{took}{polls}", style),)
