"""What is asked twice, or wrongly, or of what cannot do it: each answer and each refusal whole."""

from __future__ import annotations

import io
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit import AffidavitError
from affidavit.plugin import CommandResult
from affidavit_release import (
    canary,
    deliver,
    folder_target,
    gates,
    git_log,
    release_reports,
    report_page,
)
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.folder_target import LIVE
from affidavit_release.line_step import StepKind
from affidavit_release.make_release import ReleaseResult
from affidavit_release.programs import must_run, run_program
from affidavit_release.targets import open_target
from command_line import Terminal
from release_world import World, url, version


def test_what_is_done_already_is_said_and_not_done_again(world: World) -> None:
    """Uploading, deploying and approving; in the vault or not, bytes are opened again."""
    world.commit()
    built = world.build()
    digest = built.digest
    name = "v1.0.0"
    assert ReleaseResult(name, "uploaded", digest=digest) == world.upload(name)
    records = len(world.records())
    assert ReleaseResult(name, "same", digest=digest) == world.upload(name)
    passed = ReleaseResult(name, "passed", "dev", digest, name)
    assert passed == world.deploy(name, "dev")
    count = len(world.records())
    assert ReleaseResult(name, "same", "dev", digest, name) == world.deploy(name, "dev")
    assert ReleaseResult(name, "passed", "qa", digest, "v1.0.0-qa.1") == world.deploy(name, "qa")
    assert ReleaseResult(name, "approved", "uat", digest) == world.approve(name, "uat", "quinn")
    after = len(world.records())
    assert ReleaseResult(name, "same", "uat", digest) == world.approve(name, "uat", "quinn")
    for path in sorted(world.stages.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert ReleaseResult(name, "same", digest=digest) == world.upload(name)
    assert (4, 5, after) == (count - records, after - count, len(world.records()))
    with pytest.raises(ReleaseRefusedError) as caught:
        world.approve(name, "uat", "quinn", " \n")
    assert (Reason.UNREASONED, "a decision needs a reason", "Say it with --why") == (
        *(caught.value.reason, caught.value.what, caught.value.fix),
    )


def test_a_test_that_cannot_be_played_is_no_failed_one(world: World) -> None:
    """It is on record by its name; one that fails takes the release back."""
    world.commit()
    world.build()
    world.upload("v1.0.0")

    def breaks(*_: object) -> Any:
        raise AffidavitError("it cannot be played", why="planted", fix="Mend it")

    context = world.context()
    with pytest.raises(AffidavitError, match="it cannot be played"):
        deliver.deploy(context._replace(probe=breaks), version("v1.0.0"), "dev")
    act, _, to, ended = world.last()
    assert ("SMOKE", "dev", "AffidavitError") == (act.rpartition("_")[2], to, ended)
    world.broken = {("v1.0.0", "dev")}
    done = world.deploy("v1.0.0", "dev")
    assert ("rolled back", "SmokeFailed", "The smoke test planted failed.") == (
        *(done.state, done.reason, done.note),
    )


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    """What commands call, instead of doing it."""
    calls: list[tuple[Any, ...]] = []

    def does(name: str) -> Any:
        def act(_: object, one: Any, *more: Any) -> ReleaseResult:
            calls.append((name, str(one), *more))
            return ReleaseResult(str(one), "done")

        return act

    for module, names in ((canary, ("shift", "finish", "abort")), (deliver, ("deploy", "sync_dr"))):
        for name in names:
            monkeypatch.setattr(module, name, does(name))
    monkeypatch.chdir(tmp_path)
    return calls


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (("canary", "v1.0.0", "--env", "prod"), ("shift", "v1.0.0", "prod", None)),
        (("canary", "v1.0.0", "--env", "prod", "--share", "5"), ("shift", "v1.0.0", "prod", 5)),
        (("canary", "v1.0.0", "--env", "prod", "--finish"), ("finish", "v1.0.0", "prod")),
        (("canary", "v1.0.0", "--env", "prod", "--abort"), ("abort", "v1.0.0", "prod")),
        (("canary", "v1.0.0", "--env", "dr"), None),
        (("canary", "v1.0.0", "--env", "prod", "--share", "5", "--abort"), None),
        (("canary", "v1.0.0", "--env", "prod", "--share", "100"), None),
        (("canary", "v1.0.0", "--env", "prod", "--share", "0"), None),
        (("promote", "v1.0.0"), ("deploy", "v1.0.0", "dev")),
        (("sync-dr", "v1.0.0"), ("sync_dr", "v1.0.0")),
    ],
)
def test_a_command_does_what_it_is_called(
    words: tuple[str, ...], call: tuple[Any, ...] | None, called: list[tuple[Any, ...]],
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of the environment that it names; of two endings none."""
    (world.folder / "keys").mkdir(exist_ok=True)
    monkeypatch.setenv("AFFIDAVIT_LEDGER", f"sqlite:///{world.folder / 'releases.db'}")
    said = Terminal(capsys, world.folder)("release", *words)
    assert ([] if call is None else [call]) == called
    assert (call is None) == (said.code in {2, 3})


@pytest.mark.parametrize(
    ("following", "call"),
    [
        ("qa", ("deploy", "v1.0.0", "qa")),
        ("dr", ("sync_dr", "v1.0.0")),
        ("", ("sync_dr", "v1.0.0")),
    ],
)
def test_a_release_is_promoted_to_what_follows(
    following: str, call: tuple[Any, ...], called: list[tuple[Any, ...]], world: World,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The mirror gets what the last environment has."""
    world.commit()
    world.build()
    monkeypatch.setenv("AFFIDAVIT_LEDGER", f"sqlite:///{world.folder / 'releases.db'}")
    monkeypatch.setattr("affidavit_release.gates.next_environment", lambda *_: following)
    assert 0 == Terminal(capsys, world.folder)("release", "promote", "v1.0.0").code
    assert [call] == called


@pytest.mark.parametrize(("on", "keep"), [("folders", None), ("local", "there")])
def test_the_demonstration_is_played_where_it_is_asked_for(
    on: str, keep: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """On a local cloud unless folders are named."""
    played: list[Any] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "affidavit_release.demo.run_demo",
        lambda *given: played.append(given) or CommandResult(data={}, text="played"),
    )
    more = (("--on", on) if on == "folders" else ()) + (("--keep", keep) if keep else ())
    assert "played\n" == Terminal(capsys, tmp_path)("release", "demo", *more).out
    assert [(Path(keep) if keep else None, on)] == played


def _zip(*names: str, link: bool = False) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK if link else stat.S_IFREG) << 16
            archive.writestr(info, "x")
    return stream.getvalue()


