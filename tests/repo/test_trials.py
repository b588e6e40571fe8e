"""Sabotage in a fork is the sabotage of the file, or says that it is not."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import trials

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
