"""One run and its reports, compared whole: every field, every event, every form on paper."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from affidavit import __version__
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import (
    CheckFinding,
    RunReport,
    RunVerdict,
    StepResult,
    StepState,
    Trouble,
    UndoResult,
)
from affidavit_harness.reports.summary import steps_told
from affidavit_harness.reports.write import form_of
from harness_parts import Stage, broken

BEGAN = 1_790_000_000_000
SCENARIO = """\
timeout: 2m
inputs:
  token: {from: secretsmanager, name: "p/${{ env }}/token", secret: true}
  size: {default: 3}
cases:
  - {id: one, wanted: 7}
actions:
  - {id: seed, uses: shelf.put, with: {key: a, value: "${{ inputs.size }}"}, undo: auto}
  - id: own
    uses: shelf.put
    with: {key: b, value: 1}
    undo: {uses: shelf.drop, with: {key: "b", value: "${{ inputs.token }}"}}
  - id: look
    uses: shelf.look
    with: {value: {num: 7, t: "${{ inputs.token }}"}}
    check:
      - {select: value.num, eq: "${{ case.wanted }}"}
      - {select: value.t, exists: true}
    capture: {num: value.num, t: {select: value.t, secret: true}}
  - {id: never, uses: shelf.look, when: "case.wanted == `8`"}
  - id: wrong
    uses: shelf.look
    with: {value: "${{ vars.num }}"}
    check: [{select: value, gt: 8, message: more}]
  - {id: after, uses: shelf.look, undo: none}
assertions:
  - {id: last, check: [{select: vars.num, eq: 7}]}
