"""Metrics, logs and watchers, after everything is decided."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given

import strategies as my
from affidavit import AffidavitError, LedgerUnavailableError, audited
from affidavit._policy.load import load_policy
from affidavit._policy.model import Policy
from affidavit._policy.words import Declare
from affidavit._redact.redactor import MAX_FAULTS
from affidavit._redact.replace import known_identities
from affidavit._telemetry.log_events import EVENTS
from affidavit._telemetry.notices import MAX_NOTICES
from affidavit.plugin import Record
from affidavit.testing import Bench, FakeClock, MemoryStore, api_gateway_v1, make_runtime, run

SAID = {"id": "A1", "who": "w"}


def _run(handler: Any, event: Any, bench: Bench) -> None:
    try:
        run(handler, event, bench)
    except AffidavitError:
        pass


@pytest.mark.parametrize(
    ("behaviour", "event", "counter"),
    [
        pytest.param(0, SAID, "Answered", id="answered"),
        pytest.param(0, {"id": 7}, "Refused", id="refused"),
        pytest.param(6, SAID, "Failed", id="failed"),
    ],
)
def test_each_invocation_is_counted_under_how_it_ended(
    behaviour: int, event: Any, counter: str
) -> None:
    """With its duration, the ledger's share of it, and whether it was cold."""
    bench = make_runtime(clock=FakeClock(step_ns=2_000_000).clock())
    for _ in range(2):
        _run(my.handler_of(my.BEHAVIOURS[behaviour]), event, bench)
    first, second = bench.metrics

    assert {counter} == {"Answered", "Refused", "Failed", "Withheld"} & first.keys()
    assert (1, 0) == (first["ColdStart"], second["ColdStart"])
    assert first["Duration"] > 0
    assert first["AuditWriteLatency"] > 0
    assert ("function-under-test", "TEST") == (first["FunctionName"], first["Action"])
    assert "MetricsRejected" not in first


def test_what_the_ledger_takes_is_the_time_of_both_records() -> None:
    """Of the opening one too, if there is one."""
    took = []
    for declare in (Declare.NONE, Declare.BEFORE):
        policy = load_policy("baseline")._replace(declare=declare)
        bench = make_runtime(policy=policy, clock=FakeClock(step_ns=2_000_000).clock())
        _run(my.handler_of(my.BEHAVIOURS[0]), SAID, bench)
        took.append(bench.metrics[0]["AuditWriteLatency"])
    assert took[1] == 2 * took[0] > 0


def test_what_is_withheld_is_counted_and_logged() -> None:
    """The one metric that an alarm belongs on."""

    def refuse(_: Any) -> None:
        raise LedgerUnavailableError("down", why="planted", fix="none")

    bench = make_runtime(store=MemoryStore(before=refuse))
    _run(my.handler_of(my.BEHAVIOURS[0]), SAID, bench)

    assert 1 == bench.metrics[0]["Withheld"]
    assert "answer.withheld" == bench.logs[0]["event"]
    assert "the intent record was not kept" in bench.logs[0]["reason"]


def test_a_rejected_metric_is_counted_and_named() -> None:
    """What is missing from a dashboard can be found in the log."""

    @audited(action="X")
    def handler(_: Any, context: Any) -> None:
        context.metrics.add("Size", float("nan"), "Bytes")

    bench = make_runtime()
    run(handler, {}, bench)

    assert 1 == bench.metrics[0]["MetricsRejected"]
    assert ("metric.rejected", "Size") == (bench.logs[0]["event"], bench.logs[0]["metric"])


def test_a_redactor_that_failed_is_counted_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the engine does not look like a limit, and nothing gets out by it."""

    @audited(action="X")
    def handler(_: Any, context: Any) -> None:
        with monkeypatch.context() as planted:
            planted.setitem(known_identities._open, object(), None)
            context.log.info("asked", email="jane.roe@example.com")

    bench = make_runtime()
    run(handler, {}, bench)

    assert not any("jane" in line for line in bench.lines)
    assert {"event": "[UNKNOWN]"}.items() <= bench.logs[0].items()
    assert 1 == bench.metrics[0]["RedactionFailed"]
    assert "redaction.failed" == bench.logs[1]["event"]
    assert bench.logs[1]["error_type"] in {"AttributeError", "TypeError"}

    run(audited(action="X")(lambda *_: None), {}, bench)
    assert "RedactionFailed" not in bench.metrics[1], "told once"


def test_a_redactor_that_fails_at_each_line_is_told_of_so_often_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line about a failure may fail in its turn; the invocation ends all the same."""
    bench = make_runtime()
    bench.runtime.redactor.faults.append("TypeError")
    monkeypatch.setitem(known_identities._open, object(), None)  # type: ignore[arg-type]
    run(audited(action="X")(lambda *_: None), {}, bench)

    assert MAX_FAULTS == bench.metrics[0]["RedactionFailed"]


