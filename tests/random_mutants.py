"""Sabotage that nobody chose: mutants drawn at random from the kernel, the plugins, the commands.

    python tests/random_mutants.py [--count 600] [--minutes 120] [--seed N] [--area NAME]
                                   [--room WORD] [--again]

The seed is the day's number unless one is given, so that every night draws others. A mutant
is tried with the tests that run its line, the nearest first (`nearest_tests.py`), ten seconds
of them at most. It is tried in a fork of a process that has collected them (`trials.py`), or
by a process of its own if it changes what runs at import. One that lives is tried with twenty
more of them, with all that compare whole values, and with tests beside it that start processes,
in which nobody has seen what runs.
What lives then is listed in `build/random-mutants/survivors.md`; `--again` tries these. One that
changes nothing which anybody could see goes into `tests/equivalent_mutants.toml` with the reason,
after somebody has read it, and counts no more. Fails if fewer die than an area's floor says.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from mutants import ROOT, copy_into, put
from mutations import Mutation, conditions, mutations
from nearest_tests import KnownTests, measured
from ready_tests import ReadyTests, environment

FOLDER = ROOT / "build/random-mutants"
WAIVERS = ROOT / "tests/equivalent_mutants.toml"


class Room(NamedTuple):
    """A folder of code, and the folders of tests that its mutants are tried with."""

    folder: str
    tests: tuple[str, ...]


KERNEL_TESTS = (
    *(f"tests/core/{room}" for room in ("event", "invocation", "offrecord", "policy", "records")),
    *(f"tests/core/{room}" for room in ("runtime", "sources", "telemetry", "testing")),
    *(f"tests/core/test_{name}.py" for name in ("canonical", "clock", "defaults", "doors", "lazy")),
    "tests/core/test_library.py",
    "tests/plugins/testing/test_side_effects.py",
    "tests/repo/test_public_api.py",
    "tests/repo/test_log_events.py",
)
"""What is near. Promises (`tests/compliance`) take long and rarely notice what these do not."""


SHARED = ("defaults", "limits", "offers", "options", "printouts", "words")
"""Tests of all plugins."""


def _shared() -> Iterator[str]:
    return (f"tests/plugins/test_{one}.py" for one in SHARED)


def _plugin(name: str) -> Room:
    return Room(f"plugins/{name}/affidavit_{name}", (f"tests/plugins/{name}", *_shared()))


AREAS = {
    "ledger": (
        0.95,
        [Room("plugins/ledger/affidavit_ledger", ("tests/evidence", "tests/plugins/ledger"))],
    ),
    "redaction": (
        0.95,
        [
            Room(
                "core/affidavit/_redact", ("tests/core/redact", "tests/repo/test_redaction_page.py")
            )
        ],
    ),
    "kernel": (0.95, [Room("core/affidavit", KERNEL_TESTS)]),
    "plugins": (
        0.90,
        [
            Room("cli/affidavit_cli", ("tests/cli", "tests/repo/test_readme.py", *_shared())),
            *map(_plugin, ("dynamodb", "http", "lint", "notify", "oracle", "policy")),
            *map(_plugin, ("reports", "sqlite")),
        ],
    ),
    "harness": (0.90, [_plugin("harness")]),
    "release": (0.90, [_plugin("release")]),
}
"""The share of an area's mutants that must die, and its rooms. The kernel is here what an
invocation goes through: not redaction, which is an area of its own, and not the stand-ins of
`testing`. Plugins are the commands, too; left out is what is tested by whole processes and
bundles."""

QUICK_S, FILES = (8.0, 40.0, 60.0), 16
"""What a process of its own may take: seconds of tests, measured with coverage, and their files."""
GRACE_S = 4.0
"""Seconds of the processor more than three times the usual before a test is killed by time."""


class Drawn(NamedTuple):
    """One mutant of one file."""

    area: str
    room: Room
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


def files_of(area: str, room: Room) -> list[Path]:
    """Return a room's modules."""
    found = sorted((ROOT / room.folder).rglob("*.py"))
    return [p for p in found if area != "kernel" or not {"_redact", "testing"} & set(p.parts)]


def draw(area: str, count: int, seed: int, word: str = "") -> list[Drawn]:
    """Draw mutants of an area, or of its files with a word: each line has the same chance."""
    chance = random.Random(seed)  # noqa: S311 - a choice of tests
    waived = {(w["file"], w["line"], w["becomes"]) for w in waivers("equivalent")}
    lines: defaultdict[tuple[str, int], list[Drawn]] = defaultdict(list)
    for drawn in mutants_of(area, word):
        lines[drawn.file, drawn.mutation.line].append(drawn)
    chosen = [chance.choice(found) for _, found in sorted(lines.items())]
    chance.shuffle(chosen)
    return [d for d in chosen if (d.file, *d.change()) not in waived][:count]