"""


def _step(name: str, uses: str, state: str, **more: Any) -> dict[str, Any]:
    began = state != "not run"
    told: dict[str, Any] = {
        "id": name,
        "uses": uses,
        "state": state,
        "began_ms": BEGAN if began else None,
        "took_ms": 0 if began else None,
        "tries": 0 if state in {"skipped", "not run"} else 1,
        "retried": [],
        "why": "",
        "findings": [],
        "result": None,
        "error": None,
    }
    return {**told, **more}


def _finding(
    select: str, operator: str, expected: Any, actual: Any, holds: bool, message: str = ""
) -> dict[str, Any]:
    named = {"select": select, "operator": operator, "expected": expected, "actual": actual}
    return {**named, "holds": holds, "message": message}


def test_a_run_leaves_this_report_and_these_events(tmp_path: Path) -> None:
    """What passed, what was skipped, what failed, what was never begun, what was taken back."""
    stage = Stage(tmp_path)
    stage.clock_ms = BEGAN
    kept: list[dict[str, Any]] = []
    stage.shelf.before_drop = lambda _: kept.extend(map(to_json, stage.ledger.entries()))
    report = stage.run(SCENARIO)
    run = report.run
    found = [
        _finding("value.num", "eq", 7, 7, True),
        _finding("value.t", "exists", True, "***", True),
    ]
    wrong = [_finding("value", "gt", 8, 7, False, "more")]

    assert {
        "run": run,
        "scenario": "test",
        "case": "one",
        "env": "local",
        "verdict": "FAILED",
        "began_ms": BEGAN,
        "took_ms": 0,
        "error": None,
        "actions": [
            _step("seed", "shelf.put", "passed", result={"kept": True}),
            _step("own", "shelf.put", "passed", result={"kept": True}),
            _step(
                *("look", "shelf.look", "passed"),
                findings=found,
                result={"value": {"num": 7, "t": "***"}},
            ),
            _step("never", "shelf.look", "skipped"),
            _step("wrong", "shelf.look", "failed", findings=wrong, result={"value": 7}),
            _step("after", "shelf.look", "not run"),
        ],
        "assertions": [_step("last", "", "not run")],
        "cleanup": [
            {"run": run, "action": name, "uses": "shelf.drop", "ok": True, "tries": 1}
            | {"error": None}
            for name in ("own", "seed")
        ],
        "leaked": 0,
        "polls": 0,
        "transitions": 17,
        "dollars": 0.000425,
        "file": "",
        "execution": "",
        "schema": "affidavit-report/v1",
    } == to_json(report)
    ended = {"seed": "passed", "own": "passed", "look": "passed", "never": "skipped"}
    events = [{"event": "run.began", "id": run}]
    for name, state in {**ended, "wrong": "failed"}.items():
        uses = "shelf.put" if name in {"seed", "own"} else "shelf.look"
        events += [
            {"event": "action.began", "id": name, "uses": uses, "state": "began"},
            {"event": "action.ended", "id": name, "uses": uses, "state": state, "took_ms": 0}
            | ({"tries": 1} if state != "skipped" else {}),
        ]
    events += [
        {"event": "undo.ended", "id": name, "uses": "shelf.drop", "state": "done"}
        for name in ("own", "seed")
    ]
    events.append({"event": "run.ended", "id": run, "state": "FAILED"})
    empty = {"uses": "", "state": "", "at_ms": 0, "took_ms": None, "tries": 0, "leaked": 0}
    assert [{**empty, **one} for one in events] == [to_json(one) for one in stage.events]
    assert ["put a", "put b", "look", "look", "drop b", "drop a"] == stage.shelf.asked
    secret = {"token": {"source": "secretsmanager", "name": "p/local/token"}}
    own = {"key": "b", "value": "${{ inputs.token }}"}
    assert [
        {
            "run": run,
            "number": number,
            "action": action,
            "uses": "shelf.drop",
            "params": params,
            "env": "local",
            "expires_s": BEGAN // 1000 + 120 + 3600,
            "secrets": secrets,
        }
        for number, action, params, secrets in (
            (2000, "own", own, secret),
            (1000, "seed", {"key": "a"}, {}),
        )
    ] == kept[:2]
    assert [] == list(FileUndoLedger(tmp_path / "runs").entries())


def _reports() -> list[RunReport]:
    asked = {"method": "GET", "url": "https://x.example.com/"}
    steps = (
        StepResult(
            id="ask",
            uses="http.request",
            state=StepState.FAILED,
            began_ms=BEGAN + 100,
            took_ms=500,
            tries=3,
            retried=("Service.Down", "HttpTimeout"),
            why="it gave up",
            findings=(
                CheckFinding("status", "eq", 200, 404, holds=False, message="found | it"),
                CheckFinding("ok", "eq", True, True, holds=True),
            ),
            result={"request": asked, "status": 404},
        ),
        StepResult(id="then", uses="s3.put"),
    )
    trouble = Trouble("Service.Down", "it is down", "no answer", "Wait\x01")
    return [
        RunReport(
            run="01k8l59hmj82jj3nnoaqb39g70",
            scenario="price",
            case="a|b",
            env="dev",
            verdict=RunVerdict.FAILED,
            began_ms=BEGAN,
            took_ms=1000,
            actions=steps,
            cleanup=(
                UndoResult(
                    run="r", action="seed", uses="s3.delete", ok=False, tries=3, error=trouble
                ),
                UndoResult(run="r", action="more", uses="s3.delete", ok=False, tries=2),
                UndoResult(run="r", action="one", uses="s3.delete", ok=True, tries=1),
            ),
            leaked=2,
            transitions=40,
            dollars=0.001,
            execution="arn:x",
        ),
        RunReport(
            run="01k8l59hmj82jj3nnoaqb39g71",
            scenario="price",
            case="only",
            env="dev",
            verdict=RunVerdict.ERROR,
            began_ms=BEGAN,
            took_ms=250,
            error=trouble,
        ),
        RunReport(
            run="01k8l59hmj82jj3nnoaqb39g72",
            scenario="other#1",
            case="only",
            env="dev",
            verdict=RunVerdict.NOT_RUN,
            began_ms=BEGAN,
        ),
        RunReport(
            run="01k8l59hmj82jj3nnoaqb39g73",
            scenario="other#1",
            case="two",
            env="dev",
            verdict=RunVerdict.PASSED,
            began_ms=BEGAN,
            took_ms=2000,
        ),
    ]


FAILED = (
    "ask: status: expected eq 200, actual 404 after 3 polls, it gave up (found | it)"
    " [GET https://x.example.com/ answered 404]"
)
LEAKED = [
    f"LEAKED {name}: {why}; affidavit scenario cleanup --run aqb39g70"
    for name, why in (("seed", "it is down"), ("more", "it failed"))
]
DOWN = "it is down: no answer. Wait\x01."
RETRIED = "ask: failed after 2 failed tries (Service.Down, HttpTimeout)"


def test_a_table_of_verdicts_is_this() -> None:
    """In Markdown, where nothing ends a cell early."""
    cell = FAILED.replace("\n", " ")
    title = "price[a\\|b]"
    assert [
        "| scenario | verdict | took | leaked | run |",
        "|---|---|---|---|---|",
        f"| {title} | FAILED | 1.0 s | 2 | aqb39g70 |",
        "| price | ERROR | 0.2 s | 0 | aqb39g71 |",
        "| other#1 | NOT RUN | 0.0 s | 0 | aqb39g72 |",
        "| other#1[two] | PASSED | 2.0 s | 0 | aqb39g73 |",
        "",
        *(f"- **{title}** `{one}`" for one in (cell, *LEAKED, RETRIED)),
        f"- **price** `{DOWN}`",
    ] == form_of(".md")(_reports()).splitlines()


def test_a_tap_report_is_this() -> None:
    """What was not run is skipped, and a sign that TAP reads is none."""
    assert [
        "TAP version 14",
        "1..4",
        "not ok 1 - price[a|b]",
        *(f"# {one}" for one in (FAILED, *LEAKED, RETRIED)),
        "not ok 2 - price",
        f"# {DOWN}",
        "ok 3 - other?1 # SKIP it was not run",
        "ok 4 - other?1[two]",
    ] == form_of(".tap")(_reports())[:-1].split("\n")


def test_a_junit_report_is_this() -> None:
    """A suite a scenario, a case a case, numbers as CI adds them up."""
    from xml.etree import ElementTree as ET

    root = ET.fromstring(form_of(".xml")(_reports()))  # noqa: S314 - our own
    suites = [dict(one.attrib) for one in root]
    names = ("name", "tests", "failures", "errors", "skipped", "time")
    assert ("testsuites", {"name": "affidavit"}) == (root.tag, root.attrib)
    assert [
        dict(zip(names, ("price", "2", "1", "1", "0", "1.250"), strict=True)),
        dict(zip(names, ("other#1", "2", "0", "0", "1", "2.000"), strict=True)),
    ] == suites
    first, second, third, fourth = root.iter("testcase")
    assert {"classname": "price", "name": "price[a|b]", "time": "1.000"} == first.attrib
    properties = {"run": "01k8l59hmj82jj3nnoaqb39g70", "env": "dev", "leaked": "2"}
    properties |= {"affidavit": __version__, "execution": "arn:x"}
    assert list(properties.items()) == [
        (one.attrib["name"], one.attrib["value"]) for one in first.iter("property")
    ]
    assert [
        ("failure", {"message": FAILED}, "\n".join([FAILED, *LEAKED])),
        ("system-out", {}, RETRIED),
        ("system-err", {}, "\n".join(LEAKED)),
    ] == [(one.tag, one.attrib, one.text) for one in first[1:]]
    down = DOWN.replace("\x01", "?")
    assert [("error", {"message": down}, down)] == [
        (one.tag, one.attrib, one.text) for one in second[1:]
    ]
    assert [("skipped", {"message": "it was not run"})] == [
        (one.tag, one.attrib) for one in third[1:]
    ]
    assert [] == fourth[1:]


def test_a_page_says_this() -> None:
    """Each step and each undo is a row; what nobody can run is text."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = [f"{name}={value}" for name, value in attrs if name in {"class", "style", "id"}]
            self.found += told

        def handle_data(self, data: str) -> None:
            said = " ".join(data.split())
            self.found += [said] if said and "{--ok" not in said else []

    reader = Reader()
    reader.feed(form_of(".html")(_reports()[:2]))
    request = json.dumps(_reports()[0].actions[0].result, indent=1)
    assert [
        *("affidavit: 1 FAILED, 1 ERROR", "1 FAILED, 1 ERROR"),
        *("scenario", "verdict", "took", "leaked"),
        *("price[a|b]", "class=word FAILED", "FAILED", "1.0 s", "2"),
        *("price", "class=word ERROR", "ERROR", "0.2 s", "0"),
        *("id=01k8l59hmj82jj3nnoaqb39g70", "price[a|b]", "class=word FAILED", "FAILED"),
        *("run", "01k8l59hmj82jj3nnoaqb39g70"),
        "(aqb39g70) in dev, began 2026-09-21T14:13:20.000Z, took 1.0 s, 40 transitions ($0.001000)",
        *(FAILED, *LEAKED, RETRIED),
        *("step", "state", "when", "evidence"),
        *("ask", "http.request", "class=word failed", "failed"),
        *("class=bar failed", "style=left:10.0%;width:50.0%", "500 ms"),
        *("select", "expected", "actual"),
        *("status", "eq 200", "404", "class=word failed", "failed"),
        *("ok", "eq true", "true", "class=word passed", "passed"),
        *("result", " ".join(request.split())),
        *("then", "s3.put", "class=word not-run", "not run"),
        *("undo seed", "s3.delete", "class=word leaked", "leaked", "3 tries"),
        *("undo more", "s3.delete", "class=word leaked", "leaked", "2 tries"),
        *("undo one", "s3.delete", "class=word passed", "passed", "1 tries"),
        *("id=01k8l59hmj82jj3nnoaqb39g71", "price", "class=word ERROR", "ERROR"),
        *("run", "01k8l59hmj82jj3nnoaqb39g71"),
        "(aqb39g71) in dev, began 2026-09-21T14:13:20.000Z, took 0.2 s, 0 transitions ($0.000000)",
        DOWN,
        *("step", "state", "when", "evidence"),
        f"affidavit {__version__}. Secrets and personal data are masked.",
    ] == reader.found


