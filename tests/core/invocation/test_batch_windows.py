"""Tumbling windows: a state that records change, and what is done with it at the end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affidavit import AuditContext, HandlerError, audited
from affidavit.testing import dynamodb_stream, kinesis, make_runtime, run
from event_samples import last_call

IMAGES = [{"pk": {"S": name}} for name in ("a", "b", "c")]


def _in_window(build: Any, state: Any = None, **members: Any) -> Any:
    event = build(IMAGES if build is dynamodb_stream else ["a", "b", "c"])
    return event | {
        "window": {"start": "10:00", "end": "10:02"},
        "state": {} if state is None else state,
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
        **members,
    }


def _counting(failing: int = 0, **words: Any) -> Any:
    def count(_: Any, context: AuditContext) -> str:
        assert context.window is not None
        assert ("10:00", "10:02") == (context.window.start, context.window.end)
        context.window.state["n"] = context.window.state.get("n", 0) + 1
        if context.window.state["n"] == failing:
            raise ValueError("s3cr3t")
        return "goes nowhere"

    return audited(action="COUNT", each=True, **words)(count)


@pytest.mark.parametrize("build", [kinesis, dynamodb_stream])
def test_each_record_changes_the_state_that_the_next_one_sees(build: Any) -> None:
    """And Lambda gets what the last one left."""
    answer = run(_counting(), _in_window(build, {"n": 4}), make_runtime())

    assert {"state": {"n": 7}, "batchItemFailures": []} == answer


def test_what_a_failed_record_did_to_the_state_is_not_kept() -> None:
    """It comes again, and would be counted twice."""
    event = _in_window(kinesis, {"n": 4})
    answer: Any = run(_counting(failing=6), event, make_runtime())

    assert {"n": 5} == answer["state"]
    assert 1 == len(answer["batchItemFailures"])


def test_a_record_that_leaves_a_state_which_is_no_json_fails_alone() -> None:
    """Lambda could not write the answer, and every record would come again."""

    def handler(record: Any, context: AuditContext) -> None:
        assert context.window is not None
        second = record["kinesis"]["sequenceNumber"] == numbers[1]
        context.window.state["n"] = {1, 2} if second else 1

    event = _in_window(kinesis)
    numbers = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]
    bench = make_runtime()
    answer = run(audited(action="X", each=True)(handler), event, bench)

    wanted = {"state": {"n": 1}, "batchItemFailures": [{"itemIdentifier": numbers[1]}]}
    assert wanted == answer
    assert ["ok", "error"] == [record.status for record in bench.records if record.status]


def test_the_events_own_state_is_left_alone() -> None:
    """Whoever logs the event afterwards sees what came."""
    event = _in_window(kinesis, {"n": 0, "in": [1]})
    run(_counting(), event, make_runtime())

    assert {"n": 0, "in": [1]} == event["state"]


def test_a_record_outside_of_a_window_has_none() -> None:
    """Nothing pretends to keep what nobody would hand back."""
    seen: list[Any] = []

    def handler(_: Any, context: AuditContext) -> None:
        seen.append(context.window)

    run(audited(action="X", each=True)(handler), kinesis(["a"]), make_runtime())

    assert [None] == seen


@pytest.mark.parametrize(
    ("service", "via"), [("kinesis", "kinesis"), ("dynamodb", "dynamodb-stream")]
)
def test_the_end_of_a_window_hands_its_state_over_on_record(service: str, via: str) -> None:
    """Under a policy that wants an actor, too: the stream acts."""
    got: list[Any] = []
    wrapped = _counting(final=lambda state, context: got.append((state, context.request_id)))
    bench = make_runtime(policy="hipaa")
    event = last_call(service)

    answer: Any = run(wrapped, event, bench)
    closing = [record for record in bench.records if record.status]

    assert [{"n": 3}] == [state for state, _ in got]
    assert {"n": 3} == answer["state"]
    assert [("ok", via)] == [(one.status, one.document["src"]["via"]) for one in closing]
    assert ["service"] == [one.document["actor"]["auth"] for one in closing]
    assert 1 == len({record.event for record in bench.records})


def test_records_of_a_last_call_are_counted_before_it_ends() -> None:
    """A window that ended early may still hold some."""
    got: list[Any] = []
    wrapped = _counting(final=lambda state, _: got.append(state))
    event = _in_window(kinesis, {"n": 1}, isFinalInvokeForWindow=True, isWindowTerminatedEarly=True)

    run(wrapped, event, make_runtime())

    assert [{"n": 4}] == got


def test_a_window_with_a_record_that_has_to_come_again_does_not_end() -> None:
    """Its state is not whole yet."""
    got: list[Any] = []
    wrapped = _counting(failing=2, final=lambda state, _: got.append(state))

    run(wrapped, _in_window(kinesis, isFinalInvokeForWindow=True), make_runtime())

    assert [] == got


def test_an_end_that_fails_comes_again_by_its_name_and_without_its_text() -> None:
    """As every failure; the last call of a window is delivered again."""

    class NoSink(Exception):
        pass

    def final(_: Any, __: Any) -> None:
        raise NoSink("s3cr3t")

    bench = make_runtime()
    with pytest.raises(HandlerError) as raised:
        run(_counting(final=final), last_call("kinesis"), bench)

    assert "NoSink" == type(raised.value).__name__
    assert "s3cr3t" not in str(raised.value)
    assert "s3cr3t" not in json.dumps([record.document for record in bench.records])


@pytest.mark.parametrize("service", ["kinesis", "dynamodb"])
def test_a_handler_of_whole_batches_sees_the_last_call_itself(service: str) -> None:
    """The stream is on record as who acts, so that every policy runs it."""
    bench = make_runtime(policy="hipaa")
    wrapped = audited(action="X")(lambda event, _: {"state": event["state"]})

    assert {"state": {"n": 3}} == run(wrapped, last_call(service, Records=[]), bench)
    assert "service" == bench.records[-1].document["actor"]["auth"]
