"""Which tests run a line of code, the nearest first; `random_mutants.py` asks.

What a test file runs is measured once, under coverage, and kept as long as the file stays as it
is (`build/random-mutants/map`). Lines are known by their text and not by their number, so that
what is known survives most changes of the code; what it does not know costs a kill, never adds one.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import coverage

from mutants import ROOT, copy_into
from mutations import Mutation
from ready_tests import environment

FOLDER = ROOT / "build/random-mutants/map"
LIMITS_S = (10.0, 20.0)
"""Seconds of tests, measured with coverage, that a mutant is tried with; then, if it lives."""
FAR = 20
"""How many times quicker a test must be to go before one that is named like the module."""
WHOLE_S = 2.0
"""Seconds up to which a function is tried with all its parameters."""
STARTS = re.compile(r"\bsubprocess\.|\bsys\.executable\b|\bfork\(|\bmultiprocessing\b")
PORTION = 8
"""Test files that one process measures: to start one and to copy the project takes seconds."""
WHOLE = {
    "tests/core/event/test_readings.py",
    "tests/core/invocation/test_whole_invocations.py",
    "tests/core/redact/test_ops_lines.py",
    "tests/core/redact/test_readings.py",
    "tests/evidence/test_attack_matrix.py",
    "tests/evidence/test_hostile_corpus.py",
    "tests/evidence/test_whole_values.py",
    "tests/plugins/harness/test_commands.py",
    "tests/plugins/harness/test_whole_commands.py",
    "tests/plugins/harness/test_whole_machine.py",
    "tests/plugins/harness/test_whole_remote.py",
    "tests/plugins/harness/test_whole_run.py",
    "tests/plugins/harness/test_whole_words.py",
    "tests/plugins/ledger/test_said_whole.py",
    "tests/plugins/ledger/test_transcripts.py",
    "tests/plugins/release/test_replay.py",
    "tests/plugins/release/test_whole_bill.py",
    "tests/plugins/release/test_whole_canary.py",
    "tests/plugins/release/test_whole_line.py",
}
"""Compare whole values: what lives is tried with all of these that come by its line."""
READERS = {
    "tests/core/redact/test_defaults.py",
    "tests/core/test_defaults.py",
    "tests/plugins/harness/test_names_and_limits.py",
    "tests/plugins/ledger/test_options.py",
    "tests/plugins/release/test_rules_form.py",
    "tests/plugins/release/test_words.py",
    "tests/plugins/test_defaults.py",
    "tests/plugins/test_options.py",
    "tests/plugins/test_printouts.py",
    "tests/plugins/test_words.py",
    "tests/repo/test_public_api.py",
}
"""Read the code as a text, or what it makes when it is imported."""
SKIPPED = {
    "tests/core/invocation/test_batch_poison.py",
    "tests/evidence/test_fuzz.py",
    "tests/plugins/harness/test_conformance.py",
    "tests/plugins/harness/test_many_runs.py",
    "tests/plugins/release/test_kill.py",
    "tests/plugins/release/test_races.py",
}
"""Draw anew what the other tests of their folders have examples of, for minutes under coverage,
or have a cloud do it, where nobody sees what runs."""
GATES = "gates"
"""A folder of tests that nobody runs unless asked for: each takes minutes with Terraform."""

Lines = dict[str, dict[str, list[str]]]


class KnownTests(NamedTuple):
    """Which tests run which line of which file, and what each takes.

    A test is a function with all its parameters, or with one of them if all take long.
    """

    lines: Lines
    seconds: dict[str, float]

    def of(self, file: str, source: str, mutation: Mutation) -> Iterator[list[str]]:
        """Yield what runs a mutation's line, else what is around it, the nearest first.

        First what is tried with each mutant, then what is tried with one that lives, and at last
        what compares whole values. Tests that are named like the module are among them: what a
        cache keeps, one test of many runs.
        """
        known = self.lines.get(file, {})
        named_like = {test for test in self.seconds if _is_named_like(file, test)}
        found: set[str] = set()
        for texts in _around(source, mutation):
            found = {test for text in texts for test in known.get(text.strip(), ())}
            if found:
                break
        if not found or _runs_at_import(source, mutation):
            names = _constants(source, mutation)
            named = [test for name in names for test in self._users(file, name)]
            every = {t for tests in known.values() for t in tests}
            whole = {t for t in every if t.partition("::")[0] in WHOLE}
            found = (found or every).union(named, named_like, whole) or self._room(file)
        left = [*self._sorted(file, found), *self._sorted(file, named_like - found)]
        for limit_s in LIMITS_S:
            yield (chosen := self.within(left, limit_s))
            left = [test for test in left if test not in set(chosen)]
        if whole := [test for test in left if test.partition("::")[0] in WHOLE]:
            yield whole

    def within(self, tests: Iterable[str], limit_s: float, files: int = 1000) -> list[str]:
        """Return as many tests as fit into some seconds, of so many files; at least one."""
        chosen, total, seen = list[str](), 0.0, set[str]()
        for test in tests:
            file = test.partition("::")[0]
            fits = total + self.seconds[test] <= limit_s and len({*seen, file}) <= files
            if not chosen or fits:
                total += self.seconds[test]
                seen.add(file)
                chosen.append(test)
        return chosen

    def _sorted(self, file: str, tests: Iterable[str]) -> list[str]:
        """Return tests, the nearest first, and those with other parameters of the same later."""
        distances, seen = {}, Counter[str]()
        for test in sorted(tests, key=lambda test: self._distance(file, test)):
            distances[test] = self._distance(file, test) * (1 + seen[test.partition("[")[0]])
            seen[test.partition("[")[0]] += 1
        return sorted(distances, key=distances.__getitem__)

    def of_processes(self, file: str) -> list[str]:
        """Return what needs a process of its own, and nobody can measure.

        Tests that read the code as a text, then those near a module that start processes.
        """
        near = [test for test in self.seconds if _is_near(file, test)]
        found = [
            test for test in near
            if test.partition("::")[2].partition("[")[0] in _starting(test.partition("::")[0])
        ]  # fmt: skip
        readers = [test for test in self.seconds if test.partition("::")[0] in READERS]
        return [*sorted(readers), *sorted(found, key=self.seconds.__getitem__)]

    def _distance(self, file: str, test: str) -> float:
        return self.seconds[test] * (1 if _is_near(file, test) else FAR)

    def _users(self, file: str, name: str) -> set[str]:
        """Return what runs a line in which a constant is named, or names it.

        A private one is named in its own module; many have one of the same name. Tests that read
        a table, or the code as a text, run no line of it.
        """
        named = re.compile(rf"\b{name}\b").search
        own = {file: self.lines.get(file, {})}
        found = {
            test
            for lines in (own if name.startswith("_") else self.lines).values()
            for text, tests in lines.items()
            if named(text)
            for test in tests
        }
        return found | {test for test in self.seconds if named(_text(test.partition("::")[0]))}

    def _room(self, file: str) -> set[str]:
        """Return what runs any module of a file's folder: of tables alone no test runs a line."""
        room = file.rpartition("/")[0]
        found = [lines for name, lines in self.lines.items() if name.rpartition("/")[0] == room]
        return {test for lines in found for tests in lines.values() for test in tests}


