"""A release gets a part of the traffic first; an alarm takes it back, with the evidence of it.

On Lambda's and CloudWatch's interfaces under moto, which raises no alarm by itself:
tests set its state. That weights divide traffic is shown on the local cloud.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.lambda_target import ALARM
from cloud import REGION
from release_functions import alias, give_canary, set_alarm, weights
from release_world import GOOD, World


@pytest.fixture
def world(functions_world: World, aws: str) -> World:
    """v1.0.0 is live in prod, and v1.0.1 may go there."""
    functions_world.release("v1.0.0", upto="prod")
    functions_world.commit("fix: v1.0.1", GOOD + "# other\n")
    functions_world.build()
    functions_world.upload("v1.0.1")
    for name in ("dev", "qa", "uat", "prod"):
        if name in {"uat", "prod"}:
            functions_world.approve("v1.0.1", name, {"uat": "quinn", "prod": "morgan"}[name])
        if name != "prod":
            functions_world.deploy("v1.0.1", name)
    give_canary(aws)
    return functions_world


def acts(world: World, count: int) -> list[tuple[str, str, Any, str]]:
    """What was done last: the act, its phase, the share, and how it ended."""
    told = []
    for record in world.records()[-count:]:
        said = record.document
        out = said.get("out", {})
        told.append((said["act"], record.phase, said.get("share"), out.get("err", out.get("s"))))
    return told


def during(world: World, effect: str, act: Callable[[], Any]) -> None:
    """Do something once, when the line is about to have that effect."""
    waiting = [act]

    def watch(name: str, real: Callable[[], Any]) -> Any:
        if name == effect and waiting:
            waiting.pop()()
        return real()

    world.effect = watch


def test_a_share_then_more_then_all(world: World, aws: str) -> None:
    """The first share is Terraform's; each shift and each watch is on record."""
    before = alias(aws, "prod")
    first = world.canary("v1.0.1", "prod")
    assert ("10 %", True) == (first.state, first.good)
    assert before == alias(aws, "prod")
    assert [0.1] == list(weights(aws, "prod").values())
    assert "v1.0.0" == world.pipeline().live("prod")

    assert "50 %" == world.canary("v1.0.1", "prod", 50).state
    assert [0.5] == list(weights(aws, "prod").values())
    assert "passed" == world.finish("v1.0.1", "prod").state

    assert {} == weights(aws, "prod")
    assert before != alias(aws, "prod")
    assert "v1.0.1" == world.pipeline().live("prod")
    assert [
        ("RELEASE_SHIFT", "I", 10, None),
        ("RELEASE_SHIFT", "O", 10, "ok"),
        ("RELEASE_WATCH", "I", 10, None),
        ("RELEASE_WATCH", "O", 10, "ok"),
        ("RELEASE_SHIFT", "I", 50, None),
        ("RELEASE_SHIFT", "O", 50, "ok"),
        ("RELEASE_WATCH", "I", 50, None),
        ("RELEASE_WATCH", "O", 50, "ok"),
        ("RELEASE_WATCH", "I", 50, None),
        ("RELEASE_WATCH", "O", 50, "ok"),
        ("RELEASE_DEPLOY", "I", None, None),
        ("RELEASE_DEPLOY", "O", None, "ok"),
        ("RELEASE_SMOKE", "I", None, None),
        ("RELEASE_SMOKE", "O", None, "ok"),
    ] == acts(world, 14)
    assert world.verdict().clean


def test_it_is_watched_for_as_long_as_terraform_says(world: World) -> None:
    """Ten minutes, by the clock."""
    began = world.clock.ms
    world.canary("v1.0.1", "prod")

    assert 600_000 < world.clock.ms - began < 700_000


def test_an_alarm_takes_it_back_and_it_is_dead(world: World, aws: str) -> None:
    """Within the same command; all of the traffic goes where it went before."""
    before = alias(aws, "prod")
    looks = iter(range(100))

    def raise_it(name: str, act: Callable[[], Any]) -> Any:
        if name == "look prod" and next(looks) == 3:
            set_alarm(aws, "ALARM")
        return act()

    world.effect = raise_it
    done = world.canary("v1.0.1", "prod")

    assert ("rolled back", "CanaryFailed") == (done.state, done.reason)
    assert "shop" in done.note
    assert (before, {}) == (alias(aws, "prod"), weights(aws, "prod"))
    assert [
        ("RELEASE_WATCH", "O", 10, "CanaryFailed"),
        ("RELEASE_ROLLBACK", "I", None, None),
        ("RELEASE_ROLLBACK", "O", None, "ok"),
    ] == acts(world, 3)
    set_alarm(aws, "OK")
    for again in (world.canary, world.deploy):
        with pytest.raises(ReleaseRefusedError) as error:
            again("v1.0.1", "prod")
        assert Reason.DEAD is error.value.reason
    assert world.verdict().clean


def test_an_alarm_after_the_watch_counts_too(world: World, aws: str) -> None:
    """Who finishes looks once more."""
    world.canary("v1.0.1", "prod")
    set_alarm(aws, "ALARM")

    assert "CanaryFailed" == world.finish("v1.0.1", "prod").reason
    assert {} == weights(aws, "prod")
    assert "v1.0.0" == world.pipeline().live("prod")


def test_while_an_alarm_is_raised_nothing_is_moved(world: World, aws: str) -> None:
    """Not even one that is about what is live; `INSUFFICIENT_DATA` is no OK either."""
    for state in ("ALARM", "INSUFFICIENT_DATA"):
        set_alarm(aws, state)
        with pytest.raises(ReleaseRefusedError) as error:
            world.canary("v1.0.1", "prod")
        assert Reason.ALARM_RAISED is error.value.reason
        assert ("RELEASE_SHIFT", "RELEASE#v1.0.1", "prod", "AlarmRaised") == world.last()
    assert {} == weights(aws, "prod")


