"""A pytest plugin that notes which test runs which line, and how long each test takes.

`pytest -p coverage_contexts` under `coverage run`; `tests/nearest_tests.py` uses it.
A context is a test with its parameters. One that takes longer than `LIMIT_S` fails, and so is
not among those that mutants are tried with.
"""

from __future__ import annotations

import json
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import coverage
import pytest

LIMIT_S = 20

_seconds: defaultdict[str, float] = defaultdict(float)
_failed: set[str] = set()


class TooSlow(BaseException):
    """Ends a test, and no `except Exception` on its way keeps it; nor does Hypothesis shrink it."""


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Attribute what runs now to the test."""
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(item.nodeid)
    signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(LIMIT_S)
    done = yield
    signal.alarm(0)
    if running is not None:
        running.switch_context("")
    return done


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what a test takes."""
    _seconds[report.nodeid] += report.duration
    if report.failed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Leave the durations, and what failed, where the caller wants them."""
    target = os.environ.get("AFFIDAVIT_DURATIONS")
    if target:
        Path(target).write_text(json.dumps({"seconds": _seconds, "failed": sorted(_failed)}))
