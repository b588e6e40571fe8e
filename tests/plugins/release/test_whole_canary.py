"""Canaries on a target that divides what nobody sends: each record, each answer, each share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from affidavit_release import canary, deliver
from affidavit_release.canary import withdraw
from affidavit_release.errors import (
    Reason,
    ReleaseError,
    ReleaseRefusedError,
    TargetMovedError,
)
from affidavit_release.make_release import ReleaseResult
from affidavit_release.release_reports import show_status
from affidavit_release.targets import CanaryState
from release_told import Told
from release_world import World, version


class Divided:
    """Stands in for an alias: a folder with a share beside it, and alarms that tests raise."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.shares: list[tuple[dict[str, str], int]] = []
        self.raised: tuple[str, ...] = ()
        self.minutes = 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def canary(self, functions: tuple[str, ...]) -> CanaryState:
        assert ("shop",) == functions
        if self.minutes < 0:
            raise ReleaseError("a canary cannot be released here", why="planted", fix="x")
        return CanaryState(10, self.minutes, self.raised)

    def shift(self, to: Mapping[str, str], percent: int) -> None:
        self.shares.append((dict(to), percent))


class Shared(World):
    """A world in which every environment can be divided; how long anybody waits is kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.waits: list[float] = []
        self.kept: dict[str, Divided] = {}

    def context(self) -> Any:
        context = super().context()
        for name, target in context.targets.items():
            self.kept.setdefault(name, Divided(target.inner))
            target.inner = self.kept[name]  # type: ignore[attr-defined]
        return context

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        super().wait(seconds)


@pytest.fixture
def world(tmp_path: Path) -> Shared:
    """v1.0.0 is live in dev; v1.0.1 and v1.0.2 may go there."""
    made = Shared(tmp_path)
    made.release("v1.0.0", upto="dev")
    for name in ("v1.0.1", "v1.0.2"):
        made.commit(f"fix: {name}")
        made.build()
        made.upload(name)
    return made


def since(world: Shared, count: int) -> list[str]:
    told = Told(world)
    return [told.line(record) for record in world.records()[count:]]


def during(world: Shared, effect: str, act: Callable[[], Any], number: int = 0) -> None:
    """Do something once, just before the line has that effect for the so-many-th time."""
    seen = iter(range(1000))

    def watch(name: str, real: Callable[[], Any]) -> Any:
        if name == effect and next(seen) == number:
            act()
        return real()

    world.effect = watch


def killed() -> None:
    raise KeyboardInterrupt


def refused(act: Callable[[], Any]) -> tuple[str, str, str]:
    with pytest.raises(ReleaseRefusedError) as caught:
        act()
    return caught.value.reason.value, caught.value.what, caught.value.why


WHOLE = """\
I SHIFT v1.0.1; dig: digest v1.0.1; share: 10; to: dev; was: live=there v1.0.0
O SHIFT v1.0.1; ok 200; dig: digest v1.0.1; share: 10; to: dev; was: live=there v1.0.0
I WATCH v1.0.1; dig: digest v1.0.1; minutes: 2; share: 10; to: dev
O WATCH v1.0.1; ok 200; dig: digest v1.0.1; minutes: 2; share: 10; to: dev
I SHIFT v1.0.1; dig: digest v1.0.1; share: 25; to: dev; was: live=there v1.0.0
O SHIFT v1.0.1; ok 200; dig: digest v1.0.1; share: 25; to: dev; was: live=there v1.0.0
I WATCH v1.0.1; dig: digest v1.0.1; minutes: 2; share: 25; to: dev
O WATCH v1.0.1; ok 200; dig: digest v1.0.1; minutes: 2; share: 25; to: dev
I WATCH v1.0.1; dig: digest v1.0.1; minutes: 0; share: 25; to: dev
O WATCH v1.0.1; ok 200; dig: digest v1.0.1; minutes: 0; share: 25; to: dev
I DEPLOY v1.0.1; dig: digest v1.0.1; label: v1.0.1; to: dev; was: live=there v1.0.0
O DEPLOY v1.0.1; ok 200; dig: digest v1.0.1; label: v1.0.1; to: dev; was: live=there v1.0.0
I SMOKE v1.0.1; dig: digest v1.0.1; to: dev
O SMOKE v1.0.1; ok 200; dig: digest v1.0.1; to: dev
"""
WATCHED = WHOLE.splitlines()[3]


def test_a_canary_that_is_good_leaves_this(world: Shared) -> None:
    """A share, more of it, all: answers, status, waits, shares and records."""
    count, name = len(world.records()), "v1.0.1"
    digest = world.pipeline().releases[name].digest
    there = {"live": f"{name}-{digest[:12]}"}

    assert ReleaseResult(name, "10 %", "dev", digest) == world.canary(name, "dev")
    shown = show_status(world.context())
    assert ("10 % of dev go to v1.0.1, watched.",) == shown.notes
    (dev, *others) = shown.data  # type: ignore[misc]
    assert (10, name, "v1.0.0") == (dev["share"], dev["canary"], dev["version"])
    assert {(0, "")} == {(one["share"], one["canary"]) for one in others}
    assert 120 > sum(world.waits) > 100
    assert {15.0} == set(world.waits[:-1])
    world.waits.clear()
    assert ReleaseResult(name, "25 %", "dev", digest) == world.canary(name, "dev", 25)
    world.waits.clear()
    assert ReleaseResult(name, "passed", "dev", digest, name) == world.finish(name, "dev")
    assert ReleaseResult(name, "same", "dev", digest) == world.canary(name, "dev")
    assert ([], [(there, 10), (there, 25)]) == (world.waits, world.kept["dev"].shares)
    assert WHOLE.splitlines() == since(world, count)
    assert () == show_status(world.context()).notes


def test_a_canary_with_an_alarm_leaves_this(world: Shared) -> None:
    """Taken back, dead, and on record: all of it went to what was live before."""
    count, before, dev = len(world.records()), world.bytes_in("dev"), world.kept["dev"]
    during(world, "look dev", lambda: setattr(dev, "raised", ("shop",)), 3)
    digest = world.pipeline().releases["v1.0.1"].digest

    assert ReleaseResult(
        *("v1.0.1", "rolled back", "dev", digest),
        reason="CanaryFailed",
        note="The alarm of shop was raised.",
    ) == world.canary("v1.0.1", "dev")
    assert [
        *WHOLE.splitlines()[:3],
        WATCHED.replace("ok 200", "error 500 CanaryFailed"),
        "I ROLLBACK v1.0.1; to: dev; was: live=there v1.0.0",
        "O ROLLBACK v1.0.1; ok 200; to: dev; was: live=there v1.0.0",
    ] == since(world, count)
    assert before == world.bytes_in("dev")
    assert ("Dead", "v1.0.1 is dead", "CanaryFailed in dev") == refused(
        lambda: world.canary("v1.0.1", "dev")
    )
    assert (
        "AlarmRaised",
        "v1.0.2 gets no traffic in dev yet",
        "the alarm of shop is not quiet: nobody could tell it apart",
    ) == refused(lambda: world.canary("v1.0.2", "dev"))


def test_what_nobody_can_watch_leaves_this(world: Shared) -> None:
    """The error is on record, the share is taken back, and the version lives."""
    count, dev = len(world.records()), world.kept["dev"]
    during(world, "look dev", lambda: setattr(dev, "minutes", -1), 2)
    with pytest.raises(ReleaseError, match="a canary cannot be released here"):
        world.canary("v1.0.1", "dev")

    assert [
        *WHOLE.splitlines()[:3],
        WATCHED.replace("ok 200", "error 500 ReleaseError"),
        "I ROLLBACK v1.0.1; to: dev; was: live=there v1.0.0",
        "O ROLLBACK v1.0.1; ok 200; to: dev; was: live=there v1.0.0",
    ] == since(world, count)
    assert (0, None) == (
        world.pipeline().stages["dev"].share,
        world.pipeline().releases["v1.0.1"].died,
    )


def test_what_is_no_canary_is_neither_finished_nor_taken_back(world: Shared) -> None:
    """Of two releases the one with the share; each refusal is on record, with the place."""
    world.canary("v1.0.1", "dev")
    count, whole = len(world.records()), "no part of the traffic goes to it"
    for act in (world.finish, world.abort):
        for name, where in (("v1.0.2", "dev"), ("v1.0.1", "qa")):
            said = refused(partial(act, name, where))
            assert ("Unknown", f"{name} is no canary in {where}", whole) == said
    assert [
        "D DEPLOY v1.0.2; deny 403 Unknown; to: dev",
        "D DEPLOY v1.0.1; deny 403 Unknown; to: qa",
        "D ROLLBACK v1.0.2; deny 403 Unknown; to: dev",
        "D ROLLBACK v1.0.1; deny 403 Unknown; to: qa",
    ] == since(world, count)
    digest = world.pipeline().releases["v1.0.1"].digest
    assert ReleaseResult("v1.0.1", "taken back", "dev", digest) == world.abort("v1.0.1", "dev")


def test_another_share_that_came_in_between_is_seen(world: Shared) -> None:
    """Both were let in; the second is asked once more before traffic is divided."""
    during(world, "look dev", lambda: world.canary("v1.0.2", "dev"))
    said = refused(lambda: world.canary("v1.0.1", "dev"))

    assert (Reason.CANARY_OPEN.value, "10 % of its traffic go to v1.0.2") == (said[0], said[2])
    assert ["v1.0.2"] == [to["live"].partition("-")[0] for to, _ in world.kept["dev"].shares]
    assert "D SHIFT v1.0.1; deny 403 CanaryOpen; to: dev" == since(world, -1)[0]


@pytest.mark.parametrize("command", ["deploy", "canary"])
def test_what_is_rejected_while_it_is_installed_goes_live_nowhere(
    world: Shared, command: str
) -> None:
    """It is asked once more before the switch, not only behind it."""
    done = list[str]()

    def watch(name: str, act: Callable[[], Any]) -> Any:
        done.append(name)
        if done.count("install dev") == 1 and name == "install dev":
            world.reject("v1.0.1")
        return act()

    world.effect = watch
    assert "Dead" == refused(lambda: getattr(world, command)("v1.0.1", "dev"))[0]
    assert (1, 0, []) == (
        *(done.count("switch dev"), done.count("shift dev")),
        world.kept["dev"].shares,
    )
    assert "v1.0.0" == world.pipeline().live("dev")


@pytest.mark.parametrize(
    ("module", "name", "command"),
    [(deliver, "_install", "deploy"), (canary, "_divide", "canary")],
)
def test_what_is_rejected_before_it_begins_does_not_begin(
    module: Any, name: str, command: str, world: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was let in and is asked again with its first record: nothing was touched."""
    real, done = getattr(module, name), list[str]()

    def later(*given: Any) -> Any:
        world.reject("v1.0.1")
        world.effect = lambda what, act: done.append(what) or act()
        return real(*(given[0]._replace(steps=world.context().steps), *given[1:]))

    monkeypatch.setattr(module, name, later)
    assert "Dead" == refused(lambda: getattr(world, command)("v1.0.1", "dev"))[0]
    kind = {"deploy": "DEPLOY", "canary": "SHIFT"}[command]
    assert [f"D {kind} v1.0.1; deny 403 Dead; to: dev"] == since(world, -1)
    assert {"append"} >= set(done)


