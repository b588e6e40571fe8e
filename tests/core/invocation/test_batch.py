"""Batches: order, time, a ledger that is down, and what the source and the operators hear."""

from __future__ import annotations

import gc
import json
import weakref
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import strategies as my
from affidavit import (
    AffidavitError,
    AuditContext,
    HandlerError,
    InvalidRequestError,
    LedgerUnavailableError,
    NotFoundError,
    SetupError,
    audited,
)
from affidavit._invocation.batch import LEAST_S
from affidavit._invocation.start import MARGIN_S
from affidavit.testing import (
    Bench,
    FakeClock,
    FakeContext,
    MemoryStore,
    dynamodb_stream,
    eventbridge,
    kinesis,
    make_runtime,
    run,
    s3,
    sns,
    sqs,
)


class Order(BaseModel):
    """What a record carries."""

    number: int
    user: str = ""


def _handler(failing: set[int] | frozenset[int] = frozenset(), ran: list[int] | None = None) -> Any:
    @audited(each=True, request=Order, actor="user", action="ORDER")
    def handler(order: Order, _: AuditContext) -> None:
        if ran is not None:
            ran.append(order.number)
        if order.number in failing:
            raise ValueError(order.user)

    return handler


def _bodies(count: int) -> list[dict[str, int]]:
    return [{"number": number} for number in range(count)]


def _numbers(answer: Any) -> list[int]:
    return [int(one["itemIdentifier"].partition("-")[0], 16) for one in answer["batchItemFailures"]]


def _endings(bench: Bench) -> list[str]:
    return [f"{record.phase} {record.status} {record.code}" for record in bench.records]


@dataclass(slots=True)
class Draining(FakeContext):
    """A context whose time runs out by a fixed step whenever somebody looks."""

    step_ms: int = 0

    def get_remaining_time_in_millis(self) -> int:
        self.remaining_ms -= self.step_ms
        return self.remaining_ms


# -- order ---------------------------------------------------------------------


def test_a_failure_in_a_group_holds_back_the_rest_of_that_group_on_record() -> None:
    """Other groups go on; what waits is refused with a record of its own."""
    ran: list[int] = []
    bench = make_runtime(policy="hipaa")
    event = sqs(_bodies(6), groups=["a", "b", "a", "b", "a", "c"])

    answer = run(_handler({0}, ran), event, bench)

    assert [0, 2, 4] == _numbers(answer)
    assert [0, 1, 3, 5] == ran
    told = [record.document["out"].get("err", "") for record in bench.records if record.status]
    assert ["ValueError", "", "deferred", "", "deferred", ""] == told
    assert 2 == _endings(bench).count("D deny 409")


def test_groups_of_a_standard_queue_have_no_order() -> None:
    """They are for fairness between tenants."""
    event = sqs(_bodies(3), groups=["a", "a", "a"])
    for record in event["Records"]:
        record["eventSourceARN"] = record["eventSourceARN"].removesuffix(".fifo")

    assert [0] == _numbers(run(_handler({0}), event, make_runtime()))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=12).map(tuple)
)
def test_no_record_of_a_group_runs_after_one_that_failed(drawn: Any) -> None:
    """Whatever the order of groups and failures; and nothing else comes again."""
    ran: list[int] = []
    failing = {place for place, (_, fails) in enumerate(drawn) if fails}
    event = sqs(_bodies(len(drawn)), groups=[group for group, _ in drawn])

    answer = run(_handler(failing, ran), event, make_runtime(policy="gdpr"))

    first = {
        group: min(p for p, (g, fails) in enumerate(drawn) if g == group and fails)
        for group, fails in drawn
        if fails
    }
    wanted = [p for p, (group, _) in enumerate(drawn) if p >= first.get(group, len(drawn))]
    assert wanted == _numbers(answer)
    assert [p for p in range(len(drawn)) if p not in wanted or p in first.values()] == ran


