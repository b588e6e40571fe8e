"""Sabotage that nobody chose: mutants drawn at random from the kernel, redaction and the ledger.

    python tests/random_mutants.py [--count 400] [--minutes 120] [--seed N] [--area NAME]

The seed is the day's number unless one is given, so that every night draws others. A mutant
is tried with the tests that run its line, the fastest first; which those are is measured
once for each state of the code (`build/random-mutants`). A mutant that lives is listed in
`build/random-mutants/survivors.md`. One that changes nothing which anybody could see goes
into `tests/equivalent_mutants.toml` with the reason, after somebody has read it, and
counts no more. Fails if fewer die than an area's floor says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import coverage

from mutants import PACKAGES, ROOT, copy_into, put
from mutations import Mutation, conditions, mutations

FOLDER = ROOT / "build/random-mutants"
WAIVERS = ROOT / "tests/equivalent_mutants.toml"
AREAS = {
    "ledger": (("plugins/ledger/affidavit_ledger",), 0.95),
    "redaction": (("core/affidavit/_redact",), 0.95),
    "kernel": (("core/affidavit",), 0.95),
    "stores": (("plugins/sqlite/affidavit_sqlite", "plugins/dynamodb/affidavit_dynamodb"), 0.90),
}
"""Folders and the share of mutants that must die. The kernel is here what an invocation goes
through: not redaction, which is an area of its own, and not the stand-ins of `testing`."""
DRAWN = ("ledger", "redaction", "kernel")
"""What is drawn from unless somebody asks for more."""

SUITES = (
    ("tests/core/redact",),
    ("tests/core", "--ignore=tests/core/redact"),
    ("tests/evidence", "tests/plugins/ledger", "tests/plugins/sqlite", "tests/plugins/dynamodb"),
    ("tests/compliance",),
)
QUICK_S, SLOW_S, GRACE_S = 25.0, 240.0, 90.0
"""Seconds of tests, measured with coverage: those that come first, and all of them at most."""


class Drawn(NamedTuple):
    """One mutant of one file."""

    area: str
    file: str
    mutation: Mutation

    def change(self) -> tuple[str, str]:
        """Return its line as it is and as it becomes."""
        source = (ROOT / self.file).read_text()
        before = source.split("\n")[self.mutation.line - 1].strip()
        after = self.mutation.apply(source).split("\n")[self.mutation.line - 1].strip()
        return before, after

    def told(self) -> str:
        """Say what it is, for people."""
        before, after = self.change()
        return f"{self.file}:{self.mutation.line}\n    - {before}\n    + {after}"


class Tests(NamedTuple):
    """Which test functions run which line of which file, and what each takes."""

    lines: dict[str, dict[str, list[str]]]
    seconds: dict[str, float]

    def of(self, drawn: Drawn) -> list[str]:
        """Return what runs a mutant's line, the fastest first; of the module if nothing does."""
        lines = self.lines.get(drawn.file, {})
        found: set[str] = set()
        for line in range(drawn.mutation.line, drawn.mutation.end_line + 1):
            found.update(lines.get(str(line), ()))
        if not found:
            found = {test for tests in lines.values() for test in tests} or self._room(drawn.file)
        chosen, total = [], 0.0
        for test in sorted(found, key=lambda test: self.seconds.get(test, 1.0)):
            total += self.seconds.get(test, 1.0)
            if chosen and total > SLOW_S:
                break
            chosen.append(test)
        return chosen

    def _room(self, file: str) -> set[str]:
        """Return what runs any module of a file's folder: of tables alone no test runs a line."""
        room = file.rpartition("/")[0]
        return {
            test
            for name, lines in self.lines.items()
            if name.rpartition("/")[0] == room
            for tests in lines.values()
            for test in tests
        }


def files_of(area: str) -> list[Path]:
    """Return an area's modules."""
    found = [path for folder in AREAS[area][0] for path in sorted((ROOT / folder).rglob("*.py"))]
    return [p for p in found if area != "kernel" or not {"_redact", "testing"} & set(p.parts)]


