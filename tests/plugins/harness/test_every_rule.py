"""Rules of the engine as tables: each operator, each network, each status, each moment."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody

from affidavit import SettingsError
from affidavit.plugin import ActionError, ActionParams, AtomicAction, Grant, ScenarioRun, always
from affidavit_harness import remote
from affidavit_harness.actions import guard
from affidavit_harness.actions.http_actions import refused
from affidavit_harness.actions.http_client import HttpAnswer, unanswered
from affidavit_harness.engine import undo
from affidavit_harness.engine.call import error_name
from affidavit_harness.engine.check_operators import OPERATORS, run_checks
from affidavit_harness.engine.conclude import LARGEST, slim, slim_step
from affidavit_harness.engine.masks import HIDDEN, Mask
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.engine.waiting import Decision, Polled, poll
from affidavit_harness.errors import RefusedActionError
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.files.scenario_model import Check, Eventually
from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.parallel_runs import Batch, Job
from affidavit_harness.protocol import (
    CheckFinding,
    PollProgress,
    RunReport,
    RunState,
    RunVerdict,
    StepResult,
    StepState,
    UndoEntry,
)
from affidavit_harness.registry import registry_of
from affidavit_harness.run_store import RunStore
from expected_requests import ExpectedRequests
from harness_parts import Stage

TRUTHS: list[tuple[str, Any, Any, bool]] = [
    *(("eq", a, b, a is b or (a == b and type(a) is type(b))) for a in (1, True, "1", None)
      for b in (1, True, "1", None)),
    ("eq", [1, {"a": 2}], [1, {"a": 2}], True),
    ("eq", [1, 2], [2, 1], False),
    ("eq", [1], [1, 1], False),
    ("eq", [True], [1], False),
    ("eq", {"a": 1}, {"a": 1, "b": 2}, False),
    ("eq", {"a": True}, {"a": 1}, False),
    ("eq", 1, 1.0, True),
    ("ne", 1, 1, False),
    ("ne", 1, True, True),
    ("ne", None, 1, True),
    *(("lt", a, b, a < b) for a in (1, 2, 2.5) for b in (1, 2, 2.5)),
    *(("gt", a, b, a > b) for a in (1, 2, 2.5) for b in (1, 2, 2.5)),
    *(("lte", a, b, a <= b) for a in (1, 2, 2.5) for b in (1, 2, 2.5)),
    *(("gte", a, b, a >= b) for a in (1, 2, 2.5) for b in (1, 2, 2.5)),
    ("lt", "a", "b", True),
    ("gt", "b", "a", True),
    ("lt", "1", 2, False),
    ("lt", False, 2, False),
    ("gt", None, 1, False),
    ("contains", "abc", "b", True),
    ("contains", "abc", "d", False),
    ("contains", "1", 1, False),
    ("contains", {"a": 1}, "a", True),
    ("contains", {"a": 1}, 1, False),
    ("contains", [1, 2], 2, True),
    ("contains", [1], True, False),
    ("contains", None, "a", False),
    ("not_contains", "abc", "d", True),
    ("not_contains", "abc", "b", False),
    ("not_contains", [1], 2, True),
    ("not_contains", {"a": 1}, "b", True),
    ("not_contains", None, "a", False),
    ("not_contains", 5, 6, False),
    ("matches", "a12", "[0-9]+$", True),
    ("matches", "a12b", "[0-9]+$", False),
    ("matches", 12, "[0-9]+", False),
    ("not_matches", "ab", "[0-9]", True),
    ("not_matches", "a1", "[0-9]", False),
    ("not_matches", 12, "a", False),
    ("exists", 0, True, True),
    ("exists", None, True, False),
    ("exists", None, False, True),
    ("exists", "", False, False),
    *(("type", value, name, name == own)
      for value, own in (("a", "string"), (1, "number"), (1.5, "number"), (True, "boolean"),
                         ({}, "object"), ([], "array"), (None, "null"))
      for name in ("string", "number", "boolean", "object", "array", "null")),
    ("length", "abc", 3, True),
    ("length", "abc", 2, False),
    ("length", [1], 1, True),
    ("length", {"a": 1}, 1, True),
    ("length", None, 0, False),
    ("length", 7, 1, False),
    ("one_of", 1, [2, 1], True),
    ("one_of", 1, [2, True], False),
    ("subset", {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 2}}, True),
    ("subset", {"a": 1}, {"b": 1}, False),
    ("subset", {"a": None}, {"a": 1}, False),
    ("subset", [1, 2, 3], [3, 1], True),
    ("subset", [1, 2], [1, 1], False),
    ("subset", [{"a": 1, "b": 1}, {"a": 1}], [{"a": 1}, {"a": 1, "b": 1}], True),
    ("subset", "x", ["x"], False),
    ("subset", "x", {"x": 1}, False),
    ("unordered", [1, 2], [2, 1], True),
    ("unordered", [1, 2, 2], [2, 1, 1], False),
    ("unordered", [1, 2], [1], False),
    ("unordered", [1], [True], False),
    ("unordered", "ab", ["a", "b"], False),
]  # fmt: skip


@pytest.mark.parametrize("row", range(len(TRUTHS)))
def test_an_operator_says_this(row: int) -> None:
    """Of values of one type and of two; `true` is no number, and nothing is nothing."""
    operator, actual, expected, holds = TRUTHS[row]
    assert holds is OPERATORS[operator](actual, expected)
    check = Check.model_validate({"select": "v", operator: expected, "message": "m"})
    (found,) = run_checks([check], {"v": actual}, {})
    assert CheckFinding("v", operator, expected, actual, holds, "m") == found


def test_every_operator_has_its_rows() -> None:
    """But for those that hold checks of their own."""
    assert OPERATORS.keys() == {row[0] for row in TRUTHS}


def test_checks_within_checks_are_told_with_their_place() -> None:
    """Each, some, any of: which item fails, and of what."""
    items = [{"n": 1}, {"n": 2}, {"n": 3}]
    inner = [{"select": "n", "lt": 3}]

    def judged(operator: str, wanted: Any, actual: Any) -> CheckFinding:
        check = Check.model_validate({"select": "v", operator: wanted})
        return run_checks([check], {"v": actual}, {})[0]

    each = judged("each", inner, items)
    assert (False, ["[2].n: lt"]) == (each.holds, each.actual)
    assert [{"select": "n", "lt": 3}] == each.expected
    good = judged("each", inner, items[:2])
    assert (True, items[:2]) == (good.holds, good.actual)
    good = judged("some", inner, items)
    assert (True, items) == (good.holds, good.actual)
    some = judged("some", [{"select": "n", "gt": 3}], items)
    assert (False, [f"[{n}].n: gt" for n in range(3)]) == (some.holds, some.actual)
    many = judged("each", [{"select": "n", "gt": 9}], items * 3)
    assert [f"[{n}].n: gt" for n in range(5)] == many.actual
    assert not judged("each", inner, None).holds
    assert not judged("some", inner, []).holds
    ways = [{"eq": 1}, {"gt": 5, "lt": 7}]
    assert [True, False, True] == [judged("any_of", ways, n).holds for n in (1, 5, 6)]


@pytest.mark.parametrize("network", guard._REFUSED, ids=str)
def test_no_address_of_a_special_network_is_called(network: Any) -> None:
    """Neither the first nor the last one, nor one in between."""
    inside = [network[0], network[-1], network[network.num_addresses // 2]]
    for address in inside:
        with pytest.raises(RefusedActionError, match="not public"):
            guard.check_url("https://x.example/", ["x.example"], lambda *_: [str(address)])  # noqa: B023


@pytest.mark.parametrize(
    "text",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "::1",
     "::ffff:10.0.0.1",
     "fe80::1%eth0", "64:ff9b::a00:1", "2002:a00:1::", "nonsense", "::ffff:127.0.0.1"],
)  # fmt: skip
def test_no_address_that_is_near_is_called(text: str) -> None:
    """Whatever stands beside it."""
    with pytest.raises(RefusedActionError, match="not public"):
        guard.check_url("https://x.example/", ["x.example"], lambda *_: ["93.184.216.34", text])


def test_a_public_address_is_called_at_the_first_that_was_found() -> None:
    """Host, port, path and query as they are; a port that is not usual is listed with it."""
    public = ["93.184.216.34", "2606:2800:220:1::1"]
    assert all(ipaddress.ip_address(one).is_global for one in public)
    found = guard.check_url("http://X.example:8080/a?b=1", ["x.example:8080"], lambda *_: public)
    assert ("http", "x.example", 8080, "/a?b=1", public[0]) == found
    assert "/" == guard.check_url("https://x.example", ["X.example"], lambda *_: public).path
    assert 443 == guard.check_url("https://x.example", ["x.example"], lambda *_: public).port
    for url, hosts in (
        ("http://x.example:8080/", ["x.example"]),
        ("http://y.example/", ["x.example"]),
        ("https://x.example:80/", ["x.example"]),
    ):
        with pytest.raises(RefusedActionError, match="not listed"):
            guard.check_url(url, hosts, lambda *_: public)
    with pytest.raises(RefusedActionError, match="has no address"):
        guard.check_url("http://x.example/", ["x.example"], lambda *_: [])


@pytest.mark.parametrize(
    ("listed", "loopback", "good"),
    [("x.example:8080", True, True), ("x.example:8080", False, False), ("x.example", True, False)],
)
def test_this_machine_is_called_where_both_allow_it(
    listed: str, loopback: bool, good: bool
) -> None:
    """The environment, and the list with its port."""
    url = "http://x.example:8080/" if ":" in listed else "http://x.example/"

    def call() -> object:
        return guard.check_url(url, [listed], lambda *_: ["127.0.0.1"], loopback=loopback)

    if good:
        assert call()
        return
    with pytest.raises(RefusedActionError, match="not public"):
        call()


def test_a_host_that_does_not_answer_has_an_error_of_its_name() -> None:
    """And a header that came twice is one text."""
    error = unanswered("HttpTimeout")
    assert ("HttpTimeout", "the host does not answer") == (error.name, error.what)
    assert "it raised HttpTimeout" == error.why
    assert "retry.errors" in error.fix
    answer = HttpAnswer(200, (("a", "1"), ("b", "2"), ("a", "3")), b"")
    assert ("1, 3", "2", None) == tuple(map(answer.header, "abc"))
    assert "ValueError" == error_name(ValueError("x"))
    for code, told in (
        ("Busy", "Busy"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "Odd"),
        ("", "Odd"),
        (7, "Odd"),
    ):
        odd = type("Odd", (Exception,), {"response": {"Error": {"Code": code}}})()
        assert told == error_name(odd)


SAID = Eventually.model_validate({"timeout": "10s", "every": "2s", "backoff": 2.0, "settle": "3s"})


@pytest.mark.parametrize(
    ("holds", "hopeless", "progress", "at_ms", "told"),
    [
        (False, False, PollProgress(0), 0, ("again", 1, None, 2.0, "")),
        (False, False, PollProgress(0, tries=1), 2000, ("again", 2, None, 4.0, "")),
        (False, False, PollProgress(0, tries=2), 6000, ("again", 3, None, 4.0, "")),
        (False, False, PollProgress(0, tries=3), 9999, ("again", 4, None, 0.001, "")),
        (False, False, PollProgress(0, tries=3), 10_000, ("fails", 4, None, 0.0, "not within 10s")),
        (False, True, PollProgress(0), 0, ("fails", 1, None, 0.0, "it can no longer come true")),
        (True, False, PollProgress(0), 500, ("again", 1, 500, 2.0, "")),
        (True, False, PollProgress(0, 1, 500), 2500, ("again", 2, 500, 1.0, "")),
        (True, False, PollProgress(0, 2, 500), 3500, ("holds", 3, 500, 0.0, "")),
        (False, False, PollProgress(0, 2, 500), 3000,
         ("fails", 3, 500, 0.0, "it held, and no longer does")),
    ],
)  # fmt: skip
def test_waiting_is_this_arithmetic(
    holds: bool, hopeless: bool, progress: PollProgress, at_ms: int, told: tuple[Any, ...]
) -> None:
    """How long until the next look, when it is over, and why."""
    found = poll(
        lambda: Polled(holds, hopeless, "x"), SAID, progress, now_ms=lambda: at_ms,
        sleep=lambda _: pytest.fail("it waits elsewhere"), inline_s=0.0,
    )  # fmt: skip
    held = found.progress
    pause = round(found.pause_s, 6)
    assert told == (found.decision.value, held.tries, held.held_ms, pause, found.why)


def test_a_pause_is_never_longer_than_half_a_minute() -> None:
    """Nor is a wait of the machine shorter than a second."""
    long = Eventually.model_validate({"timeout": "10m", "every": "20s", "backoff": 2.0})
    found = poll(
        lambda: Polled(False, False, "x"), long, PollProgress(0, tries=3), now_ms=lambda: 0,
        sleep=lambda _: None, inline_s=0.0,
    )  # fmt: skip
    assert (Decision.AGAIN, 30.0) == (found.decision, found.pause_s)
    cursor = RunState(run=_run(), case={}, overrides={}, manifest="").cursor
    assert (0, "POLL", 30, 7, found.progress, 1) == _cut(found.cursor(cursor, 7))
    assert 1 == found._replace(pause_s=0.2).cursor(cursor, 7).wait


def _cut(cursor: Any) -> tuple[Any, ...]:
    return tuple(
        getattr(cursor, name)
        for name in ("i", "outcome", "wait", "began_ms", "progress", "at_once")
    )


def _run() -> ScenarioRun:
    return ScenarioRun("r", "s", "only", "local", 0, 60_000)


PLAYED = """\
actions:
  - {id: a, uses: shelf.put, with: {key: a}, undo: auto, check: [{select: kept, eq: true}]}
