"""What the harness says where it is rarely asked: lists, pictures, commands, refusals; whole."""

from __future__ import annotations

import inspect
import itertools
import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit.plugin import ActionError, Grant
from affidavit_harness import bridge, parallel_runs
from affidavit_harness.actions import guard, http_client
from affidavit_harness.actions.http_body import body_of
from affidavit_harness.console import follow_commands, listing_commands, progress
from affidavit_harness.console.again import Again
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.stop import Stop
from affidavit_harness.errors import ScenarioError
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.in_process_backend import InProcessBackend
from affidavit_harness.open_context import STATE
from affidavit_harness.parallel_runs import Batch, Job, interruptible, run_batch
from affidavit_harness.protocol import KnownRun, RunEvent, RunReport, RunVerdict
from affidavit_harness.registry import registry_of
from affidavit_harness.run_store import RunStore
from command_line import Terminal
from harness_parts import GOOD, Anything, Shelf, Stage

BEGAN = 1_790_000_000_000
RUN = "01k8l59hmj82jj3nnoaqb39g70"
REPORT = RunReport(
    run=RUN, scenario="price", case="one", env="local", verdict=RunVerdict.FAILED, began_ms=BEGAN,
    file="a b.yaml",
)  # fmt: skip


def test_the_command_that_plays_a_run_anew_has_all_its_options() -> None:
    """And none that says what would be so without it."""
    said: dict[str, Any] = {
        "env": "dev", "config": Path("h.yaml"), "inputs_file": Path("i.yaml"),
        "inputs": ("a=1", "b=2"), "backend": "aws", "keep": True,
        "read_only": True, "budget": 0.5, "state": Path("there"),
    }  # fmt: skip
    assert (
        "affidavit scenario run 'a b.yaml' --case one --env dev --config h.yaml --inputs i.yaml"
        " --input a=1 --input b=2 --backend aws --keep --read-only --budget 0.5 --state there"
    ) == Again(said).command(REPORT)
    plain = {"env": "local", "backend": "local", "inputs": (), "state": STATE}
    nothing = dict.fromkeys(("config", "inputs_file", "budget"))
    bare = Again({**nothing, **plain, "keep": False, "read_only": False})
    assert "affidavit scenario run 'a b.yaml' --env local" == (
        bare.command(replace(REPORT, case="only"))
    )


def test_actions_are_listed_with_all_that_a_scenario_may_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What may be left out stands in brackets; what a role needs stands beside it."""
    put, drop, look, _ = Shelf().actions()

    class Needs(Anything):
        where: str

    grant = Grant("tables", ("x:Get",))
    look = look._replace(params=Needs, grants=(grant,))
    registry = registry_of([("s", one) for one in (put, drop, look)])
    monkeypatch.setattr(listing_commands, "load_registry", lambda: registry)
    told = inspect.unwrap(listing_commands.list_actions.callback)()  # type: ignore[arg-type]

    assert ("action", "effect", "with", "what it does") == told.columns
    assert [
        ("shelf.drop", "write", "[value], [key]", "Drop"),
        ("shelf.look", "read", "[value], [key], where", "Look"),
        ("shelf.put", "write", "[value], [key]", "Put"),
    ] == list(told.rows)
    assert (f"Manifest {registry.manifest()}.",) == told.notes
    assert [
        {
            "action": name,
            "effect": effect,
            "undo": undo,
            "summary": summary,
            "params": params.model_json_schema(by_alias=True),
            "grants": grants,
        }
        for name, effect, undo, summary, params, grants in (
            ("shelf.drop", "write", "", "Drop", Anything, []),
            ("shelf.look", "read", "", "Look", Needs, [grant._asdict()]),
            ("shelf.put", "write", "auto", "Put", Anything, []),
        )
    ] == told.data


def test_what_nobody_can_tell_is_a_write() -> None:
    """Also if a plugin's own answer breaks."""

    def breaks(_: object) -> Any:
        raise ValueError

    put = Shelf().actions()[0]._replace(effects=breaks)
    assert "write" == registry_of([("s", put)]).effect("shelf.put", {})


