"""Killed at any moment and run again, the line ends where it would have ended."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import repository as repo
from release_world import Ticking, World


class Killed(BaseException):
    """Nothing of ours catches it."""


class Killer:
    """Stops the world at the `at`-th effect, before or after it; counts them otherwise."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at, self.after, self.seen = at, after, 0
        self.names: list[str] = []

    def __call__(self, name: str, act: Callable[[], Any]) -> Any:
        self.seen += 1
        self.names.append(name)
        if self.seen == self.at and not self.after:
            raise Killed
        done = act()
        if self.seen == self.at:
            raise Killed
        return done


def script(world: World) -> list[Callable[[], Any]]:
    """Two releases: the first dies in qa, the second goes everywhere."""
    world.broken = {("v1.0.0", "qa")}
    first, second = "v1.0.0", "v1.0.1"
    return [
        lambda: world.commit("feat: one"),
        world.build,
        lambda: world.upload(first),
        lambda: world.deploy(first, "dev"),
        lambda: _may_die(world, first, "qa"),
        lambda: world.commit("fix: two"),
        world.build,
        lambda: world.upload(second),
        lambda: world.deploy(second, "dev"),
        lambda: world.deploy(second, "qa"),
        lambda: world.approve(second, "uat", "quinn"),
        lambda: world.deploy(second, "uat"),
        lambda: world.approve(second, "prod", "morgan"),
        lambda: world.deploy(second, "prod"),
        lambda: world.sync(second),
    ]


def _may_die(world: World, version: str, environment: str) -> None:
    """Run it until it says what has become of the version, as a person would."""
    from affidavit_release.errors import Reason, ReleaseRefusedError

    try:
        assert not world.deploy(version, environment).good
    except ReleaseRefusedError as refused:
        assert Reason.DEAD is refused.reason


def play(folder: Path, killer: Killer) -> dict[str, Any]:
    """Play the script; a step that was killed is run again, in a new process as it were."""
    world = World(folder)
    # One clock for all lives of the world: a restart does not turn time back.
    clock = Ticking()
    world.effect, world.clock = killer, clock
    for step in script(world):
        while True:
            try:
                step()
            except Killed:
                continue
            break
    assert world.verdict().clean
    world.effect = lambda _, act: act()
    return world.picture()


