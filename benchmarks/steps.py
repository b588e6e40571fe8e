"""Say where an audited invocation's time goes, pure and compiled, and whether a change helped.

    python -m benchmarks.steps [--turns N] [--rounds N] [--against FOLDER]

Sections are medians of a thousand invocations, and of all turns. FOLDER holds another version
of the import package: `git worktree add before HEAD`, then `--against before/core`. Both
versions run in processes of their own and take turns of a few milliseconds, so that a busy
machine is busy for both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environments import ROOT, python_of
from benchmarks.report import SUBJECTS, alternate

_CALLS = 25


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one table or two."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.steps",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--turns", type=int, default=5, help="turns of both forms (default 5)")
    parser.add_argument("--rounds", type=int, default=200, help="turns of versions (default 200)")
    parser.add_argument("--against", type=Path, help="folder with another `affidavit` package")
    options = parser.parse_args(arguments)
    print(sections(options.turns))
    if options.against is not None:
        _print_turns(turns({"before": options.against, "now": ROOT / "core"}, options.rounds))
    return 0


def sections(turns: int) -> str:
    """Return what each section of an invocation takes, pure and compiled, as a table."""
    kinds = ("pure", "compiled")
    found = alternate({kind: (kind, "ours_sections.py", "1000") for kind in kinds}, turns)
    told = {
        label: [statistics.median(found[kind][label]) for kind in kinds] for label in found["pure"]
    }
    rows = sorted(told.items(), key=lambda item: -item[1][0])
    whole = [sum(both) for both in zip(*told.values(), strict=True)]
    head = (
        f"{'section of a warm invocation':44}{'pure':>10}{'':6}{'compiled':>12}{'':6}{'ratio':>7}"
    )
    return "\n".join(
        (
            head,
            *(
                f"{label:44}{pure:7.1f} us {pure / whole[0]:5.0%}{compiled:9.1f} us "
                f"{compiled / whole[1]:5.0%}{compiled / pure:7.2f}"
                for label, (pure, compiled) in [*rows, ("all of them", whole)]
            ),
        )
    )


def turns(versions: dict[str, Path], rounds: int) -> dict[str, list[float]]:
    """Return the CPU microseconds per invocation of each version, turn by turn."""
    running = {name: _start(path) for name, path in versions.items()}
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


def _start(package: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(python_of("pure")), "ours_turns.py"],
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
