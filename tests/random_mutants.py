"""Sabotage that nobody chose: mutants drawn at random from the kernel, redaction and the ledger.

    python tests/random_mutants.py [--count 400] [--minutes 120] [--seed N] [--area NAME]

The seed is the day's number unless one is given, so that every night draws others. A mutant
is tried with the tests that run its line, the fastest first; which those are is measured
once for each state of the code (`build/random-mutants`). It is tried in a fork of a process
that has collected them (`trials.py`), or by a process of its own if it changes what runs at
import. A mutant that lives is listed in
`build/random-mutants/survivors.md`. One that changes nothing which anybody could see goes
into `tests/equivalent_mutants.toml` with the reason, after somebody has read it, and
counts no more. Fails if fewer die than an area's floor says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import coverage

from mutants import ROOT, copy_into, put
from mutations import Mutation, conditions, mutations
from ready_tests import ReadyTests, environment

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

SUITES = {
    "redact": ("tests/core/redact",),
    "core": ("tests/core", "--ignore=tests/core/redact"),
    "evidence": ("tests/evidence", "tests/plugins/ledger", "--ignore=tests/evidence/test_fuzz.py"),
    "stores": ("tests/plugins/sqlite", "tests/plugins/dynamodb"),
    "compliance": ("tests/compliance",),
}
ROOMS = {
    "ledger": ("evidence",),
    "redaction": ("redact",),
    "kernel": ("core", "compliance"),
    "stores": ("stores", "evidence"),
}
"""Which suites an area's mutants are tried with."""
QUICK_S, SLOW_S, GRACE_S = 8.0, 25.0, 10.0
"""Seconds of tests, measured with coverage: what a process of its own may take, and a fork; and
how many of the processor more than that a mutant may take before it counts as killed by time."""


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


def draw(area: str, count: int, seed: int) -> list[Drawn]:
    """Draw mutants of an area: each line has the same chance."""
    chance = random.Random(seed)  # noqa: S311 - a choice of tests
    waived = {(w["file"], w["line"], w["becomes"]) for w in waivers()}
    lines: defaultdict[tuple[str, int], list[Drawn]] = defaultdict(list)
    for path in files_of(area):
        source, name = path.read_text(), path.relative_to(ROOT).as_posix()
        for mutation in [*mutations(source), *conditions(source)]:
            lines[name, mutation.line].append(Drawn(area, name, mutation))
    chosen = [chance.choice(found) for _, found in sorted(lines.items())]
    chance.shuffle(chosen)
    return [d for d in chosen if (d.file, *d.change()) not in waived][:count]


def waivers() -> list[dict[str, str]]:
    """Read what was looked at and found to change nothing."""
    found: list[dict[str, str]] = tomllib.loads(WAIVERS.read_text()).get("equivalent", [])
    return found


def measured(suites: Sequence[str]) -> Tests:
    """Return which tests run which lines: measured now, or kept from the same state of the code."""
    tests = Tests({}, {})
    for suite in suites:
        state = sha256()
        parts = ("core", "plugins", *(word for word in SUITES[suite] if word[0] != "-"))
        for path in sorted(p for part in parts for p in (ROOT / part).rglob("*.py")):
            state.update(path.read_bytes())
        target = FOLDER / f"{suite}-{state.hexdigest()[:16]}.json"
        if not target.exists():
            FOLDER.mkdir(parents=True, exist_ok=True)
            found = Tests({}, {})
            with tempfile.TemporaryDirectory(prefix="affidavit-coverage-") as folder:
                copy, base = copy_into(Path(folder) / "copy"), Path(folder) / suite
                _run_suite(base, SUITES[suite], copy)
                _read_suite(base, copy, found.lines, found.seconds)
            target.write_text(json.dumps(found._asdict()))
        kept = Tests(**json.loads(target.read_text()))
        tests.seconds.update(kept.seconds)
        for file, lines in kept.lines.items():
            told = tests.lines.setdefault(file, {})
            for line, found_tests in lines.items():
                told.setdefault(line, []).extend(found_tests)
    return tests


def _run_suite(base: Path, suite: Sequence[str], copy: Path) -> None:
    """Run some tests under coverage, in a copy as mutants have it."""
    settings = base.with_suffix(".rc")  # the project's own part the data by processes
    settings.write_text("[run]\nparallel = false\n")
    command = ["-m", "coverage", "run", f"--rcfile={settings}", f"--data-file={base}.coverage"]
    command += [f"--include={copy}/core/*,{copy}/plugins/*"]
    command += ["-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-p", "coverage_contexts"]
    command += ["--continue-on-collection-errors"]
    subprocess.run(
        [sys.executable, *command, *suite],
        cwd=copy,
        env=environment(copy) | {"AFFIDAVIT_DURATIONS": f"{base}.json"},
        check=False,
        stdout=sys.stderr,
    )


