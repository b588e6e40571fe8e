"""The console: closed to others, read-only, and nothing of a record's runs in it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import click
import pytest

from affidavit import SettingsError
from affidavit.plugin import CommandResult, Plugins, hookimpl
from affidavit_harness.protocol import KnownRun
from affidavit_harness.run_ids import new_run_id
from affidavit_harness.run_store import RunStore
from affidavit_release.demo.demo_targets import folders
from affidavit_release.demo.shop import ATTEMPTS, SMOKE, commit, make_repo
from affidavit_reports.console.command_tables import MOST, CommandTable, ask_command
from affidavit_reports.console.pages import HEADERS
from archive_world import drawn, make_world
from command_line import Terminal
from running_console import Running


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A console over a small archive."""
    world = make_world(tmp_path, drawn(60, subjects=4, actors=3, years=1, seed=4), segment=30)
    found = Running(world)
    try:
        yield found
    finally:
        found.stop()


def test_nobody_comes_in_without_the_address(running: Running) -> None:
    """Nor twice with it, nor with a wrong one, nor under another host's name."""
    assert 403 == running.get("/").status
    assert 403 == running.get("/open?token=wrong").status
    assert 303 == running.open().status
    assert 200 == running.get("/").status
    cookie, running.cookie = running.cookie, ""
    assert 403 == running.get(f"/open?token={running.console.token}").status
    assert 403 == running.get("/").status
    running.cookie = cookie
    assert 400 == running.get("/", Host="evil.example").status
    assert 403 == running.get("/", **{"Sec-Fetch-Site": "cross-site"}).status


@pytest.mark.parametrize("path", ["/", "/policies", "/verification", "/nowhere", "/record/x/1"])
def test_every_answer_lets_nothing_in(running: Running, path: str) -> None:
    """No script, no frame, no cache, nothing from elsewhere."""
    running.open()
    page = running.get(path)

    assert HEADERS == {name: page.headers.get(name.lower()) for name in HEADERS}
    assert "<script" not in page.text


def test_an_answer_its_event_and_its_record(running: Running) -> None:
    """From the question to the proof, and to the neighbours in the chain."""
    running.open()
    answer = running.get("/?question=period")
    event = re.findall(r'href="(/proof/[0-9a-f]{32})"', answer.text)[0]
    record = re.findall(r'href="(/record/[^"]+)"', running.get(event).text)[0]

    assert "60 row(s)" in answer.text
    assert "VERIFIED" in answer.text
    assert '"eid"' in running.get(record).text.replace("&#34;", '"')
    assert "application/json" in running.get(f"{event}?download=1").headers["content-type"]
    assert {"period", "proof", "record"} <= set(running.looks)


def test_a_wrong_question_is_explained(running: Running) -> None:
    """No traceback, no value repeated."""
    running.open()

    assert "needs --subject" in running.get("/?question=subject").text
    assert "not a date" in running.get("/?question=period&from=yesterday").text
    assert 404 == running.get("/record/nobody/1").status
    assert 400 == running.get("/policies/none").status
    assert 400 == running.get("/proof/" + "0" * 32).status


def test_verification_runs_in_the_background(running: Running) -> None:
    """And ends with a verdict."""
    running.open()
    assert 303 == running.get("/verification", method="POST").status
    for _ in range(600):
        if not running.evidences.verification.running:
            break
        time.sleep(0.05)

    assert "CLEAN" in running.get("/verification").text


def test_what_is_sealed_meanwhile_shows(running: Running, tmp_path: Path) -> None:
    """Without a restart."""
    running.open()
    assert "60 row(s)" in running.get("/?question=period").text
    more = [
        e._replace(number=e.number + 900) for e in drawn(10, subjects=2, actors=2, years=1, seed=8)
    ]
    make_world(tmp_path, more)

    assert "70 row(s)" in running.get("/?question=period").text


def test_nothing_can_be_changed_through_it(running: Running) -> None:
    """Other methods are refused everywhere."""
    running.open()
    for method in ("PUT", "DELETE", "PATCH"):
        for path in ("/", "/policies", "/verification", "/record/a/1"):
            assert 405 == running.get(path, method=method).status


HOSTILE = "<script>alert('a & b')</script>"


