"""Runs in the deployed machine, seen from the command line: what is asked, heard, kept, printed."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY

from affidavit import SettingsError
from affidavit.plugin import ScenarioRun, iso_utc
from affidavit_harness import execution_polling, remote, service_lines
from affidavit_harness.console import from_s3
from affidavit_harness.engine.stop import Stop
from affidavit_harness.execution_polling import EnteredState, ExecutionPoll
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.json_form import to_json
from affidavit_harness.parallel_runs import Batch, Job, known
from affidavit_harness.protocol import (
    RunEvent,
    RunReport,
    RunVerdict,
    StepResult,
    StepState,
    UndoResult,
)
from affidavit_harness.remote import Remote, Started
from affidavit_harness.run_ids import trace_root
from affidavit_harness.run_store import RunStore
from command_line import Terminal
from expected_requests import ExpectedRequests
from harness_parts import Stage

BEGAN = 1_790_000_000_000
RUN = "01k8l59hmj82jj3nnoaqb39g70"
OTHER = "01k8l59hmj82jj3nnoaqb39g71"
ARN = f"arn:aws:states:eu-west-1:111122223333:execution:harness:test-{RUN}"
SCENARIO = """\
actions:
  - {id: put, uses: shelf.put, with: {key: a}, undo: none}
  - {id: look, uses: shelf.look, check: [{select: value, eq: 1}]}
"""
STEPS = (
    StepResult(id="put", uses="shelf.put", state=StepState.PASSED, took_ms=7, tries=1),
    StepResult(id="look", uses="shelf.look", state=StepState.FAILED, took_ms=8, tries=2),
)
REPORT = RunReport(
    run=RUN, scenario="test", case="only", env="dev", verdict=RunVerdict.FAILED, began_ms=BEGAN,
    took_ms=500, actions=STEPS, leaked=1, transitions=40, dollars=0.001,
    assertions=(StepResult(id="last", state=StepState.NOT_RUN),),
    cleanup=(UndoResult(run=RUN, action="put", uses="shelf.drop", ok=False, tries=3),),
)  # fmt: skip


@pytest.fixture
def aws() -> Iterator[ExpectedRequests]:
    held = ExpectedRequests()
    yield held
    held.heard_all()


class Heard:
    """Hears everything."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def tell(self, run: str, name: str, event: RunEvent) -> None:
        assert (RUN, "test") == (run, name)
        self.events.append((event.event, event.id, event.state))

    def heartbeat(self) -> None: ...


class Polls:
    """Says what it was told to, poll by poll; the last one again and again."""

    least_s = 0.05

    def __init__(self, *polls: ExecutionPoll) -> None:
        self._polls = list(polls)
        self.seen: list[int] = []

    def poll(self, execution: str, seen: int) -> ExecutionPoll:
        assert ARN == execution
        self.seen.append(seen)
        return self._polls.pop(0) if len(self._polls) > 1 else self._polls[0]


class Followed:
    """A run that is followed, by a clock that only sleeping moves."""

    def __init__(
        self, folder: Path, aws: ExpectedRequests, monkeypatch: pytest.MonkeyPatch, **settings: Any
    ) -> None:
        stage = Stage(folder)
        loaded = stage.load(SCENARIO)
        self.job = Job(loaded, loaded.cases()[0])
        here = ChosenEnvironment(
            "dev", EnvironmentSettings(machine="arn:m", bucket="b", **settings), folder
        )
        batch = Batch([self.job], stage.registry, here, folder / "state")
        self.remote = Remote(batch)
        self.store = RunStore(folder / "state")
        self.heard, self.stop = Heard(), Stop()
        self.slept: list[float] = []
        self.clock_s = 0.0
        monkeypatch.setattr(self.remote, "_client", aws.client)
        clock = SimpleNamespace(monotonic=lambda: self.clock_s, sleep=self._sleep)
        monkeypatch.setattr(remote, "time", clock)
        monkeypatch.setattr(remote, "now_ms", lambda: BEGAN + int(self.clock_s * 1000))
        about = ScenarioRun(RUN, "test", "only", "dev", BEGAN, BEGAN + 120_000)
        self.store.begin(known(self.job, about, execution=ARN, bucket="b"))

    def _sleep(self, pause_s: float) -> None:
        self.slept.append(round(pause_s, 3))
        self.clock_s += pause_s

    def __call__(self, polls: Polls) -> RunReport:
        self.remote.__dict__["_poller"] = polls
        started = Started("test", RUN, ARN, self.job, BEGAN)
        return self.remote.follow(started, self.heard, self.stop)