def test_a_report_in_json_is_the_reports_themselves() -> None:
    """With the version that wrote them."""
    told = json.loads(form_of(".json")(_reports()))
    runs = [to_json(one) for one in _reports()]
    assert {"schema": "affidavit-reports/v1", "affidavit": __version__, "runs": runs} == told


def test_what_each_step_found_is_told_like_this() -> None:
    """Which request, how often, what was asked of what was found."""
    request = json.dumps(_reports()[0].actions[0].result)
    asked = "[GET https://x.example.com/ answered 404]"
    assert [
        "run 01k8l59hmj82jj3nnoaqb39g70, trace 1-6b0ce280-000040a731def8569634c0e0",
        f"ask (http.request): failed after 3 tries {asked}",
        f"ask: found {request}",
        "ask: status eq 200 does not hold: 404",
        "ask: ok eq true holds: true",
        "then (s3.put): not run",
    ] == list(steps_told(_reports()[0]))


TRAIL = """\
actions: [{id: go, uses: shelf.look, check: [{select: value, exists: true}]}]
assertions:
  - id: trail
    audit_trail:
      source: {uses: shelf.list}
      where: {act: X, "who.id": "${{ run.prefix }}"}
      exactly: 2
      records: [{select: num, gt: 1, message: low}]
      eventually: {timeout: 40s, every: 25s}
"""