SCENARIO = """\
schema: affidavit-scenario/v1
name: journey
inputs: {word: {default: a}}
actions:
  - id: look
    uses: http.request
    with: {url: "https://example.org/", method: POST}
    when: "env == 'never'"
    undo: none
assertions:
  - {id: here, check: [{select: inputs.word, eq: "from=line"}]}
"""


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal in a folder with one scenario."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "journey.yaml").write_text(SCENARIO)
    return Terminal(capsys, tmp_path)


@pytest.mark.parametrize("command", ["run", "list", "validate"])
def test_what_is_wrong_with_a_file_is_told_in_one_way(terminal: Terminal, command: str) -> None:
    """Place, mistake and mend; nothing is run, and the exit code is 2."""
    (terminal.folder / "journey.yaml").write_text(SCENARIO.replace("check:", "chek:"))
    said = terminal("scenario", command, "journey.yaml", "--output", "json")
    mistake = {"what": "unknown key chek", "mend": "did you mean check?"}
    assert ([{"file": "journey.yaml", "line": 11, "column": 16, **mistake}], 2) == (
        [{**one, "column": 16} for one in said.data if one["what"] == mistake["what"]],
        said.code,
    )
    told = terminal("scenario", command, "journey.yaml")
    first, *_, last = told.out.splitlines()
    assert first.startswith("journey.yaml:11:")
    assert ": unknown key chek; did you mean check?" in told.out
    assert f"{len(said.data)} problem(s)." == last
    assert 2 == told.code


def test_a_run_says_what_it_writes_and_what_nothing_takes_back(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr; an input is all that stands behind its first equals sign."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(terminal.folder / "summary.md"))
    (terminal.folder / "summary.md").write_text("before")
    given = ("scenario", "run", "journey.yaml", "--no-progress", "--input", "word=from=line")
    said = terminal(*given, "--report", "r.md", "--report", "r.tap")

    assert 0 == said.code, said
    lines = said.err.splitlines()
    assert "journey: nothing takes back look (http.request)" == lines[0]
    assert ["written: r.md", "written: r.tap"] == lines[-2:]
    table = (terminal.folder / "r.md").read_text()
    assert "before\n" + table == (terminal.folder / "summary.md").read_text()
    assert (0, "1 PASSED in local; ") == (said.code, said.out.splitlines()[-1][:19])
    secret = SCENARIO.replace("{default: a}", "{from: env, name: WORD, secret: true}")
    (terminal.folder / "journey.yaml").write_text(secret)
    refused = terminal(*given)
    assert 2 == refused.code
    assert (
        "word is secret in journey: it would stand in the run's state. Put it where its `from` says"
        in " ".join(refused.err.split())
    )


class Live:
    """Stand-in for what draws on a terminal of four lines: keeps each picture."""

    def __init__(self) -> None:
        self.console = SimpleNamespace(height=5)
        self.said: list[Any] = []

    def start(self) -> None:
        self.said.append("start")

    def stop(self) -> None:
        self.said.append("stop")

    def update(self, group: Any, *, refresh: bool) -> None:
        assert refresh
        self.said.append([self._parts(line) for line in group.renderables])

    @staticmethod
    def _parts(line: Any) -> list[Any]:
        """Return the words of a line, with their style if they have one."""
        styles = {(one.start, one.end): one.style for one in line.spans}
        ends = sorted({0, len(line.plain), *(end for span in styles for end in span)})
        parts = [(line.plain[a:b], styles.get((a, b))) for a, b in itertools.pairwise(ends)]
        return [words if style is None else (words, style) for words, style in parts]


def test_a_terminal_sees_a_tree_that_moves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What goes on stands below its run; of one that has ended, what went wrong is left."""
    live = Live()
    monkeypatch.setattr(progress, "_live", lambda: live)
    with progress.Progress(live=True, github=True, files={}) as shown:
        for event in (
            RunEvent(event="run.began", id=RUN),
            RunEvent(event="action.began", id="a", uses="u", state="began"),
            RunEvent(event="action.ended", id="a", uses="u", state="passed", took_ms=5),
            RunEvent(event="action.ended", id="b", uses="u", state="failed"),
        ):
            shown.tell(RUN, "one", event)
        shown.tell(RUN, "two", RunEvent(event="run.began", id=RUN))
        shown.tell(RUN, "one", RunEvent(event="run.ended", id=RUN, state="FAILED"))
        shown.heartbeat()
    began, passed, failed = (
        ["  ", ("began  aqb39g70", "dim")],
        ["  ", ("✓ a (u) passed 5 ms", "green")],
        ["  ", ("✗ b (u) failed", "red")],
    )
    one, two = [[("one", "bold")]], [[("two", "bold")], began]
    ended = [[("one  ", "bold"), ("FAILED  aqb39g70", "red")], failed]
    assert [
        "start",
        [*one, began],
        [*one, began, ["  ", ("· a (u) began", "dim")]],
        [*one, began, passed],
        [*one, began, passed, failed],
        [passed, failed, *two],
        [*ended, *two],
        "stop",
    ] == live.said
    assert "" == capsys.readouterr().err


def test_a_log_hears_of_runs_that_go_on_for_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once in half a minute without any other word; of those that have not ended, sorted."""
    now = SimpleNamespace(s=100.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now.s))
    shown = progress.Progress(live=False, github=False, files={})
    for name in ("b", "a", "c"):
        shown.tell(RUN, name, RunEvent(event="run.began", id=RUN))
    shown.tell(RUN, "c", RunEvent(event="run.ended", id=RUN, state="PASSED"))
    capsys.readouterr()
    for s in (130.0, 130.1, 160.1, 160.2):
        now.s = s
        shown.heartbeat()
    assert [f"{'still running':40} a, b"] * 2 == capsys.readouterr().err.splitlines()


