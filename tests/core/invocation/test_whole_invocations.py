"""One invocation per source and per ending, whole: its answer, records, log lines and metrics.

Time passes only where the tests say so: 5 ms in each write of the ledger, 30 ms in the handler.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pytest

import strategies as my
from affidavit import AffidavitError, audited
from affidavit._clock import Clock
from affidavit._policy.load import load_policy
from affidavit._policy.words import Declare
from affidavit.testing import (
    FakeContext,
    MemoryStore,
    alb,
    api_gateway_v1,
    eventbridge,
    make_runtime,
    run,
    sns,
    sqs,
    step,
)

SAID: Final = {"id": "A1", "who": "w"}
BASE: Final = load_policy("baseline")._replace(declare=Declare.BEFORE)
WRITE_MS, HANDLER_MS = 5, 30
NOON: Final = 1_769_169_600_000
FAR: Final = 1_769_169_600 + 30 * 86_400
"""Thirty days later: what `baseline` keeps in the table."""

USER: Final = "user-of-the-authorizer"
API: Final = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
LAMBDA: Final = "00000000-0000-4000-8000-000000000001"
BEHAVIOURS: Final = {one.name: one for one in my.BEHAVIOURS}
READ: Final = {"b": ["id"], "n": "find", "r": 1, "s": "memory"}
HEADERS: Final = {"content-type": "application/json", "cache-control": "no-store"}


class Told(NamedTuple):
    """All that left one invocation."""

    answer: Any
    error: str
    records: list[dict[str, Any]]
    logs: list[dict[str, Any]]
    metric: dict[str, Any]
    names: Mapping[str, Any]


def _told(behaviour: str, event: Any, policy: Any = BASE) -> Told:
    ticks, ids = [0], itertools.count()

    def wait(ms: int) -> None:
        ticks[0] += ms * 1_000_000

    def write(_: object) -> None:
        wait(WRITE_MS)

    def act(asked: Any, context: Any) -> Any:
        wait(HANDLER_MS)
        return BEHAVIOURS[behaviour].act(asked, context)

    clock = Clock(lambda: NOON, lambda: ticks[0], lambda: f"id{next(ids):020d}")
    bench = make_runtime(
        policy=policy, clock=clock, store=MemoryStore(before=write), sources=[my.sources()]
    )
    answer, error = None, ""
    try:
        answer = run(my.handler_of(my.Behaviour("", act, "", 0)), event, bench, FakeContext())
    except AffidavitError as failure:
        error = type(failure).__name__
    token = bench.runtime.tokens().token
    names = {name: token("actor", name) for name in ("w", USER)}
    names["ip"] = token("address", "203.0.113.7")
    names["A1"] = bench.runtime.subjects.of("A1", timeout_s=1).token
    return Told(
        answer,
        error,
        [dict(record.document) for record in bench.records],
        bench.logs,
        bench.metrics[0],
        names,
    )


def _source(event: Any, via: str, event_id: str, request: str, **more: Any) -> Any:
    return pytest.param(event, via, event_id, request, more, id=f"{via}{', '.join(more)}")


SOURCES: Final = [
    _source(api_gateway_v1(query=SAID), "apigw.v1", "d3210641a6ff0e1a59763d3dff93a2cd", API),
    _source(
        my.SHAPES["rest"](SAID), "apigw.v1", "d3210641a6ff0e1a59763d3dff93a2cd", API,
        by="authorizer.claims.sub",
    ),
    _source(
        my.SHAPES["http"](SAID), "apigw.v2", "4603b860922a44fdc86433551c150cfd", API,
        by="authorizer.jwt.claims.sub",
    ),
    _source(
        my.SHAPES["url"](SAID), "function-url", "7a640894a91a9dc85c2b17a68d7842da", API
    ),
    _source(alb(query=SAID), "alb", "7d778729fbb87b21589d2d6554d39c44", LAMBDA),
    _source(SAID, "direct", "7ec1e0bcf57a9dc1aa979ba87efafedb", LAMBDA),
]  # fmt: skip


@pytest.mark.parametrize(("event", "via", "event_id", "request_id", "more"), SOURCES)
def test_a_good_call_leaves_this_and_nothing_else(
    event: Any, via: str, event_id: str, request_id: str, more: Mapping[str, str]
) -> None:
    """Whoever called: one answer, two records, one line, one metric, and each of them whole."""
    told, http = _told("reads", event), via != "direct"
    opening, closing = told.records
    actor: dict[str, Any] = {"auth": "asserted", "id": told.names["w"]}
    if more:
        actor = {"auth": "authorizer", "id": told.names[USER], "obo": told.names["w"], **more}
    origin = {"fn": "function-under-test", "reg": "", "ver": "$LATEST", "via": via}
    if http:
        origin["ip"] = told.names["ip"]
    said = {
        "act": "TEST", "cls": "phi", "obj": "things", "rcpt": "clinic", "why": "treatment",
        "actor": actor, "att": "id00000000000000000000", "eid": event_id, "exp": FAR,
        "pol": BASE.label, "req": request_id, "src": origin, "subj": told.names["A1"],
        "ts": "2026-01-23T12:00:00.000Z", "v": 1, "wid": "id00000000000000000001",
    }  # fmt: skip
    received, duration = told.logs[0].pop("received"), WRITE_MS + HANDLER_MS

    assert said | {"ph": "I", "seq": 1, "prev": opening["prev"]} == opening
    assert said | {
        "ph": "O", "seq": 2, "prev": closing["prev"], "dur": duration, "q": [READ],
        "out": {"code": 200, "s": "ok"}, **({"red": closing["red"]} if http else {}),
    } == closing  # fmt: skip
    assert [
        {
            "level": "info", "timestamp": "2026-01-23T12:00:00.000Z",
            "event": "invocation.completed", "request_id": request_id,
            "attempt": "id00000000000000000000", "action": "TEST", "via": via, "outcome": "ok",
            "code": 200, "duration_ms": duration,
        }
    ] == told.logs  # fmt: skip
    assert received.keys() == event.keys()
    assert {
        "_aws": {
            "Timestamp": NOON,
            "CloudWatchMetrics": [
                {
                    "Namespace": "affidavit",
                    "Dimensions": [["FunctionName", "Action"]],
                    "Metrics": [
                        {"Name": "ColdStart", "Unit": "Count"},
                        {"Name": "Duration", "Unit": "Milliseconds"},
                        {"Name": "AuditWriteLatency", "Unit": "Milliseconds"},
                        {"Name": "Answered", "Unit": "Count"},
                    ],
                }
            ],
        },
        "FunctionName": "function-under-test", "Action": "TEST", "ColdStart": 1,
        "Duration": duration, "AuditWriteLatency": 2 * WRITE_MS, "Answered": 1,
    } == told.metric  # fmt: skip
    answer = {"note": "fine"}
    assert told.answer == (_http(200, answer) if http else answer)


def _http(code: int, body: Mapping[str, Any]) -> dict[str, Any]:
    written = json.dumps(body, separators=(",", ":"))
    return {"statusCode": code, "headers": HEADERS, "body": written, "isBase64Encoded": False}


UNFIT: Final = [{"path": "note", "kind": "missing"}]
WRONG: Final = [{"path": "note", "kind": "string_type"}]


def _ends(name: str, code: int, status: str, error: str = "", line: str = "", **more: Any) -> Any:
    return pytest.param(name, code, status, error, line, more, id=name)


@pytest.mark.parametrize(
    ("name", "code", "status", "error", "line", "more"),
    [
        _ends("answers", 200, "ok", body={"note": "fine"}),
        _ends("answers a dictionary", 200, "ok", body={"note": "fine"}),
        _ends("finds nothing", 404, "ok", body={"error": "not_found"}),
        _ends(
            "finds nothing, loudly", 404, "ok", "not_found", "handler.refused",
            body={"error": "not_found"}, error_type="NotFoundError", message="x: t. t.",
        ),
        _ends(
            "answers what does not fit", 500, "error", "UnfitAnswer", "answer.unfit",
            body={"error": "internal_error"}, fields=[{"path": "note", "type": "missing"}],
        ),
        _ends(
            "answers what is not JSON", 500, "error", "UnfitAnswer", "answer.unfit",
            body={"error": "internal_error"}, fields=[{"path": "note", "type": "string_type"}],
        ),
        _ends(
            "raises", 500, "error", "ValueError", "handler.failed",
            body={"error": "internal_error"}, type="ValueError",
            error_type="ValueError", message="text",
        ),
        _ends(
            "exits", 500, "error", "SystemExit", "handler.failed",
            body={"error": "internal_error"}, type="SystemExit",
            error_type="SystemExit", message="text",
        ),
        _ends(
            "declines", 409, "deny", "conflict", "handler.refused",
            body={"error": "conflict"}, error_type="ConflictError", message="x: text. text.",
        ),
    ],
)  # fmt: skip
def test_each_ending_is_told_the_same_everywhere(
    name: str, code: int, status: str, error: str, line: str, more: dict[str, Any]
) -> None:
    """In the answer, the closing record, the lines and the metric."""
    told = _told(name, api_gateway_v1(query=SAID))
    body = more["body"]
    if "error" in body:
        body = body | {"requestId": API}
        body |= {key: more[key] for key in ("fields", "type") if key in more}
    counter = {"ok": "Answered", "deny": "Refused", "error": "Failed"}[status]
    closing = told.records[-1]
    out = {"code": code, "s": status} | ({"err": error} if error else {})

    assert _http(code, body) == told.answer
    assert (out, 35) == (closing["out"], closing["dur"])
    assert {"ColdStart", "Duration", "AuditWriteLatency", counter} == (
        told.metric.keys() - {"_aws", "FunctionName", "Action"}
    )
    assert (1, 35, 10) == (
        told.metric[counter], told.metric["Duration"], told.metric["AuditWriteLatency"],
    )  # fmt: skip
    about = {"request_id": API, "attempt": closing["att"]}
    last = told.logs[-1]
    assert (status, code, 35) == (last["outcome"], last["code"], last["duration_ms"])
    assert [*([line] if line else []), "invocation.completed"] == [
        one["event"] for one in told.logs
    ]
    if line:
        expected = about | {key: more[key] for key in ("error_type", "message") if key in more}
        if line == "handler.refused":
            expected["code"] = code
        if line == "answer.unfit":
            expected["findings"] = [
                {"path": one["path"], "kind": one["type"]} for one in more["fields"]
            ]
        assert expected.items() <= told.logs[0].items()


@pytest.mark.parametrize(
    ("event", "code", "error", "path", "kind"),
    [
        (api_gateway_v1(query={"id": "7"}), 401, "unauthenticated", "who", "missing"),
        (api_gateway_v1(query={**SAID, "x": "1"}), 400, "invalid_request", "*", "extra_forbidden"),
        (api_gateway_v1(body={**SAID, "count": "1"}), 400, "invalid_request", "count", "int_type"),
    ],
)
def test_a_refusal_is_one_record_and_no_handler(
    event: Any, code: int, error: str, path: str, kind: str
) -> None:
    """Which fields, and what about them, but never what was in them."""
    told = _told("raises", event)
    (record,) = told.records

    assert ("D", 1, {"code": code, "err": error, "s": "deny"}, 0) == (
        record["ph"], record["seq"], record["out"], record["dur"],
    )  # fmt: skip
    assert (
        _http(code, {"error": error, "requestId": API, "fields": [{"path": path, "type": kind}]})
        == told.answer
    )
    refused, completed = told.logs
    assert ("warning", "request.refused", code, [{"path": path, "kind": kind}]) == (
        refused["level"], refused["event"], refused["code"], refused["findings"],
    )  # fmt: skip
    assert ("deny", code, 0) == (completed["outcome"], completed["code"], completed["duration_ms"])
    assert (1, WRITE_MS, 0) == (
        told.metric["Refused"], told.metric["AuditWriteLatency"], told.metric["Duration"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("declare", "phases"), [(Declare.NONE, "D"), (Declare.BEFORE, "IO"), (Declare.OVERLAP, "IO")]
)
def test_how_a_policy_declares_shows_in_the_phases(declare: Declare, phases: str) -> None:
    """One record that tells all, or two."""
    told = _told("reads", SAID, BASE._replace(declare=declare))

    assert phases == "".join(record["ph"] for record in told.records)
    assert list(range(1, len(phases) + 1)) == [record["seq"] for record in told.records]


def _sent(seen: list[Any]) -> Any:
    @audited(action="TEST")
    def handler(event: Any, _: Any) -> str:
        seen.append(event)
        return "done"

    return handler


@pytest.mark.parametrize(
    ("event", "via", "service"),
    [
        (step({"id": "A1"}), "step-functions", True),
        (sqs(["x"]), "sqs", True),
        (sns("x"), "sns", True),
        (eventbridge({"a": 1}), "eventbridge", True),
        ({"id": "A1"}, "direct", False),
    ],
)
def test_what_no_model_reads_is_handed_over_and_named(event: Any, via: str, service: bool) -> None:
    """A bare wrap: the handler sees the event, the record says who sent it."""
    seen: list[Any] = []
    bench = make_runtime()

    assert "done" == run(_sent(seen), event, bench)
    assert [event] == seen
    record = bench.records[-1].document
    assert ("service" if service else "anonymous", service) == (
        record["actor"]["auth"], "id" in record["actor"],
    )  # fmt: skip
    assert via == record["src"]["via"]
    assert "subj" not in record


def test_a_batch_tells_of_its_records_and_once_of_itself() -> None:
    """Three records, of which one fails and one is refused; then what came of all of them."""
    ticks = [0]

    @audited(action="TEST", each=True, request=my.Asked, actor="who", subject="id")
    def handler(asked: Any, _: Any) -> None:
        ticks[0] += 7_000_000
        if asked.id == "A2":
            raise ValueError("text")

    clock = Clock(lambda: NOON, lambda: ticks[0], lambda: "id")
    bench = make_runtime(policy=BASE, clock=clock)
    bodies = [json.dumps({**SAID, **more}) for more in ({}, {"id": "A2"}, {"x": 1})]
    event = sqs(bodies)
    answer: Any = run(handler, event, bench)
    metric = {name: value for name, value in bench.metrics[0].items() if name != "_aws"}

    second, third = (record["messageId"] for record in event["Records"][1:])
    assert {"batchItemFailures": [{"itemIdentifier": second}, {"itemIdentifier": third}]} == answer
    assert 1 == len(bench.metrics)
    assert {
        "FunctionName": "function-under-test", "Action": "TEST", "ColdStart": [1, 0, 0],
        "Duration": [7, 7, 0], "AuditWriteLatency": [0, 0, 0], "Answered": 1, "Failed": 1,
        "Refused": 1, "BatchRecords": 3, "BatchFailed": 2, "BatchReturned": 0,
    } == metric  # fmt: skip
    assert {
        "level": "info", "timestamp": "2026-01-23T12:00:00.000Z", "event": "batch.completed",
        "request_id": LAMBDA, "action": "TEST", "via": "sqs", "records": 3, "failed": 2,
        "returned": 0, "stopped": "", "duration_ms": 14,
    } == bench.logs[-1]  # fmt: skip
    assert ["IO", "IO", "D"] == [
        "".join(record.phase for record in bench.records if record.event == one)
        for one in dict.fromkeys(record.event for record in bench.records)
    ]
