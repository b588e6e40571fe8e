"""A failed smoke test stops the line and puts back what was live, within one command."""

from __future__ import annotations

import shutil

import pytest

from affidavit_release.demo.demo_targets import ORDER
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from release_world import World


def acts(world: World) -> list[tuple[str, str, str]]:
    """What was done, in which phase, and how it ended."""
    told = []
    for record in world.records():
        out = record.document.get("out", {})
        told.append((record.document["act"], record.phase, out.get("err", out.get("s", ""))))
    return told


@pytest.mark.parametrize("environment", ORDER)
def test_what_was_live_is_live_again(world: World, environment: str) -> None:
    """In one command, in every environment, with the evidence of it."""
    world.release("v1.0.0")
    before = world.bytes_in(environment)
    world.broken = {("v1.0.1", environment)}
    world.commit()
    world.build()
    world.upload("v1.0.1")
    for name in ORDER[: ORDER.index(environment)]:
        if name in {"uat", "prod"}:
            world.approve("v1.0.1", name, {"uat": "quinn", "prod": "morgan"}[name])
        world.deploy("v1.0.1", name)
    if environment in {"uat", "prod"}:
        world.approve("v1.0.1", environment, {"uat": "quinn", "prod": "morgan"}[environment])
    done = world.sync("v1.0.1") if environment == "dr" else world.deploy("v1.0.1", environment)

    assert ("rolled back", "SmokeFailed") == (done.state, done.reason)
    assert before == world.bytes_in(environment)
    assert "v1.0.0" == world.pipeline().live(environment)
    assert [
        ("RELEASE_DEPLOY", "I", ""),
        ("RELEASE_DEPLOY", "O", "ok"),
        ("RELEASE_SMOKE", "I", ""),
        ("RELEASE_SMOKE", "O", "SmokeFailed"),
        ("RELEASE_ROLLBACK", "I", ""),
        ("RELEASE_ROLLBACK", "O", "ok"),
    ] == acts(world)[-6:]
    assert world.verdict().clean


def test_the_first_release_that_fails_leaves_nothing_live(world: World) -> None:
    """What does not work does not serve, even if there is nothing to go back to."""
    world.broken = {("v1.0.0", "dev")}
    world.commit()
    world.build()
    world.upload("v1.0.0")

    assert "rolled back" == world.deploy("v1.0.0", "dev").state
    assert {} == world.bytes_in("dev")


def test_the_line_stops_there(world: World) -> None:
    """A version that failed goes nowhere, not even back to where it failed."""
    world.broken = {("v1.0.0", "qa")}
    world.release("v1.0.0", upto="dev")
    world.deploy("v1.0.0", "qa")
    world.broken = set()

    for name in ORDER[:-1]:
        with pytest.raises(ReleaseRefusedError) as error:
            world.deploy("v1.0.0", name)
        assert Reason.DEAD is error.value.reason


def test_what_fails_later_is_taken_back_too(world: World) -> None:
    """`verify` finds it, and goes back to the release before."""
    world.release("v1.0.0", upto="prod")
    before = world.bytes_in("prod")
    world.release("v1.0.1", upto="prod")
    assert "passed" == world.verify("prod").state
    world.broken = {("v1.0.1", "prod")}

    assert "rolled back" == world.verify("prod").state
    assert before == world.bytes_in("prod")
    assert "v1.0.0" == world.pipeline().live("prod")


def test_one_step_back_and_no_further(world: World) -> None:
    """What was before that may be anything; a person decides."""
    world.release("v1.0.0", upto="dev")
    world.release("v1.0.1", upto="dev")
    world.broken = {("v1.0.0", "dev"), ("v1.0.1", "dev")}
    world.verify("dev")
    live = world.bytes_in("dev")

    assert "stopped" == world.verify("dev").state
    assert live == world.bytes_in("dev")


def test_bytes_from_elsewhere_are_noticed(world: World) -> None:
    """Whoever deploys past the line is found, on record, and nothing is rolled back."""
    world.release("v1.0.0", upto="prod")
    (zip_file,) = (world.folder / "environments" / "prod" / "releases").glob("*/shop.zip")
    zip_file.write_bytes(b"from elsewhere")

    with pytest.raises(ReleaseRefusedError) as error:
        world.verify("prod")
    assert Reason.FOREIGN_BYTES is error.value.reason
    assert ("RELEASE_SMOKE", "RELEASE#v1.0.0", "prod", "ForeignBytes") == world.last()


def test_a_target_that_does_not_do_what_it_was_told_is_noticed(world: World) -> None:
    """Before any smoke test: what is live is compared with what was deployed."""
    world.release("v1.0.0", upto="dev")
    world.effect = lambda name, act: None if name == "switch qa" else act()

    with pytest.raises(ReleaseRefusedError) as error:
        world.deploy("v1.0.0", "qa")
    assert Reason.FOREIGN_BYTES is error.value.reason
    assert ("RELEASE_DEPLOY", "RELEASE#v1.0.0", "qa", "ForeignBytes") == world.last()


def test_deploying_again_repairs_them(world: World) -> None:
    """From the vault."""
    world.release("v1.0.0", upto="prod")
    good = world.bytes_in("prod")
    (zip_file,) = (world.folder / "environments" / "prod" / "releases").glob("*/shop.zip")
    zip_file.write_bytes(b"from elsewhere")

    assert "passed" == world.deploy("v1.0.0", "prod").state
    assert good == world.bytes_in("prod")


def test_what_is_live_already_is_left_alone(world: World) -> None:
    """The same command again changes nothing and leaves no record."""
    world.release("v1.0.0", upto="qa")
    before = len(world.records())

    assert "same" == world.deploy("v1.0.0", "qa").state
    assert before == len(world.records())


def test_a_rollback_that_cannot_be_done_is_owed(world: World) -> None:
    """The next command does it first."""
    world.release("v1.0.0", upto="dev")
    world.broken = {("v1.0.1", "dev")}
    world.commit()
    world.build()
    world.upload("v1.0.1")
    releases = world.folder / "environments" / "dev" / "releases"
    (old,) = releases.glob("v1.0.0-*")
    hidden = world.folder / "hidden"

    def hide(name: str, act: object) -> object:
        if name == "smoke dev":
            shutil.move(old, hidden)
        return act()  # type: ignore[operator]

    world.effect = hide
    with pytest.raises(ReleaseError):
        world.deploy("v1.0.1", "dev")
    assert world.pipeline().stages["dev"].rollback_needed
    shutil.move(hidden, old)
    world.effect = lambda _, act: act()
    with pytest.raises(ReleaseRefusedError):
        world.deploy("v1.0.1", "dev")

    assert "v1.0.0" == world.pipeline().live("dev")
    assert not world.pipeline().stages["dev"].rollback_needed
    assert releases.parent.joinpath("live").readlink().name == old.name
