"""The deployed harness in this process: its definition, its function, and all that it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from affidavit.plugin import ActionError
from affidavit_harness import handler as deployed_handler
from affidavit_harness.engine.bucket_shelf import BucketShelf
from affidavit_harness.handler import Deployed, handler
from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.machine import machine
from affidavit_harness.parallel_runs import Batch, Job, begin
from affidavit_harness.protocol import RunReport, RunState, StoredScenario
from harness_parts import Anything, Stage
from machine_player import Player, TaskFailedError

BEGAN = 1_790_000_000_000
RUN = "01k8l59hmj82jj3nnoaqb39g70"
ARN = "arn:aws:states:eu-west-1:111122223333:execution:harness:test-" + RUN


class Bucket:
    """Stand-in for a bucket with versions: keeps objects, and each request."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.put: list[dict[str, Any]] = []
        self.got: list[dict[str, Any]] = []

    def __call__(self, service: str) -> Bucket:
        assert "s3" == service
        return self

    def put_object(self, **asked: Any) -> None:
        self.held[asked["Key"]] = asked["Body"]
        self.put.append(asked)

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self.got.append(asked)
        return {"Body": BytesIO(self.held[asked["Key"]])}


class Cloud:
    """A stage on which the deployed function stands, and a machine that calls it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = Stage(folder)
        self.stage.clock_ms = BEGAN
        self.bucket = Bucket()
        self.fails: Callable[[str, dict[str, Any]], bool] = lambda *_: False
        self.player = Player(self._call)
        context = self.stage.context()._replace(
            client=self.bucket, shelf=lambda: BucketShelf(self.bucket, "bucket"), inline_s=1.0
        )
        BucketShelf._read.clear()
        self.here = Deployed(context, self.bucket, "bucket", "tests", {})
        monkeypatch.setattr(deployed_handler, "deployed", lambda: self.here)
        monkeypatch.setattr(deployed_handler, "now_ms", self.stage.now_ms)

    def _call(self, event: dict[str, Any]) -> Any:
        json.dumps(event)
        self.stage.clock_ms += 10
        if self.fails(event["op"], event):
            raise TaskFailedError("Lambda.Unknown")
        try:
            return json.loads(json.dumps(handler(event, None)))
        except ActionError as error:
            raise TaskFailedError(error.name) from None

    def start(self, text: str, case: int = 0, **changes: Any) -> RunState:
        """Upload a scenario, and return the state that its run starts with."""
        loaded = self.stage.load(text)
        begun = begin(
            Job(loaded, loaded.cases()[case]),
            Batch([], self.stage.registry, self.stage.here, self.stage.folder),
        )
        run = replace(begun.run, id=RUN, started_ms=BEGAN, deadline_ms=BEGAN + 120_000)
        key = f"scenarios/{loaded.sha256}.json"
        self.bucket.held[key] = loaded.as_json
        return replace(begun, run=run, scenario=StoredScenario(key, "v1", loaded.sha256), **changes)

    def play(self, begun: RunState) -> Any:
        """Play the machine to its end."""
        return self.player.play(machine(), to_json(begun), {"Execution": {"Id": ARN}})

    def report(self) -> RunReport:
        """Return the report that lies in the bucket, and nothing else that was put there."""
        (asked,) = [one for one in self.bucket.put if one["Key"].startswith("reports/")]
        assert ("bucket", f"reports/{RUN}.json", "application/json") == (
            *(asked["Bucket"], asked["Key"], asked["ContentType"]),
        )
        return from_json(RunReport, json.loads(asked["Body"]))


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A harness with a shelf."""
    return Cloud(tmp_path, monkeypatch)


def _log(capsys: pytest.CaptureFixture[str]) -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
    """Return which steps the log names, and what was counted."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    steps = [line for line in lines if "_aws" not in line]
    assert all({"run", "op", "step"} == line.keys() and RUN == line["run"] for line in steps)
    counted = [
        {name: value for name, value in line.items() if name != "_aws"}
        for line in lines
        if "_aws" in line
    ]
    return [(line["op"], line["step"]) for line in steps], counted


PLAYED = """\
timeout: 2m
cases: [{id: one, wanted: 7}]
actions:
  - {id: seed, uses: shelf.put, with: {key: a, value: 1}, undo: auto}
  - parallel:
      - {id: left, uses: shelf.put, with: {key: l, value: 2}, undo: auto}
      - id: right
        uses: shelf.look
        with: {value: 3}
        check: [{select: value, eq: 3}]
        eventually: {timeout: 60s, every: 20s}
        capture: {num: value}
  - id: each
    uses: shelf.look
    for_each: [4, 5]
    with: {value: "${{ item }}"}
    check: [{select: value, gte: 4}]
    capture: {all: value}
  - id: look
    uses: shelf.look
    with: {value: "${{ vars.num }}"}
    check: [{select: value, eq: "${{ case.wanted }}"}]
    eventually: {timeout: 60s, every: 10s}
assertions:
  - {id: last, check: [{select: vars.num, eq: 3}, {select: "vars.all[1]", eq: 5}]}