def test_notices_beyond_the_most_are_told_as_too_many() -> None:
    """By name, with the kind of failure."""

    @audited(action="X")
    def handler(_: Any, context: Any) -> None:
        for _ in range(MAX_NOTICES + 1):
            context.announce("Sent")

    bench = make_runtime()
    run(handler, {}, bench)
    kinds = Counter(line["error_type"] for line in bench.logs if line["event"] == "notice.failed")

    assert 1 == kinds["TooMany"]
    assert MAX_NOTICES + 1 == sum(kinds.values())


@given(policy=my.policies(), behaviour=my.behaviours(), shape=my.shapes())
def test_every_log_line_is_one_of_the_list(
    policy: Policy, behaviour: my.Behaviour, shape: str
) -> None:
    """With the level and the fields that `events.py` gives it."""
    seen: list[Any] = []

    def watch(record: Record) -> None:
        seen.append(record)
        raise RuntimeError

    bench = make_runtime(policy=policy, sources=[my.sources()], observers=(("w", watch),))
    _run(my.handler_of(behaviour), my.SHAPES[shape](SAID), bench)

    assert {"invocation.completed", "observer.failed"} <= {line["event"] for line in bench.logs}
    for line in bench.logs:
        expected = EVENTS[line["event"]]
        fields = line.keys() - {"event", "level", "timestamp"}
        assert expected.level == line["level"]
        assert fields <= set(expected.fields)
        assert set(expected.fields) - {"received"} <= fields


@pytest.mark.parametrize(("policy", "logged"), [("baseline", True), ("hipaa", False)])
def test_the_event_is_logged_where_the_policy_says_so(policy: str, logged: bool) -> None:
    """Redacted, with the closing line."""
    bench = make_runtime(policy=policy)
    event = api_gateway_v1(query=SAID, authorizer={"claims": {"sub": "u"}})
    _run(my.handler_of(my.BEHAVIOURS[0]), event, bench)
    line = bench.logs[-1]

    assert "invocation.completed" == line["event"]
    assert logged == ("received" in line)
    assert ("GET" if logged else None) == line.get("received", {}).get("httpMethod")


def test_a_watcher_sees_the_closing_record_as_it_was_kept() -> None:
    """Each gets its own copy: what one does to it, the next does not see."""
    seen: list[Any] = []

    def forge(record: Record) -> None:
        record.document["act"] = "forged"  # type: ignore[index]
        record.document["out"]["s"] = "forged"

    def watch(record: Record) -> None:
        seen.append((record.phase, record.document["act"], record.status))

    observers = (("a", forge), ("b", watch))
    bench = make_runtime(observers=observers)
    run(my.handler_of(my.BEHAVIOURS[0]), SAID, bench)

    assert [("O", "TEST", "ok")] == seen
    assert "TEST" == bench.records[-1].document["act"]


def test_a_watcher_that_fails_starves_nobody() -> None:
    """It is named in the log; its text is not repeated."""
    seen: list[Record] = []

    def fail(record: Record) -> None:
        raise ValueError("hunter2")

    def watch(record: Record) -> None:
        seen.append(record)

    bench = make_runtime(observers=(("a", fail), ("b", watch)))
    assert {"note": "fine"} == run(my.handler_of(my.BEHAVIOURS[0]), SAID, bench)
    line = bench.logs[-1]

    assert 1 == len(seen)
    assert ("observer.failed", "a", "ValueError") == (
        line["event"],
        line["plugin"],
        line["error_type"],
    )
    assert "hunter2" not in "".join(bench.lines)


def test_without_a_kept_record_there_is_nothing_to_watch() -> None:
    """A withheld answer has no closing record."""
    seen: list[Any] = []

    def refuse(_: Any) -> None:
        raise LedgerUnavailableError("down", why="planted", fix="none")

    def watch(record: Record) -> None:
        seen.append(record)

    bench = make_runtime(store=MemoryStore(before=refuse), observers=(("w", watch),))
    _run(my.handler_of(my.BEHAVIOURS[0]), SAID, bench)

    assert [] == seen
    assert "observer.failed" not in {line["event"] for line in bench.logs}


def test_an_answer_survives_a_stdout_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Its evidence is kept; one word about the rest goes to stderr."""

    def broken(_: str) -> None:
        raise BrokenPipeError("hunter2")

    bench = make_runtime()
    runtime = bench.runtime._replace(emit=broken)
    answer = run(my.handler_of(my.BEHAVIOURS[0]), SAID, Bench(runtime=runtime, store=bench.store))
    told = capsys.readouterr().err

    assert {"note": "fine"} == answer
    assert {"event": "emit.failed", "error_type": "BrokenPipeError"} == json.loads(told)
    assert EVENTS["emit.failed"].fields == ("error_type",)
    assert ["I", "O"] == [record.phase for record in bench.records]