@pytest.fixture(scope="module", autouse=True)
def _same_commits() -> Iterator[None]:
    """A commit's hash holds its time, and provenance holds the hash: worlds are compared."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
            patch.setenv(name, "2026-01-01T00:00:00Z")
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Killer]:
    killer = Killer()
    return play(tmp_path_factory.mktemp("undisturbed"), killer), killer


def without_vault_times(picture: dict[str, Any]) -> dict[str, Any]:
    """A signature is by the world's own key, and so are a release's bytes; the rest compares."""
    return {
        **picture,
        "kept": {name: data for name, data in picture["kept"].items() if "signature" not in name},
    }


def test_the_script_has_the_effects_that_count(undisturbed: tuple[dict[str, Any], Killer]) -> None:
    """Otherwise the property below would hold for nothing."""
    picture, killer = undisturbed

    assert {
        "append",
        "install qa",
        "switch qa",
        "smoke qa",
        "switch dr",
        "put v1.0.1/shop.zip",
    } <= {*killer.names}
    assert 60 < len(killer.names)
    assert ["qa", "SmokeFailed"] == picture["releases"]["v1.0.0"]["died"]
    assert picture["releases"]["v1.0.1"]["synced"]
    assert 1 == len({str(stage[3]) for stage in picture["stages"].values()})


@settings(max_examples=8, deadline=None)
@given(data=st.data(), after=st.booleans())
def test_killed_anywhere_it_ends_the_same(
    undisturbed: tuple[dict[str, Any], Killer],
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    after: bool,
) -> None:
    """Before an effect or after it, whichever it is."""
    picture, counted = undisturbed
    at = data.draw(st.integers(1, counted.seen))

    again = play(tmp_path_factory.mktemp("killed"), Killer(at, after=after))

    assert without_vault_times(picture) == without_vault_times(again)


@given(points=st.lists(st.integers(1, 150), min_size=2, max_size=6))
@settings(max_examples=4, deadline=None)
def test_killed_again_and_again_it_ends_the_same(
    undisturbed: tuple[dict[str, Any], Killer],
    tmp_path_factory: pytest.TempPathFactory,
    points: list[int],
) -> None:
    """A bad day."""

    class Often(Killer):
        def __call__(self, name: str, act: Callable[[], Any]) -> Any:
            self.seen += 1
            if self.seen in points:
                raise Killed
            return act()

    again = play(tmp_path_factory.mktemp("often"), Often())

    assert without_vault_times(undisturbed[0]) == without_vault_times(again)


def _built(world: World) -> None:
    world.commit("feat: one")
    world.build()


def _two(world: World, second: str) -> None:
    """One version is in qa; the next one is as far as `second`."""
    world.release("v1.0.0", upto="qa")
    world.release("v1.0.1", upto=second)


def _fails(world: World) -> None:
    world.broken = {("v1.0.1", "qa")}
    _may_die(world, "v1.0.1", "qa")


def _fails_later(world: World) -> None:
    world.broken = {("v1.0.1", "qa")}
    world.verify("qa")


Step = Callable[[World], Any]

COMMANDS: dict[str, tuple[int, Step, Step]] = {
    "build": (1, lambda w: w.commit("feat: one"), lambda w: w.build()),
    "upload": (6, _built, lambda w: w.upload("v1.0.0")),
    "deploy": (7, lambda w: _two(w, "dev"), lambda w: w.deploy("v1.0.1", "qa")),
    "deploy that fails": (10, lambda w: _two(w, "dev"), _fails),
    "verify that fails": (6, lambda w: _two(w, "qa"), _fails_later),
    "approve": (
        1,
        lambda w: w.release("v1.0.0", upto="qa"),
        lambda w: w.approve("v1.0.0", "uat", "quinn"),
    ),
    "reject": (1, lambda w: w.release("v1.0.0", upto="qa"), lambda w: w.reject("v1.0.0")),
    "sync": (14, lambda w: w.release("v1.0.0", upto="prod"), lambda w: w.sync("v1.0.0")),
}
"""Each command: how many effects it has at least, what comes before it, and the command."""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_at_each_of_its_effects_ends_the_same(
    tmp_path: Path, command: str
) -> None:
    """Each of them, before and after."""
    effects, prepare, act = COMMANDS[command]
    prepare(World(tmp_path / "before"))

    def run(name: str, killer: Killer) -> dict[str, Any]:
        shutil.copytree(tmp_path / "before", tmp_path / name, symlinks=True)
        clock = Ticking(ms=1_800_000_000_000)
        world = World(tmp_path / name, effect=killer, clock=clock)
        try:
            act(world)
        except Killed:
            act(World(tmp_path / name, clock=clock))
        seen = World(tmp_path / name, clock=clock)
        assert seen.verdict().clean
        return seen.picture()

    counted = Killer()
    wanted = run("undisturbed", counted)
    assert effects <= counted.seen
    for at in range(1, counted.seen + 1):
        for after in (False, True):
            found = run(f"{at}-{after}", Killer(at, after=after))
            assert wanted == found, (counted.names[at - 1], after)


@pytest.mark.parametrize("at", [2, 7, 11, 16, 20, 23])
def test_a_process_that_is_really_killed_leaves_what_another_one_ends(
    tmp_path: Path, at: int
) -> None:
    """SIGKILL, real processes, and the time of day."""
    code = f"""
import os, sys, time
sys.path[:0] = [{str(repo.ROOT / "tests")!r}]
from pathlib import Path
from release_world import World
seen, at = 0, int(sys.argv[1])
def effect(name, act):
    global seen
    seen += 1
    if seen == at:
        os.kill(os.getpid(), 9)
    return act()
world = World(Path({str(tmp_path / "world")!r}), effect)
class Real:
    def now(self):
        return time.time_ns() // 1_000_000
world.clock = Real()
world.broken = {{("v1.0.0", "qa")}}
if not (world.folder / "repo" / "shop.py").exists():
    world.commit("feat: one")
world.build()
if world.pipeline().releases["v1.0.0"].died is None:
    world.upload("v1.0.0")
if "dev" not in world.pipeline().releases["v1.0.0"].passed:
    world.deploy("v1.0.0", "dev")
if world.pipeline().releases["v1.0.0"].died is None:
    assert "rolled back" == world.deploy("v1.0.0", "qa").state
else:
    from affidavit_release.deliver import settle
    settle(world.context(), "qa")
print("done", seen)
"""
    (tmp_path / "world").mkdir()
    program = [sys.executable, "-c", code]

    killed = subprocess.run(
        [*program, str(at)], capture_output=True, text=True, timeout=60, check=False
    )
    assert -9 == killed.returncode, killed.stderr
    ended = subprocess.run([*program, "0"], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.startswith("done"), ended.stderr

    world = World(tmp_path / "world")
    line = world.pipeline()
    assert line.releases["v1.0.0"].died
    assert {} == world.bytes_in("qa")
    assert not line.stages["qa"].rollback_needed
    assert ["v1.0.0"] == line.stages["dev"].live
    assert world.verdict().clean