def _report(aws: ExpectedRequests, report: RunReport = REPORT) -> None:
    data = json.dumps(to_json(report)).encode()
    asked = {"Bucket": "b", "Key": f"reports/{report.run}.json"}
    aws.answers("s3", "get_object", asked, {"Body": StreamingBody(BytesIO(data), len(data))})


def _status(aws: ExpectedRequests, status: str) -> None:
    told = {"executionArn": ARN, "stateMachineArn": "arn:m", "startDate": 0, "status": status}
    aws.answers("stepfunctions", "describe_execution", {"executionArn": ARN}, told)


WAITING = ExecutionPoll([], ended=False)


def test_a_run_is_followed_to_its_report(
    aws: ExpectedRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each state is kept, each action told; one that is off the list may run yet."""
    followed = Followed(tmp_path, aws, monkeypatch)
    states = ("PrepareAndExecuteActions", "ExecuteAtomicAction", "ExecuteAtomicAction")
    entered = [EnteredState(2 * number, name) for number, name in enumerate(states, 1)]
    polls = Polls(
        ExecutionPoll(entered[:2], ended=False),
        ExecutionPoll(entered[2:], ended=False),
        WAITING,
        ExecutionPoll([], ended=True),
        ExecutionPoll([], ended=True, status="SUCCEEDED"),
    )
    _status(aws, "RUNNING")
    _report(aws)
    report = followed(polls)

    assert replace(REPORT, file="test.yaml", execution=ARN) == report == followed.store.report(RUN)
    assert [0, 4, 6, 6, 6] == polls.seen
    assert [0.05] * 4 == followed.slept
    ended = [
        ("action.ended", "put", "passed"),
        ("action.ended", "look", "failed"),
        ("assertion.ended", "last", "not run"),
    ]
    assert [
        ("run.began", RUN, ""),
        ("action.began", "put", "began"),
        ("action.began", "look", "began"),
        *ended,
        ("undo.ended", "put", "leaked"),
        ("run.ended", RUN, "FAILED"),
    ] == followed.heard.events
    assert [*[("state.entered", name, "entered") for name in states], *ended] == [
        (one.event, one.id, one.state) for one in followed.store.events(RUN)
    ]


def test_one_of_eight_polls_asks_the_execution_itself(
    aws: ExpectedRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its history says, and though AWS does not answer; pauses grow with the run."""
    followed = Followed(tmp_path, aws, monkeypatch)
    asked = {"executionArn": ARN}
    aws.refuses("stepfunctions", "describe_execution", asked, "ThrottlingException")
    _status(aws, "ABORTED")
    aws.refuses("s3", "get_object", {"Bucket": "b", "Key": f"reports/{RUN}.json"}, "NoSuchKey")
    report = followed(Polls(WAITING))

    assert 15 == len(followed.slept)
    assert report.error is not None
    assert "its status is ABORTED" == report.error.why
    assert int(sum(followed.slept) * 1000) in range(report.took_ms - 5, report.took_ms + 5)
    again = Followed(tmp_path, aws, monkeypatch)
    monkeypatch.setattr(remote, "UNASKED", 10**6)
    aws.refuses("s3", "get_object", {"Bucket": "b", "Key": f"reports/{RUN}.json"}, "NoSuchKey")
    lost = again(Polls(WAITING))
    assert lost.error is not None
    assert "its status is not known" == lost.error.why
    assert remote.FORGOTTEN_MS <= lost.took_ms <= remote.FORGOTTEN_MS + 5000
    growing = [one for one in again.slept if one not in {0.05, 5.0}]
    assert growing == sorted(growing)
    assert (0.05, 5.0) == (again.slept[0], again.slept[-1])
    for number, pause in enumerate(again.slept):
        wanted = min(max(0.1 * sum(again.slept[:number]), 0.05), 5.0)
        assert pause == pytest.approx(wanted, abs=0.002)


@pytest.mark.parametrize("table", ["undo", None])
def test_a_run_that_is_to_stop_cleans_up_before_it_is_ended(
    aws: ExpectedRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str | None
) -> None:
    """Two minutes long, if there is a table in which it sees that; it is asked once."""
    followed = Followed(tmp_path, aws, monkeypatch, undo_table=table)
    monkeypatch.setattr(remote, "UNASKED", 10**6)
    monkeypatch.setattr(remote, "GRACE_S", 4.0)
    followed.stop.set()
    stop = {"stopDate": 0}
    if table is None:
        aws.answers("stepfunctions", "stop_execution", {"executionArn": ARN}, stop)
    else:
        item = {"TableName": table, "Item": ANY}
        aws.answers("dynamodb", "put_item", item, {})
    ends_s: list[float] = []
    client = aws.client("stepfunctions")
    if table is not None:
        aws.answers("stepfunctions", "stop_execution", {"executionArn": ARN}, stop)
        client.meta.events.register(
            "provide-client-params.stepfunctions.StopExecution",
            lambda **_: ends_s.append(followed.clock_s),
        )
    ended = ExecutionPoll([], ended=True, status="ABORTED")

    class Until(Polls):
        def poll(self, execution: str, seen: int) -> ExecutionPoll:
            return ended if followed.clock_s > (4.4 if table is not None else 3) else WAITING

    _report(aws)
    assert RunVerdict.FAILED is followed(Until(WAITING)).verdict
    assert table is None or 4.0 < ends_s[0] < 4.5


@pytest.mark.parametrize(("reserved", "taken"), [(0, False), (1, True), (None, True)])
def test_a_run_that_no_function_takes_is_ended(
    aws: ExpectedRequests,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reserved: int | None,
    taken: bool,
) -> None:
    """If it stays at its first state for ten seconds; the function is asked once."""
    followed = Followed(tmp_path, aws, monkeypatch, function="fn")
    monkeypatch.setattr(remote, "UNASKED", 10**6)
    told = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
    aws.answers("lambda", "get_function_concurrency", {"FunctionName": "fn"}, told)

    class Until(Polls):
        def poll(self, execution: str, seen: int) -> ExecutionPoll:
            entered = [EnteredState(2, "PrepareAndExecuteActions")] if seen == 0 else []
            return ExecutionPoll(entered, followed.clock_s > 30, "SUCCEEDED")

    if taken:
        _report(aws)
        assert RunVerdict.FAILED is followed(Until(WAITING)).verdict
        return
    aws.answers("stepfunctions", "stop_execution", {"executionArn": ARN}, {"stopDate": 0})
    with pytest.raises(SettingsError, match="fn takes no run at all"):
        followed(Until(WAITING))
    assert 10.0 < followed.clock_s < 11.5


HARNESS = """\
schema: affidavit-harness/v1
environments:
  dev: {machine: "arn:m", bucket: b, logs: [/one, /two]}
"""
TWO = """\
schema: affidavit-scenario/v1
name: test
cases:
  - {id: one, wanted: dev}
  - {id: two, wanted: qa}
actions:
  - {id: look, uses: http.request, with: {url: "https://example.org/"}, when: "env == 'never'"}
assertions:
  - {id: here, check: [{select: env, eq: "${{ case.wanted }}"}]}
"""


@pytest.fixture
def terminal(
    aws: ExpectedRequests,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    """A terminal in a folder with a scenario of two cases; AWS is what is expected of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "test.yaml").write_text(TWO)
    (tmp_path / "harness.yaml").write_text(HARNESS)
    monkeypatch.setattr(remote, "Clients", lambda **_: aws.client)
    monkeypatch.setattr(remote, "_reading", lambda: aws.client)
    for module in (service_lines, from_s3):
        monkeypatch.setattr(module, "Clients", lambda **_: aws.client)
    ids = iter([RUN, OTHER])
    monkeypatch.setattr("affidavit_harness.parallel_runs.new_run_id", lambda _: next(ids))
    return Terminal(capsys, tmp_path)


def _starts(aws: ExpectedRequests, run: str, refused: str = "") -> None:
    aws.answers("s3", "put_object", {"Bucket": "b", "Key": ANY, "Body": ANY}, {"VersionId": "v"})
    asked = {"stateMachineArn": "arn:m", "name": f"test-{run}", "input": ANY, "traceHeader": ANY}
    if refused:
        aws.refuses("stepfunctions", "start_execution", asked, refused)
        return
    answer = {"executionArn": ARN.replace(RUN, run), "startDate": 0}
    aws.answers("stepfunctions", "start_execution", asked, answer)


def _history(aws: ExpectedRequests, run: str, status: str) -> None:
    asked = {"executionArn": ARN.replace(RUN, run), "includeExecutionData": False}
    told = {"events": [{"id": 1, "type": f"Execution{status}", "timestamp": 0}]}
    aws.answers("stepfunctions", "get_execution_history", asked, told)


GIVEN = ("scenario", "run", "test.yaml", "--env", "dev", "--backend", "aws", "--no-progress")


def test_two_cases_run_one_after_the_other(aws: ExpectedRequests, terminal: Terminal) -> None:
    """What each came to, which of them to play again, and how it is told meanwhile."""
    for run, case, verdict in ((RUN, "one", RunVerdict.PASSED), (OTHER, "two", RunVerdict.FAILED)):
        _starts(aws, run)
        _history(aws, run, "Succeeded")
        _report(aws, replace(REPORT, run=run, case=case, verdict=verdict, actions=(), leaked=0))
    said = terminal(*GIVEN, "--max-parallel", "1")

    assert [
        "scenario verdict took leaked run",
        "test[one] PASSED 0.5 s 0 aqb39g70",
        "test[two] FAILED 0.5 s 0 aqb39g71",
    ] == [" ".join(line.split()) for line in said.out.splitlines()][:3]
    again = "affidavit scenario run test.yaml --case two --env dev --backend aws"
    assert f"again: {again}" in said.out
    assert "1 PASSED, 1 FAILED in dev; 80 transitions ($0.002000)." == said.out.splitlines()[-1]
    assert 1 == said.code
    assert [
        ("test[one]", "began aqb39g70"), ("test[one]", "· last not run"),
        ("test[one]", "⚠ undo put (shelf.drop)"), ("test[one]", "PASSED aqb39g70"),
        ("test[two]", "began aqb39g71"), ("test[two]", "· last not run"),
        ("test[two]", "⚠ undo put (shelf.drop)"), ("test[two]", "FAILED aqb39g71"),
    ] == [
        (line.split()[0], " ".join(line.split()[1:])) for line in said.err.splitlines()
    ]  # fmt: skip


@pytest.mark.parametrize("fast", [True, False])
def test_what_aws_refuses_to_start_is_an_error_and_the_others_go_on(
    aws: ExpectedRequests, terminal: Terminal, fast: bool
) -> None:
    """Unless the first that does not pass is to end it; then the others are not run."""
    _starts(aws, RUN, "AccessDeniedException")
    if not fast:
        _starts(aws, OTHER)
        _history(aws, OTHER, "Succeeded")
        _report(aws, replace(REPORT, run=OTHER, case="two", verdict=RunVerdict.PASSED))
    more = ("--fail-fast",) if fast else ()
    said = terminal(*GIVEN, "--max-parallel", "1", "--output", "json", *more)
    first, second = said.data

    assert ("ERROR", "NOT RUN" if fast else "PASSED", 4) == (
        *(first["verdict"], second["verdict"], said.code),
    )
    assert {
        "name": "AccessDeniedException",
        "what": "AWS could not be asked to run this, or how it went",
        "why": "it raised AccessDeniedException",
        "fix": "Check credentials, region and machine:; see affidavit scenario runs",
    } == first["error"]


def test_runs_are_started_without_waiting_for_them(
    aws: ExpectedRequests, terminal: Terminal
) -> None:
    """Which execution is whose, and what did not start; later somebody asks how they ended."""
    _starts(aws, RUN)
    _starts(aws, OTHER, "StateMachineDoesNotExist")
    said = terminal(*GIVEN, "--no-wait")

    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert ["scenario run execution", f"test[one] aqb39g70 {ARN}"] == lines[:2]
    assert (
        "test[two]: AWS could not be asked to run this, or how it went: it raised"
        " StateMachineDoesNotExist. Check credentials, region and machine:; see affidavit"
        " scenario runs."
    ) == lines[2]
    assert "Started; without a verdict. See affidavit scenario watch." == lines[-1]
    assert (5, "") == (said.code, said.err)
    _status(aws, "RUNNING")
    assert 3 == terminal("scenario", "status", "--output", "json").code
    _status(aws, "SUCCEEDED")
    _report(aws)
    told = terminal("scenario", "status", "--output", "json")
    assert ("FAILED", ARN, 1) == (told.data["state"], told.data["execution"], told.code)
    assert 1 == terminal("scenario", "status").code


def test_one_that_starts_is_told_as_data(aws: ExpectedRequests, terminal: Terminal) -> None:
    """And it is no failure that nobody waited."""
    _starts(aws, RUN)
    said = terminal(*GIVEN, "--no-wait", "--case", "one", "--output", "json")
    told = [{"scenario": "test[one]", "run": "aqb39g70", "execution": ARN}]
    assert (told, 0) == (said.data, said.code)


def test_a_run_is_watched_until_aws_says_that_it_has_ended(
    aws: ExpectedRequests, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again after each pause."""
    slept: list[float] = []
    monkeypatch.setattr(
        "affidavit_harness.console.follow_commands.time", SimpleNamespace(sleep=slept.append)
    )
    _starts(aws, RUN)
    terminal(*GIVEN, "--no-wait", "--case", "one")
    for status in ("RUNNING", "RUNNING", "FAILED"):
        _status(aws, status)
    _report(aws)
    said = terminal("scenario", "watch")

    assert [0.3, 0.3] == slept
    assert [
        "action.ended put passed", "action.ended look failed", "assertion.ended last not run",
    ] == [" ".join(line.split()[1:]) for line in said.err.splitlines()]  # fmt: skip
    assert (1, "FAILED.") == (said.code, said.out.splitlines()[-1])


def test_what_services_wrote_stands_among_the_events(
    aws: ExpectedRequests, terminal: Terminal
) -> None:
    """Each line once, whether it names the run, its trace, or both; by time."""
    _starts(aws, RUN)
    terminal(*GIVEN, "--no-wait", "--case", "one")
    about = RunStore(terminal.folder / ".affidavit-harness").about(RUN)
    store = RunStore(terminal.folder / ".affidavit-harness")
    store.tell(RUN, RunEvent(event="run.began", id=RUN))
    (event,) = store.events(RUN)
    line = {"timestamp": 1, "message": "first \n", "eventId": "a"}
    tied = {"timestamp": event.at_ms, "message": "tied", "eventId": "c"}
    late = {"timestamp": 2**42, "message": "last", "eventId": "b"}
    answers = iter([[late], [line, late], [tied], []])

    def asks(group: str) -> None:
        for word in (RUN, trace_root(RUN)):
            asked = {
                "logGroupName": group,
                "filterPattern": f'"{word}"',
                "startTime": about.started_ms,
                "endTime": about.deadline_ms + 120_000,
            }
            aws.answers("logs", "filter_log_events", asked, {"events": next(answers)})

    _status(aws, "RUNNING")
    asks("/one")
    asks("/two")
    said = terminal("scenario", "logs", "--services")
    at = iso_utc(event.at_ms)
    assert [
        "1970-01-01T00:00:00.001Z /one: first",
        f"{at} run.began        {RUN}",
        f"{at} /two: tied",
        "2109-05-15T07:35:11.104Z /one: last",
    ] == said.out.splitlines()
    _status(aws, "RUNNING")
    asked = {"logGroupName": "/one", "filterPattern": ANY, "startTime": ANY, "endTime": ANY}
    aws.refuses("logs", "filter_log_events", asked, "AccessDeniedException")
    refused = terminal("scenario", "logs", "--services")
    assert (
        "error: /one cannot be read\n  why: it raised AccessDeniedException\n"
        "  next: Check the group and your rights\n"
    ) == refused.err
    with pytest.raises(SettingsError, match="nobody says which logs there are"):
        list(service_lines.service_lines(replace(about, logs=())))


def _listed(*names: str, size: int = 9, **more: Any) -> dict[str, Any]:
    return {"Contents": [{"Key": name, "Size": size} for name in names], **more}


def test_scenarios_are_fetched_from_a_bucket(aws: ExpectedRequests, terminal: Terminal) -> None:
    """All that belongs to them, page by page, and nothing of what was there before."""
    asked = {"Bucket": "held", "Prefix": "suite/"}
    old = terminal.folder / ".affidavit-harness/from-s3/held/suite/old.yaml"
    old.parent.mkdir(parents=True)
    old.write_text("broken: [")
    page = _listed("suite/deep/test.yaml", "suite/logo.png", NextContinuationToken="n")
    aws.answers("s3", "list_objects_v2", asked, {**page, "IsTruncated": True})
    aws.answers(
        "s3", "list_objects_v2", {**asked, "ContinuationToken": "n"}, _listed("suite/rows.csv")
    )
    for key in ("suite/deep/test.yaml", "suite/rows.csv"):
        body = StreamingBody(BytesIO(TWO.encode()), len(TWO))
        aws.answers("s3", "get_object", {"Bucket": "held", "Key": key}, {"Body": body})
    said = terminal("scenario", "validate", "s3://held/suite", "--output", "json")

    (told,) = said.data
    assert ("test", 2, 0) == (told["scenario"], told["cases"], said.code)
    assert told["file"].endswith(".affidavit-harness/from-s3/held/suite/deep/test.yaml")
    assert not old.exists()
    assert TWO == (old.parent / "rows.csv").read_text()
    assert 0o700 == stat.S_IMODE((old.parent / "deep").stat().st_mode)


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        (_listed("a.png"), "there is no scenario under s3://held/x.yaml\n  why: 0 of 1 object(s)"),
        ({}, "there is no scenario under s3://held/x.yaml\n  why: 0 of 0"),
        (_listed("../a.yaml"), "these are no scenarios under s3://held/x.yaml\n  why: 1 of 1"),
        (_listed("/a.yaml"), "these are no scenarios"),
        (_listed("c:\\a.yaml"), "these are no scenarios"),
        (_listed("a.yaml", size=from_s3.MAX_LENGTH + 1), "1 of them are larger than"),
        (_listed(*map("{}.yaml".format, range(1001))), "1001 of 1001"),
        (None, "s3://held/x.yaml cannot be read\n  why: it raised NoSuchBucket\n"),
    ],
)
def test_what_is_no_folder_of_scenarios_is_refused(
    aws: ExpectedRequests, terminal: Terminal, listed: dict[str, Any] | None, words: str
) -> None:
    """With what was found; nothing is fetched."""
    asked = {"Bucket": "held", "Prefix": "x.yaml"}
    if listed is None:
        aws.refuses("s3", "list_objects_v2", asked, "NoSuchBucket")
    else:
        aws.answers("s3", "list_objects_v2", asked, listed)
    said = terminal("scenario", "validate", "s3://held/x.yaml")
    assert (3, words) == (said.code, words if words in said.err else said.err)