class Hears:
    """Notes who is told of what, and that time passes."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, str]] = []
        self.beats = 0

    def tell(self, run: str, name: str, event: RunEvent) -> None:
        self.events.append((name, event.event, event.state))

    def heartbeat(self) -> None:
        self.beats += 1


LOOK = """\
actions:
  - {id: look, uses: shelf.look, with: {value: 1}, check: [{select: value, eq: %s}]}
"""
CASES = "cases: [{id: a}, {id: b}]\n"


def _batch(stage: Stage, text: str, **more: Any) -> Batch:
    loaded = stage.load(CASES + text)
    jobs = [Job(loaded, case) for case in loaded.cases()]
    return Batch(jobs, stage.registry, stage.here, stage.folder / "state", max_parallel=1, **more)


@pytest.mark.parametrize(("fast", "verdicts"), [(True, "NOT RUN"), (False, "FAILED")])
def test_who_listens_hears_of_each_run_in_turn(tmp_path: Path, fast: bool, verdicts: str) -> None:
    """With its title; what is not begun is in the results and nowhere else."""
    heard = Hears()
    done = run_batch(_batch(Stage(tmp_path), LOOK % 2, fail_fast=fast), heard)

    assert (["FAILED", verdicts], False) == ([one.verdict for one in done.reports], done.stopped)
    names = ["test[a]"] if fast else ["test[a]", "test[b]"]
    assert [
        (name, *event)
        for name in names
        for event in (
            ("run.began", ""),
            ("action.began", "began"),
            ("action.ended", "failed"),
            ("run.ended", "FAILED"),
        )
    ] == heard.events
    assert heard.beats >= len(names)
    first, second = done.reports
    store = RunStore(tmp_path / "state")
    assert first == store.report(first.run)
    if fast:
        assert (True, "test.yaml", "b", "local") == (
            *(second.run.startswith("not-run-"), second.file, second.case, second.env),
        )


def test_the_first_interrupt_stops_and_the_second_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each signal that asks for it; whoever heard it before hears it afterwards."""
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    for number in (signal.SIGINT, signal.SIGTERM):
        stop = Stop()
        with interruptible(stop):
            os.kill(os.getpid(), number)
            assert stop.is_set()
            assert "stopping: cleaning up first\n" == capsys.readouterr().err
            os.kill(os.getpid(), number)
            assert signal.SIG_DFL == signal.getsignal(number)
            told = capsys.readouterr().err
            assert "once more ends at once; then: affidavit scenario cleanup --all\n" == told
    assert before == [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    asked: list[int] = []
    monkeypatch.setattr(parallel_runs.signal, "signal", lambda number, _: asked.append(number))
    thread = threading.Thread(target=lambda: interruptible(Stop()).__enter__())
    thread.start()
    thread.join()
    assert [] == asked


def test_a_run_that_is_to_stop_ends_before_its_next_step(tmp_path: Path) -> None:
    """What it wrote is taken back; waiting ends at once, and a break is told without its text."""
    text = """\
actions:
  - {id: put, uses: shelf.put, with: {key: a}, undo: auto}
  - {id: look, uses: shelf.look, check: [{select: value, eq: 1}], eventually: {timeout: 60s, every: 30s}}
"""  # noqa: E501 - a line of YAML
    for number, moment in enumerate(("before_put", "answers")):
        stage = Stage(tmp_path / str(number))
        calls: list[str] = []

        def stops(*_: object, stage: Stage = stage, calls: list[str] = calls) -> dict[str, Any]:
            calls.append("now")
            stage.stop.set()
            return {"value": 0}

        setattr(stage.shelf, moment, stops)
        report = stage.run(text)
        assert report.error is not None
        assert ("Harness.Stopped", "the run was stopped", "asked", "Run again") == (
            *(report.error.name, report.error.what, report.error.why, report.error.fix),
        )
        assert ("ERROR", 0, ["now"], {}) == (
            *(report.verdict, report.leaked, calls, stage.shelf.held),
        )
        assert not stage.ledger.asked_to_stop(report.run)


def test_waiting_and_breaking_are_counted_as_the_machine_counts_them(tmp_path: Path) -> None:
    """A pause of over twenty seconds is a step of its own; a broken harness says no more."""
    text = """\
actions:
  - {id: look, uses: shelf.look, check: [{select: value, eq: 1}], eventually: {timeout: 60s, every: 25s}}
assertions:
  - {id: last, check: [{select: env, eq: local}]}
"""  # noqa: E501 - a line of YAML
    stage = Stage(tmp_path)
    waited: list[float] = []

    def waits(pause_s: float) -> None:
        waited.append(pause_s)
        stage.clock_ms += int(pause_s * 1000)

    stage.stop.sleep = waits  # type: ignore[method-assign]
    stage.shelf.answers = lambda *_: {"value": len(waited) // 2}
    report = stage.run(text)
    assert ("PASSED", [25, 25], 3, 2) == (
        *(report.verdict, waited, report.actions[0].tries, report.polls),
    )
    short = Stage(tmp_path / "short")
    short.shelf.answers = lambda *_: {"value": 1}
    assert report.transitions == short.run(text).transitions + 2 * 3

    def breaks(_: str) -> Any:
        raise ValueError("hunter2")

    context = stage.context()
    stage.context = lambda: context._replace(shelf=lambda: breaks(""))  # type: ignore[method-assign]
    broken = stage.run(text)
    assert broken.error is not None
    assert ("Harness.Broken", "the harness broke", "it raised ValueError", "Report this") == (
        *(broken.error.name, broken.error.what, broken.error.why, broken.error.fix),
    )
    assert ("ERROR", "not run", "not run") == (
        *(broken.verdict, broken.actions[0].state, broken.assertions[0].state),
    )


def test_a_scenario_of_pytest_says_all_that_went_wrong(tmp_path: Path) -> None:
    """A line for each trouble; what the test gives goes before what the scenario says."""
    text = """\
schema: affidavit-scenario/v1
name: wrong
inputs: {word: {default: a}}
actions: [{id: look, uses: http.request, when: "env == 'x'", with: {url: "https://example.org/"}}]
assertions:
  - {id: first, check: [{select: inputs.word, eq: a}]}
  - {id: second, check: [{select: env, eq: x}]}
"""
    (tmp_path / "wrong.yaml").write_text(text)
    test = bridge.scenario(tmp_path / "wrong.yaml", word="b")
    (mark,) = test.pytestmark  # type: ignore[attr-defined]
    (job,) = mark.args[1]
    with pytest.raises(pytest.fail.Exception) as told:
        test(job, tmp_path)
    assert (
        'wrong: FAILED\nfirst: inputs.word: expected eq "a", actual "b"\n'
        'second: env: expected eq "x", actual "local"'
    ) == told.value.msg


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://a.example.com/" + "x" * 2027, "the URL has blanks or control characters"),
        ("https://a.example.com./", "the URL has no plain host"),
        ("https://a%2e.example.com/", "the URL has no plain host"),
        ("https:///x", "the URL has no plain host"),
        ("https://a.example.com/ ", "the URL has blanks or control characters"),
        ("https://a.example.com/\x7f", "the URL has blanks or control characters"),
        ("https://a.example.com/#", "the URL holds a #, behind which nothing is sent"),
        ("https://a.example.com/\\", "the URL has characters that readers disagree on"),
        ("https://a.example.com/é", "the URL has characters that readers disagree on"),
        ("https://a.example.com:99999/", "the URL cannot be read"),
        ("ftp://a.example.com/", "the URL is neither http nor https"),
        ("https://u@a.example.com/", "the URL holds credentials"),
        ("https://@a.example.com/", "the URL holds credentials"),
        ("https://[2606:4700::1]/", "the URL names an IPv6 address"),
        ("https://0x7f.1/", "the URL writes an address in an odd form"),
        ("https://2130706433/", "the URL writes an address in an odd form"),
        ("https://b.example.com/", "the host is not listed"),
        ("https://a.example.com:444/", "the host is not listed"),
    ],
)
def test_a_url_is_refused_with_this_reason(url: str, why: str) -> None:
    """Before anybody is asked for an address; the longest one passes."""
    with pytest.raises(ActionError) as caught:
        guard.check_url(url, ["a.example.com"], lambda *_: pytest.fail("looked up"))
    assert ("Harness.Host", "the URL is refused", why) == (
        *(caught.value.name, caught.value.what, caught.value.why),
    )
    longest = "https://a.example.com/" + "x" * 2026
    at = ("https", "a.example.com", 443, longest[21:], "93.184.215.14")
    assert at == guard.check_url(longest, ["A.example.com"], lambda *_: ["93.184.215.14"])
    for found in (OSError(), []):

        def look_up(*_: object, found: Any = found) -> list[str]:
            if isinstance(found, OSError):
                raise found
            return list(found)

        with pytest.raises(ActionError) as unknown:
            guard.check_url("https://a.example.com/", ["a.example.com"], look_up)
        assert ("the host has no address", "Check its name") == (
            *(unknown.value.why, unknown.value.fix),
        )


