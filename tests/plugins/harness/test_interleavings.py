"""What the harness's locks protect, in every order in which two threads can come."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit_harness import execution_polling, in_process_backend, run_store
from affidavit_harness.actions import http_client
from affidavit_harness.actions.guard import HttpTarget
from affidavit_harness.actions.http_client import ALWAYS_S, MOST_POOLS, _Pool, _Pools
from affidavit_harness.console import progress
from affidavit_harness.console.progress import HEARTBEAT_S, Progress
from affidavit_harness.engine import clients
from affidavit_harness.engine.clients import Clients
from affidavit_harness.execution_polling import ListPoller
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.in_process_backend import InProcessBackend
from affidavit_harness.protocol import KnownRun, RunEvent
from affidavit_harness.run_store import RunStore
from interleavings import force_each

BEGAN = RunEvent(event="run.began", state="began")
FAILED = RunEvent(event="action.ended", id="a", uses="u", state="failed")


class Found:
    """Something with a lock, and what two threads had of it."""

    def __init__(self, one: Any) -> None:
        self.one = one
        self.found: list[Any] = []

    def same(self) -> None:
        assert 2 == len(self.found)
        assert 1 == len(set(map(id, self.found)))


class Closing:
    """Stands in for a pool of connections."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def _target(number: int) -> HttpTarget:
    return HttpTarget("https", "a.example.org", 443, "/", f"192.0.2.{number}")


def test_two_requests_to_one_address_share_its_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """One is opened, whoever comes first."""
    monkeypatch.setattr(http_client, "_open", lambda _: Closing())

    def take(pools: Found) -> None:
        pools.found.append(pools.one.take(_target(1), ALWAYS_S)[0])

    assert force_each(http_client, lambda: Found(_Pools()), take, take, Found.same) > 8


def test_a_pool_that_is_too_many_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest ones, each once; what is held is open."""
    opened: list[Closing] = []
    monkeypatch.setattr(http_client, "_open", lambda _: opened.append(Closing()) or opened[-1])

    def made() -> _Pools:
        opened.clear()
        pools = _Pools()
        for number in range(MOST_POOLS):
            pools.take(_target(number), ALWAYS_S)
        return pools

    def check(pools: _Pools) -> None:
        assert MOST_POOLS == len(pools._held)
        held = [one.pool for one in pools._held.values()]
        assert [1, 1] == [pool.closed for pool in opened if pool not in held]
        assert {0} == {pool.closed for pool in held}

    assert force_each(
        http_client,
        made,
        lambda pools: pools.take(_target(98), ALWAYS_S),
        lambda pools: pools.take(_target(99), ALWAYS_S),
        check,
    ) > 8  # fmt: skip


def test_a_pool_that_is_too_old_is_closed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And both have the new one."""
    monkeypatch.setattr(http_client, "_open", lambda _: Closing())
    old = Closing()

    def made() -> Found:
        old.closed = 0
        pools = _Pools()
        where = ("https", "a.example.org", 443, "192.0.2.1")
        pools._held[where] = _Pool(old, time.monotonic() - 60)  # type: ignore[arg-type]
        return Found(pools)

    def take(pools: Found) -> None:
        pools.found.append(pools.one.take(_target(1), 30)[0])

    def check(pools: Found) -> None:
        pools.same()
        assert 1 == old.closed

    assert force_each(http_client, made, take, take, check) > 8