"""
TURN = ["ExecuteAtomicAction", "HandleActionResult"]
BRANCH = ["ExecuteBranch", "HandleBranch"]
ENDED = [*BRANCH, "BranchEnded"]
CLEANED = ["ListTestData", "CleanUpTestData", "Undo", "Undo", "Conclude", "Verdict"]


def test_a_run_goes_through_the_machine_to_its_verdict(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Steps, branches and waiting; what is written is taken back; a report, a log and numbers."""
    looked: list[Any] = []

    def answer(params: Anything, _: object) -> dict[str, Any]:
        looked.append(params.value)
        return {"value": {(1, 3): 0, (5, 3): 0}.get((len(looked), params.value), params.value)}

    cloud.stage.shelf.answers = answer
    told = cloud.play(cloud.start(PLAYED.replace("wanted: 7", "wanted: 3")))

    assert {"verdict": "PASSED", "leaked": 0, "summary": ""} == told
    assert [20, 10] == cloud.player.waited
    assert [
        *("PrepareAndExecuteActions", "HandleActionResult", *TURN, *TURN),
        *("FanOutActions", *ENDED, *BRANCH, "WaitInBranch", *ENDED),
        *("JoinActions", "HandleActionResult", *TURN, "FanOutActions", *ENDED, *ENDED),
        *("JoinActions", "HandleActionResult", *TURN, "WaitBeforePoll", *TURN),
        *("VerifyFinalAssertions", "HandleAssertionResult", *CLEANED, "TestSucceeded"),
    ] == cloud.player.entered
    steps, (counted,) = _log(capsys)
    assert [
        *[("prepare", 0), ("act", 1), ("act", 1), ("branch", 1), ("branch", 1), ("branch", 1)],
        *[("join", 2), ("act", 2), ("branch", 2), ("branch", 2), ("join", 3)],
        *[("act", 3), ("act", 4), ("verify", 4), ("list", 4), ("undo", None), ("undo", None)],
        ("conclude", None),
    ] == steps
    assert {
        "Environment": "local", "Passed": 1, "LeakedItems": 0, "Polls": 2, "RunDuration": 180,
    } == counted  # fmt: skip
    report = cloud.report()
    assert (RUN, "test", "one", "local", "PASSED", ARN) == (
        *(report.run, report.scenario, report.case, report.env, report.verdict, report.execution),
    )
    assert (BEGAN, 180, 0, 2, 18) == (
        *(report.began_ms, report.took_ms, report.leaked, report.polls, report.transitions),
    )
    assert [
        ("seed", "passed", 1, {"kept": True}),
        ("left", "passed", 1, {"kept": True}),
        ("right", "passed", 2, {"value": 3}),
        ("each", "passed", 1, [{"value": 4}, {"value": 5}]),
        ("look", "passed", 2, {"value": 3}),
        ("last", "passed", 0, None),
    ] == [(one.id, one.state, one.tries, one.result) for one in report.steps]
    assert [("left", True, 1), ("seed", True, 1)] == [
        (one.action, one.ok, one.tries) for one in report.cleanup
    ]
    assert {} == cloud.stage.shelf.held
    (fetched,) = cloud.bucket.got
    assert {"Bucket": "bucket", "VersionId": "v1"} == {
        name: value for name, value in fetched.items() if name != "Key"
    }


