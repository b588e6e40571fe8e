"""Sabotage a copy of the code, one line at a time; the promise's tests must notice.

    python tests/mutants.py [--share N] [WORD ...]

Each entry of `mutants/`, one list for each room of the kernel and each plugin,
names a file, a line that occurs there exactly once, its sabotage, and the promise
that it breaks, or the tests of a plugin that keeps promises of its own. A mutant
that lives means that the promise is not held by its tests. `controls.toml` changes
nothing that matters: those must live, or the tests fail for the wrong reason. With
words, only entries whose reason contains one of them run. With `--share N`, the
controls and every Nth of the others: which ones turns with the number of commits,
so that N commits in a row try them all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "core",
    "cli",
    "plugins",
    "policies",
    "templates",
    "examples",
    "scenarios",
    "terraform/modules",
    "tests",
    "pyproject.toml",
    "README.md",
    "docs",
    "benchmarks",
)
PACKAGES = (
    "core",
    "cli",
    *sorted(f"plugins/{p.name}" for p in (ROOT / "plugins").iterdir()),
    "examples",
    "tests",
)
TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Mutant:
    """One sabotage. `promise` is the test file that must fail; empty for a control.

    `tests` names the tests where they are not those of a promise, parted by spaces.
    """

    file: str
    find: str
    replace: str
    why: str
    promise: str = ""
    lives: bool = False
    tests: str = ""


def load(words: Sequence[str]) -> list[Mutant]:
    """Read the list, or those entries whose reason holds one of `words`."""
    found = [
        Mutant(**entry)
        for path in sorted((ROOT / "tests" / "mutants").glob("*.toml"))
        for entry in tomllib.loads(path.read_text())["mutant"]
    ]
    return [m for m in found if not words or any(word in m.why for word in words)]


def share(mutants: Sequence[Mutant], of: int, turn: int) -> list[Mutant]:
    """Return the controls, and those of the others whose turn it is."""
    sabotages = [mutant for mutant in mutants if not mutant.lives]
    return [mutant for mutant in mutants if mutant.lives] + sabotages[turn % of :: of]


def commits() -> int:
    """How many commits led here; 0 where git does not know."""
    counted = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"],  # noqa: S607 - the machine's own
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return int(counted.stdout) if counted.returncode == 0 else 0


def run(mutant: Mutant, copies: SimpleQueue[Path]) -> tuple[Mutant, str]:
    """Return the mutant and `killed`, `lived`, or why it could not be tried."""
    copy = copies.get()
    target = copy / mutant.file
    try:
        text = target.read_text()
        if text.count(mutant.find) != 1:
            return mutant, f"its line occurs {text.count(mutant.find)} times"
        try:
            put(target, text.replace(mutant.find, mutant.replace))
            return mutant, _verdict(copy, mutant)
        finally:
            put(target, text)
    finally:
        copies.put(copy)


def put(target: Path, text: str) -> None:
    """Write a file, and forget its bytecode: within a second its age would not tell."""
    target.write_text(text)
    for stale in (target.parent / "__pycache__").glob(f"{target.stem}.*.pyc"):
        stale.unlink()


def copy_into(folder: Path) -> Path:
    """Make one more copy of what the tests need. Mutants take turns in it."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
            shutil.copytree(source, folder / part, ignore=ignore)
        else:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    return folder


def _verdict(copy: Path, mutant: Mutant) -> str:
    promise = f"tests/compliance/test_{mutant.promise}.py" if mutant.promise else "tests/compliance"
    tests = mutant.tests or promise
    # What one mutant has taught Hypothesis is no help against the next.
    shutil.rmtree(copy / ".hypothesis", ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests.split()],
        cwd=copy,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(copy / package) for package in PACKAGES),
            "HYPOTHESIS_PROFILE": "dev",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    # 1 means that tests ran and failed; anything else is a broken trial.
    return {0: "lived", 1: "killed"}.get(done.returncode, f"pytest ended with {done.returncode}")


def main(arguments: Sequence[str]) -> int:
    """Try every mutant that is asked for; 0 if all behave as they must."""
    parser = argparse.ArgumentParser(description="Sabotage a copy; the tests must notice.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="those whose reason holds it")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="every Nth, in turn")
    asked = parser.parse_args(arguments)
    wrong = 0
    mutants = share(load(asked.words), max(1, asked.share), commits())
    workers = max(2, (os.cpu_count() or 2))
    copies: SimpleQueue[Path] = SimpleQueue()
    with (
        tempfile.TemporaryDirectory(prefix="affidavit-mutants-") as folder,
        ThreadPoolExecutor(workers) as pool,
    ):
        for worker in range(workers):
            copies.put(copy_into(Path(folder) / str(worker)))
        tried = pool.map(lambda mutant: run(mutant, copies), mutants)
        for number, (mutant, verdict) in enumerate(tried, 1):
            expected = "lived" if mutant.lives else "killed"
            good = verdict == expected
            wrong += not good
            sign = "ok  " if good else "BAD "
            control = " (control)" if mutant.lives else ""
            print(f"{sign} {number:3}/{len(mutants)} {verdict}: {mutant.why}{control}", flush=True)
    print(f"{len(mutants)} mutants, {wrong} not as they must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