"""
ENTRY = UndoEntry(
    run="r", number=1000, action="seed", uses="shelf.drop", params={"key": "a"}, env="local",
    expires_s=9, secrets={},
)  # fmt: skip


DONE = {200, 302, 399, 404, 410}


@pytest.mark.parametrize(
    ("status", "done"),
    [(one, one in DONE) for one in sorted({*DONE, 400, 403, 405, 409, 411, 500})],
)
def test_an_undo_by_http_is_done_by_its_status(tmp_path: Path, status: int, done: bool) -> None:
    """What is not there any more was taken back."""
    stage = Stage(tmp_path)
    http = replace_action("http.request", lambda *_: {"status": status})._replace(refused=refused)
    context = stage.context()._replace(registry=registry_of([("t", http)]))
    entry = replace(ENTRY, uses="http.request", params={})
    stage.ledger.put(entry)
    if done:
        undo.undo_one(entry, context)
    else:
        with pytest.raises(ActionError, match=f"answered {status}"):
            undo.undo_one(entry, context)
    assert ([] if done else [entry]) == list(stage.ledger.entries())


def replace_action(name: str, act: Callable[..., Any]) -> AtomicAction:
    return AtomicAction(name, "Stands in", ActionParams, act, always("write"))


@pytest.mark.parametrize("broken", [0, 1, 2, 3])
def test_an_undo_is_tried_three_times_with_pauses(tmp_path: Path, broken: int) -> None:
    """0.2 and 1 second apart; then it stays on the list, with what happened."""
    stage, paused, left = Stage(tmp_path), list[float](), [broken]

    def drop(_: object) -> None:
        if left[0]:
            left[0] -= 1
            raise ActionError("Busy", "it is busy", why="so", fix="Wait")

    stage.shelf.before_drop = drop
    stage.ledger.put(ENTRY)
    (told,) = undo.undo_all([ENTRY], stage.context(), pause=paused.append)
    good = broken < 3
    error = None if good else {"name": "Busy", "what": "it is busy", "why": "so", "fix": "Wait"}
    assert {
        "run": "r",
        "action": "seed",
        "uses": "shelf.drop",
        "ok": good,
        "tries": min(3, broken + 1),
        "error": error,
    } == to_json(told)
    assert [0.2, 1.0][:broken] == paused
    assert ([] if good else [ENTRY]) == list(stage.ledger.entries())


def test_an_undo_that_breaks_is_told_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised beside the action itself."""
    stage = Stage(tmp_path)

    def full(_: object) -> None:
        raise OSError("hunter2")

    monkeypatch.setattr(stage.ledger, "done", full)
    (told,) = undo.undo_all([ENTRY], stage.context(), pause=lambda _: None)
    assert {
        "name": "Harness.Undo",
        "what": "the undo of seed broke",
        "why": "it raised OSError",
        "fix": "Run affidavit scenario cleanup",
    } == to_json(told.error)
    assert (False, 3) == (told.ok, told.tries)