def mutants_of(area: str, word: str = "") -> Iterator[Drawn]:
    """Yield every mutant of an area, or of its files with a word."""
    for room in AREAS[area][1]:
        for path in files_of(area, room):
            source, name = path.read_text(), path.relative_to(ROOT).as_posix()
            held = _held_elsewhere(name, source)
            for mutation in [*mutations(source), *conditions(source)] if word in name else ():
                if mutation.line not in held:
                    yield Drawn(area, room, name, mutation)


def lived(area: str) -> list[Drawn]:
    """Return what has lived last, as the list of survivors tells it."""
    told = (FOLDER / "survivors.md").read_text()
    return [drawn for drawn in mutants_of(area) if drawn.file in told and drawn.told() in told]


def waivers(kind: str) -> list[dict[str, str]]:
    """Read what changes nothing, or what is held by tests that need more than a suite has."""
    found: list[dict[str, str]] = tomllib.loads(WAIVERS.read_text()).get(kind, [])
    return found


def _held_elsewhere(file: str, source: str) -> set[int]:
    """Return the lines of the tables that other tests than those of a suite hold."""
    names = {one["name"] for one in waivers("elsewhere") if one["file"] == file}
    return {
        line
        for node in ast.parse(source).body
        for target in (getattr(node, "target", None), *getattr(node, "targets", ()))
        if isinstance(target, ast.Name) and target.id in names
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }


class Trial:
    """Tries mutants of a room in a copy of its own."""

    def __init__(self, copy: Path, tests: KnownTests) -> None:
        self._copy, self._tests = copy, tests
        files = sorted({test.partition("::")[0] for test in tests.seconds})
        self._ready = ReadyTests(copy, files)
        self._passes: dict[str, bool] = {}

    def __call__(self, drawn: Drawn) -> str:
        """Return `killed`, `killed by time`, `lived`, or `no test runs it`."""
        source = (self._copy / drawn.file).read_text()
        verdict = "no test runs it"
        for number, chosen in enumerate(self._tests.of(drawn.file, source, drawn.mutation)):
            verdict = self._tried(drawn, source, chosen, verdict)
            if verdict == "outside":
                first = self._tests.within(chosen, QUICK_S[number], FILES)
                verdict = self._alone(drawn, source, first)
            if verdict.startswith("killed"):
                return verdict
        if verdict == "lived" and (others := self._tests.of_processes(drawn.file)):
            return self._alone(drawn, source, self._tests.within(others, QUICK_S[0], FILES))
        return verdict

    def _tried(self, drawn: Drawn, source: str, chosen: list[str], before: str) -> str:
        """Try it in forks; `before` is what is said if no test is left."""
        while chosen:
            said = self._ready.ask(
                str(self._copy / drawn.file), drawn.mutation.apply(source), self._limits(chosen)
            )
            verdict: str = said["verdict"]
            if not verdict.startswith("killed") or self._passes_alone(said["by"]):
                return verdict
            chosen.remove(said["by"])
        return before

    def _limits(self, tests: Sequence[str]) -> dict[str, float]:
        return {test: GRACE_S + 3 * self._tests.seconds[test] for test in tests}

    def _passes_alone(self, test: str) -> bool:
        """Tell whether a test that fails does so because of the mutant."""
        if test not in self._passes:
            said = self._ready.ask("", "", self._limits([test]))
            self._passes[test] = said["verdict"] == "lived"
        return self._passes[test]

    def _alone(self, drawn: Drawn, source: str, chosen: Sequence[str]) -> str:
        """Try it in a process that imports all of it anew."""
        total = sum(self._tests.seconds[test] for test in chosen)
        target = self._copy / drawn.file
        try:
            put(target, drawn.mutation.apply(source))
            command = ["-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *chosen]
            done = subprocess.run(
                [sys.executable, *command],
                cwd=self._copy,
                env=environment(self._copy),
                stdout=subprocess.DEVNULL,  # not a pipe, which what a test leaves would hold open
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=60 + 6 * total,
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
    areas = options.area or list(AREAS)
    results: list[tuple[Drawn, str]] = []
    until = time.monotonic() + options.minutes * 60
    for area in areas:
        count = -(-options.count // len(areas))
        drawn = lived(area) if options.again else draw(area, count, options.seed, options.room)
        for room in dict.fromkeys(mutant.room for mutant in drawn):
            mine = [mutant for mutant in drawn if mutant.room == room]
            results += _try(mine, measured(room.tests), options.workers, until)
            report(results, options.seed)
    return report(results, options.seed)


def _try(
    drawn: Sequence[Drawn], tests: KnownTests, workers: int, until: float
) -> list[tuple[Drawn, str]]:
    """Try mutants of one room, as many as the time allows."""
    before = _spent()
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
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--minutes", type=float, default=240.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--area", action="append", choices=sorted(AREAS))
    parser.add_argument("--room", default="", metavar="WORD", help="files with it in their paths")
    parser.add_argument("--again", action="store_true", help="what has lived last")
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
    for area, (floor, _) in AREAS.items():
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