def test_what_cannot_be_watched_gets_nothing(world: World, aws: str) -> None:
    """The alarm is gone in the middle: the share is taken back, and the version lives."""
    name = f"{aws}-prod-shop{ALARM}"
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    during(world, "shift prod", lambda: cloudwatch.delete_alarms(AlarmNames=[name]))
    with pytest.raises(ReleaseError, match="has no canary"):
        world.canary("v1.0.1", "prod")

    assert {} == weights(aws, "prod")
    assert 0 == world.pipeline().stages["prod"].share
    assert None is world.pipeline().releases["v1.0.1"].died


def test_without_tags_there_is_no_canary(world: World, aws: str) -> None:
    """Nothing is assumed about a function that Terraform has not prepared."""
    give_canary(aws, percent="all")

    with pytest.raises(ReleaseError, match="has no canary"):
        world.canary("v1.0.1", "prod")
    assert {} == weights(aws, "prod")


def test_an_aborted_canary_may_try_again(world: World, aws: str) -> None:
    """Nobody has said that it is bad."""
    world.canary("v1.0.1", "prod")
    assert "taken back" == world.abort("v1.0.1", "prod").state
    assert {} == weights(aws, "prod")
    with pytest.raises(ReleaseRefusedError):
        world.abort("v1.0.1", "prod")

    assert world.canary("v1.0.1", "prod").good
    assert "passed" == world.finish("v1.0.1", "prod").state


def test_a_rejected_canary_loses_its_share(world: World, aws: str) -> None:
    """With the next command at the latest, and by `affidavit release reject` at once."""
    from affidavit_release.canary import withdraw

    world.canary("v1.0.1", "prod")
    world.reject("v1.0.1")
    withdraw(world.context(), world.pipeline().releases["v1.0.1"].version)

    assert {} == weights(aws, "prod")
    assert 0 == world.pipeline().stages["prod"].share


def test_nothing_is_finished_before_it_was_watched(world: World, aws: str) -> None:
    """Killed while it was watched: the share stays, and only another watch helps."""
    looks = iter(range(100))

    def killed(name: str, act: Callable[[], Any]) -> Any:
        if name == "look prod" and next(looks) == 2:
            raise KeyboardInterrupt
        return act()

    world.effect = killed
    with pytest.raises(KeyboardInterrupt):
        world.canary("v1.0.1", "prod")
    world.effect = lambda _, act: act()
    with pytest.raises(ReleaseRefusedError) as error:
        world.finish("v1.0.1", "prod")

    assert Reason.UNWATCHED is error.value.reason
    assert 10 == world.pipeline().stages["prod"].share
    assert world.canary("v1.0.1", "prod").good
    assert "passed" == world.finish("v1.0.1", "prod").state


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("effect", ["install prod", "shift prod", "append"])
def test_killed_at_an_effect_and_run_again(world: World, aws: str, effect: str, where: str) -> None:
    """It ends where it would have ended."""
    hits = [effect]

    def killed(name: str, act: Callable[[], Any]) -> Any:
        hit = bool(hits) and name == effect and bool(hits.pop())
        if hit and where == "before":
            raise KeyboardInterrupt
        told = act()
        if hit:
            raise KeyboardInterrupt
        return told

    world.effect = killed
    with pytest.raises(KeyboardInterrupt):
        world.canary("v1.0.1", "prod")

    assert "10 %" == world.canary("v1.0.1", "prod").state
    assert [0.1] == list(weights(aws, "prod").values())
    assert "passed" == world.finish("v1.0.1", "prod").state
    assert {} == weights(aws, "prod")
    assert world.verdict().clean


def test_nothing_else_goes_there_meanwhile(world: World) -> None:
    """Neither another version nor the same one past the watch."""
    world.canary("v1.0.1", "prod")
    with pytest.raises(ReleaseRefusedError) as error:
        world.deploy("v1.0.1", "prod")

    assert Reason.CANARY_OPEN is error.value.reason
    assert ("RELEASE_DEPLOY", "RELEASE#v1.0.1", "prod", "CanaryOpen") == world.last()


def test_a_failed_smoke_test_at_the_end_goes_back_to_the_start(world: World, aws: str) -> None:
    """To what was live before the first share."""
    before = alias(aws, "prod")
    world.broken = {("v1.0.1", "prod")}
    world.canary("v1.0.1", "prod")

    assert "SmokeFailed" == world.finish("v1.0.1", "prod").reason
    assert (before, {}) == (alias(aws, "prod"), weights(aws, "prod"))
    assert "v1.0.0" == world.pipeline().live("prod")


def test_gates_are_the_same_as_for_a_deployment(functions_world: World, aws: str) -> None:
    """And the first release has nothing to be compared with."""
    give_canary(aws)
    functions_world.release("v1.0.0", upto="uat")
    with pytest.raises(ReleaseRefusedError) as error:
        functions_world.canary("v1.0.0", "prod")
    assert Reason.UNAPPROVED is error.value.reason
    functions_world.approve("v1.0.0", "prod", "morgan")
    with pytest.raises(ReleaseRefusedError) as error:
        functions_world.canary("v1.0.0", "prod")
    assert Reason.UNKNOWN is error.value.reason


def test_a_folder_has_no_traffic(tmp_path: Any) -> None:
    """It says so, on a laptop."""
    world = World(tmp_path)
    world.release("v1.0.0", upto="dev")
    world.commit("fix: other")
    world.build()
    world.upload("v1.0.1")

    with pytest.raises(ReleaseError, match="no traffic"):
        world.canary("v1.0.1", "dev")