def test_a_trail_is_judged_record_by_record(tmp_path: Path) -> None:
    """How many there are, then of each what is asked of it, and what it should not hold."""
    stage = Stage(tmp_path)
    stage.clock_ms = BEGAN

    def answers(_: Any, context: Any) -> dict[str, Any]:
        who = {"id": context.run.prefix}
        kept = [{"act": "X", "who": who, "num": 2}, {"act": "Y", "who": who, "num": 0}]
        late = [{"act": "X", "who": {**who, "mail": "jane.roe@example.com"}, "num": 1}]
        return {"value": [*kept, *(late if stage.shelf.asked.count("list") > 1 else [])]}

    stage.shelf.answers = answers
    stage.stop.sleep = stage.sleep  # type: ignore[method-assign]
    (step,) = stage.run(TRAIL).assertions

    assert ("failed", BEGAN, 25_000, 2, "") == (
        *(step.state, step.began_ms, step.took_ms, step.tries, step.why),
    )
    digest = hashlib.sha256(b"jane.roe@example.com").hexdigest()[:12]
    leak = f"EMAIL at who.mail ({digest})"
    told = [to_json(one) for one in step.findings]
    assert [
        _finding("records that match where", "exactly", 2, 2, True),
        _finding("records[0].num", "gt", 1, 2, True, "low"),
        _finding("records[0]", "no_pii", [], [], True),
        _finding("records[1].num", "gt", 1, 1, False, "low"),
        _finding("records[1]", "no_pii", [], [leak], False),
    ] == told
    (unasked,) = stage.run(
        TRAIL.replace("exactly: 2", "exactly: 2\n      no_pii: false")
    ).assertions
    assert ["exactly", "gt", "gt"] == [one.operator for one in unasked.findings]
    stage.shelf.asked.clear()
    (few,) = stage.run(TRAIL.replace("exactly: 2", "exactly: 3")).assertions
    assert ("failed", "not within 40s", 3) == (few.state, few.why, few.tries)
    (many,) = stage.run(TRAIL.replace("exactly: 2", "exactly: 0")).assertions
    assert ("failed", "it can no longer come true", 1) == (many.state, many.why, many.tries)