def test_an_undo_of_another_environment_is_not_done(tmp_path: Path) -> None:
    """Whoever asks for it."""
    stage = Stage(tmp_path)
    stage.ledger.put(replace(ENTRY, env="prod"))
    (told,) = undo.undo_all([replace(ENTRY, env="prod")], stage.context(), pause=lambda _: None)
    assert told.error is not None
    assert ("Harness.Environment", False) == (told.error.name, told.ok)
    assert [] == stage.shelf.asked
    assert 1 == len(list(stage.ledger.entries()))


def test_a_run_in_another_environment_is_not_begun(tmp_path: Path) -> None:
    """The harness of one place plays nothing that was meant for another one."""
    stage = Stage(tmp_path)
    loaded = stage.load(PLAYED)
    from affidavit_harness.engine.run_steps import prepare

    manifest = stage.registry.manifest(loaded.scenario.used)
    state = RunState(run=replace_env("prod"), case={}, overrides={}, manifest=manifest)
    told = prepare(loaded.scenario, state, stage.context())
    assert told.error is not None
    assert ("Harness.Environment", RunVerdict.ERROR) == (told.error.name, told.verdict)
    other = replace(state, run=_run(), manifest="0" * 16)
    refused = prepare(loaded.scenario, other, stage.context())
    assert refused.error is not None
    assert "Harness.Manifest" == refused.error.name
    assert None is prepare(loaded.scenario, replace(state, run=_run()), stage.context()).error


