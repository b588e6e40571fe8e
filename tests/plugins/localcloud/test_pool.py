"""Which calls get which environment: few start, none is refused that AWS would not refuse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from affidavit_localcloud.functions import pool as pool_module
from affidavit_localcloud.functions.environment import Environment
from affidavit_localcloud.functions.environment_start import CannotRunError, Limits
from affidavit_localcloud.functions.pool import PROCESSORS, STARTS, Pool, ThrottledError
from affidavit_localcloud.functions.processor_load import ProcessorLoad


class Started:
    """Stands in for an environment: a process that has started when `starting` says no more."""

    def __init__(self, spec: Any) -> None:
        self.spec = spec
        self.starting = True
        self.alive = True
        self.debugged = False
        self.idle_since = 0.0
        self.ended = False

    def stop(self) -> None:
        self.ended = True


class FewPlaces(Pool):
    """A pool whose environments are stand-ins."""

    def __init__(
        self, places: int, start: Callable[[Any], Started] = Started, *, busy: bool = False
    ) -> None:
        no_port = SimpleNamespace(port_of=lambda _: None)
        config = SimpleNamespace(limits=Limits(places), debug=no_port, access=None, folder=Path())
        super().__init__(cast("Any", config), lambda: busy)
        self.made: list[Started] = []
        self._make = start

    def _started(self, spec: Any) -> Environment:
        self.made.append(self._make(spec))
        return cast("Environment", self.made[-1])


def spec(name: str = "one") -> Any:
    return SimpleNamespace(account="1", region="r", name=name, key=lambda: name)


def test_a_call_waits_for_room_instead_of_being_refused() -> None:
    """An account has a thousand places; that this machine has fewer is no throttling."""
    pool = FewPlaces(1)
    first = pool.acquire(spec(), None)
    with ThreadPoolExecutor(1) as other:
        second = other.submit(pool.acquire, spec(), None)
        time.sleep(0.05)
        assert not second.done()
        pool.release(first)
        assert first is second.result(10)

    assert 1 == len(pool.made)


def test_what_reserved_concurrency_refuses_is_refused_at_once() -> None:
    """As on AWS."""
    pool = FewPlaces(1)
    pool.acquire(spec(), 1)

    with pytest.raises(ThrottledError):
        pool.acquire(spec(), 1)


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that calls itself would."""
    monkeypatch.setattr(pool_module, "ROOM_S", 0.2)
    pool = FewPlaces(1)
    pool.acquire(spec(), None)

    with pytest.raises(ThrottledError):
        pool.acquire(spec(), None)

    assert {"one": 1} == {name: number for (_, _, name), number in pool._busy.items()}


def test_few_start_at_once_and_serve_those_who_wait() -> None:
    """A call is served by what is free first; another start would take longer."""
    pool = FewPlaces(24)
    first = [pool.acquire(spec(), None) for _ in range(STARTS)]
    with ThreadPoolExecutor(3) as others:
        waiting = [others.submit(pool.acquire, spec(), None) for _ in range(3)]
        time.sleep(0.05)
        assert STARTS == len(pool.made)
        for one, made in zip(first[:3], pool.made, strict=False):
            made.starting = False
            pool.release(one)
        served = {id(one.result(10)) for one in waiting}

    assert len(served) == 3
    assert len(pool.made) <= STARTS + 3