@pytest.mark.parametrize(
    ("event", "item"),
    [
        pytest.param(kinesis(_bodies(5)), lambda r: r["kinesis"]["sequenceNumber"], id="kinesis"),
        pytest.param(
            dynamodb_stream([{"pk": {"S": "x"}, "number": {"N": str(n)}} for n in range(5)]),
            lambda r: r["dynamodb"]["SequenceNumber"],
            id="dynamodb",
        ),
    ],
)
def test_a_stream_comes_again_from_its_first_failure(event: Any, item: Any) -> None:
    """What stands behind it is not run: it would overtake."""
    ran: list[int] = []

    @audited(each=True)
    def handler(record: Any, _: AuditContext) -> None:
        place = event["Records"].index(record)
        ran.append(place)
        if place in {2, 3}:
            raise ValueError

    bench = make_runtime()
    answer = run(handler, event, bench)

    assert {"batchItemFailures": [{"itemIdentifier": item(event["Records"][2])}]} == answer
    assert [0, 1, 2] == ran
    (line,) = [line for line in bench.logs if line["event"] == "batch.completed"]
    assert (5, 1, 2, "order") == tuple(
        line[k] for k in ("records", "failed", "returned", "stopped")
    )


def test_what_a_failed_record_held_is_let_go_before_the_next_one() -> None:
    """Ten thousand failures must not keep ten thousand records in memory."""

    class Held:
        pass

    held: list[weakref.ref[Held]] = []
    alive: list[int] = []

    @audited(each=True)
    def handler(_: Any, __: AuditContext) -> None:
        gc.collect()
        alive.append(sum(one() is not None for one in held))
        mine = Held()
        held.append(weakref.ref(mine))
        raise ValueError

    run(handler, sqs(_bodies(4)), make_runtime())

    assert [0, 0, 0, 0] == alive


# -- time and the ledger -------------------------------------------------------


def test_what_cannot_start_in_time_is_given_back() -> None:
    """It leaves no record, because nothing was done; operators hear how many."""
    ran: list[int] = []
    bench = make_runtime()
    context = Draining(remaining_ms=int((LEAST_S + MARGIN_S) * 1000) + 9_000, step_ms=1_000)

    answer = run(_handler(ran=ran), sqs(_bodies(40)), bench, context)

    assert 0 < len(ran) < 40
    assert list(range(len(ran), 40)) == _numbers(answer)
    assert 2 * len(ran) == len(bench.records)
    (line,) = [line for line in bench.logs if line["event"] == "batch.completed"]
    assert (0, 40 - len(ran), "time") == (line["failed"], line["returned"], line["stopped"])


@pytest.mark.parametrize(("more_ms", "started"), [(-1, 0), (1, 2)])
def test_no_record_starts_in_the_last_moment(more_ms: int, started: int) -> None:
    """Half a second, whatever the others took; the clock of this test stands still."""
    ran: list[int] = []
    bench = make_runtime(clock=FakeClock(step_ns=0).clock())
    context = FakeContext(remaining_ms=round((LEAST_S + MARGIN_S) * 1000) + more_ms)

    answer = run(_handler(ran=ran), sqs(_bodies(2)), bench, context)

    assert (started, [[0, 1], [], []][started]) == (len(ran), _numbers(answer))


def test_a_record_needs_the_time_that_the_slowest_one_took() -> None:
    """Each takes three seconds of six: the first one leaves too little for another."""
    passed_ms = 0

    @audited(each=True, request=Order, action="ORDER")
    def handler(_: Order, __: AuditContext) -> None:
        nonlocal passed_ms
        passed_ms += 3_000

    class Moving(FakeContext):
        def get_remaining_time_in_millis(self) -> int:
            return 6_000 - passed_ms

    clock = FakeClock().clock()._replace(tick_ns=lambda: passed_ms * 1_000_000)
    answer = run(handler, sqs(_bodies(3)), make_runtime(clock=clock), Moving())

    assert [1, 2] == _numbers(answer)


