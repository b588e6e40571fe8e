"""What is known of runs on this machine: one folder each, so that any process can look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from affidavit import SettingsError
from affidavit.plugin import now_ms
from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.protocol import KnownRun, RunEvent, RunReport
from affidavit_harness.run_ids import short


class RunStore:
    """Runs in a folder: `run.json`, `events.jsonl`, and `report.json` once it has ended."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "runs"

    def begin(self, known: KnownRun) -> None:
        """Make a run known."""
        folder = self._folder / known.run
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(folder / "run.json", known)

    def tell(self, run: str, event: RunEvent) -> None:
        """Add an event, with the time: in one write, which no other one comes into."""
        line = json.dumps(to_json(replace(event, at_ms=now_ms()))) + "\n"
        with (self._folder / run / "events.jsonl").open("ab", buffering=0) as file:
            file.write(line.encode())

    def end(self, report: RunReport) -> None:
        """Keep the report."""
        _write(self._folder / report.run / "report.json", report)

    def find(self, name: str) -> str:
        """Return the run that is meant by a short id, a whole one, an ARN or `@last`.

        Raises:
            SettingsError: There is none, or more than one.

        """
        runs = self.runs()
        if name == "@last":
            found = runs[:1]
        else:
            wanted = name.rpartition(":")[2].rpartition("-")[2] if name.startswith("arn:") else name
            found = [run for run in runs if run == wanted or short(run) == wanted]
        if len(found) == 1:
            return found[0]
        raise SettingsError(
            "there is no such run" if not found else "that is more than one run",
            why=f"{len(runs)} run(s) are known here",
            fix="See affidavit scenario runs, or name another folder with --state",
        )

    def runs(self) -> list[str]:
        """Return every run, newest first."""
        found = (path.parent.name for path in self._folder.glob("*/run.json"))
        return sorted(found, reverse=True)

    def about(self, run: str) -> KnownRun:
        """Return what was said when it began."""
        return from_json(KnownRun, json.loads((self._folder / run / "run.json").read_text("utf-8")))

    def report(self, run: str) -> RunReport | None:
        """Return the report; None while it runs, or if it was killed."""
        path = self._folder / run / "report.json"
        if not path.is_file():
            return None
        return from_json(RunReport, json.loads(path.read_text("utf-8")))

    def events(self, run: str, start: int = 0) -> Iterator[RunEvent]:
        """Yield events from the `start`th on. A line that is being written waits."""
        path = self._folder / run / "events.jsonl"
        if path.is_file():
            lines = path.read_text("utf-8").split("\n")[:-1]
            yield from (from_json(RunEvent, json.loads(line)) for line in lines[start:])


def _write(path: Path, value: KnownRun | RunReport) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(to_json(value), ensure_ascii=False, indent=1), "utf-8")
    fresh.replace(path)
