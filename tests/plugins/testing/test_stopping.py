"""A run ends when its runner says so, at the first word and whatever the handler does with it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from affidavit import audited
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.clause_results import TIMED_OUT
from affidavit_testing.stopping import RunStopped, check_stopped, limited, stoppable
from affidavit_testing.suite import verdict_on
from affidavit_testing.under_test import HandlerUnderTest, subject_of

PROMISE = BY_NAME["always_on_record"]


class Asked(BaseModel):
    """What the handler is asked."""

    id: int = 1


def _exits(_: int, __: Any) -> None:
    raise SystemExit(3)


def _fails(_: int, __: Any) -> None:
    pytest.fail("Timeout >5.0s")


WAYS: list[tuple[Any, Any, type[BaseException]]] = [
    (signal.SIGINT, signal.default_int_handler, KeyboardInterrupt),
    (signal.SIGALRM, _fails, pytest.fail.Exception),
    (signal.SIGTERM, _exits, SystemExit),
]


@pytest.fixture
def runner(request: pytest.FixtureRequest) -> Iterator[tuple[int, type[BaseException]]]:
    """Install a runner's handler of a signal, for one test."""
    number, handler, raised = request.param
    before = signal.signal(number, handler)
    yield number, raised
    signal.signal(number, before)


def _swallows(act: Callable[[], None]) -> None:
    try:
        act()
    except BaseException:  # noqa: BLE001 - as careless handlers do
        pass


def _lets_go(act: Callable[[], None]) -> None:
    act()


@pytest.mark.parametrize("runner", WAYS, indirect=True)
@pytest.mark.parametrize("does", [_swallows, _lets_go])
def test_one_signal_in_a_handler_ends_the_run(
    runner: tuple[int, type[BaseException]], does: Any
) -> None:
    """By what the runner raised; the handler is not called once more."""
    number, raised = runner
    calls: list[int] = []

    def handler(asked: Asked, _: Any) -> dict[str, int]:
        calls.append(asked.id)
        does(lambda: os.kill(os.getpid(), number))
        return {"id": asked.id}

    subject = subject_of(audited(action="STOP", request=Asked, response=dict)(handler))
    with pytest.raises(raised):
        verdict_on(subject, PROMISE)

    assert 1 == len(calls)


@pytest.mark.parametrize("runner", WAYS, indirect=True)
def test_the_runners_own_handler_is_back_afterwards(runner: tuple[int, Any]) -> None:
    """Whether the run was stopped or came to its end."""
    number, raised = runner
    before = signal.getsignal(number)
    with stoppable():
        assert before is not signal.getsignal(number)
    assert before is signal.getsignal(number)
    with pytest.raises(raised), stoppable():
        os.kill(os.getpid(), number)

    assert before is signal.getsignal(number)
    check_stopped()


def test_a_handler_that_raises_the_same_by_itself_stops_nothing() -> None:
    """That is a failure of the handler, and is on record like any other."""
    calls: list[int] = []

    def handler(asked: Asked, _: Any) -> dict[str, int]:
        calls.append(asked.id)
        raise KeyboardInterrupt

    subject = subject_of(audited(action="STOP", request=Asked, response=dict)(handler))
    verdict_on(subject, PROMISE)

    assert len(calls) > 1


def test_a_run_in_another_thread_leaves_signals_alone() -> None:
    """Python lets the main thread alone set them."""
    found: list[Any] = []

    def run() -> None:
        with stoppable():
            found.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert [before] == found


SLOW = [
    lambda: time.sleep(60),
    lambda: [None for _ in iter(int, 1)],
    lambda: threading.Event().wait(60),
]
"""A connection without a limit, a loop that never ends, a lock that nobody opens."""


def _slow(act: Callable[[], Any], calls: list[int]) -> HandlerUnderTest:
    def handler(asked: Asked, _: Any) -> dict[str, int]:
        calls.append(asked.id)
        act()
        return {"id": asked.id}

    made = audited(action="STOP", request=Asked, response=dict)(handler)
    return subject_of(made, limit_s=0.05)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers are POSIX's: run on Linux")
@pytest.mark.parametrize("does", [_swallows, _lets_go])
@pytest.mark.parametrize("act", SLOW)
def test_a_delivery_that_takes_too_long_is_a_verdict_of_its_own(act: Any, does: Any) -> None:
    """Neither kept nor broken; it says the event and where it was, and tries nothing smaller."""
    calls: list[int] = []
    found = verdict_on(_slow(lambda: does(act), calls), PROMISE)

    assert TIMED_OUT == found.result
    assert 1 == len(calls)
    assert "longer than 0.05 s" in found.message
    assert "event: {" in found.message
    assert "(testing/test_stopping.py:" in found.message
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_where_nobody_can_be_interrupted_the_time_is_looked_at_afterwards() -> None:
    """In another thread, and on Windows."""
    found: list[Any] = []
    subject = _slow(lambda: time.sleep(0.1), [])
    thread = threading.Thread(target=lambda: found.append(verdict_on(subject, PROMISE)))
    thread.start()
    thread.join()

    assert TIMED_OUT == found[0].result


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers are POSIX's: run on Linux")
@pytest.mark.parametrize(("theirs", "ours"), [(0.05, 60), (60, 0.05)])
def test_an_alarm_of_the_runner_goes_on(theirs: float, ours: float) -> None:
    """The earlier one rings; the later one is set again."""
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, theirs)
    try:
        with contextlib.suppress(RunStopped), limited(ours) as late:
            deadline = time.monotonic() + 30
            while not rung and time.monotonic() < deadline:
                time.sleep(0.01)
        assert (bool(rung), bool(late)) == (theirs < ours, ours < theirs)
        assert (signal.getitimer(signal.ITIMER_REAL)[0] > 0) == (ours < theirs)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
