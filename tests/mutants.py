"""Sabotage a copy of the code, one line at a time; the promise's tests must notice.

    python tests/mutants.py [WORD ...]

Each entry of `mutants.toml` names a file, a line, its sabotage, and the promise
that it breaks. A mutant that lives means that the promise is not held by its
tests. The last ones are controls: they change nothing that matters and must
live, or the tests fail for the wrong reason. With words, only entries whose
reason contains one of them run.
"""

from __future__ import annotations

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

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("core", "plugins", "policies", "examples", "tests", "pyproject.toml")
PACKAGES = (
    "core",
    *sorted(f"plugins/{p.name}" for p in (ROOT / "plugins").iterdir()),
    "examples",
    "tests",
)
TIMEOUT_S = 180


@dataclass(frozen=True, slots=True)
class Mutant:
    """One sabotage. `promise` is the test file that must fail; empty for a control.

    `tests` names the tests where they are not those of a promise.
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
    with (ROOT / "tests" / "mutants.toml").open("rb") as file:
        found = [Mutant(**entry) for entry in tomllib.load(file)["mutant"]]
    return [m for m in found if not words or any(word in m.why for word in words)]


def run(mutant: Mutant) -> tuple[Mutant, str]:
    """Return the mutant and `killed`, `lived`, or why it could not be tried."""
    with tempfile.TemporaryDirectory(prefix="affidavit-mutant-") as folder:
        copy = Path(folder)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
                shutil.copytree(source, copy / part, ignore=ignore)
            else:
                shutil.copy(source, copy / part)
        target = copy / mutant.file
        text = target.read_text()
        if text.count(mutant.find) != 1:
            return mutant, f"its line occurs {text.count(mutant.find)} times"
        target.write_text(text.replace(mutant.find, mutant.replace))
        return mutant, _verdict(copy, mutant)


def _verdict(copy: Path, mutant: Mutant) -> str:
    promise = f"tests/compliance/test_{mutant.promise}.py" if mutant.promise else "tests/compliance"
    tests = mutant.tests or promise
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests],
        cwd=copy,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(copy / package) for package in PACKAGES),
            "HYPOTHESIS_PROFILE": "dev",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    # 1 means that tests ran and failed; anything else is a broken trial.
    return {0: "lived", 1: "killed"}.get(done.returncode, f"pytest ended with {done.returncode}")


def main(words: Sequence[str]) -> int:
    """Try every mutant; 0 if all behave as they must."""
    wrong = 0
    mutants = load(words)
    with ThreadPoolExecutor(max(2, (os.cpu_count() or 2))) as pool:
        for number, (mutant, verdict) in enumerate(pool.map(run, mutants), 1):
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