def test_who_has_waited_for_starts_for_long_starts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that start may wait for it: their code calls another function when it is imported."""
    monkeypatch.setattr(pool_module, "START_S", 0.2)
    pool = FewPlaces(24)
    for _ in range(STARTS + 1):
        pool.acquire(spec(), None)

    assert STARTS + 1 == len(pool.made)


def test_a_start_that_fails_leaves_its_place() -> None:
    """The next one finds it."""
    fails = threading.Event()

    def start(of: Any) -> Started:
        if not fails.is_set():
            fails.set()
            raise CannotRunError("no Python for it")
        return Started(of)

    pool = FewPlaces(1, start)
    with pytest.raises(CannotRunError):
        pool.acquire(spec(), 1)

    assert "one" == pool.acquire(spec(), 1).spec.name


def test_the_one_that_is_free_for_longest_makes_room() -> None:
    """It is ended before another starts."""
    pool = FewPlaces(2)
    old, new = pool.acquire(spec("old"), None), pool.acquire(spec("new"), None)
    for one, idle in ((old, 1.0), (new, 2.0)):
        one.idle_since = idle
        pool.release(one)
    pool.acquire(spec("third"), None)

    assert [True, False, False] == [one.ended for one in pool.made]


def _started(pool: FewPlaces, number: int) -> list[Environment]:
    """Return so many environments that are busy, and have started."""
    found = [pool.acquire(spec(), None) for _ in range(number)]
    for one in pool.made:
        one.starting = False
    return found


def test_a_busy_machine_starts_no_more_than_it_has_processors_while_calls_get_through() -> None:
    """One more start would take its second from those that answer."""
    pool = FewPlaces(24, busy=True)
    first, *_ = _started(pool, PROCESSORS)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(pool.acquire, spec(), None)
        time.sleep(0.05)
        assert not waiting.done()
        pool.release(first)
        assert first is waiting.result(10)

    assert PROCESSORS == len(pool.made)


def test_a_machine_with_time_left_starts_one_more_at_once() -> None:
    """As AWS does: environments that wait for something else take no processor."""
    pool = FewPlaces(24)
    _started(pool, PROCESSORS)
    pool.acquire(spec(), None)

    assert PROCESSORS + 1 == len(pool.made)


def test_a_function_that_stands_still_gets_one_more_on_a_busy_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its environments may all wait for the call that waits for one."""
    monkeypatch.setattr(pool_module, "STANDSTILL_S", 0.2)
    pool = FewPlaces(24, busy=True)
    _started(pool, PROCESSORS)
    pool.acquire(spec(), None)

    assert PROCESSORS + 1 == len(pool.made)


def test_another_function_does_not_wait_for_one_that_is_crowded() -> None:
    """It may be the one that those calls are waiting for."""
    pool = FewPlaces(24, busy=True)
    crowd = _started(pool, PROCESSORS)
    with ThreadPoolExecutor(2) as others:
        waiting = [others.submit(pool.acquire, spec(), None) for _ in range(2)]
        pool.acquire(spec("another"), None)
        for one in crowd[:1] * 2:
            time.sleep(0.05)
            pool.release(one)
        assert [crowd[0]] * 2 == [one.result(10) for one in waiting]


def test_who_has_waited_longest_is_served_first() -> None:
    """Each environment goes to one call, and no other is woken for it."""
    pool = FewPlaces(1)
    only = pool.acquire(spec(), None)
    served: list[int] = []

    def call(number: int) -> None:
        given = pool.acquire(spec(), None)
        served.append(number)
        pool.release(given)

    callers = [threading.Thread(target=call, args=(number,)) for number in range(5)]
    for number, caller in enumerate(callers):
        caller.start()
        while len(pool._turns) <= number:
            time.sleep(0.001)
    pool.release(only)
    for caller in callers:
        caller.join(10)

    assert sorted(served) == served
    assert [] == pool._turns


@pytest.mark.parametrize(
    ("before", "after", "busy"),
    [
        ("cpu 100 0 0 100 0 0 0 0 0 0\ncpu0 1", "cpu 199 0 0 101 0 0 0 0 0 0\ncpu0 1", True),
        ("cpu 100 0 0 100 0 0 0 0 0 0", "cpu 150 0 0 130 20 0 0 0 0 0", False),
        ("nothing that is known", "nothing either", False),
    ],
)
def test_processors_are_busy_if_hardly_any_of_their_time_was_idle(
    tmp_path: Path, before: str, after: str, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As proc(5) has it: the fourth number is idle, the fifth waits for a disk."""
    monkeypatch.setattr("affidavit_localcloud.functions.processor_load.WINDOW_S", 0.0)
    stat = tmp_path / "stat"
    stat.write_text(before)
    load = ProcessorLoad(stat)
    stat.write_text(after)

    assert busy is load.busy()


def test_where_nobody_counts_no_processor_is_busy(tmp_path: Path) -> None:
    """Functions run on Linux only; whoever has no /proc starts as before."""
    assert not ProcessorLoad(tmp_path / "none").busy()
