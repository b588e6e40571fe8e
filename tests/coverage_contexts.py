"""A pytest plugin that notes which test runs which line, and how long each test takes.

`pytest -p coverage_contexts` under `coverage run`; `tests/random_mutants.py` uses it.
A context is a file and a test function, whatever its parameters.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_seconds: defaultdict[str, float] = defaultdict(float)
_failed: set[str] = set()


def _function(nodeid: str) -> str:
    return nodeid.partition("[")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Attribute what runs now to the test."""
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(_function(item.nodeid))
    done = yield
    if running is not None:
        running.switch_context("")
    return done


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what a test function takes."""
    _seconds[_function(report.nodeid)] += report.duration
    if report.failed:
        _failed.add(_function(report.nodeid))


def pytest_sessionfinish() -> None:
    """Leave the durations of what passed where the caller wants them."""
    target = os.environ.get("AFFIDAVIT_DURATIONS")
    if target:
        passed = {test: took for test, took in _seconds.items() if test not in _failed}
        Path(target).write_text(json.dumps(passed))