def test_a_service_has_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes a while to make."""
    monkeypatch.setattr(Clients, "_make", lambda *_: object())

    def ask(of: Found) -> None:
        of.found.append(of.one("sqs"))

    made = lambda: Found(Clients(read_only=False))  # noqa: E731 - as short as it gets
    assert force_each(clients, made, ask, ask, Found.same) > 4


def test_which_executions_run_is_asked_once_for_all() -> None:
    """Two that look at once have one answer."""
    asked: list[int] = []

    class Service:
        def get_paginator(self, _: str) -> Any:
            asked.append(1)
            page = {"executions": [{"executionArn": "arn:one"}]}
            return SimpleNamespace(paginate=lambda **_: [page])

    def made() -> Found:
        asked.clear()
        poller = ListPoller(Service(), "arn:machine")
        poller._asked_at = time.monotonic() - 60
        return Found(poller)

    def poll(of: Found) -> None:
        of.found.append(of.one.poll("arn:one", 0).ended)

    def check(of: Found) -> None:
        assert ([1], [False, False]) == (asked, of.found)

    assert force_each(execution_polling, made, poll, poll, check) > 4


def _backend(folder: Path, path: list[str]) -> InProcessBackend:
    settings = EnvironmentSettings(path=path)
    here = ChosenEnvironment(env="local", settings=settings, folder=folder)
    return InProcessBackend(here, folder / "state")


def test_functions_here_share_a_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two runtimes each would keep a chain of its own."""
    monkeypatch.setattr(InProcessBackend, "_build", lambda _: object())

    def ask(of: Found) -> None:
        of.found.append(of.one.runtime())

    made = lambda: Found(_backend(tmp_path, []))  # noqa: E731 - as short as it gets
    assert force_each(in_process_backend, made, ask, ask, Found.same) > 2


def test_a_folder_of_functions_is_on_the_path_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are imported at once."""
    (tmp_path / "lambdas").mkdir()
    path = [*sys.path]

    def made() -> InProcessBackend:
        monkeypatch.setattr(sys, "path", [*path])
        return _backend(tmp_path, ["lambdas"])

    def find(backend: InProcessBackend) -> None:
        assert backend._import("json:dumps") is not None

    def check(_: InProcessBackend) -> None:
        assert 1 == sys.path.count(str(tmp_path / "lambdas"))

    assert force_each(in_process_backend, made, find, find, check) > 4


def test_an_event_is_one_whole_line(tmp_path: Path) -> None:
    """Also a long one, and another one's in between."""
    store = RunStore(tmp_path)
    known = {"run": "r", "scenario": "s", "case": "", "env": "local", "file": "f"}
    store.begin(KnownRun(**known, started_ms=1, deadline_ms=2))
    long = RunEvent(event="action.ended", id="x" * 100_000, state="passed")

    def made() -> None:
        (tmp_path / "runs/r/events.jsonl").unlink(missing_ok=True)

    def check(_: None) -> None:
        assert {"x" * 100_000, "y"} == {event.id for event in store.events("r")}

    assert force_each(
        run_store,
        made,
        lambda _: store.tell("r", long),
        lambda _: store.tell("r", RunEvent(event="action.ended", id="y", state="passed")),
        check,
    ) > 2  # fmt: skip


def _log() -> Progress:
    return Progress(live=False, github=True, files={})


def test_what_is_said_of_one_event_stands_together(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for people, and the one for GitHub right behind it."""

    def say(name: str) -> Any:
        return lambda told: told.tell("r", name, FAILED)

    def check(_: Progress) -> None:
        lines = capsys.readouterr().err.splitlines()
        assert 4 == len(lines)
        for plain, annotated in zip(lines[::2], lines[1::2], strict=True):
            assert annotated.endswith(f"::{plain.partition(' ')[0]}: a failed")

    assert force_each(progress, _log, say("one"), say("two"), check) > 8


def test_that_it_goes_on_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """After a while in which nothing was said."""

    def made() -> Progress:
        told = _log()
        told.tell("r", "one", BEGAN)
        capsys.readouterr()
        told._last -= HEARTBEAT_S + 1
        return told

    def check(_: Progress) -> None:
        assert 1 == capsys.readouterr().err.count("still running")

    assert force_each(progress, made, Progress.heartbeat, Progress.heartbeat, check) > 2


def test_a_picture_is_drawn_of_what_is_known_then() -> None:
    """A run that begins meanwhile is in the next one, and the last picture has both."""
    shown: list[list[str]] = []

    class Live:
        console = SimpleNamespace(height=25)

        def update(self, group: Any, *, refresh: bool) -> None:
            assert refresh
            shown.append([str(line) for line in group.renderables])

    def made() -> Progress:
        shown.clear()
        told = _log()
        told._live = Live()
        return told

    def begin(name: str) -> Any:
        return lambda told: told.tell("r", name, BEGAN)

    def check(_: Progress) -> None:
        assert 2 == len(shown)
        assert {"one", "two"} <= set(shown[-1])

    assert force_each(progress, made, begin("one"), begin("two"), check) > 8