class Kept:
    """Stand-in for a release in the vault."""

    version, digest, functions = "v1.0.0", "0123456789abcdef", ("shop",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, name: str) -> bytes:
        assert "shop.zip" == name
        return self._data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (_zip("../x"), "a name in it leads elsewhere"),
        (_zip("/x"), "a name in it leads elsewhere"),
        (_zip("a\\x"), "a name in it leads elsewhere"),
        (_zip("a", link=True), "a name in it leads elsewhere"),
        (b"no zip", "reading it raised BadZipFile"),
    ],
)
def test_a_zip_that_leads_elsewhere_is_not_unpacked(data: bytes, why: str, tmp_path: Path) -> None:
    """Nothing of it is left, and what was there before stays."""
    target = open_target(url(f"folder:{tmp_path / 'here'}"))
    with pytest.raises(ReleaseError) as caught:
        target.install(Kept(data))  # type: ignore[arg-type]
    assert ("a zip cannot be unpacked", why, "Make it with affidavit bundle") == (
        *(caught.value.what, caught.value.why, caught.value.fix),
    )
    assert [] == list((tmp_path / "here" / folder_target.RELEASES).iterdir())


def test_a_zip_of_what_lambda_takes_is_unpacked_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its folders, up to the last byte; a second time beside nothing of the first."""
    target = open_target(url(f"folder:{tmp_path / 'here'}"))
    monkeypatch.setattr(folder_target, "_MOST_BYTES", 3)
    name = "v1.0.0-0123456789ab"
    for _ in range(2):
        assert {LIVE: name} == target.install(Kept(_zip("a/", "a/b/c.py", "d.py")))  # type: ignore[arg-type]
        here = tmp_path / "here" / folder_target.RELEASES
        assert [name] == [one.name for one in here.iterdir()]
        assert ["a", "a/b", "a/b/c.py", "d.py"] == sorted(
            one.relative_to(here / name / "shop").as_posix()
            for one in (here / name / "shop").rglob("*")
        )
        assert 0o755 == stat.S_IMODE((here / name).stat().st_mode)
    with pytest.raises(ReleaseError, match="it unpacks to more than Lambda takes"):
        target.install(Kept(_zip("a", "b", "c", "d")))  # type: ignore[arg-type]
    target.switch({LIVE: name}, {})
    assert {LIVE: name} == target.live(())
    with pytest.raises(folder_target.TargetMovedError):
        target.switch({LIVE: "other"}, {LIVE: "another"})
    with pytest.raises(ReleaseError) as gone:
        target.switch({LIVE: "other"}, {LIVE: name})
    assert ("a folder cannot go back to what was live", "that release is no longer there") == (
        *(gone.value.what, gone.value.why),
    )
    target.switch({LIVE: ""}, {LIVE: name})
    assert {LIVE: ""} == target.live(())


def test_a_program_that_fails_is_told_without_its_words(tmp_path: Path) -> None:
    """Its code, or that it was late or is none; a name of no commit is a fault, too."""
    import sys

    for code, why in (("import sys; sys.exit(7)", "exit code 7"),):
        with pytest.raises(ReleaseError) as caught:
            must_run([sys.executable, "-c", code], what="it", folder=tmp_path, timeout_s=20)
        assert ("it failed", why, "Run it by hand to see why") == (
            *(caught.value.what, caught.value.why, caught.value.fix),
        )
    with pytest.raises(ReleaseError, match="no exit code, or too late"):
        must_run(["/no/such/program"], what="it", folder=tmp_path, timeout_s=20)
    ended = run_program(["/no/such/program"], folder=tmp_path, timeout_s=1)
    assert (None, "", "it could not be started: FileNotFoundError") == ended
    said = "import os, sys; sys.stdout.write(os.environ['X']); sys.stderr.write(os.getcwd())"
    told = run_program(
        [sys.executable, "-c", said], folder=tmp_path, timeout_s=20, environ={"X": "y"}
    )
    assert (0, "y", str(tmp_path.resolve())) == told


def test_a_commit_of_another_form_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what git says, and of what the ledger holds."""
    for head, since in (("main", ""), ("a" * 40, "main")):
        monkeypatch.setattr(git_log, "_git", lambda *_, head=head: f"{head}\n")
        with pytest.raises(ReleaseError) as caught:
            git_log.read_changes(tmp_path, since)
        assert (
            "git does not name a commit",
            "the name is of another form",
            "Check the ledger",
        ) == (*(caught.value.what, caught.value.why, caught.value.fix),)