def _is_near(file: str, test: str) -> bool:
    folder, of = Path(file).parent.name, Path(test.partition("::")[0]).parent.name
    return _is_named_like(file, test) or folder.strip("_") == of


def _is_named_like(file: str, test: str) -> bool:
    return Path(file).stem.strip("_") in Path(test.partition("::")[0]).stem


@cache
def _text(file: str) -> str:
    return (ROOT / file).read_text()


@cache
def _starting(file: str) -> frozenset[str]:
    """Name the functions of a test file that start a process, or call one of it that does."""
    functions = {
        node.name: ast.unparse(node)
        for node in ast.parse(_text(file)).body
        if isinstance(node, ast.FunctionDef)
    }
    found = {name for name, text in functions.items() if STARTS.search(text)}
    callers = re.compile(rf"\b({'|'.join(found)})\b") if found else STARTS
    return frozenset(found | {name for name, text in functions.items() if callers.search(text)})


def _around(source: str, mutation: Mutation) -> Iterator[Iterable[str]]:
    """Yield the lines of a mutation, then those of the functions around it."""
    lines = source.split("\n")
    yield lines[mutation.line - 1 : mutation.end_line]
    for node in _nodes(source, mutation):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield lines[node.lineno : node.end_lineno]


def _runs_at_import(source: str, mutation: Mutation) -> bool:
    """Tell whether no function is around a mutation: who happens to import it, uses it or not."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return not any(isinstance(node, functions) for node in _nodes(source, mutation))


def _constants(source: str, mutation: Mutation) -> Iterator[str]:
    """Name what a mutation's statement gives a name to."""
    for node in _nodes(source, mutation):
        targets = node.targets if isinstance(node, ast.Assign) else ()
        for target in (node.target,) if isinstance(node, ast.AnnAssign) else targets:
            if isinstance(target, ast.Name):
                yield target.id