def test_a_ledger_that_is_down_gets_no_more_records() -> None:
    """Each would take its timeout; after three the rest is given back."""
    store, ran = MemoryStore(), list[int]()
    bench = make_runtime(policy="hipaa", store=store)

    def down(_: object) -> None:
        raise LedgerUnavailableError("down", why="planted", fix="Nothing")

    store.before = down
    answer = run(_handler(ran=ran), sqs(_bodies(9)), bench)

    assert list(range(9)) == _numbers(answer)
    assert [] == ran
    (line,) = [line for line in bench.logs if line["event"] == "batch.completed"]
    assert (3, "ledger") == (line["failed"], line["stopped"])


def test_a_ledger_that_fails_once_costs_one_record() -> None:
    """The records behind it are not its fault."""
    store = MemoryStore()
    bench = make_runtime(policy="hipaa", store=store)
    calls: list[int] = []

    def once(_: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise LedgerUnavailableError("down", why="planted", fix="Nothing")

    store.before = once

    assert [1] == _numbers(run(_handler(), sqs(_bodies(4)), bench))


def test_a_ledger_that_fails_now_and_then_gets_every_record() -> None:
    """Only failures in a row say that it is down."""
    store = MemoryStore()
    bench = make_runtime(policy="hipaa", store=store)
    calls: list[int] = []

    def sometimes(_: object) -> None:
        calls.append(1)
        # What was in doubt is sent again first, then a record's own two appends and
        # the correction that is owed for the one before.
        if len(calls) % 6 in {1, 2}:
            raise LedgerUnavailableError("down", why="planted", fix="Nothing")

    store.before = sometimes

    assert [0, 1, 3, 4, 6, 7, 9] == _numbers(run(_handler(), sqs(_bodies(10)), bench))


# -- answers -------------------------------------------------------------------


@pytest.mark.parametrize("event", [sqs(_bodies(2)), kinesis(_bodies(2))], ids=["sqs", "kinesis"])
def test_a_batch_without_failures_says_so(event: Any) -> None:
    """An empty list: with an empty answer Lambda would take it for one, too."""
    assert {"batchItemFailures": []} == run(_handler(), event, make_runtime())


@pytest.mark.parametrize(
    ("event", "error"),
    [
        pytest.param(sns({"number": "x"}), InvalidRequestError, id="refused"),
        pytest.param(eventbridge({"number": 1}), HandlerError, id="failed"),
        pytest.param(s3("a"), InvalidRequestError, id="refused, s3"),
    ],
)
def test_who_takes_no_list_gets_the_error_of_its_record(event: Any, error: type[Exception]) -> None:
    """Lambda then repeats the event, and hands it to the failure destination in the end."""
    with pytest.raises(error):
        run(_handler({1}), event, make_runtime())


def test_one_of_several_that_failed_fails_the_event() -> None:
    """All have run; the text counts them."""
    event = s3("a")
    event["Records"] += s3("b", number=1)["Records"] + s3("c", number=2)["Records"]
    ran: list[str] = []

    @audited(each=True)
    def handler(record: Any, _: AuditContext) -> None:
        ran.append(record["s3"]["object"]["key"])
        if ran[-1] == "b":
            raise ValueError("b")

    with pytest.raises(HandlerError, match="1 of 3"):
        run(handler, event, make_runtime())
    assert ["a", "b", "c"] == ran


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda record: record.pop("messageId"), id="no id"),
        pytest.param(lambda record: record.update(messageId=7), id="an id that is none"),
    ],
)
def test_a_failure_that_cannot_be_named_fails_the_batch(spoil: Any) -> None:
    """To answer without it would delete it."""
    event = sqs(_bodies(3))
    spoil(event["Records"][1])

    with pytest.raises(HandlerError):
        run(_handler({1}), event, make_runtime())