@pytest.mark.parametrize(
    ("prefix", "asked"), [("", ""), ("/a/", "a/"), ("/a", "a/"), ("/a.json", "a.json")]
)
def test_a_folder_is_listed_as_one(
    aws: ExpectedRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, asked: str
) -> None:
    """And a file as what it is; the longest object and the most of them are taken."""
    monkeypatch.setattr(from_s3, "Clients", lambda **_: aws.client)
    names = [f"{asked}{number}.yml" for number in range(3)]
    listed = _listed(*names, size=from_s3.MAX_LENGTH)
    aws.answers("s3", "list_objects_v2", {"Bucket": "held", "Prefix": asked}, listed)
    monkeypatch.setattr(from_s3, "MOST", 3)
    for name in names:
        body = StreamingBody(BytesIO(b"x"), 1)
        aws.answers("s3", "get_object", {"Bucket": "held", "Key": name}, {"Body": body})
    assert tmp_path / "held" / prefix.strip("/") == from_s3.fetch(f"s3://held{prefix}", tmp_path)


@pytest.mark.parametrize("url", ["s3://", "s3:///a", "s3://held/../a", "s3://held/c:/a"])
def test_what_is_no_place_in_a_bucket_is_refused(terminal: Terminal, url: str) -> None:
    """Before anybody is asked."""
    said = terminal("scenario", "validate", url)
    assert (2, True) == (said.code, "write s3://bucket/folder or" in said.err)


def test_a_list_of_executions_is_asked_for_once_a_second(
    aws: ExpectedRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was running stays so while AWS does not answer."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(execution_polling, "time", SimpleNamespace(monotonic=lambda: clock.now))
    asked = {"stateMachineArn": "arn:m", "statusFilter": "RUNNING"}
    common = {"stateMachineArn": "arn:m", "status": "RUNNING", "startDate": 0, "name": "n"}
    listed = {"executions": [{**common, "executionArn": ARN}]}
    poller = execution_polling.ListPoller(aws.client("stepfunctions"), "arn:m")
    aws.answers("stepfunctions", "list_executions", asked, listed)
    assert ([], False, "") == poller.poll(ARN, 0)
    clock.now += 1.0
    assert ([], True, "") == poller.poll("another", 0)
    clock.now += 0.1
    aws.refuses("stepfunctions", "list_executions", asked, "ThrottlingException")
    assert ([], False, "") == poller.poll(ARN, 0)
    assert (0.05, 1.0) == (execution_polling.HistoryPoller.least_s, poller.least_s)