def _nodes(source: str, mutation: Mutation) -> list[ast.stmt]:
    """Return the statements that hold a mutation, the innermost first."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    within = [n for n in nodes if n.lineno <= mutation.line <= (n.end_lineno or 0)]
    return sorted(within, key=lambda node: -node.lineno)


def measured(suites: Sequence[str]) -> KnownTests:
    """Return what is known of the tests of some folders, or of some files."""
    paths = [path for suite in suites for path in sorted((ROOT / suite).rglob("test_*.py"))]
    paths += [ROOT / suite for suite in suites if suite.endswith(".py")]
    paths = [path for path in paths if path.parent.name != GATES]
    files = {path.relative_to(ROOT).as_posix() for path in paths} - SKIPPED
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {file: _kept(file) for file in sorted(files)}  # before anybody changes one
    _measure({file: path for file, path in kept.items() if not path.exists()})
    tests = KnownTests({}, {})
    for path in kept.values():
        found = json.loads(path.read_text())
        tests.seconds.update(found["seconds"])
        for module, lines in found["lines"].items():
            told = tests.lines.setdefault(module, {})
            for line, names in lines.items():
                told.setdefault(line, []).extend(names)
    if not tests.seconds or not tests.lines:  # whatever is drawn would live
        raise SystemExit("no test of a suite passes and is measured in a copy; see above")
    return tests


def _kept(file: str) -> Path:
    state = sha256(file.encode() + b"\0" + (ROOT / file).read_bytes()).hexdigest()[:24]
    return FOLDER / f"{state}.json"


def _measure(files: Mapping[str, Path], workers: int = os.cpu_count() or 2) -> None:
    """Measure test files in portions, side by side; what is measured stays if this is ended."""
    left, count = list(files.items()), -(-len(files) // PORTION)
    portions = [dict(left[number::count]) for number in range(count)]
    with ThreadPoolExecutor(workers) as pool:
        for number, _ in enumerate(pool.map(_measure_portion, portions), 1):
            print(f"measured {number} of {len(portions)} portions of tests", flush=True)


def _measure_portion(files: Mapping[str, Path]) -> None:
    """Run test files under coverage, in a copy as mutants have it, and keep what each shows."""
    with tempfile.TemporaryDirectory(prefix="affidavit-coverage-") as folder:
        copy, base = copy_into(Path(folder) / "copy"), Path(folder)
        (base / "rc").write_text("[run]\nparallel = false\n")  # the project's parts by processes
        command = ["-m", "coverage", "run", f"--rcfile={base}/rc", f"--data-file={base}/data"]
        command += [f"--include={copy}/core/*,{copy}/plugins/*,{copy}/cli/*"]
        command += ["-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
        command += ["-p", "coverage_contexts", "--continue-on-collection-errors"]
        subprocess.run(
            [sys.executable, *command, *files],
            cwd=copy,
            env=environment(copy) | {"AFFIDAVIT_TEST_DURATIONS": f"{base}/seconds.json"},
            check=False,
            stdout=sys.stderr,
        )
        lines, seconds = _read(base / "data", copy.resolve(), base / "seconds.json")
    for file, kept in files.items():
        mine = {test: took for test, took in seconds.items() if test.partition("::")[0] == file}
        kept.write_text(json.dumps({"seconds": mine, "lines": lines.get(file, {})}))


def _read(data: Path, copy: Path, durations: Path) -> tuple[dict[str, Lines], dict[str, float]]:
    """Return by test file what its tests run, and how long. What fails in a copy tells nothing."""
    said = json.loads(durations.read_text())
    functions: Counter[str] = Counter()
    for test, took in said["seconds"].items():
        functions[test.partition("[")[0]] += took
    parted = {test for test, took in functions.items() if took > WHOLE_S}
    parted |= {test.partition("[")[0] for test in said["failed"]}
    names = {
        test: test if test.partition("[")[0] in parted else test.partition("[")[0]
        for test in said["seconds"].keys() - set(said["failed"])
    }
    seconds: Counter[str] = Counter()
    for test, name in names.items():
        seconds[name] += said["seconds"][test]
    lines: defaultdict[str, Lines] = defaultdict(dict)
    found = coverage.CoverageData(str(data))
    found.read()
    for path in found.measured_files():
        module, source = Path(path).relative_to(copy).as_posix(), Path(path).read_text().split("\n")
        for number, contexts in found.contexts_by_lineno(path).items():
            if number > len(source):  # a test has compiled something of its own under this name
                continue
            text = source[number - 1].strip()
            for name in {names[context] for context in contexts if context in names}:
                told = lines[name.partition("::")[0]].setdefault(module, {})
                told.setdefault(text, []).append(name)
    return dict(lines), dict(seconds)
