"""Measure everything in one run: one table and one JSON at the end, and a line of history.

    python -m benchmarks [PROGRAM ...] [--turns N] [--json FILE]

Each program can be run alone: `python -m benchmarks.invocation`. A goal that is missed, or a
program that fails, does not end the run; exit code 0 if all goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environments import HOME, ROOT
from benchmarks.report import Figure, as_json, remember, table

PROGRAMS = {
    "invocation": ("--turns",),
    "cold_start": ("--turns",),
    "runtime_client": ("--turns",),
    "redaction": ("--turns",),
    "redaction_peers": ("--turns",),
    "ledger": ("--turns",),
    "long_log": (),
    "reports": (),
    "harness": ("--turns",),
    "edit_to_answer": ("--turns",),
}
"""What is measured, in this order, and whether it takes turns."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the programs, print the table, and keep what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("programs", nargs="*", choices=[*PROGRAMS, []], help="default: all")
    parser.add_argument("--turns", type=int, default=5, help="turns of each pair (default 5)")
    parser.add_argument("--json", type=Path, default=HOME / "figures.json")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    failed: list[str] = []
    for name in options.programs or PROGRAMS:
        turns = ("--turns", str(options.turns)) if PROGRAMS[name] else ()
        found = _measured(name, *turns)
        figures += found or ()
        failed += [] if found else [name]
    print("\n" + table(figures))
    print("".join(f"\n{name} did not run to its end; see above" for name in failed))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    remember(figures)
    return 1 if failed or not all(figure.reached for figure in figures) else 0


def _measured(name: str, *arguments: str) -> list[Figure] | None:
    """Return what a program found, None if it failed."""
    print(f"\n== {name}", flush=True)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="affidavit-bench-") as folder:
        told = Path(folder) / "figures.json"
        subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *arguments, "--json", str(told)],
            cwd=ROOT,
            check=False,
        )
        print(f"{name} took {time.perf_counter() - began:.0f} s", flush=True)
        if not told.exists():
            return None
        found = json.loads(told.read_text())
    return [Figure(**{key: one[key] for key in one if key != "reached"}) for one in found]


if __name__ == "__main__":
    sys.exit(main())
