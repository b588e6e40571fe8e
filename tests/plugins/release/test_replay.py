"""What a line's records come to: each field of a release and of an environment, after each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from affidavit_release.errors import ReleaseRefusedError
from affidavit_release.line_step import Step, StepKind
from affidavit_release.pipeline_state import EnvironmentState, PipelineState, Release, replay
from release_world import World, version

Play = Callable[..., PipelineState]
ONE, TWO = "v1.0.0", "v1.0.1"
WORDS = {"qa": "qa", "uat": "rc"}
BUILT = {"said": {"dig": "d1", "rev": "r1", "by": ["dana"]}}
HANDS = frozenset({"dana", "builder"})
RAISED = {"status": "error", "reason": "CanaryFailed"}
FAILED = {"status": "error", "reason": "SmokeFailed"}


def at(number: int) -> str:
    return f"2026-02-01T00:00:{number:02}.000Z"


def step(number: int, words: str, more: dict[str, Any]) -> Step:
    """Write a record: phase, kind, version and environment, and what differs from the usual."""
    phase, kind, name, *to = words.split()
    usual: dict[str, Any] = {"attempt": f"a{number}", "status": "ok", "said": {}, "reason": ""}
    usual |= {"at": at(number), "actor": "builder", "behalf": "", "why": ""}
    place = {"version": name, "environment": to[0] if to else "", "number": number, "phase": phase}
    return Step(kind=StepKind(f"RELEASE_{kind}"), **{**usual, **place, **more})


@pytest.fixture
def play(world: World) -> Play:
    """Replays steps that are written as texts, or as texts with what differs."""
    rules = world.rules()

    def played(*told: str | tuple[str, dict[str, Any]]) -> PipelineState:
        pairs = [(one, {}) if isinstance(one, str) else one for one in told]
        return replay([step(number, *one) for number, one in enumerate(pairs, 1)], rules)

    return played


def is_stage(line: PipelineState, name: str, **fields: Any) -> None:
    """Compare an environment whole; in all others nobody has been."""
    assert asdict(EnvironmentState(**fields)) == asdict(line.stages[name])
    assert {name} >= {other for other, one in line.stages.items() if one != EnvironmentState()}


def is_release(line: PipelineState, name: str, **fields: Any) -> None:
    assert asdict(Release(version(name), WORDS, **fields)) == asdict(line.releases[name])


def test_nothing_has_happened(play: Play) -> None:
    """Every environment is there, and nothing is live."""
    line = play()
    assert ({}, 0, None) == (line.releases, line.position, line.newest())
    assert ["dev", "qa", "uat", "prod", "dr"] == list(line.stages)
    assert {""} == {line.live(name) for name in line.stages}
    is_stage(line, "dev")


def test_what_is_in_the_vault_is_not_built_anew(play: Play) -> None:
    """Until then the newest build counts; who built or uploaded it has had a hand in it."""
    first, more = ("D BUILD v1.0.0", BUILT), {"dig": "d2", "rev": "r2", "by": ["quinn"]}
    again = ("D BUILD v1.0.0", {"said": more})
    is_release(
        play(first, again), ONE, digest="d2", commit="r2", authors=frozenset({"quinn", "builder"})
    )
    carried = ("O UPLOAD v1.0.0", {"actor": "carrier"})
    line = play(first, "I UPLOAD v1.0.0", carried, again, "O UPLOAD v1.0.0")
    usual = {"digest": "d1", "commit": "r1", "authors": HANDS | {"carrier"}}
    is_release(line, ONE, **usual, uploaded=at(3))
    assert 5 == line.position
    alone = play(("D BUILD v1.0.0", {"said": {"dig": "d", "rev": "r"}}))
    is_release(alone, ONE, digest="d", commit="r", authors=frozenset({"builder"}))


def test_the_newest_is_the_highest_that_was_built(play: Play) -> None:
    """Not the last one, and not one that was only asked for."""
    built = [(f"D BUILD {name}", BUILT) for name in ("v1.0.9", "v1.0.10", "v1.0.2")]
    line = play(*built, ("D DEPLOY v9.0.0 dev", {"status": "deny", "reason": "Unknown"}))
    assert "v1.0.10" == str((line.newest() or line.releases["v9.0.0"]).version)
    is_release(line, "v9.0.0")
    assert line.releases["v1.0.2"] is line.known(version("v1.0.2"))
    for name in ("v9.0.0", "v8.0.0"):
        with pytest.raises(ReleaseRefusedError, match=f"{name} was never built here"):
            line.known(version(name))


def test_a_deployment_that_passes(play: Play) -> None:
    """Under way, there, tried, live: what was before is kept until it has passed, and then on."""
    begun = ("I DEPLOY v1.0.0 qa", {"attempt": "a", "said": {"was": {"live": "x"}}})
    ended, tested = (
        ("O DEPLOY v1.0.0 qa", {"attempt": "a"}),
        ("I SMOKE v1.0.0 qa", {"attempt": "b"}),
    )
    passed = ("O SMOKE v1.0.0 qa", {"attempt": "b"})
    on_its_way = {"candidate": ONE, "previous": {"live": "x"}, "pending": True}
    is_stage(play(begun), "qa", **on_its_way, attempt="a", opened_at=at(1))
    is_stage(play(begun, ended), "qa", **on_its_way, installed=True, opened_at=at(1))
    there = {**on_its_way, "installed": True}
    is_stage(play(begun, ended, tested), "qa", **there, attempt="b", opened_at=at(3))
    line = play(begun, ended, tested, passed)
    live = {**there, "pending": False, "live": [ONE]}
    is_stage(line, "qa", **live, opened_at=at(3))
    label = {"deployed": {"qa": 1}, "labels": ["v1.0.0-qa.1"]}
    is_release(line, ONE, **label, passed={"qa": at(4)})
    one = line.releases[ONE]
    assert ("v1.0.0-qa.2", "v1.0.0-qa.1") == (one.label("qa"), one.called("qa"))
    assert ("v1.0.0-rc.1", "v1.0.0-rc.1") == (one.label("uat"), one.called("uat"))
    line = play(begun, ended, tested, passed, begun, ended, passed)
    label = {"deployed": {"qa": 2}, "labels": ["v1.0.0-qa.1", "v1.0.0-qa.2"]}
    is_release(line, ONE, **label, passed={"qa": at(4)})
    is_stage(line, "qa", **live, opened_at=at(5))


def test_what_stands_in_two_places_has_one_name_there(play: Play) -> None:
    """And an environment that the rules no longer name is nobody's."""
    line = play("O DEPLOY v1.0.0 dev", "O DEPLOY v1.0.0 prod", "O DEPLOY v1.0.0 gone")
    deployed = {"dev": 1, "prod": 1, "gone": 1}
    is_release(line, ONE, deployed=deployed, labels=["v1.0.0"])
    assert "gone" not in line.stages