@pytest.mark.parametrize("junk", [None, 7, "text", [], {}])
def test_a_record_that_is_none_does_not_hide_the_others(junk: Any) -> None:
    """It is refused on record, and the batch comes again."""
    event = sqs(_bodies(3))
    event["Records"].insert(1, junk)
    ran: list[int] = []
    bench = make_runtime(policy="hipaa")

    with pytest.raises(HandlerError):
        run(_handler(ran=ran), event, bench)
    assert [0, 1, 2] == ran
    assert 1 == sum(record.status == "deny" for record in bench.records)


def test_what_the_handler_finds_missing_comes_again() -> None:
    """A message about something unknown would be lost otherwise."""

    @audited(each=True)
    def handler(_: Any, __: AuditContext) -> None:
        raise NotFoundError("no such order", why="so", fix="Retry")

    assert [0] == _numbers(run(handler, sqs(_bodies(1)), make_runtime()))


def test_an_event_that_nobody_carries_is_run_as_one() -> None:
    """So that a record can be repeated by hand."""
    ran: list[int] = []

    assert run(_handler(ran=ran), {"number": 5, "user": "w"}, make_runtime()) is None
    assert [5] == ran


def test_a_response_model_has_no_use() -> None:
    """Nothing is answered."""
    with pytest.raises(SetupError, match="response"):
        audited(each=True, response=Order)(lambda _, __: None)


# -- records -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "again"),
    [
        pytest.param(sqs(_bodies(2)), sqs(_bodies(2)), id="sqs"),
        pytest.param(kinesis(_bodies(2)), kinesis(_bodies(2)), id="kinesis"),
        pytest.param(sns(_bodies(1)[0]), sns(_bodies(1)[0]), id="sns"),
        pytest.param(eventbridge(_bodies(1)[0]), eventbridge(_bodies(1)[0]), id="eventbridge"),
        pytest.param(s3("7"), s3("7"), id="s3"),
    ],
)
def test_a_redelivery_is_the_same_event_and_another_attempt(event: Any, again: Any) -> None:
    """Also when the message has been received more often."""
    for record in again.get("Records", ()):
        if "attributes" in record:
            record["attributes"]["ApproximateReceiveCount"] = "2"
            record["receiptHandle"] = "another"

    @audited(each=True)
    def handler(_: Any, __: AuditContext) -> None:
        return None

    first, second = make_runtime(), make_runtime()
    run(handler, event, first)
    run(handler, again, second, FakeContext(aws_request_id="another"))

    assert [r.event for r in first.records] == [r.event for r in second.records]
    assert not {r.attempt for r in first.records} & {r.attempt for r in second.records}
    other = make_runtime()
    run(handler, event, other, FakeContext(function_name="another-function"))
    assert not {r.event for r in first.records} & {r.event for r in other.records}


def test_the_queue_acts_on_behalf_of_whoever_sent() -> None:
    """AWS names the sender; a field of the message comes before it, as everywhere."""
    bench = make_runtime(policy="hipaa")
    event = sqs([{"number": 1}, {"number": 2, "user": "jane"}], sender="AIDASENDER")
    token = bench.runtime.tokens().token

    run(_handler(), event, bench)
    actors = [record.document["actor"] for record in bench.records if record.phase == "O"]

    queue = token("actor", event["Records"][0]["eventSourceARN"])
    assert [
        {"auth": "service", "id": queue, "obo": token("actor", "AIDASENDER")},
        {"auth": "service", "id": queue, "obo": token("actor", "jane")},
    ] == actors


