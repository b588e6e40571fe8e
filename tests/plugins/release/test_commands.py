"""`affidavit release` as a person runs it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from affidavit_ledger.session import system_user
from affidavit_release.demo.demo_targets import folders
from affidavit_release.demo.shop import ATTEMPTS, SMOKE, commit, make_repo
from affidavit_release.errors import ReleaseError
from affidavit_release.release_context import open_release_context
from command_line import Said, Terminal


@pytest.fixture
def shop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A shop with rules and one commit, and a terminal in its folder."""
    (tmp_path / "release.toml").write_text(folders().rules())
    (tmp_path / "smoke.py").write_text(SMOKE)
    make_repo(tmp_path / "repo")
    (tmp_path / "keys").mkdir()
    commit(tmp_path / "repo", ATTEMPTS[2])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFIDAVIT_LEDGER", f"sqlite:///{tmp_path / 'releases.db'}")
    return Terminal(capsys, tmp_path)


def told(said: Said) -> tuple[int, str]:
    return said.code, said.data["state"]


def test_a_release_by_commands(shop: Terminal) -> None:
    """From a commit to the second region; then everything is as it should be."""

    def release(*arguments: str) -> tuple[int, str]:
        return told(shop("release", *arguments, "--output", "json"))

    one = "v1.0.0"
    assert (0, "built") == release("build", "--repo", "repo")
    assert (0, "uploaded") == release("upload", one)
    assert (0, "passed") == release("deploy", one, "--env", "dev")
    assert (0, "passed") == release("promote", one)
    assert (1, "refused") == release("promote", one)
    assert (0, "approved") == release(
        "approve", one, "--env", "uat", "--as", "quinn", "--why", "good"
    )
    assert (0, "passed") == release("promote", one)
    assert (0, "approved") == release(
        "approve", one, "--env", "prod", "--as", "morgan", "--why", "good"
    )
    assert (0, "passed") == release("promote", one)
    assert (0, "passed") == release("verify", "--env", "prod")
    assert (0, "synced") == release("sync-dr", one)
    assert (1, "nothing") == _nothing_new(shop)

    status, history = (
        shop("release", name, "--output", "json").data for name in ("status", "history")
    )
    assert {"same"} == {stage["live"] for stage in status}
    assert 1 == len({stage["digest"] for stage in status})
    assert ["live, globally synced"] == [one["fate"] for one in history]
    assert 0 == shop("verify").code


def _nothing_new(shop: Terminal) -> tuple[int, str]:
    commit(shop.folder / "repo", ATTEMPTS[2]._replace(message="docs: x", source="# x\n"))
    return told(shop("release", "build", "--repo", "repo", "--output", "json"))


def test_a_refusal_says_why_in_both_forms(shop: Terminal) -> None:
    """With exit code 1; what to do next is for people."""
    shop("release", "build", "--repo", "repo")
    table = shop("release", "deploy", "v1.0.0", "--env", "uat")
    data = shop("release", "deploy", "v1.0.0", "--env", "uat", "--output", "json").data

    assert 1 == table.code
    assert "Run affidavit release upload" in table.out
    assert {
        "version": "v1.0.0",
        "environment": "uat",
        "state": "refused",
        "reason": "NotInVault",
    } == data


def test_what_a_smoke_test_says_is_shown_redacted(shop: Terminal) -> None:
    """A person has to see why it failed, and no more than that."""
    said = "import sys; sys.exit('asked for jane.roe@example.com, got nothing')"
    (shop.folder / "smoke.py").write_text(said)
    shop("release", "build", "--repo", "repo")
    shop("release", "upload", "v1.0.0")
    failed = shop("release", "deploy", "v1.0.0", "--env", "dev")

    assert 1 == failed.code
    assert "got nothing" in failed.out
    assert "jane" not in failed.out + failed.err


def test_the_graveyard_says_where_and_why(shop: Terminal) -> None:
    """And status says when something else is live than what was released."""
    shop("release", "build", "--repo", "repo")
    shop("release", "upload", "v1.0.0")
    shop("release", "promote", "v1.0.0")
    shop("release", "reject", "v1.0.0", "--as", "morgan", "--why", "wrong currency")
    history = shop("release", "history")
    (zip_file,) = (shop.folder / "environments" / "dev" / "releases").glob("*/shop.zip")
    zip_file.write_bytes(b"other")

    assert "died in dev" in history.out
    assert "wrong currency" in history.out
    assert "1 in the graveyard" in history.out
    status = shop("release", "status")
    assert 1 == status.code
    assert "other bytes" in status.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("upload", "1.0"), 3),
        (("deploy", "v1.0.0", "--env", "dr"), 3),
        (("approve", "v1.0.0", "--env", "qa", "--as", "x", "--why", "y"), 3),
        (("canary", "v1.0.0", "--env", "moon"), 3),
        (("status", "--rules", "none.toml"), 3),
        (("verify", "--env", "prod"), 1),
    ],
)
def test_wrong_use_has_its_own_exit_code(
    shop: Terminal, arguments: tuple[str, ...], code: int
) -> None:
    """As for every command."""
    assert code == shop("release", *arguments).code


def test_a_tool_that_fails_is_no_refusal(shop: Terminal) -> None:
    """Exit code 3, and the public key that is lost cannot be replaced by chance."""
    text = (shop.folder / "release.toml").read_text()
    (shop.folder / "release.toml").write_text(text.replace("file:keys/", "kms://alias/x?name=y#"))

    assert 3 == shop("release", "status").code


def test_the_demonstration_plays(
    shop: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In folders; on the local cloud it is `make release-demo`."""
    monkeypatch.delenv("AFFIDAVIT_LEDGER")
    said = shop(
        "release", "demo", "--on", "folders", "--keep", str(tmp_path / "kept"), "--output", "json"
    )
    found = json.loads(said.out)

    assert 0 == said.code
    assert [
        ("v1.0.0", "died in qa"),
        ("v1.0.1", "died in uat"),
        ("v1.0.2", "live, globally synced"),
    ] == [(one["version"], one["fate"]) for one in found["history"]]
    assert found["verify"]["clean"]
    assert 1 == len({one["digest"] for one in found["status"]})
    assert 3 == shop("release", "demo", "--keep", str(tmp_path / "kept")).code


def test_a_build_that_is_refused_has_no_version(shop: Terminal, tmp_path: Path) -> None:
    """Nor an environment; whoever reads the printout sees why."""
    (tmp_path / "repo" / "shop.py").write_text("changed")
    said = shop("release", "build", "--repo", "repo", "--output", "json")
    told = {"version": "", "state": "refused", "environment": "", "reason": "Uncommitted"}
    assert (1, told) == (said.code, said.data)


def test_a_line_without_a_second_vault_has_none(shop: Terminal, tmp_path: Path) -> None:
    """Nobody opens what the rules do not name; who it is that does it names person and machine."""
    rules = tmp_path / "release.toml"
    context = open_release_context(rules, None)
    assert context.dr_archive is not None
    assert f"{system_user()}@{socket.gethostname()}" == context.steps._user
    assert tmp_path / "keys" / "release.pub" == context.rules.public_key
    signer = context.signer()
    assert signer.public_pem() == context.rules.public_key.read_bytes()
    rules.write_text(rules.read_text().replace('dr_vault = "file:vault-dr"\n', ""))
    assert None is open_release_context(rules, None).dr_archive
    context.rules.public_key.unlink()
    context.rules.public_key.mkdir()
    with pytest.raises(ReleaseError, match="reading it raised IsADirectoryError"):
        open_release_context(rules, None)
