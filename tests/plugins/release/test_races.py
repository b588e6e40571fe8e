"""Whatever meets whatever, history, status and exit codes say one thing.

`RACES=200` plays as many interleavings; `make release-demo` does.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.make_release import ReleaseResult
from release_races import Races, promote, reject
from release_world import World

RACES = int(os.environ.get("RACES", "12"))
OLD, NEW, NEXT = "v1.0.0", "v1.0.1", "v1.0.2"

COMMANDS: dict[str, Callable[[World], ReleaseResult]] = {
    "approve": lambda world: world.approve(NEW, "uat", "quinn"),
    "approve again": lambda world: world.approve(NEW, "uat", "quinn"),
    "approve next": lambda world: world.approve(NEXT, "uat", "quinn"),
    "reject": lambda world: reject(world, NEW),
    "reject next": lambda world: reject(world, NEXT),
    "deploy": lambda world: world.deploy(NEW, "uat"),
    "deploy again": lambda world: world.deploy(NEW, "uat"),
    "deploy next": lambda world: world.deploy(NEXT, "qa"),
    "promote": lambda world: promote(world, NEW),
    "promote next": lambda world: promote(world, NEXT),
    "promote old": lambda world: promote(world, OLD),
    "verify": lambda world: world.verify("qa"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions: one live in uat, one live in qa, one that has passed dev."""
    world = World(tmp_path_factory.mktemp("races"))
    world.release(OLD, upto="uat")
    world.release(NEW, upto="qa")
    world.release(NEXT, upto="dev")
    return world.folder


def races_in(stage: Path, folder: Path) -> Races:
    """Return a fresh copy of the stage."""
    shutil.copytree(stage, folder, symlinks=True)
    return Races(folder)


def test_a_release_that_is_rejected_while_it_is_deployed_does_not_go_live(
    stage: Path, tmp_path: Path
) -> None:
    """At whichever moment: before the switch it stops, after it what was live is live again."""
    names = []
    for moment in range(12):
        races = races_in(stage, tmp_path / str(moment))
        races.world.approve(NEW, "uat", "quinn")
        before = races.world.bytes_in("uat")
        races.start("deploy", COMMANDS["deploy"])
        for _ in range(moment):
            if races.under_way:
                races.step(0)
        if not races.under_way:
            break
        names.append(races.under_way[0].at)
        assert "rejected" == reject(races.world, NEW).state
        races.finish()
        refused = races.ended[-1].refused

        assert refused is not None, names
        assert Reason.DEAD is refused.reason, names
        assert before == races.world.bytes_in("uat"), names
        assert OLD == races.world.pipeline().live("uat")
        races.check_end()
    assert {"install uat", "switch uat", "smoke uat"} <= {*names}
    assert names.count("append") >= 4


def test_two_releases_do_not_meet_in_one_environment(stage: Path, tmp_path: Path) -> None:
    """The second is told which is on its way, and may follow once that one has ended."""
    races = races_in(stage, tmp_path / "two")
    races.start("deploy", lambda world: world.deploy(NEXT, "qa"))
    while races.under_way[0].at != "switch qa":
        races.step(0)
    with pytest.raises(ReleaseRefusedError, match="is being deployed there") as busy:
        races.world.deploy(NEW, "qa")
    assert Reason.BUSY is busy.value.reason
    races.finish()

    assert races.ended[-1].done is not None
    assert races.world.deploy(NEW, "qa").good
    races.check_end()


def test_a_deployment_that_was_killed_makes_way_after_a_while(stage: Path, tmp_path: Path) -> None:
    """Nobody has to know that it died: the same command goes on at once, another one later."""
    races = races_in(stage, tmp_path / "late")
    races.start("deploy", lambda world: world.deploy(NEXT, "qa"))
    while races.under_way[0].at != "switch qa":
        races.step(0)
    races.kill(0)
    with pytest.raises(ReleaseRefusedError, match="if it was killed"):
        races.world.deploy(NEW, "qa")
    races.world.wait(16 * 60)

    assert races.world.deploy(NEW, "qa").good
    assert NEW == races.world.pipeline().live("qa")
    races.check_end()


@pytest.mark.parametrize("why", ["", "   ", "\n"])
@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_a_decision_needs_a_reason(stage: Path, tmp_path: Path, decide: str, why: str) -> None:
    """Without one it is refused, and that is on record."""
    world = races_in(stage, tmp_path / "why").world
    act = {
        "approve": lambda: world.approve(NEW, "uat", "quinn", why),
        "reject": lambda: world.reject(NEW, "morgan", why),
    }[decide]
    with pytest.raises(ReleaseRefusedError, match="needs a reason"):
        act()
    assert Reason.UNREASONED.value == world.last()[3]


def test_a_record_that_is_missing_from_the_line_is_noticed(stage: Path, tmp_path: Path) -> None:
    """The records of a line are numbered: a hole stops it, and so does nobody's clock."""
    world = races_in(stage, tmp_path / "hole").world
    steps = world.context().steps.read()
    assert list(range(1, len(steps) + 1)) == [one.number for one in steps]
    world.clock.ms -= 3_600_000  # a machine whose clock is an hour late
    world.reject(NEW)
    assert world.context().steps.read()[-1].kind.name == "REJECT"


def play(stage: Path, folder: Path, choices: random.Random) -> Races:
    """Start commands, let them do one effect after the other in any order, kill some."""
    races = races_in(stage, folder)
    for _ in range(choices.randint(10, 40)):
        what = choices.random()
        if (what < 0.2 or not races.under_way) and len(races.under_way) < 4:
            name = choices.choice(sorted(COMMANDS))
            races.start(name, COMMANDS[name])
        elif what < 0.95 and races.under_way:
            races.step(choices.randrange(len(races.under_way)))
        elif races.under_way:
            races.kill(choices.randrange(len(races.under_way)))
    races.mend()
    races.check_end()
    return races


@pytest.mark.parametrize("seed", range(RACES))
def test_no_interleaving_leaves_a_contradiction(stage: Path, tmp_path: Path, seed: int) -> None:
    """Approve, reject, deploy, promote, kill: drawn, and the same for the same seed."""
    play(stage, tmp_path / "race", random.Random(seed))  # noqa: S311 - a draw


class Line(RuleBasedStateMachine):
    """The same, with choices that Hypothesis can shrink."""

    stage: Path
    folder: Path
    count = 0

    def __init__(self) -> None:
        super().__init__()
        Line.count += 1
        self.races = races_in(self.stage, self.folder / str(Line.count))

    @rule(name=st.sampled_from(sorted(COMMANDS)))
    def start(self, name: str) -> None:
        """Begin a command."""
        if len(self.races.under_way) < 4:
            self.races.start(name, COMMANDS[name])

    @rule(index=st.integers(0, 3))
    def step(self, index: int) -> None:
        """Let one do its next effect."""
        if self.races.under_way:
            self.races.step(index)

    @rule(index=st.integers(0, 3))
    def kill(self, index: int) -> None:
        """Kill one before its next effect."""
        if self.races.under_way:
            self.races.kill(index)

    def teardown(self) -> None:
        """The order of the records is for good, so the end shows every contradiction."""
        self.races.mend()
        self.races.check_end()


def test_the_line_holds_under_any_interleaving(
    stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a model: every rule at every moment."""
    monkeypatch.setattr(Line, "stage", stage, raising=False)
    monkeypatch.setattr(Line, "folder", tmp_path, raising=False)
    machine = Line.TestCase
    machine.settings = settings(
        max_examples=max(4, RACES // 3), stateful_step_count=30, deadline=None
    )
    machine().runTest()