def draw(areas: Sequence[str], count: int, seed: int) -> list[Drawn]:
    """Draw mutants: each area has its share, each line of an area the same chance."""
    chance = random.Random(seed)  # noqa: S311 - a choice of tests
    waived = {(w["file"], w["line"], w["becomes"]) for w in waivers()}
    by_area: list[list[Drawn]] = []
    for area in areas:
        lines: defaultdict[tuple[str, int], list[Drawn]] = defaultdict(list)
        for path in files_of(area):
            source, name = path.read_text(), path.relative_to(ROOT).as_posix()
            for mutation in [*mutations(source), *conditions(source)]:
                lines[name, mutation.line].append(Drawn(area, name, mutation))
        chosen = [chance.choice(found) for _, found in sorted(lines.items())]
        chance.shuffle(chosen)
        chosen = [d for d in chosen if (d.file, *d.change()) not in waived]
        by_area.append(chosen[: -(-count // len(areas))])
    # In turns, so that whatever the time allows is spread over the areas.
    return [drawn for turn in zip(*by_area, strict=False) for drawn in turn][:count]


def waivers() -> list[dict[str, str]]:
    """Read what was looked at and found to change nothing."""
    found: list[dict[str, str]] = tomllib.loads(WAIVERS.read_text()).get("equivalent", [])
    return found


def measured() -> Tests:
    """Return which tests run which lines: measured now, or kept from the same state of the code."""
    state = sha256()
    for path in sorted(
        p for part in ("core", "plugins", "tests") for p in (ROOT / part).rglob("*.py")
    ):
        state.update(path.read_bytes())
    target = FOLDER / f"tests-{state.hexdigest()[:16]}.json"
    if not target.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        lines: dict[str, dict[str, list[str]]] = {}
        seconds: dict[str, float] = {}
        with (
            tempfile.TemporaryDirectory(prefix="affidavit-coverage-") as folder,
            ThreadPoolExecutor(2) as pool,
        ):
            copy = copy_into(Path(folder) / "copy")
            bases = [Path(folder) / str(number) for number in range(len(SUITES))]
            list(pool.map(_run_suite, bases, SUITES, [copy] * len(SUITES)))
            for base in bases:
                _read_suite(base, copy, lines, seconds)
        target.write_text(json.dumps({"lines": lines, "seconds": seconds}))
    return Tests(**json.loads(target.read_text()))


def _run_suite(base: Path, suite: Sequence[str], copy: Path) -> None:
    """Run some tests under coverage, in a copy as mutants have it."""
    command = ["-m", "coverage", "run", f"--data-file={base}.coverage"]
    command += ["-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-p", "coverage_contexts"]
    command += ["--continue-on-collection-errors"]
    paths = [*(copy / package for package in PACKAGES), copy / "tests"]
    subprocess.run(
        [sys.executable, *command, *suite],
        cwd=copy,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "HYPOTHESIS_PROFILE": "ci",
            "AFFIDAVIT_DURATIONS": f"{base}.json",
        },
        check=False,
        stdout=sys.stderr,
    )


def _read_suite(
    base: Path, copy: Path, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]
) -> None:
    """Add what a suite has run. A test that fails in a copy by itself tells nothing."""
    passed = json.loads(Path(f"{base}.json").read_text())
    if not passed:  # whatever is drawn would live
        raise SystemExit("no test of a suite passes in a copy; see what it says above")
    seconds |= passed
    found = coverage.CoverageData(f"{base}.coverage")
    found.read()
    for name in found.measured_files():
        told = lines.setdefault(Path(name).relative_to(copy.resolve()).as_posix(), {})
        for line, contexts in found.contexts_by_lineno(name).items():
            tests = [context for context in contexts if context in passed]
            if tests:
                told.setdefault(str(line), []).extend(tests)


def attempt(drawn: Drawn, tests: Tests, copies: SimpleQueue[Path]) -> str:
    """Return `killed`, `killed by time`, `lived`, or `no test runs it`."""
    chosen = tests.of(drawn)
    if not chosen:
        return "no test runs it"
    copy = copies.get()
    target = copy / drawn.file
    source = target.read_text()
    try:
        put(target, drawn.mutation.apply(source))
        return _verdict(copy, chosen, tests)
    finally:
        put(target, source)
        copies.put(copy)


def _verdict(copy: Path, chosen: Sequence[str], tests: Tests) -> str:
    for stage in _stages(chosen, tests):
        try:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-x",
                    "-q",
                    "-n0",
                    "-p",
                    "no:cacheprovider",
                    *stage,
                ],
                cwd=copy,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(str(copy / package) for package in PACKAGES),
                    "HYPOTHESIS_PROFILE": "ci",
                },
                capture_output=True,
                check=False,
                timeout=GRACE_S + 4 * sum(tests.seconds.get(test, 1.0) for test in stage),
            )
        except subprocess.TimeoutExpired:
            return "killed by time"
        if done.returncode:
            return "killed"
    return "lived"


def _stages(chosen: Sequence[str], tests: Tests) -> Iterator[list[str]]:
    first: list[str] = []
    total = 0.0
    for test in chosen:
        total += tests.seconds.get(test, 1.0)
        if first and total > QUICK_S:
            break
        first.append(test)
    yield first
    if chosen[len(first) :]:
        yield list(chosen[len(first) :])


def main(arguments: Sequence[str]) -> int:
    """Try what the time allows; 0 if every area keeps its floor."""
    options = _options(arguments)
    areas = options.area or list(DRAWN)
    drawn = draw(areas, options.count, options.seed)
    tests = measured()
    until = time.monotonic() + options.minutes * 60
    results: list[tuple[Drawn, str]] = []
    copies: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="affidavit-mutants-") as folder:
        for worker in range(options.workers):
            copies.put(copy_into(Path(folder) / str(worker)))

        def one(mutant: Drawn) -> None:
            if time.monotonic() < until:
                results.append((mutant, attempt(mutant, tests, copies)))
                print(f"{len(results):4} {results[-1][1]}: {mutant.told()}", flush=True)

        with ThreadPoolExecutor(options.workers) as pool:
            list(pool.map(one, drawn))
    return report(results, options.seed)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--minutes", type=float, default=240.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--area", action="append", choices=sorted(AREAS))
    parser.add_argument("--seed", type=int, default=int(time.time() // 86_400))
    return parser.parse_args(arguments)


def report(results: Sequence[tuple[Drawn, str]], seed: int) -> int:
    """Print how many died, write down which lived, and say whether that is enough."""
    alive = [(d, verdict) for d, verdict in results if not verdict.startswith("killed")]
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = [f"# Seed {seed}: {len(results)} mutants, {len(alive)} alive", ""]
    told += [f"- {verdict}: {drawn.told()}" for drawn, verdict in alive]
    (FOLDER / "survivors.md").write_text("\n".join(told) + "\n")
    wrong = 0
    for area, (_, floor) in AREAS.items():
        mine = [verdict for drawn, verdict in results if drawn.area == area]
        if mine:
            share = sum(verdict.startswith("killed") for verdict in mine) / len(mine)
            wrong += share < floor
            word = "ok " if share >= floor else "BAD"
            print(
                f"{word} {area}: {share:.1%} of {len(mine)} died (floor {floor:.0%}), seed {seed}"
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