def test_a_deployment_that_others_end_is_still_under_way(play: Play) -> None:
    """Only its own closing record says that it is over, however it went."""
    begun = ("I DEPLOY v1.0.0 dev", {"attempt": "a"})
    going = {"candidate": ONE, "pending": True}
    other = ("O DEPLOY v1.0.1 dev", {"attempt": "b", "status": "deny", "reason": "Busy"})
    is_stage(play(begun, other), "dev", **going, attempt="a", opened_at=at(1))
    wrong = ("O DEPLOY v1.0.0 dev", {"attempt": "a", "status": "error", "reason": "ReleaseError"})
    is_stage(play(begun, wrong), "dev", **going, opened_at=at(1))
    second = ("I DEPLOY v1.0.1 dev", {"said": {"was": {"live": "y"}}})
    line = play((begun[0], {"said": {"was": {"live": "x"}}}), second)
    later = {"candidate": TWO, "pending": True, "previous": {"live": "x"}, "attempt": "a2"}
    is_stage(line, "dev", **later, opened_at=at(2))


def test_a_release_that_fails_and_is_taken_back(play: Play) -> None:
    """Dead by its first failure, owed until it is taken back; what follows it stays."""
    live = ("O DEPLOY v1.0.1 dev", "O SMOKE v1.0.1 dev")
    begun = ("I DEPLOY v1.0.0 dev", {"attempt": "a", "said": {"was": {"live": "x"}}})
    ended, failed = ("O DEPLOY v1.0.0 dev", {"attempt": "a"}), ("O SMOKE v1.0.0 dev", FAILED)
    line = play(*live, begun, ended, failed)
    going = {"candidate": ONE, "pending": True, "installed": True, "previous": {"live": "x"}}
    owed = {**going, "live": [TWO], "rollback_needed": True, "opened_at": at(3)}
    is_stage(line, "dev", **owed)
    dead = line.releases[ONE].died
    assert ("SmokeFailed", at(5)) == ((dead.reason, dead.at) if dead else None)
    line = play(*live, begun, ended, failed, "I ROLLBACK v1.0.0 dev", failed)
    is_stage(line, "dev", **owed)
    assert dead == line.releases[ONE].died
    line = play(*live, begun, ended, failed, "O ROLLBACK v1.0.1 dev")
    is_stage(line, "dev", **owed)
    line = play(*live, begun, ended, failed, "O ROLLBACK v1.0.0 dev")
    is_stage(line, "dev", live=[TWO], opened_at=at(3))
    line = play(*live, begun, ended, ("O SMOKE v1.0.1 dev", FAILED))
    is_stage(line, "dev", **{**owed, "rollback_needed": False})
    line = play(*live, begun, ended, ("O SMOKE v1.0.0 dev", {**FAILED, "reason": "ReleaseError"}))
    assert None is line.releases[ONE].died
    is_stage(line, "dev", **{**owed, "rollback_needed": False})
    line = play(*live, begun, ended, "O SMOKE v1.0.0 dev", "O ROLLBACK v1.0.0 dev")
    is_stage(line, "dev", live=[TWO], opened_at=at(3))