def replace_env(env: str) -> ScenarioRun:
    run = _run()
    return ScenarioRun(run.id, run.scenario, run.case, env, run.started_ms, run.deadline_ms)


SECRET = "corr-ect horse/battery+staple"  # noqa: S105 - a test's


def test_a_secret_is_hidden_in_every_form() -> None:
    """As it is, encoded, in hexadecimal, and in base64 at each offset."""
    import base64
    from urllib.parse import quote, quote_plus

    mask = Mask()
    mask.learn({"a": [SECRET, "abc", True, None, 12345]})
    raw = SECRET.encode()
    forms = [SECRET, quote(SECRET, safe=""), quote_plus(SECRET), raw.hex(), "12345"]
    for text in forms:
        assert f"<{HIDDEN}>" == mask.secrets(f"<{text}>")
    for before in (b"", b"x", b"xy"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            told = mask.secrets(encode(before + raw + b"zz").decode())
            assert HIDDEN in told
    assert {"abc": ["abc", True, 1, HIDDEN], HIDDEN: 1.5} == (
        mask.secrets({"abc": ("abc", True, 1, 12345), SECRET: 1.5})
    )
    short = Mask()
    short.learn("abc")
    assert "abc" == short.secrets("abc")
    short.learn("abcd")
    assert HIDDEN == short.secrets("abcd")
    assert "x" * 1998 == short.shown("x" * 1998)
    long = short.shown("x" * 2001)
    assert long.endswith("… (2003 characters)")


def _long(state: StepState = StepState.PASSED, size: int = 1000) -> StepResult:
    found = CheckFinding("s", "eq", "e" * size, "a" * size, holds=True)
    return StepResult(
        id="a", state=state, result="r" * size, findings=(found, replace(found, holds=False))
    )


def test_a_state_that_is_too_large_loses_what_holds_first() -> None:
    """Results, then what passing checks say; what failed stays whole."""
    state = RunState(run=_run(), case={}, overrides={}, manifest="")
    small = replace(state, actions=(_long(),) * 3)
    assert small is slim(small)
    middle = replace(state, actions=(_long(size=20_000),) * 2)
    assert len(json.dumps(to_json(middle))) > LARGEST > 160_000
    told = slim(middle)
    assert [None, None] == [one.result for one in told.actions]
    assert middle.actions[0].findings == told.actions[0].findings
    large = replace(state, actions=(_long(size=50_000),) * 2)
    first, second = slim(large).actions[0].findings
    assert ("(left out)", "(left out)") == (first.expected, first.actual)
    assert large.actions[0].findings[1] == second
    step = _long(size=500)
    assert step is slim_step(step, 10_000)
    assert (None, step.findings) == (slim_step(step, 2_700).result, slim_step(step, 2_700).findings)
    assert "(left out)" == slim_step(step, 100).findings[0].expected
    many = replace(step, findings=step.findings * 40)
    assert 50 == len(slim_step(many, 100).findings)


TABLE = {"TableName": "undo"}


def _key(number: int) -> dict[str, Any]:
    return {"run": {"S": "r"}, "number": {"N": str(number)}}


@pytest.fixture
def aws() -> Iterator[ExpectedRequests]:
    held = ExpectedRequests()
    yield held
    held.heard_all()


def test_the_way_back_lies_in_the_table_like_this(aws: ExpectedRequests) -> None:
    """An entry under its run and number, for a week longer than it is forgotten."""
    ledger = TableUndoLedger(aws.client("dynamodb"), "undo")
    item = {
        **_key(1000),
        "entry": {"S": json.dumps(to_json(ENTRY))},
        "expires_at": {"N": str(9 + 7 * 86_400)},
    }
    aws.answers("dynamodb", "put_item", {**TABLE, "Item": item}, {})
    ledger.put(ENTRY)
    query = {
        **TABLE,
        "ConsistentRead": True,
        "KeyConditionExpression": "#run = :run",
        "ExpressionAttributeNames": {"#run": "run"},
        "ExpressionAttributeValues": {":run": {"S": "r"}},
    }
    later = {**item, **_key(2000), "entry": {"S": json.dumps(to_json(replace(ENTRY, number=2000)))}}
    aws.answers("dynamodb", "query", query, {"Items": [item, _key(0), later]})
    assert [2000, 1000] == [one.number for one in ledger.entries("r")]
    aws.answers("dynamodb", "scan", {**TABLE, "ConsistentRead": True}, {"Items": [item]})
    assert [ENTRY] == list(ledger.entries())
    aws.answers("dynamodb", "delete_item", {**TABLE, "Key": _key(1000)}, {})
    ledger.done(ENTRY)
    asked = {**TABLE, "Key": _key(0), "ConsistentRead": True}
    for answer, told in (({"Item": _key(0)}, True), ({}, False)):
        aws.answers("dynamodb", "get_item", asked, answer)
        assert told is ledger.asked_to_stop("r")
    secrets = {
        **query,
        "KeyConditionExpression": "#run = :run AND #number <= :secrets",
        "ExpressionAttributeNames": {"#run": "run", "#number": "number"},
        "ExpressionAttributeValues": {":run": {"S": "r"}, ":secrets": {"N": "-1"}},
    }
    held = [{**_key(-7), "held": {"S": '{"a": 1}'}}, {**_key(-8), "held": {"S": '{"b": [2]}'}}]
    aws.answers("dynamodb", "query", secrets, {"Items": held})
    assert {"a": 1, "b": [2]} == ledger.remembered("r")
    aws.answers("dynamodb", "query", secrets, {"Items": held})
    for number in (-7, -8, 0):
        aws.answers("dynamodb", "delete_item", {**TABLE, "Key": _key(number)}, {})
    ledger.forget("r")


def _batch(stage: Stage, folder: Path, **settings: Any) -> Batch:
    loaded = stage.load(PLAYED)
    here = ChosenEnvironment("local", EnvironmentSettings(**settings), folder)
    return Batch([Job(loaded, loaded.cases()[0])], stage.registry, here, folder / "state")


def test_a_run_is_started_like_this(
    aws: ExpectedRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario under its hash, and an execution whose name ends with the run's id."""
    stage = Stage(tmp_path)
    batch = _batch(stage, tmp_path, machine="arn:m", bucket="b", logs=["/g"])
    with pytest.raises(SettingsError, match="where the state machine"):
        remote.Remote(_batch(stage, tmp_path, machine="arn:m"))
    made = remote.Remote(batch)
    monkeypatch.setattr(made, "_client", aws.client)
    job = batch.jobs[0]
    monkeypatch.setattr(
        "affidavit_harness.parallel_runs.new_run_id", lambda _: "01k8l59hmj82jj3nnoaqb39g70"
    )
    monkeypatch.setattr("affidavit_harness.parallel_runs.now_ms", lambda: 1_790_000_000_000)
    key = f"scenarios/{job.loaded.sha256}.json"
    put = {"Bucket": "b", "Key": key, "Body": job.loaded.as_json}
    aws.answers("s3", "put_object", put, {"VersionId": "v"})
    run = "01k8l59hmj82jj3nnoaqb39g70"
    state = {
        "run": {
            "id": run,
            "scenario": "test",
            "case": "only",
            "env": "local",
            "started_ms": 1_790_000_000_000,
            "deadline_ms": 1_790_000_000_000 + 300_000,
        },
        "scenario": {"key": key, "version": "v", "sha256": job.loaded.sha256},
        "case": {"id": "only"},
        "manifest": stage.registry.manifest(job.loaded.scenario.used),
    }
    seen: list[dict[str, Any]] = []
    sfn = aws.client("stepfunctions")
    sfn.meta.events.register(
        "provide-client-params.stepfunctions.StartExecution",
        lambda params, **_: seen.append(dict(params)),
    )
    from botocore.stub import ANY

    asked = {
        "stateMachineArn": "arn:m",
        "name": f"test-{run}",
        "input": ANY,
        "traceHeader": "Root=1-6b0ce280-000040a731def8569634c0e0;Sampled=1",
    }
    answer = {"executionArn": "arn:x", "startDate": 0}
    aws.answers("stepfunctions", "start_execution", asked, answer)
    started = made.start(job)
    assert ("test", run, "arn:x", job, 1_790_000_000_000) == started
    told = json.loads(seen[0]["input"])
    assert state == {name: told[name] for name in state} | {
        "run": {name: told["run"][name] for name in state["run"]}  # type: ignore[attr-defined]
    }
    about = RunStore(tmp_path / "state").about(run)
    assert ("arn:x", "b", ("/g",), "test.yaml") == (
        *(about.execution, about.bucket, about.logs, about.file),
    )
    report = RunReport(
        run=run, scenario="test", case="only", env="local", verdict=RunVerdict.PASSED, began_ms=1
    )
    data = json.dumps(to_json(report)).encode()
    fetched = {"Bucket": "b", "Key": f"reports/{run}.json"}
    aws.answers("s3", "get_object", fetched, {"Body": StreamingBody(BytesIO(data), len(data))})
    store = RunStore(tmp_path / "state")
    kept = remote._keep(store, run, aws.client, "SUCCEEDED")  # type: ignore[arg-type]
    assert replace(report, file="test.yaml", execution="arn:x") == kept == store.report(run)
    aws.refuses("s3", "get_object", fetched, "NoSuchKey")
    lost = remote._keep(store, run, aws.client, "TIMED_OUT")  # type: ignore[arg-type]
    assert lost.error is not None
    assert ("Harness.NoReport", "its status is TIMED_OUT") == (lost.error.name, lost.error.why)
    assert (RunVerdict.ERROR, run, "test", "only", "local") == (
        *(lost.verdict, lost.run, lost.scenario, lost.case, lost.env),
    )


@pytest.mark.parametrize(
    ("wanted", "places", "told"),
    [(8, None, 8), (20, 3, 6), (20, 10, 20), (20, 9, 18), (20, -1, 20)],
)
def test_as_many_runs_go_on_as_the_function_has_room_for(
    aws: ExpectedRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    wanted: int, places: int | None, told: int,
) -> None:  # fmt: skip
    """Two for each place; few are not asked about, and nobody who does not know is in the way."""
    batch = _batch(Stage(tmp_path), tmp_path, machine="arn:m", bucket="b", function="fn")
    made = remote.Remote(batch._replace(jobs=list(batch.jobs) * wanted, max_parallel=wanted))
    monkeypatch.setattr(made, "_client", aws.client)
    if places is not None:
        asked = {"FunctionName": "fn"}
        answer = {} if places < 0 else {"ReservedConcurrentExecutions": places}
        aws.answers("lambda", "get_function_concurrency", asked, answer)
    assert told == made.at_once()


def test_rights_are_those_of_the_actions_that_a_role_may_use() -> None:
    """A role that reads has those of reading actions; what nobody knows is a write."""

    def named(
        name: str, effect: Any, *grants: Grant, back: bool = False
    ) -> tuple[str, AtomicAction]:
        act = AtomicAction(
            name, "S", ActionParams, lambda *_: {}, always(effect), None, grants, compensates=back
        )
        return "t", act

    registry = registry_of(
        [
            named("a.read", "read", Grant("tables", ("x:Get", "x:Ask"))),
            named("a.write", "write", Grant("tables", ("x:Put",)), Grant("keys", ("k:Use",))),
            named("a.drop", "write", Grant("tables", ("x:Del",), own_keys=True), back=True),
        ]
    )
    read = [{"kind": "tables", "actions": ["x:Ask", "x:Get"], "own_keys": False}]
    sweep = [{"kind": "tables", "actions": ["x:Del"], "own_keys": True}]
    keys = {"kind": "keys", "actions": ["k:Use"], "own_keys": False}
    every = {**read[0], "actions": ["x:Ask", "x:Get", "x:Put"]}
    assert read == list(registry.statements("read"))
    assert sweep == list(registry.statements("sweep"))
    assert [keys, every, *sweep] == list(registry.statements("write"))
    assert ("read", "write", "write") == tuple(
        registry.effect(name, {}) for name in ("a.read", "a.write", "a.nobody")
    )
    assert ("a.drop", "a.read", "a.write") == registry.names()
    assert (
        registry.manifest(["a.read"]) != registry.manifest() == registry.manifest(registry.names())
    )
    assert 16 == len(registry.manifest())


def test_a_protocol_of_another_version_is_refused() -> None:
    """Whatever is missing, unknown or of another form is named."""
    good = to_json(ENTRY)
    assert ENTRY == from_json(UndoEntry, good)
    for wrong, place in (({**good, "odd": 1}, "odd"), ({**good, "number": "x"}, "number")):
        with pytest.raises(ActionError, match=f"of another form: {place}") as error:
            from_json(UndoEntry, wrong)
        assert "Harness.Protocol" == error.value.name