def _read_suite(
    base: Path, copy: Path, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]
) -> None:
    """Add what a suite has run. A test that fails in a copy by itself tells nothing."""
    passed = json.loads(Path(f"{base}.json").read_text())
    found = coverage.CoverageData(f"{base}.coverage")
    found.read()
    if not passed or not found.measured_files():  # whatever is drawn would live
        raise SystemExit("no test of a suite passes and is measured in a copy; see above")
    seconds |= passed
    for name in found.measured_files():
        told = lines.setdefault(Path(name).relative_to(copy.resolve()).as_posix(), {})
        for line, contexts in found.contexts_by_lineno(name).items():
            tests = [context for context in contexts if context in passed]
            if tests:
                told.setdefault(str(line), []).extend(tests)


class Trial:
    """Tries mutants of an area in a copy of its own."""

    def __init__(self, copy: Path, tests: Tests) -> None:
        self._copy, self._tests = copy, tests
        files = sorted({test.partition("::")[0] for test in tests.seconds})
        self._ready = ReadyTests(copy, files)
        self._passes: dict[str, bool] = {}

    def __call__(self, drawn: Drawn) -> str:
        """Return `killed`, `killed by time`, `lived`, or `no test runs it`."""
        chosen = self._tests.of(drawn)
        while chosen:
            said = self._ready.ask(
                str(self._copy / drawn.file),
                drawn.mutation.apply((self._copy / drawn.file).read_text()),
                chosen,
                GRACE_S + sum(self._tests.seconds[test] for test in chosen),
            )
            if said["verdict"] != "killed" or self._passes_alone(said["by"]):
                break
            chosen.remove(said["by"])
        if not chosen:
            return "no test runs it"
        verdict: str = said["verdict"]
        return self._alone(drawn, chosen) if verdict == "outside" else verdict

    def _passes_alone(self, test: str) -> bool:
        """Tell whether a test that fails does so because of the mutant."""
        if test not in self._passes:
            said = self._ready.ask("", "", [test], GRACE_S + self._tests.seconds[test])
            self._passes[test] = said["verdict"] == "lived"
        return self._passes[test]

    def _alone(self, drawn: Drawn, chosen: Sequence[str]) -> str:
        """Try it in a process that imports all of it anew."""
        total, first = 0.0, []
        for test in chosen:
            total += self._tests.seconds[test]
            if first and total > QUICK_S:
                break
            first.append(test)
        target = self._copy / drawn.file
        source = target.read_text()
        try:
            put(target, drawn.mutation.apply(source))
            command = ["-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *first]
            done = subprocess.run(
                [sys.executable, *command],
                cwd=self._copy,
                env=environment(self._copy),
                capture_output=True,
                check=False,
                timeout=6 * (GRACE_S + total),
            )
        except subprocess.TimeoutExpired:
            return "killed by time"
        finally:
            put(target, source)
        return "killed" if done.returncode else "lived"

    def end(self) -> None:
        """End the process that stands ready."""
        self._ready.end()


def main(arguments: Sequence[str]) -> int:
    """Try what the time allows; 0 if every area keeps its floor."""
    options = _options(arguments)
    areas = options.area or list(DRAWN)
    results: list[tuple[Drawn, str]] = []
    until = time.monotonic() + options.minutes * 60
    for number, area in enumerate(areas):
        drawn = draw(area, -(-options.count // len(areas)), options.seed)
        share = (until - time.monotonic()) / (len(areas) - number)
        results += _try(drawn, measured(ROOMS[area]), options.workers, share)
    return report(results, options.seed)


def _try(
    drawn: Sequence[Drawn], tests: Tests, workers: int, seconds: float
) -> list[tuple[Drawn, str]]:
    """Try mutants of one area, as many as the time allows."""
    until, before = time.monotonic() + seconds, _spent()
    results: list[tuple[Drawn, str]] = []
    trials: SimpleQueue[Trial] = SimpleQueue()

    def one(mutant: Drawn) -> None:
        if time.monotonic() < until:
            trial = trials.get()
            try:
                results.append((mutant, trial(mutant)))
            finally:
                trials.put(trial)
            print(f"{len(results):4} {results[-1][1]}: {mutant.told()}", flush=True)

    with (
        tempfile.TemporaryDirectory(prefix="affidavit-mutants-") as folder,
        ThreadPoolExecutor(workers) as pool,
    ):
        for worker in range(workers):
            trials.put(Trial(copy_into(Path(folder) / str(worker)), tests))
        list(pool.map(one, drawn))
        for _ in range(workers):
            trials.get().end()
    print(f"{(_spent() - before) / max(1, len(results)):.1f} s of processor a mutant", flush=True)
    return results


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