def test_a_run_that_fails_is_told_in_a_line(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a thousand characters at most; what is not judged says so."""
    text = PLAYED.replace("    eventually: {timeout: 60s, every: 10s}\n", "")
    told = cloud.play(cloud.start(text))

    summary = "look: value: expected eq 7, actual 3"
    assert {"Error": "Test.Failed", "Cause": summary} == told
    assert "TestFailed" == cloud.player.entered[-1]
    report = cloud.report()
    assert ("FAILED", "not run") == (report.verdict, report.assertions[0].state)
    assert {"Failed": 1, "Polls": 0}.items() <= _log(capsys)[1][0].items()
    check = "check: [" + "{select: value, eq: 8}, " * 60 + "]"
    wrong = f"actions:\n  - {{id: a, uses: shelf.look, with: {{value: 1}}, {check}}}\n"
    cloud.bucket.put.clear()
    assert 1000 == len(cloud.play(cloud.start(wrong))["Cause"])


WRITES = """\
actions:
  - {id: seed, uses: shelf.put, with: {key: a, value: 1}, undo: auto}
  - {id: more, uses: shelf.put, with: {key: b, value: 1}, undo: auto}
  - {id: look, uses: shelf.look, with: {value: 1}, check: [{select: value, eq: 1}]}
"""


def test_a_step_that_breaks_is_an_error_and_its_write_is_taken_back(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine has its state of before; the ledger of undos knows more."""
    calls: list[str] = []

    def fails(op: str, _: object) -> bool:
        calls.append(op)
        return op == "act" and calls.count("act") == 2

    cloud.fails = fails
    told = cloud.play(cloud.start(WRITES))

    assert "TestErrored" == cloud.player.entered[-1]
    assert {"Error": "Test.Error", "Cause": machine()["States"]["TestErrored"]["Cause"]} == told
    report = cloud.report()
    assert report.error is not None
    assert ("Harness.Broken", "a step of the harness broke", "Lambda.Unknown", "See its log") == (
        *(report.error.name, report.error.what, report.error.why, report.error.fix),
    )
    assert ("ERROR", ["passed", "not run", "not run"]) == (
        *(report.verdict, [one.state for one in report.actions]),
    )
    assert 9 == report.transitions
    assert {} == cloud.stage.shelf.held
    assert {"Errored": 1, "LeakedItems": 0}.items() <= _log(capsys)[1][0].items()


def test_what_cannot_be_taken_back_stays_with_what_it_needs(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are taken back; the sweep tries it again, all of it or what is due."""
    ledger = cloud.here.context.ledger
    cloud.fails = lambda op, event: op == "undo" and event["entry"]["action"] == "seed"
    ledger.remember(RUN, "token", "of nobody")
    told = cloud.play(cloud.start(WRITES))

    assert {"verdict": "PASSED", "leaked": 1} == {
        name: told[name] for name in ("verdict", "leaked")
    }
    assert (
        f"LEAKED seed: the undo failed; affidavit scenario cleanup --run {RUN[-8:]}"
        == told["summary"]
    )
    assert "UndoFailed" in cloud.player.entered
    assert [
        {"run": RUN, "action": "more", "uses": "shelf.drop", "ok": True, "tries": 1, "error": None},
        {"run": RUN, "action": "seed", "uses": "shelf.drop", "ok": False, "tries": 3}
        | {
            "error": {
                "name": "Harness.Undo",
                "what": "the undo failed",
                "why": "its function raised",
                "fix": "Run affidavit scenario cleanup",
            }
        },
    ] == [to_json(one) for one in cloud.report().cleanup]
    assert {"token": "of nobody"} == ledger.remembered(RUN)
    _log(capsys)
    assert {"swept": 0, "left": 0} == handler({"op": "sweep"}, None)
    ended = {"detail": {"status": "FAILED", "name": f"test-{RUN}"}}
    assert {"swept": 1, "left": 0} == handler(ended, None) != handler(ended, None)
    assert {} == cloud.stage.shelf.held
    assert [0, 1, 0] == [one["Swept"] for one in _log(capsys)[1]]


def test_a_run_of_another_scenario_or_place_is_refused(cloud: Cloud) -> None:
    """Whoever changed the object, or named none, learns why; nothing is done."""
    begun = cloud.start(WRITES)
    assert begun.scenario is not None
    other = replace(begun.scenario, sha256="0" * 64)
    for spoilt, why in (
        (replace(begun, scenario=None), "nobody says which one"),
        (replace(begun, scenario=other), "its hash differs"),
    ):
        asked = {"op": "prepare", "execution": ARN, "state": to_json(spoilt)}
        with pytest.raises(ActionError) as caught:
            handler(asked, None)
        assert "the scenario is not the one that was started" == caught.value.what
        assert ("Harness.Scenario", why) == (caught.value.name, caught.value.why)
    elsewhere = replace(begun, run=replace(begun.run, env="prod"))
    told = handler({"op": "prepare", "execution": ARN, "state": to_json(elsewhere)}, None)
    assert ("ERROR", "Harness.Environment") == (told["cursor"]["outcome"], told["error"]["name"])
    assert (ARN, []) == (told["execution"], cloud.stage.shelf.asked)


def test_what_is_too_long_to_be_carried_lies_on_the_shelf(cloud: Cloud) -> None:
    """Under its run and name, and is looked up where it is needed."""
    text = """\
actions:
  - id: one
    uses: shelf.look
    with: {value: XX}
    capture: {long: value, short: "length(value)"}
  - {id: two, uses: shelf.look, with: {value: "${{ vars.long }}"}, check: [{select: "length(value)", eq: 17000}]}
  - id: each
    uses: shelf.look
    for_each: [1, 2]
    with: {value: "${{ vars.long }}"}
    capture: {all: value}
assertions:
  - {id: last, check: [{select: "length(vars.all[1])", eq: 17000}, {select: vars.short, eq: 17000}]}
""".replace("XX", "x" * 17_000)  # noqa: E501 - a line of YAML
    told = cloud.play(cloud.start(text))

    assert "PASSED" == told["verdict"]
    kept = [one for one in cloud.bucket.put if one["Key"].startswith("captured/")]
    value = json.dumps("x" * 17_000).encode()
    assert [
        ("long", value), ("all-0", value), ("all-1", value),
        ("all", b"[" + value + b", " + value + b"]"),
    ] == [
        (one["Key"].removeprefix(f"captured/{RUN}/").removesuffix(".json"), one["Body"])
        for one in kept
    ]  # fmt: skip
    names = [one["Key"].rpartition("/")[2] for one in cloud.bucket.got[1:]]
    assert ["long.json", "all-0.json", "all-1.json", "all.json", "long.json"] >= sorted(set(names))
