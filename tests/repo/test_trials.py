"""Sabotage in a fork is that of the file, or says that it is not; the nearest tests try it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import trials
from mutants import ROOT
from mutations import Mutation
from nearest_tests import LIMITS_S, READERS, WHOLE, KnownTests

SOURCE = """
from functools import lru_cache

LIMIT = 3

def limit():
    return LIMIT

def outer():
    def inner():
        return 1
    return inner

made = outer()

@lru_cache
def cached():
    return 2

class Thing:
    size = 4

    @property
    def double(self):
        return (
            self.size
            * 2
        )

    @staticmethod
    def last():
        return [n + 5 for n in range(1)][-1]

def defaulted(value=6):
    return value
"""


def _loaded(folder: Path) -> tuple[str, ModuleType]:
    file = folder / "sample.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("sample", file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["sample"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(file), module


@pytest.mark.parametrize(
    ("before", "after", "call"),
    [
        ("return 1", "return 8", lambda sample: sample.made()),
        ("return 2", "return 8", lambda sample: sample.cached()),
        (
            "(\n            self.size\n            * 2\n        )",
            "8",
            lambda sample: sample.Thing().double,
        ),
        ("n + 5", "n + 8", lambda sample: sample.Thing.last()),
        ("return value", "return 8", lambda sample: sample.defaulted()),
        ("LIMIT = 3", "LIMIT = 8", lambda sample: sample.limit()),
    ],
)
def test_functions_change_wherever_they_are_held(
    before: str, after: str, call: Callable[[ModuleType], int], tmp_path: Path
) -> None:
    """Closures that were made, what a decorator wraps, properties; and constants."""
    file, sample = _loaded(tmp_path)
    assert trials.sabotage(file, SOURCE.replace(before, after), trials.loaded())
    assert 8 == call(sample)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("size = 4", "size = 5"),
        ("value=6", "value=7"),
        ("@property", "@staticmethod"),
        ("LIMIT = 3", "LIMIT ="),
        ("LIMIT = 3", "LIMIT = 3  # the same"),
    ],
)
def test_what_runs_at_import_is_outside(before: str, after: str, tmp_path: Path) -> None:
    """An attribute of a class, a default, a decorator; or no change at all."""
    file, _ = _loaded(tmp_path)
    assert not trials.sabotage(file, SOURCE.replace(before, after), trials.loaded())


FILE = "core/affidavit/_records/chain.py"


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("return LIMIT", ["near", "far", "farther", "inner"]),
        ("1", ["inner", "near"]),
        ("3", ["inner", "near", "far", "farther", "elsewhere"]),
        ("return value", ["inner", "near", "far", "farther", "elsewhere"]),
    ],
)
def test_the_nearest_tests_come_first(before: str, found: list[str]) -> None:
    """Those of a line, else of its function, else of the module and of what uses the constant.

    Behind them what is named like the module.
    """
    names = {
        "near": "tests/core/records/test_chain.py::near",
        "far": "tests/core/sources/test_source.py::far",
        "farther": "tests/core/sources/test_source.py::farther",
        "inner": "tests/core/records/test_chain.py::inner",
        "elsewhere": "tests/core/sources/test_source.py::elsewhere",
    }
    seconds = {
        "near": 0.2,
        "far": 0.1,
        "farther": 0.3,
        "inner": 0.1,
        "elsewhere": LIMITS_S[0] - 0.8,
    }
    tests = KnownTests(
        {
            FILE: {
                "return LIMIT": [names[name] for name in ("farther", "far", "near")],
                "return inner": [names["inner"]],
                "return 2": [names["elsewhere"]],
            }
        },
        {names[name]: took for name, took in seconds.items()},
    )
    start = SOURCE.index(before)
    line = SOURCE[:start].count("\n") + 1
    first, _ = tests.of(FILE, SOURCE, Mutation(line, 0, line, 1, ""))
    assert [names[name] for name in found] == first


def test_what_names_a_table_is_tried_with_it() -> None:
    """A test that compares the table itself runs no line of any module."""
    file = "core/affidavit/_telemetry/log_events.py"
    reads, other = "tests/repo/test_log_events.py::reads", "tests/core/test_lazy.py::other"
    names = "tests/repo/test_reference.py::names"
    tests = KnownTests({FILE: {"return 2": [other]}}, {reads: 0.1, names: 0.1, other: 0.1})
    first, _ = tests.of(file, "EVENTS = {1: 2}\n", Mutation(1, 0, 1, 1, ""))
    assert [reads, names] == first


def test_what_takes_too_long_is_left_out() -> None:
    """One test is always tried; beyond that no more than the limit, and the rest if it lives."""
    seconds = {"a": sum(LIMITS_S), "b": 0.2, "c": LIMITS_S[0]}
    tests = KnownTests({FILE: {"return 2": list(seconds)}}, seconds)
    line = SOURCE[: SOURCE.index("return 2")].count("\n") + 1
    assert [["b"], ["c"]] == list(tests.of(FILE, SOURCE, Mutation(line, 0, line, 1, "")))


def test_what_compares_whole_values_is_tried_however_long_it_takes() -> None:
    """Such tests take long, and notice what the quick ones beside them look past."""
    whole = "tests/plugins/ledger/test_transcripts.py::whole"
    named = WHOLE | READERS
    assert named == {file for file in named if (ROOT / file).is_file()}
    tests = KnownTests({FILE: {"return 2": ["a", "b", whole]}}, {"a": 0.1, "b": 99.0, whole: 99.0})
    line = SOURCE[: SOURCE.index("return 2")].count("\n") + 1
    chosen = list(tests.of(FILE, SOURCE, Mutation(line, 0, line, 1, "")))
    assert ["a"] == chosen[0]
    assert [whole] == chosen[-1]


def test_tests_that_start_processes_are_known() -> None:
    """What such a process runs is not measured, so they are tried with whatever is beside them."""
    forks = "tests/core/records/test_chain.py::test_a_forked_process_writes_a_chain_of_its_own"
    others = [f"tests/core/records/test_chain.py::{name}" for name in ("test_a", "test_b")]
    far = "tests/core/telemetry/test_capture.py::"
    far += "test_a_deployed_function_captures_what_its_policy_says"
    tests = KnownTests({}, dict.fromkeys((*others, forks, far), 0.1))

    assert [forks] == tests.of_processes(FILE)
    reads = f"{min(READERS)}::test_what_is_left_out_says_nothing"
    with_reader = KnownTests({}, dict.fromkeys((*others, forks, reads), 0.1))
    assert [reads, forks] == with_reader.of_processes(FILE)
    assert [far] == tests.of_processes("core/affidavit/_telemetry/capture.py")
