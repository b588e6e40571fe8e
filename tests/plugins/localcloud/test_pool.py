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
from affidavit_localcloud.functions.pool import STARTS, Pool, ThrottledError


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

    def __init__(self, places: int, start: Callable[[Any], Started] = Started) -> None:
        no_port = SimpleNamespace(port_of=lambda _: None)
        config = SimpleNamespace(limits=Limits(places), debug=no_port, access=None, folder=Path())
        super().__init__(cast("Any", config))
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