def test_each_address_of_a_host_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which the resolver names them."""
    asked: list[Any] = []

    def getaddrinfo(*args: Any, **more: Any) -> list[Any]:
        asked.append((args, more))
        return [(0, 0, 0, "", (text, 1)) for text in ("b", "a", "b")]

    monkeypatch.setattr(guard.socket, "getaddrinfo", getaddrinfo)
    assert ["b", "a"] == guard.resolve("h", 443)
    assert [(("h", 443), {"type": guard.socket.SOCK_STREAM})] == asked


def test_bodies_are_these_bytes() -> None:
    """What a text, a document and a query are sent as."""
    assert body_of(None, None, (), None)[0] is None
    assert (b"hi \xc3\xbc", "text/plain; charset=utf-8") == body_of("hi ü", None, (), None)
    assert ('{"a": "ü"}'.encode(), "application/json") == body_of({"a": "ü"}, None, (), None)


def test_a_secret_is_hidden_as_json_writes_it_inside_of_a_text() -> None:
    """Without the quotes that stand around it elsewhere."""
    mask = Mask()
    mask.learn('pass"wörd\n')
    assert "x***y" == mask.secrets("x" + json.dumps('pass"wörd\n')[1:-1] + "y")


def test_a_folder_of_functions_is_put_on_the_path_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What raises answers as Lambda would; what is no function is a mistake of a file."""
    import sys

    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "plain_of_harness.py").write_text(
        "def good(event, context):\n"
        "    return [event, context.function_name, context.aws_request_id]\n"
        "def bad(event, context):\n    raise KeyError('hunter2')\n"
    )
    settings = EnvironmentSettings(
        functions={"good": "plain_of_harness:good", "bad": "plain_of_harness:bad"}
        | {"gone": "nowhere_at_all:x"},
        path=["code"],
    )
    backend = InProcessBackend(ChosenEnvironment("dev", settings, tmp_path), tmp_path / "state")
    good, bad = backend.function("good"), backend.function("bad")
    assert good is not None
    assert bad is not None
    assert (200, [{"a": 1}, "good", "r"], None, "r") == good({"a": 1}, "r")
    assert (200, {"errorType": "KeyError"}, "Unhandled", "q") == bad({}, "q")
    assert sys.path[0] == str(tmp_path / "code")
    assert 1 == sys.path.count(str(tmp_path / "code"))
    assert backend.function("other") is None
    with pytest.raises(SettingsError) as caught:
        backend.function("gone")
    assert ("nowhere_at_all:x cannot be imported", "it raised ModuleNotFoundError") == (
        *(caught.value.what, caught.value.why),
    )
    for name in ("AFFIDAVIT_LEDGER", "AWS_LAMBDA_FUNCTION_NAME"):
        monkeypatch.delenv(name, raising=False)
    assert backend.runtime() is None


