"""Say where an audited invocation's time goes, and whether a change made it shorter.

    python -m benchmarks.steps [--rounds N] [--against FOLDER]

FOLDER holds another version of the import package: `git worktree add before HEAD`,
then `--against before/core`. Both versions run in processes of their own and take
turns of a few milliseconds, so that a busy machine is busy for both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environments import ROOT, python_of
from benchmarks.report import SUBJECTS

_CALLS = 25


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one table or two."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="turns (default 200)")
    parser.add_argument("--against", type=Path, help="folder with another `affidavit` package")
    options = parser.parse_args(arguments)
    here = ROOT / "core"
    with _start(here, "ours_steps.py", str(options.rounds)) as process:
        told, _ = process.communicate(timeout=600)
    _print_steps(json.loads(told))
    if options.against is not None:
        _print_turns(turns({"before": options.against, "now": here}, options.rounds))
    return 0


def turns(versions: dict[str, Path], rounds: int) -> dict[str, list[float]]:
    """Return the CPU microseconds per invocation of each version, turn by turn."""
    running = {name: _start(path, "ours_turns.py") for name, path in versions.items()}
    taken: dict[str, list[float]] = {name: [] for name in versions}
    try:
        for _ in range(rounds):
            for name, process in running.items():
                assert process.stdin is not None  # for mypy; both are pipes
                assert process.stdout is not None
                process.stdin.write(f"{_CALLS}\n")
                process.stdin.flush()
                taken[name].append(float(process.stdout.readline()))
    finally:
        for process in running.values():
            process.communicate(timeout=60)
    return taken


def _start(package: Path, subject: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(python_of("pure")), subject, *arguments],
        cwd=SUBJECTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            "PATH": "/usr/bin:/bin",
            "AWS_REGION": "eu-west-1",
            "PYTHONPATH": str(package.resolve()),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )


def _print_steps(times: dict[str, tuple[float, float]]) -> None:
    whole = sum(us for us, _ in times.values())
    print(f"{'step':32} {'us':>7} {'share':>6} {'calls':>6}")
    for name, (us, calls) in sorted(times.items(), key=lambda item: -item[1][0]):
        print(f"{name:32} {us:7.2f} {us / whole:6.1%} {calls:6.1f}")
    print(f"{'all of them':32} {whole:7.2f}")


def _print_turns(taken: dict[str, list[float]]) -> None:
    print(f"\n{'version':32} {'least':>7} {'median':>7}")
    for name, values in taken.items():
        print(f"{name:32} {min(values):7.1f} {statistics.median(values):7.1f}")
    before, now = taken.values()
    ratios = [one / other for one, other in zip(now, before, strict=True)]
    print(
        f"now/before: least {min(now) / min(before):.3f}, of pairs {statistics.median(ratios):.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