def test_releases_and_runs_are_those_of_their_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever somebody has written into them: a page shows it, and nothing of it runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFIDAVIT_LEDGER", f"sqlite:///{tmp_path / 'releases.db'}")
    (tmp_path / "release.toml").write_text(folders().rules())
    (tmp_path / "smoke.py").write_text(SMOKE)
    (tmp_path / "keys").mkdir()
    make_repo(tmp_path / "repo")
    commit(tmp_path / "repo", ATTEMPTS[2])
    terminal = Terminal(capsys, tmp_path)
    terminal("release", "build", "--repo", "repo")
    terminal("release", "upload", "v1.0.0")
    terminal("release", "promote", "v1.0.0")
    terminal("release", "reject", "v1.0.0", "--as", "morgan", "--why", "<b>")
    known = {"run": new_run_id(0), "scenario": HOSTILE, "case": "one", "env": "dev", "file": "x"}
    store = RunStore(tmp_path / ".affidavit-harness")
    store.begin(KnownRun(**known, started_ms=0, deadline_ms=1))
    with served(tmp_path) as running:
        running.open()
        pages = {name: running.get(f"/{name}").text for name in ("runs", "releases")}
    history = terminal("release", "history", "--output", "json").data
    status = terminal("release", "status", "--output", "json").data

    assert "runs" in running.looks
    assert "releases" in running.looks
    assert all("<script" not in text for text in pages.values())
    assert f"<td>{shown(HOSTILE)}</td>" in pages["runs"]
    assert "no verdict yet" in pages["runs"]
    assert "<b>" in str(history)
    for row in history:
        assert all(f"<td>{shown(row[name])}</td>" in pages["releases"] for name in ("fate", "why"))
    for row in status:
        assert f"<td>{shown(row['environment'])}</td>" in pages["releases"]


def shown(text: str) -> str:
    """Return a text as a page has it."""
    return escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


@contextmanager
def served(folder: Path, plugins: Plugins | None = None) -> Iterator[Running]:
    """Serve a console over a small archive."""
    world = make_world(folder / "world", drawn(4, subjects=2, actors=2, years=1, seed=4))
    found = Running(world, plugins)
    try:
        yield found
    finally:
        found.stop()


def test_what_cannot_be_shown_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that is not there, a file that is not there; a page either way."""
    monkeypatch.chdir(tmp_path)
    with served(tmp_path) as running:
        running.open()
        assert (200, True) == _said(running, "/releases", "Somebody should", "cannot be shown")
        assert (200, True) == _said(running, "/runs", "There are none", "There are none")
    with served(tmp_path / "without", Plugins({})) as running:
        running.open()
        assert (200, True) == _said(running, "/runs", "is not installed", "Install the plugin")


def _said(running: Running, path: str, *words: str) -> tuple[int, bool]:
    page = running.get(path)
    return page.status, any(word in page.text for word in words)


def test_a_command_that_fails_or_says_too_much_is_a_page(tmp_path: Path) -> None:
    """Its exception's text is not repeated, and of its rows not more than a page holds."""
    count = MOST + 7

    def fails() -> CommandResult:
        raise RuntimeError("jane.roe@example.com")

    def rows() -> CommandResult:
        return CommandResult([], ("n",), [(n,) for n in range(count)], exit_code=1)

    group = click.Group("scenario", [click.Command("fails", callback=fails)])
    group.add_command(click.Command("rows", callback=rows))
    offer = hookimpl(specname="affidavit_commands")(lambda: [group])
    plugin = type("Acme", (), {"affidavit_commands": staticmethod(offer)})()
    plugins = Plugins({"acme": plugin})
    failed = ask_command(plugins, "Failing", ("scenario", "fails"))
    told = ask_command(plugins, "Many", ("scenario", "rows"))

    assert "RuntimeError" in failed.problem
    assert "jane" not in "".join(map(str, failed))
    assert (MOST, False) == (len(told.rows), told.good)
    assert f"{count} rows" in told.notes[0]


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        pytest.param(
            CommandResult([], ("n",), [(1,)], notes=("One row.",)),
            {"columns": ("n",), "rows": [(1,)], "notes": ["One row."]},
            id="a table",
        ),
        pytest.param(
            CommandResult([], ("n",), [(n,) for n in range(MOST)], exit_code=1),
            {"columns": ("n",), "rows": [(n,) for n in range(MOST)], "notes": [], "good": False},
            id="as many rows as a page has, and a bad end",
        ),
        pytest.param(
            7,
            {
                "good": False,
                "problem": "it raised TypeError, whose text is not repeated",
                "fix": "Run the command itself",
            },
            id="no table",
        ),
        pytest.param(
            SettingsError("it is away", why="so", fix="Wait"),
            {"good": False, "problem": "it is away: so", "fix": "Wait"},
            id="an error of ours",
        ),
    ],
)
def test_a_commands_table_is_told_whole(returned: Any, told: dict[str, Any]) -> None:
    """With its title and the words that it is asked by; options reach it, `--output` does not."""
    given: list[Any] = []

    def answers(**options: Any) -> Any:
        given.append(options)
        if isinstance(returned, Exception):
            raise returned
        return returned

    options = [click.Option(["--env"]), click.Option(["--output"], default="table")]
    group = click.Group("scenario", [click.Command("list", callback=answers, params=options)])
    offer = hookimpl(specname="affidavit_commands")(lambda: [group])
    plugin = type("Acme", (), {"affidavit_commands": staticmethod(offer)})()
    asked = ("scenario", "list")

    found = ask_command(Plugins({"acme": plugin}), "Runs", asked, ("--env", "dev"))
    assert CommandTable("Runs", "affidavit scenario list")._replace(**told) == found
    assert [{"env": "dev"}] == given