def test_a_file_or_folder_that_is_none_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    """Two scenarios of one name too, at the second."""
    stage = Stage(tmp_path)
    from affidavit_harness.files.find import load_all, scenario_files

    with pytest.raises(SettingsError) as caught:
        scenario_files([tmp_path / "none"])
    assert (f"{tmp_path / 'none'} does not exist", "Correct the name") == (
        *(caught.value.what, caught.value.fix),
    )
    text = GOOD.replace("environments: [local, dev]", "environments: [local]")
    for name in ("b.yaml", "a.yaml", "_c.yaml", ".d.yaml"):
        (tmp_path / name).write_text(text)
    (tmp_path / "e.yaml").write_text("other: 1")
    files = scenario_files([tmp_path, tmp_path / "a.yaml"])
    assert ["a.yaml", "b.yaml"] == [one.name for one in files]
    loaded, problems = load_all(files, stage.registry, None)
    assert 2 == len(loaded)
    (told,) = problems
    assert (str(files[1]), 1, 1, f"{files[0]} has the same name", "rename one of them") == (
        told[0],
        *told[1],
    )
    (tmp_path / "dir.yaml").mkdir()
    from affidavit_harness.files.environments_file import find_environment
    from affidavit_harness.files.scenario_loader import load_scenario

    for load in (
        lambda: load_scenario(tmp_path / "dir.yaml", stage.registry),
        lambda: find_environment("local", tmp_path / "dir.yaml", tmp_path),
    ):
        with pytest.raises(ScenarioError) as unread:
            load()
        (problem,) = unread.value.problems
        assert (1, 1, "the file cannot be read") == problem[:3]