def test_a_canary(play: Play) -> None:
    """Its share counts from the opening record on; each share is watched anew, and only its own."""
    said = {"said": {"share": 10, "was": {"live": "x"}}}
    begun = ("I SHIFT v1.0.0 dev", {**said, "attempt": "a"})
    ended = ("O SHIFT v1.0.0 dev", {"attempt": "a"})
    going = {"candidate": ONE, "pending": True, "previous": {"live": "x"}, "share": 10}
    is_stage(play(begun), "dev", **going, attempt="a", opened_at=at(1))
    looked = (begun, ended, "I WATCH v1.0.0 dev")
    is_stage(play(*looked), "dev", **going, opened_at=at(1))
    watched = {**going, "watched": True, "opened_at": at(1)}
    line = play(*looked, "O WATCH v1.0.0 dev")
    is_stage(line, "dev", **watched)
    is_release(line, ONE)
    is_stage(play(*looked, "O WATCH v1.0.1 dev"), "dev", **going, opened_at=at(1))
    is_stage(play("O WATCH v1.0.0 dev"), "dev")
    more = ("I SHIFT v1.0.0 dev", {"said": {"share": 50, "was": {"live": "y"}}})
    line = play(*looked, "O WATCH v1.0.0 dev", more)
    is_stage(line, "dev", **{**going, "share": 50}, attempt="a5", opened_at=at(5))
    line = play(*looked, "O WATCH v1.0.0 dev", ("I SHIFT v1.0.0 dev", {}))
    is_stage(line, "dev", **{**going, "share": 0}, attempt="a5", opened_at=at(5))
    line = play(*looked, "O WATCH v1.0.0 dev", "O DEPLOY v1.0.0 dev")
    is_stage(line, "dev", **{**going, "share": 0}, installed=True, opened_at=at(1))
    line = play(*looked, "O WATCH v1.0.0 dev", "O ROLLBACK v1.0.0 dev")
    is_stage(line, "dev", opened_at=at(1))
    line = play(*looked, ("O WATCH v1.0.0 dev", RAISED))
    is_stage(line, "dev", **going, rollback_needed=True, opened_at=at(1))
    assert None is not line.releases[ONE].died


def test_what_people_say(play: Play) -> None:
    """Approvals add up by place; who rejects first is the one, and so is the first copy's day."""
    approved = [
        (f"D APPROVE v1.0.0 {place}", {"behalf": who})
        for place, who in (("uat", "quinn"), ("prod", "morgan"), ("prod", "quinn"))
    ]
    line = play(*approved, "O COPY v1.0.0 dr", "D SYNC v1.0.0 dr", "D SYNC v1.0.0 dr")
    approvals = {"uat": {"quinn"}, "prod": {"morgan", "quinn"}}
    is_release(line, ONE, approvals=approvals, copied=True, synced=at(5))
    line = play(("D REJECT v1.0.0 qa", {"why": "no"}), ("D REJECT v1.0.0 dev", {"why": "never"}))
    died = line.releases[ONE].died
    assert ("qa", "no") == ((died.environment, died.why) if died else None)
    is_stage(line, "qa")
    denied = {"status": "deny", "reason": "RoleMissing"}
    is_release(play(("D REJECT v1.0.0 qa", denied), ("D APPROVE v1.0.0 qa", denied)), ONE)
