"""Measure the archive's answers: compaction, each question, against the raw segments and grep.

    python -m benchmarks.reports [--records N] [--json FILE]

Floors, in the same run: DuckDB that reads the raw segments for a question, and `grep` for a
subject's token over all of them. Questions and a compaction are timed by the clock, as whoever
waits for them sees it, which needs two cores with nothing else to do; beside that stands what they
take of the processor, of all threads together. Exit code 0 if all goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from affidavit_reports.ask import ask  # noqa: E402
from affidavit_reports.lake import attach, compact  # noqa: E402
from affidavit_reports.lake_index import read_lake  # noqa: E402
from affidavit_reports.questions import QUESTIONS  # noqa: E402
from affidavit_reports.record_table import connect, rows  # noqa: E402
from archive_world import ArchiveWorld  # noqa: E402
from benchmarks.report import Figure, conclude  # noqa: E402
from benchmarks.years_archive import make_years  # noqa: E402

QUESTION_S, RECORDS_S, FIFTH = 0.2, 100_000, 0.2
"""Goals: seconds for one question of 10^6 records, records a second, share of the size."""


def main() -> int:
    """Measure and print; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(Path(folder), asked.records)
    return conclude(figures, asked.json)


def _measure(folder: Path, records: int) -> list[Figure]:
    world = make_years(folder, records)
    lake, now_ms = folder / "lake", time.time_ns() // 1_000_000
    clock, processor = _timed(lambda: compact(world.archive, world.verifier, lake, now_ms=now_ms))
    seen, speed = records / clock, records / processor
    sealed, copied = _size(folder / "archive" / "segments"), _size(lake)
    figures = [
        Figure(
            "compaction, a second; of processor",
            seen,
            speed,
            "records/s",
            seen / RECORDS_S,
            1.0,
            at_most=False,
        ),
        Figure(
            "size of the copy",
            copied / 1e6,
            sealed / 1e6,
            "MB",
            copied / sealed,
            FIFTH,
            at_most=True,
        ),
    ]
    return figures + _questions(world, folder, lake, now_ms)


def _questions(world: ArchiveWorld, folder: Path, lake: Path, now_ms: int) -> list[Figure]:
    token = world.token("subject", "patient-001")
    values = {
        "from": "2022-06-01",
        "to": "2022-09-01",
        "subject": token,
        "actor": world.token("actor", "staff-001"),
        "recipient": "insurer",
    }
    raw = str(folder / "archive" / "segments" / "**" / "*.ndjson")
    scan = "SELECT count(*) FROM read_json(?, format='newline_delimited') WHERE b.subj = ?"
    floor = _timed(lambda: connect().execute(scan, [raw, token]).fetchall())
    grep = _timed(
        lambda: subprocess.run(
            ["grep", "-rc", token, str(folder / "archive" / "segments")],  # noqa: S607
            capture_output=True,
            check=False,
            timeout=600,
        )
    )
    engine = connect()
    attach(engine, lake, read_lake(lake), values["from"][:7], values["to"][:7])
    figures = [
        _asked("DuckDB of the raw segments; of processor", floor, None),
        _asked("grep for a subject; of processor", grep, None),
    ]
    for name, question in QUESTIONS.items():
        bound = [values[one] for one in question.parameters]
        turns = [_timed(lambda q=question, b=bound: list(rows(engine, q.sql, b))) for _ in range(5)]
        figures.append(_asked(f"{name}; of processor", sorted(turns)[2], QUESTION_S))
    verified = _timed(
        lambda: ask(
            QUESTIONS["subject"],
            values,
            archive=world.archive,
            verifier=world.verifier,
            now_ms=now_ms,
            lake=lake,
        )
    )
    return [*figures, _asked("subject, with the log verified; of processor", verified, grep[0])]


def _asked(what: str, took: tuple[float, float], goal_s: float | None) -> Figure:
    """Return what a question takes by the clock and of the processor, the first by its goal."""
    seen, spent = took
    ratio, goal = (seen / goal_s, 1.0) if goal_s else (1.0, None)
    return Figure(what, seen, spent, "s", ratio, goal, at_most=True)


def _timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Return seconds by the clock, and of the processor: of all threads and what was started."""
    before, started = sum(os.times()[:4]), time.perf_counter()
    act()
    return time.perf_counter() - started, sum(os.times()[:4]) - before


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