def test_a_header_is_text_in_either_form() -> None:
    """In UTF-8 as browsers send it, and in Latin-1 as it is written."""
    assert ["ü", "é", "€", "a"] == [http_client._text(one) for one in ("Ã¼", "é", "€", "a")]


def test_a_run_is_waited_for_a_minute_past_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clean-up takes time, too; then it is dead."""
    store = RunStore(tmp_path)
    store.begin(
        KnownRun(run=RUN, scenario="s", case="c", env="e", file="f", started_ms=0, deadline_ms=5000)
    )
    now = SimpleNamespace(ms=4_000)
    slept: list[int] = []

    def sleeps(pause_s: float) -> None:
        assert 0.3 == pause_s
        slept.append(now.ms)
        store.tell(RUN, RunEvent(event="action.began", id=str(now.ms)))
        now.ms += 30_500

    monkeypatch.setattr(follow_commands, "now_ms", lambda: now.ms)
    monkeypatch.setattr(follow_commands, "time", SimpleNamespace(sleep=sleeps))
    told = [one.id for one in follow_commands._follow(store, RUN)]
    assert [4_000, 34_500, 65_000] == slept
    assert ["4000", "34500", "65000"] == told


def test_a_pattern_may_keep_the_one_value_that_it_groups(tmp_path: Path) -> None:
    """Or all that it matches; of two groups nobody would know which."""
    text = LOOK % 1 + "    capture: {x: {select: value, match: 'PATTERN'}}\n"
    text = text.replace(
        "- {id: look, uses: shelf.look, with: {value: 1}, check:",
        "- id: look\n    uses: shelf.look\n    with: {value: abc}\n    check:",
    ).replace("]}\n", "]\n")
    for pattern, kept in (("a(b)c", "b"), ("b.", "bc")):
        stage = Stage(tmp_path / kept)
        said = text.replace("PATTERN", pattern).replace("eq: 1", "eq: abc")
        look = "  - {id: more, uses: shelf.look, with: {value: '${{ vars.x }}'}, check: "
        assert "PASSED" == stage.run(f"{said}{look}[{{select: value, eq: {kept}}}]}}\n").verdict