@pytest.mark.parametrize("rejected", [True, False])
def test_a_watch_that_was_killed_keeps_nobody_waiting(world: Shared, rejected: bool) -> None:
    """Its share is taken back at once by whoever rejects or aborts it; no lease runs on."""
    during(world, "look dev", killed, 3)
    with pytest.raises(KeyboardInterrupt):
        world.canary("v1.0.1", "dev")
    world.effect = lambda _, act: act()
    notes = show_status(world.context()).notes
    assert ("10 % of dev go to v1.0.1, not watched to the end.",) == notes
    if rejected:
        world.reject("v1.0.1")
        withdraw(world.context(), version("v1.0.1"))
    else:
        world.abort("v1.0.1", "dev")

    assert 0 == world.pipeline().stages["dev"].share
    assert "passed" == world.deploy("v1.0.2", "dev").state


def test_who_was_killed_before_the_tests_finishes_with_them(world: Shared) -> None:
    """The bytes are there: they are not deployed again."""
    world.canary("v1.0.1", "dev")
    during(world, "smoke dev", killed)
    with pytest.raises(KeyboardInterrupt):
        world.finish("v1.0.1", "dev")
    world.effect = lambda _, act: act()
    count = len(world.records())
    assert "passed" == world.finish("v1.0.1", "dev").state
    assert WHOLE.splitlines()[-2:] == since(world, count)


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_target_that_moved_meanwhile_is_told(world: Shared, taken_back: bool) -> None:
    """Unless somebody else has taken the release back already: then nothing is left to do."""
    world.broken = {("v1.0.1", "dev")}

    def moved() -> None:
        if taken_back:
            world.effect = lambda _, act: act()
            world.abort("v1.0.1", "dev")
        raise TargetMovedError

    world.canary("v1.0.1", "dev")
    during(world, "switch dev", moved)
    if taken_back:
        assert "taken back" == world.abort("v1.0.1", "dev").state
    else:
        with pytest.raises(TargetMovedError):
            world.abort("v1.0.1", "dev")
        assert "O ROLLBACK v1.0.1; error 500 TargetMovedError" in since(world, -1)[0]
    assert (0 if taken_back else 10) == world.pipeline().stages["dev"].share


def test_each_record_is_tried_once_where_nobody_else_writes(world: Shared) -> None:
    """The next number is known from what was just written."""
    count, tried = len(world.records()), list[str]()

    def watch(name: str, act: Callable[[], Any]) -> Any:
        tried.append(name)
        return act()

    world.effect = watch
    world.canary("v1.0.1", "dev")
    world.finish("v1.0.1", "dev")
    assert len(world.records()) - count == tried.count("append")
