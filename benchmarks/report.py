"""Run subjects side by side, say how a figure stands against its goal, and keep the history."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.environments import ROOT, python_of

SUBJECTS = Path(__file__).parent / "subjects"
HISTORY = Path(__file__).parent / "history.jsonl"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured ratio and its goal, if there is one. `at_most` tells which side is good.

    `low` and `high` are the least and the greatest ratio of all turns; 0 if there was one turn.
    """

    what: str
    ours: float
    other: float
    unit: str
    ratio: float
    goal: float | None = None
    at_most: bool = True
    low: float = 0.0
    high: float = 0.0

    @property
    def reached(self) -> bool:
        """True if the goal is reached, or there is none."""
        if self.goal is None:
            return True
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def paired(
    what: str,
    ours: Sequence[float],
    other: Sequence[float],
    unit: str,
    goal: float | None = None,
    *,
    at_most: bool = True,
) -> Figure:
    """Compare what was measured in turns: ours by theirs, or theirs by ours if more is better."""
    pairs = zip(ours, other, strict=True)
    ratios = [mine / theirs if at_most else theirs / mine for mine, theirs in pairs]
    return Figure(
        what,
        statistics.median(ours),
        statistics.median(other),
        unit,
        statistics.median(ratios),
        goal,
        at_most,
        min(ratios),
        max(ratios),
    )


def alternate(
    programs: Mapping[str, Sequence[str]], turns: int
) -> dict[str, dict[str, list[float]]]:
    """Run each program in turn, `turns` times; return what they print, turn by turn."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in programs}
    for _ in range(turns):
        for name, (environment, *arguments) in programs.items():
            printed = _run(environment, arguments)
            for key, value in json.loads(printed).items():
                found[name].setdefault(key, []).append(value)
    return found


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table for people."""
    rows = [("what", "ours", "other", "ratio", "turns", "goal", "")]
    for figure in figures:
        sign = "<=" if figure.at_most else ">="
        rows.append(
            (
                figure.what,
                f"{_number(figure.ours)} {figure.unit}",
                f"{_number(figure.other)} {figure.unit}",
                f"{figure.ratio:.2f}",
                f"{figure.low:.2f}-{figure.high:.2f}" if figure.high else "",
                "" if figure.goal is None else f"{sign} {figure.goal:g}",
                "" if figure.goal is None else "reached" if figure.reached else "SHORT",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _number(value: float) -> str:
    return f"{value:,.{1 if value >= 10 else 2}f}"


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """Return the figures for a file."""
    return [{**asdict(figure), "reached": figure.reached} for figure in figures]


def conclude(figures: Sequence[Figure], file: Path | None) -> int:
    """Print the table, write JSON if a file is named, and return a program's exit code.

    It is 0 if all goals are reached, 1 otherwise.
    """
    print(table(figures))
    if file is not None:
        file.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


def remember(figures: Sequence[Figure], history: Path = HISTORY) -> None:
    """Add a line to the history: when, which commit, on what, and each ratio."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - the one that is there
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    told = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit,
        "python": platform.python_version(),
        "machine": _machine(),
        "load": round(os.getloadavg()[0], 1),
        "ratios": {figure.what: round(figure.ratio, 3) for figure in figures},
    }
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")


def _machine() -> str:
    """Name the processor, as the kernel of the machine does, and count its cores."""
    about = Path("/proc/cpuinfo")
    told = about.read_text("utf-8") if about.exists() else ""
    model = re.search(r"^model name\s*: (.+)$", told, re.MULTILINE)
    name = model[1] if model else platform.processor() or "unknown"
    return f"{platform.machine()}, {name}, {os.cpu_count()} cores"


def _run(environment: str, arguments: Sequence[str]) -> str:
    done = subprocess.run(
        [str(python_of(environment)), *arguments],
        cwd=SUBJECTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={"PATH": "/usr/bin:/bin", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"},
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} failed in {environment}:\n{done.stderr}")
    return done.stdout.splitlines()[-1]


def program(
    doc: str | None,
    measure: Callable[[int], Sequence[Figure]],
    arguments: Sequence[str] | None = None,
) -> int:
    """Measure as the command line says, print the table, and write JSON if asked.

    Returns 0 if all goals are reached, 1 otherwise, 2 if something could not be measured.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=5, help="turns of each pair (default 5)")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    try:
        figures = measure(options.turns)
    except RuntimeError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return conclude(figures, options.json)
