"""The next version follows from the commits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_release import git_log
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.versions import Bump, Version, bump_of, label_of, read_version
from release_world import World

VERSIONS = st.builds(Version, *[st.integers(0, 999_999_999)] * 3)


@pytest.mark.parametrize(
    ("message", "bump"),
    [
        ("fix: a", Bump.PATCH),
        ("fix(api): a", Bump.PATCH),
        ("perf: a", Bump.PATCH),
        ("revert: a", Bump.PATCH),
        ("feat: a", Bump.MINOR),
        ("Feat(x): a", Bump.MINOR),
        ("fix!: a", Bump.MAJOR),
        ("chore(x)!: a", Bump.MAJOR),
        ("fix: a\n\nBREAKING CHANGE: b", Bump.MAJOR),
        ("docs: a\n\nBREAKING-CHANGE: b", Bump.MAJOR),
        ("docs: a", Bump.NONE),
        ("chore: a", Bump.NONE),
        ("fixes: a", Bump.NONE),
        ("fix a", Bump.NONE),
        ("fix:a", Bump.NONE),
        ("a\n\nfix: b", Bump.NONE),
        ("fix: a\n\nno breaking change: b", Bump.PATCH),
        ("", Bump.NONE),
    ],
)
def test_a_message_asks_for_a_version(message: str, bump: Bump) -> None:
    """As Conventional Commits 1.0.0 has it."""
    assert bump is bump_of([message])


@given(version=VERSIONS, messages=st.lists(st.sampled_from(["fix: a", "feat: b", "x", "fix!: c"])))
def test_the_strongest_message_counts(version: Version, messages: list[str]) -> None:
    """In whatever order; and the next version is higher."""
    bump = bump_of(messages)

    assert bump is bump_of(reversed(messages))
    assert bump is Bump.NONE or version < version.after(bump)


@given(version=VERSIONS, number=st.integers(1, 99_999))
def test_a_version_is_read_as_it_is_written(version: Version, number: int) -> None:
    """And so is each of its labels: they name the same release."""
    assert version == read_version(str(version))
    for word in ("", "qa", "rc"):
        assert version == read_version(label_of(version, word, number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.0.0",
        "v1.0",
        "v01.0.0",
        "v1.0.0-beta.1",
        "v1.0.0-rc.0",
        "v1.0.0/..",
        "v1.0.0\n",
        "v٣.0.0",
    ],
)
def test_anything_else_is_no_version(text: str) -> None:
    """It becomes a folder's name and stands in records."""
    with pytest.raises(ReleaseError, match="not a version"):
        read_version(text)


def test_versions_follow_the_commits(world: World) -> None:
    """The first one is the rules' own."""
    told = []
    for message in ("feat: a", "fix: b", "feat: c", "fix!: d"):
        world.commit(message)
        told.append(world.build().version)

    assert ["v1.0.0", "v1.0.1", "v1.1.0", "v2.0.0"] == told


def test_a_commit_that_changes_nothing_for_users_is_no_release(world: World) -> None:
    """Until one follows that does; then both are in it."""
    world.commit("feat: a")
    world.build()
    world.commit("docs: b")
    assert "nothing" == world.build().state
    world.commit("feat: c")

    assert "v1.1.0" == world.build().version


def test_the_same_commit_is_the_same_version(world: World) -> None:
    """A build that is done again is no new one."""
    world.commit("feat: a")

    assert ["built", "same"] == [world.build().state, world.build().state]
    assert 1 == len(world.records())


def test_what_is_in_the_vault_is_not_built_anew(world: World) -> None:
    """A second pipeline that built the same version at the same time came too late."""
    from affidavit_release.line_step import StepKind

    world.release("v1.0.0", upto="dev")
    digest = world.pipeline().releases["v1.0.0"].digest
    world.context().steps.tell(StepKind.BUILD, "v1.0.0", {"dig": "0" * 64, "rev": "0" * 40})

    assert digest == world.pipeline().releases["v1.0.0"].digest
    assert "passed" == world.deploy("v1.0.0", "qa").state


def test_the_number_of_the_dead_is_not_used_again(world: World) -> None:
    """Whatever became of a version, the next one is higher."""
    world.release("v1.0.0", upto="dev")
    world.reject("v1.0.0")
    world.commit("fix: b")

    assert "v1.0.1" == world.build().version


def test_what_no_commit_holds_is_not_built(world: World) -> None:
    """Nobody could tell later what it was."""
    world.commit("feat: a")
    (world.folder / "repo" / "shop.py").write_text("changed")

    with pytest.raises(ReleaseRefusedError) as error:
        world.build()
    assert Reason.UNCOMMITTED is error.value.reason
    assert "Uncommitted" == world.last()[3]