@pytest.mark.parametrize(
    ("event", "via", "service"),
    [
        (sqs([1]), "sqs", "arn:aws:sqs:eu-west-1:000000000000:orders"),
        (sns(1), "sns", "arn:aws:sns:eu-west-1:000000000000:orders"),
        (eventbridge({}), "eventbridge", "com.example.orders"),
        (kinesis([1]), "kinesis", "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"),
        (
            dynamodb_stream([{"pk": {"S": "x"}}]),
            "dynamodb-stream",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2026-01-23T12:00:00.000",
        ),
        (s3("k"), "s3", "arn:aws:s3:::documents"),
    ],
    ids=lambda value: value if isinstance(value, str) and ":" not in value else "",
)
@pytest.mark.parametrize("each", [True, False], ids=["each", "whole"])
def test_a_machine_is_the_actor(event: Any, via: str, service: str, each: bool) -> None:
    """Its ARN, or the name of an event's source; also if the batch is taken as a whole."""

    @audited(each=each)
    def handler(_: Any, __: AuditContext) -> None:
        return None

    bench = make_runtime(policy="hipaa")
    run(handler, event, bench)

    assert [via, via] == [record.document["src"]["via"] for record in bench.records]
    token = bench.runtime.tokens().token("actor", service)
    assert [token, token] == [record.actor for record in bench.records]


def test_the_key_of_an_object_is_in_no_line_and_in_no_record() -> None:
    """Neither as an id that people see, nor as a hash that can be guessed."""
    bench = make_runtime(policy="hipaa")

    @audited(each=True)
    def handler(_: Any, __: AuditContext) -> None:
        return None

    run(handler, s3("patients/Jane Roe.pdf"), bench)
    told = json.dumps([record.document for record in bench.records]) + "".join(bench.lines)

    assert "Jane" not in told
    assert "patients" not in told


# -- operators -----------------------------------------------------------------


def test_a_batch_has_one_set_of_metrics() -> None:
    """Values of equal names are a list; a line has at most a hundred."""
    bench = make_runtime(policy="hipaa")

    run(_handler({3}), sqs(_bodies(150)), bench)
    counted: dict[str, list[Any]] = {}
    for line in bench.metrics:
        told = line["_aws"]["CloudWatchMetrics"]
        for metric in (one for directive in told for one in directive["Metrics"]):
            value = line[metric["Name"]]
            counted.setdefault(metric["Name"], []).extend(
                value if isinstance(value, list) else [value]
            )

    assert 2 == len(bench.metrics)
    assert 149 == sum(counted["Answered"])
    assert 1 == sum(counted["Failed"])
    assert 150 == len(counted["Duration"])
    assert ([150], [1], [0]) == tuple(
        counted[name] for name in ("BatchRecords", "BatchFailed", "BatchReturned")
    )


def test_every_record_has_its_log_line_under_its_own_id() -> None:
    """The message id, which the queue's owner knows."""
    bench = make_runtime(policy="hipaa")
    event = sqs(_bodies(3))

    run(_handler(), event, bench)
    lines = [line for line in bench.logs if line["event"] == "invocation.completed"]

    assert [one["messageId"] for one in event["Records"]] == [one["request_id"] for one in lines]


def test_metrics_that_fail_do_not_change_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """The last resort is one line on stderr."""
    bench = make_runtime()

    def broken(_: str) -> None:
        raise OSError("no room")

    bench.runtime = bench.runtime._replace(emit=broken)

    assert [1] == _numbers(run(_handler({1}), sqs(_bodies(2)), bench))
    assert '"event":"emit.failed"' in capsys.readouterr().err


@given(my.jsons(), st.sampled_from(["eventSource", "EventSource"]))
def test_no_record_whatever_it_holds_raises_anything_but_our_errors(junk: Any, key: str) -> None:
    """Six services, any JSON in place of what they say."""
    for source in ("aws:sqs", "aws:sns", "aws:kinesis", "aws:dynamodb", "aws:s3"):
        record = {
            key: source,
            **dict.fromkeys(("body", "Sns", "kinesis", "dynamodb", "s3", "messageId"), junk),
        }
        bench = make_runtime(policy="gdpr")
        try:
            answer: Any = run(_handler(), {"Records": [record]}, bench)
        except AffidavitError as error:
            assert str(error)
        else:
            assert len(answer["batchItemFailures"]) <= 1
        assert bench.records