@pytest.mark.parametrize("name", ["records", "items", "events", "messages", "rows", "others"])
def test_a_trail_is_read_from_whatever_lists_records(tmp_path: Path, name: str) -> None:
    """By the names that actions give such a list; a source without any is an error."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": 1, name: [{"act": "X"}]}
    text = TRAIL.replace("shelf.list", "shelf.look").replace(', "who.id": "${{ run.prefix }}"', "")
    report = stage.run(text.replace("exactly: 2", "exactly: 1").replace("gt: 1", "exists: false"))
    if name != "others":
        assert "PASSED" == report.verdict
        return
    assert report.error is not None
    assert (
        "Harness.AuditTrail",
        "the source of the audit trail has no records",
        "its result holds no list",
    ) == (report.error.name, report.error.what, report.error.why)


def test_a_step_that_waits_across_calls_goes_on_where_it_was(tmp_path: Path) -> None:
    """When it began, how often it was tried, what a retry hid: of all of its calls."""
    from affidavit_harness.engine.run_steps import act, prepare
    from affidavit_harness.parallel_runs import Batch, Job, begin

    stage = Stage(tmp_path)
    stage.clock_ms = BEGAN
    failing = iter([True, False, True, False, False])

    def answers(_: Any, __: Any) -> dict[str, Any]:
        if next(failing):
            raise broken()
        return {"value": stage.clock_ms}

    stage.shelf.answers = answers
    loaded = stage.load(f"""\
actions:
  - id: look
    uses: shelf.look
    retry: {{attempts: 2, every: 1s}}
    check: [{{select: value, gte: {BEGAN + 50_000}}}]
    eventually: {{timeout: 60s, every: 25s}}
""")
    begun = begin(
        Job(loaded, loaded.cases()[0]), Batch([], stage.registry, stage.here, stage.folder)
    )
    context = stage.context()
    state = act(loaded.scenario, prepare(loaded.scenario, begun, context), context)
    assert {
        "i": 0, "outcome": "POLL", "wait": 25, "began_ms": BEGAN, "at_once": 1,
        "progress": {
            "began_ms": BEGAN, "tries": 1, "held_ms": None, "retried": ["Service.Down"],
        },
    } == to_json(state.cursor)  # fmt: skip
    stage.clock_ms += 25_000
    state = act(loaded.scenario, state, context)
    stage.clock_ms += 25_000
    state = act(loaded.scenario, state, context)
    (step,) = state.actions
    assert ("passed", BEGAN, 52_000, 3, ("Service.Down", "Service.Down")) == (
        *(step.state, step.began_ms, step.took_ms, step.tries, step.retried),
    )
