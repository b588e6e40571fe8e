"""Say what a bare wrap costs: to recognise an event of each source, and to let rows leave.

    python -m benchmarks.wrap [--rounds N] [--against FOLDER]

FOLDER holds another version of the import package, as for `benchmarks.steps`. Versions take
turns, and the least CPU time of all turns counts, so that a busy machine matters little.
Rows are compared with AWS's own marshaller, which writes them once more whatever we do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.report import SUBJECTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a line per source and size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wrap", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--against", type=Path, help="folder with another `affidavit` package")
    options = parser.parse_args(arguments)
    versions = {"now": ROOT / "core"}
    if options.against is not None:
        versions["before"] = options.against.resolve()
    least: dict[str, dict[str, float]] = {name: {} for name in versions}
    for _ in range(options.rounds):
        for name, folder in versions.items():
            for what, spent in _measured(folder).items():
                least[name][what] = min(spent, least[name].get(what, spent))
    _print(least["now"], least.get("before"))
    return 0


def _measured(package: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(SUBJECTS / "ours_wrap.py")],
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _print(now: dict[str, float], before: dict[str, float] | None) -> None:
    for what, spent in now.items():
        kind, _, size = what.partition(" ")
        if kind == "marshaller":
            continue
        line = f"{what:24}{spent:10.1f} us"
        if kind == "rows":
            line += f"{spent / now[f'marshaller {size}']:8.2f} x marshaller"
        if before is not None and what in before:
            line += f"{spent / before[what]:8.2f} x before"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