def test_a_bundle_that_fails_its_check_is_not_released(world: World) -> None:
    """The rules name the check."""
    world.commit("feat: a")
    check = '[build]\ncheck = ["{python}", "-c", "raise SystemExit(1)"]\n'
    world.write_rules(**{"[build]\n": check})

    with pytest.raises(ReleaseRefusedError) as error:
        world.build()
    assert Reason.BUNDLE_BAD is error.value.reason
    assert "BundleBad" == world.last()[3]
    world.write_rules(**{"[build]\n": check.replace("(1)", "(0)")})
    assert "built" == world.build().state


def test_a_check_sees_each_zip_that_is_released(world: World) -> None:
    """The very bytes, in a folder of their own; and not what lies beside them."""
    world.commit("feat: a")
    seen = (world.folder / "seen").as_posix()
    look = (
        "import os, sys, hashlib, pathlib; one = pathlib.Path(sys.argv[1]); "
        "told = hashlib.sha256(one.read_bytes()).hexdigest(); "
        f"open('{seen}', 'a').write(f'{{one.name}} {{told}} {{os.listdir()}};')"
    )
    world.write_rules(**{"[build]\n": f'[build]\ncheck = ["{{python}}", "-c", "{look}"]\n'})
    assert "built" == world.build().state
    zips = world.stages / "v1.0.0" / "shop.zip"
    told = hashlib.sha256(zips.read_bytes()).hexdigest()
    assert f"shop.zip {told} ['shop.zip'];" == (world.folder / "seen").read_text()


def test_a_version_that_was_only_asked_for_is_not_the_newest(world: World) -> None:
    """What was refused has a record, and no bytes: the next number follows what was built."""
    world.commit("feat: a")
    world.build()
    with pytest.raises(ReleaseRefusedError):
        world.deploy("v9.0.0", "dev")
    assert "v9.0.0" in world.pipeline().releases
    world.commit("fix: b")
    assert "v1.0.1" == world.build().version


def test_the_rules_can_name_what_makes_the_bundles(world: World) -> None:
    """It runs in the repository, and must succeed."""
    world.commit("feat: a")
    command = '[build]\ncommand = ["{python}", "-c", "open(\'made\', \'w\')"]\n'
    world.write_rules(**{"[build]\n": command})
    world.build()
    assert (world.folder / "repo" / "made").is_file()
    world.write_rules(**{"[build]\n": command.replace("open", "nothing")})

    with pytest.raises(ReleaseError, match=r"build\.command failed"):
        world.build()


def test_the_authors_are_on_record_as_tokens(world: World) -> None:
    """And nowhere by name."""
    world.commit("feat: a\n\nCo-authored-by: Q <q@example.org>")
    world.build()
    (record,) = world.records()
    steps = world.context().steps

    wanted = {steps.token("actor", name) for name in ("dana@example.org", "q@example.org")}
    assert wanted == set(record.document["by"])
    assert b"example.org" not in (world.folder / "releases.db").read_bytes()


def test_who_gave_no_address_is_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Messages without the blanks around them, addresses in one form, each once."""
    told = {
        "rev-parse": "a" * 40 + "\n",
        "status": " \n",
        "log": "\x1eDana@Example.org\x1fQ <q@example.org> x <Dana@example.org>\x1f feat: a\n\n"
        "\x1e\x1f\x1ffix: b\n",
    }
    monkeypatch.setattr(git_log, "_git", lambda _, name, *__: told[name])
    found = git_log.read_changes(tmp_path, "")
    assert ("feat: a", "fix: b") == found.messages
    assert ("dana@example.org", "q@example.org") == found.authors


def test_a_reason_is_redacted_before_it_is_kept(world: World) -> None:
    """A mail address, a card; in one line of at most 200 characters."""
    world.release("v1.0.0", upto="dev")
    world.reject("v1.0.0", why="ask jane.roe@example.com\nabout 4111 1111 1111 1111 " + "x" * 300)
    why = str(world.records()[-1].document["why"])

    assert why.startswith("ask ")
    assert 200 >= len(why)
    assert not {"jane", "4111", "\n"} & {*why.split(), *why}
    assert b"jane.roe" not in (world.folder / "releases.db").read_bytes()


def test_a_reason_can_be_kept_as_a_token(world: World) -> None:
    """Where even redacted text would be too much; what was said can still be tested."""
    world.write_rules(**{'why = "redacted"': 'why = "token"'})
    world.release("v1.0.0", upto="dev")
    world.reject("v1.0.0", why="the price is wrong")
    token = world.context().steps.token("why", "the price is wrong")

    assert f"token:{token}" == world.records()[-1].document["why"]


def test_labels_name_the_same_bytes(world: World) -> None:
    """In qa, as a candidate, and live: one digest."""
    world.release("v1.0.0")
    release = world.pipeline().releases["v1.0.0"]

    assert ["v1.0.0", "v1.0.0-qa.1", "v1.0.0-rc.1"] == release.labels
    assert 1 == len({str(world.bytes_in(name)) for name in ("dev", "qa", "uat", "prod", "dr")})
    assert "same" == world.deploy("v1.0.0-rc.1", "prod").state
    assert {release.digest} == {
        record.document["dig"] for record in world.records() if "dig" in record.document
    }
