"""A pytest plugin that notes which test runs which line, and how long each test takes.

`pytest -p coverage_contexts` under `coverage run`; `tests/nearest_tests.py` uses it.
A context is a test with its parameters. One that takes longer than `LIMIT_S` fails, and so is
not among those that mutants are tried with. Seconds are those of the processor: others use the
machine too.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import coverage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LIMIT_S, WALL = 45, 4
"""Seconds of the processor that a test may take, and how much longer by the clock."""

_seconds: defaultdict[str, float] = defaultdict(float)
_failed: set[str] = set()


class TooSlow(BaseException):
    """Ends a test, and no `except Exception` on its way keeps it; nor does Hypothesis shrink it."""


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def pytest_collection_finish() -> None:
    """Have Hypothesis read the constants of all modules, once: a test has no time for that.

    One that is ended meanwhile leaves all of it to the next. Nothing is traced meanwhile:
    that took more time than many a portion of tests.
    """
    trace = sys.gettrace()
    sys.settrace(None)
    settings(database=None, max_examples=1)(given(st.text())(lambda _: None))()
    sys.settrace(trace)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Attribute what runs now to the test."""
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(item.nodeid)
    signal.signal(signal.SIGPROF, _too_slow)
    signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
    signal.setitimer(signal.ITIMER_REAL, WALL * LIMIT_S)
    before = _spent()
    done = yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _seconds[item.nodeid] += _spent() - before
    if running is not None:
        running.switch_context("")
    return done


def _spent() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what fails."""
    if report.failed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Leave the durations, and what failed, where the caller wants them."""
    target = os.environ.get("AFFIDAVIT_TEST_DURATIONS")
    if target:
        Path(target).write_text(json.dumps({"seconds": _seconds, "failed": sorted(_failed)}))
