"""Run subjects side by side, and say how a figure stands against its goal."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.environments import python_of

SUBJECTS = Path(__file__).parent / "subjects"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured ratio and its goal. `at_most` tells which side of the goal is good."""

    what: str
    ours: float
    other: float
    unit: str
    ratio: float
    goal: float
    at_most: bool

    @property
    def reached(self) -> bool:
        """True if the goal is reached."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def alternate(programs: Mapping[str, Sequence[str]], turns: int) -> dict[str, dict[str, float]]:
    """Run each program in turn, `turns` times; return the medians of what they print."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in programs}
    for _ in range(turns):
        for name, (environment, *arguments) in programs.items():
            printed = _run(environment, arguments)
            for key, value in json.loads(printed).items():
                found[name].setdefault(key, []).append(value)
    return {
        name: {key: statistics.median(values) for key, values in by_key.items()}
        for name, by_key in found.items()
    }


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table for people."""
    rows = [("what", "ours", "other", "ratio", "goal", "")]
    for figure in figures:
        sign = "<=" if figure.at_most else ">="
        rows.append(
            (
                figure.what,
                f"{figure.ours:.1f} {figure.unit}",
                f"{figure.other:.1f} {figure.unit}",
                f"{figure.ratio:.2f}",
                f"{sign} {figure.goal:g}",
                "reached" if figure.reached else "SHORT",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """Return the figures for a file."""
    return [{**asdict(figure), "reached": figure.reached} for figure in figures]


def _run(environment: str, arguments: Sequence[str]) -> str:
    python = python_of_once(environment)
    done = subprocess.run(
        [str(python), *arguments],
        cwd=SUBJECTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={"PATH": "/usr/bin:/bin", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"},
    )
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed:\n{done.stderr}")
    return done.stdout.splitlines()[-1]


_pythons: dict[str, Path] = {}


def python_of_once(environment: str) -> Path:
    """Return an environment's interpreter, made or refreshed once per run."""
    if environment not in _pythons:
        _pythons[environment] = python_of(environment)
    return _pythons[environment]