def test_a_page_is_written_where_it_is_asked_for(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line as it stands; what is not in the vault says so, and what cannot be read is told."""
    world.commit()
    world.build()
    monkeypatch.chdir(world.folder)
    monkeypatch.setenv("AFFIDAVIT_LEDGER", f"sqlite:///{world.folder / 'releases.db'}")
    terminal = Terminal(capsys, world.folder)
    said = terminal("release", "report", "--to", "line.html", "--output", "json")
    assert ({"page": "line.html"}, 0) == (said.data, said.code)
    page = (world.folder / "line.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "not in the vault" in page
    whole = " ".join(page.split()).replace("> <", "><")
    assert "<p>1 version(s), 0 in the graveyard. 1 records, verified 20" in whole
    assert f"; rules <code>{world.rules().digest}</code>.</p>" in whole
    assert "<title>shop: releases</title>" in whole
    assert "<main><h1>shop: nothing is live in prod</h1>" in whole
    columns = "".join(f"<th scope=col>{one}</th>" for one in ("dev", "qa", "uat", "prod", "dr"))
    assert f"<th scope=col>version</th>{columns}<th scope=col>fate</th></tr>" in whole
    assert ["page", "line.html"] == terminal("release", "report", "--to", "line.html").out.split()
    context = world.context()
    release = context.pipeline().releases["v1.0.0"]
    assert "nothing" == release_reports._live(context, None, "dev")
    told = release_reports._live(context, release, "dev")
    assert ("unknown: ReleaseRefusedError", "the vault's bytes are not in order: ") == (
        *(told, report_page._bytes(context, replace(release, uploaded="x"))[:36]),
    )


def test_a_record_is_read_back_as_this_step(world: World) -> None:
    """Of a build no environment and nobody else is known, and no reason."""
    world.commit()
    built = world.build()
    (step,) = world.context().steps.read()
    (record,) = world.records()
    assert {
        "number": 1,
        "kind": StepKind.BUILD,
        "phase": "D",
        "attempt": record.attempt,
        "version": "v1.0.0",
        "environment": "",
        "status": "ok",
        "reason": "",
        "at": record.at,
        "actor": record.actor,
        "behalf": "",
        "why": "",
        "said": record.document,
    } == step._asdict()
    assert (True, built.digest) == (step.ok, step.said["dig"])


@pytest.mark.parametrize(
    ("pending", "installed", "candidate", "again"),
    [
        (True, True, "v1.0.0", True),
        (False, True, "v1.0.0", False),
        (True, False, "v1.0.0", False),
        (True, True, "v1.0.1", False),
    ],
)
def test_a_finish_that_was_killed_goes_on_with_its_tests(
    pending: bool, installed: bool, candidate: str, again: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of the release that is on its way there, once its bytes are; else it is looked at anew."""
    stage = SimpleNamespace(pending=pending, installed=installed, candidate=candidate)
    context: Any = SimpleNamespace(pipeline=lambda: SimpleNamespace(stages={"prod": stage}))
    called: list[tuple[Any, ...]] = []

    def looks(*_: object) -> Any:
        raise LookupError

    monkeypatch.setattr(canary, "settle", lambda *given: called.append(given[1:]))
    monkeypatch.setattr(canary, "deploy", lambda _, *given: called.append(given) or "deployed")
    monkeypatch.setattr(canary, "refusable", looks)
    one = version("v1.0.0")
    if again:
        assert "deployed" == canary.finish(context, one, "prod")
        assert [("prod", "v1.0.0"), (one, "prod")] == called
        return
    with pytest.raises(LookupError):
        canary.finish(context, one, "prod")
    assert [("prod", "v1.0.0")] == called


@pytest.mark.parametrize(("canary_is", "excused"), [(False, ""), (True, "v1.0.0")])
def test_only_a_canary_that_ends_is_let_into_divided_traffic(
    canary_is: bool, excused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever deploys it meanwhile is refused like any other."""
    asked: list[tuple[Any, ...]] = []

    def whole(*given: Any) -> Any:
        asked.append(given)
        raise LookupError

    line = SimpleNamespace(known=lambda _: "release", stages={})
    context: Any = SimpleNamespace(pipeline=lambda: line, rules=None, steps=None)
    for name in vars(gates):
        if name.startswith(("must_", "may_")):
            monkeypatch.setattr(gates, name, lambda *_: None)
    monkeypatch.setattr(gates, "must_be_whole", whole)
    monkeypatch.setattr(deliver, "must_be_free", lambda *_: None)
    with pytest.raises(LookupError):
        deliver.admit(context, version("v1.0.0"), "prod", canary=canary_is)
    assert [(line, "prod", excused)] == asked
