"""Batches that want an answer per record, come in windows, or are empty."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from affidavit import HandlerError, audited
from affidavit.testing import (
    FakeContext,
    dynamodb_stream,
    kinesis,
    make_runtime,
    platform_event,
    run,
)


def _each(act: Any, **words: Any) -> Any:
    return audited(action="X", each=True, **words)(act)


def _upper(given: Any, _: Any) -> Any:
    if given["a"] == "bad":
        raise ValueError("s3cr3t")
    return None if given["a"] == "drop" else {"a": given["a"].upper()}


def _record(place: int, value: str) -> dict[str, Any]:
    data = base64.b64encode(json.dumps({"a": value}).encode()).decode()
    return {"recordId": f"r{place}", "data": data}


def test_a_transformation_answers_each_record() -> None:
    """Ok with its data, dropped, or failed; nothing comes twice and nothing is lost."""
    records = [_record(place, value) for place, value in enumerate(["x", "drop", "bad", "y"])]
    bench = make_runtime()
    answer: Any = run(
        _each(_upper, request=dict), platform_event("firehose", records=records), bench
    )
    told = [(one["recordId"], one["result"]) for one in answer["records"]]

    assert [("r0", "Ok"), ("r1", "Dropped"), ("r2", "ProcessingFailed"), ("r3", "Ok")] == told
    assert {"a": "X"} == json.loads(base64.b64decode(answer["records"][0]["data"]))
    assert ["ok", "ok", "error", "ok"] == [r.status for r in bench.records if r.status]
    assert "s3cr3t" not in json.dumps(answer)


@pytest.mark.parametrize(("value", "sent"), [("text", b"text"), (b"\xff", b"\xff"), ([1], b"[1]")])
def test_a_transformed_record_is_text_bytes_or_json(value: Any, sent: bytes) -> None:
    """Whatever the handler returns for it."""
    answer: Any = run(_each(lambda _, __: value), platform_event("firehose"), make_runtime())

    assert sent == base64.b64decode(answer["records"][0]["data"])


def test_records_that_there_is_no_time_for_are_answered_as_failed() -> None:
    """A transformation has to name every record."""
    records = [_record(place, "x") for place in range(3)]
    event = platform_event("firehose", records=records)
    answer: Any = run(_each(_upper), event, make_runtime(), FakeContext(remaining_ms=10))

    assert ["ProcessingFailed"] * 3 == [one["result"] for one in answer["records"]]


def test_a_batch_operation_answers_each_task() -> None:
    """With what the handler says of it, or to be tried again."""
    event = platform_event("s3-batch")
    event["tasks"].append({**event["tasks"][0], "taskId": "second", "s3Key": "bad"})

    def handler(given: Any, _: Any) -> str:
        if given["key"] == "bad":
            raise ValueError("s3cr3t")
        return f"{given['bucket']}/{given['key']}"

    answer: Any = run(_each(handler, request=dict, subject="key"), event, make_runtime())
    results = answer["results"]

    assert ("1.0", "YXNk") == (answer["invocationSchemaVersion"], answer["invocationId"])
    assert ["Succeeded", "TemporaryFailure"] == [one["resultCode"] for one in results]
    assert ["archive-of-orders/a b.pdf", ""] == [one["resultString"] for one in results]


def test_a_batch_of_resolvers_is_answered_in_order_or_not_at_all() -> None:
    """A place in a list of values cannot say that it failed."""
    contexts = [platform_event("appsync", arguments={"a": name}) for name in ("x", "y")]
    bench = make_runtime(policy="hipaa")

    assert [{"a": "X"}, {"a": "Y"}] == run(_each(_upper, request=dict), contexts, bench)
    assert 2 == len({record.event for record in bench.records})
    contexts[1]["arguments"] = {"a": "bad"}
    with pytest.raises(HandlerError, match="have to come again"):
        run(_each(_upper, request=dict), contexts, bench)


def test_a_resolvers_model_is_about_its_arguments() -> None:
    """Alone as in a batch."""
    wrapped = audited(action="X", request=dict, subject="id")(lambda given, _: given)

    assert {"id": "p-17"} == run(wrapped, platform_event("appsync"), make_runtime())


@pytest.mark.parametrize("build", [kinesis, dynamodb_stream])
def test_a_window_gets_its_state_back(build: Any) -> None:
    """Without it Lambda fails the invocation; what the handler returns goes nowhere."""
    event = build([{"pk": {"S": "x"}}])
    event |= {"window": {"start": "a", "end": "b"}, "state": {"n": 3}}
    event["isFinalInvokeForWindow"] = False

    answer = run(_each(lambda _, __: None), event, make_runtime())

    assert {"state": {"n": 3}, "batchItemFailures": []} == answer


@pytest.mark.parametrize("records", [[], None])
def test_the_last_call_of_a_window_never_reaches_a_record_handler(records: Any) -> None:
    """It holds no record, and a handler of records would take it for one."""
    calls: list[Any] = []
    event = {
        "window": {"start": "a", "end": "b"},
        "state": {"n": 3},
        "shardId": "shard-1",
        "eventSourceARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/orders",
        "isFinalInvokeForWindow": True,
        "isWindowTerminatedEarly": False,
    }
    if records is not None:
        event["Records"] = records
    answer: Any = run(_each(lambda given, _: calls.append(given)), event, make_runtime())

    assert [] == calls
    assert {"n": 3} == answer["state"]


def test_an_empty_batch_runs_nothing() -> None:
    """There is no record to run."""
    calls: list[Any] = []
    answer = run(_each(lambda given, _: calls.append(given)), {"Records": []}, make_runtime())

    assert ([], {"batchItemFailures": []}) == (calls, answer)


@pytest.mark.parametrize("name", ["kafka", "mq", "documentdb", "cloudwatch-logs"])
def test_a_broker_cannot_be_told_which_record_failed(name: str) -> None:
    """So all of them come again, and each is on record."""
    bench = make_runtime(policy="hipaa")

    assert run(_each(lambda _, __: None, request=dict), platform_event(name), bench) is None
    assert ["I", "O"] == [record.phase for record in bench.records]

    def failing(_: Any, __: Any) -> None:
        raise LookupError("s3cr3t")

    with pytest.raises(LookupError):
        run(_each(failing), platform_event(name), bench)


def test_an_authorizers_one_word_reaches_the_gateway() -> None:
    """API Gateway answers 401 for exactly this, and 500 for anything else."""

    @audited
    def authorize(event: Any, context: Any) -> None:
        raise Exception("Unauthorized" if event["type"] == "REQUEST" else "s3cr3t")  # noqa: TRY002

    bench = make_runtime(policy="hipaa")
    with pytest.raises(Exception, match="^Unauthorized$") as caught:
        run(authorize, platform_event("apigw.authorizer"), bench)

    assert "Exception" == type(caught.value).__name__
    assert ("deny", 401) == (bench.records[-1].status, bench.records[-1].code)
    event = platform_event("apigw.authorizer", type="TOKEN")
    with pytest.raises(Exception, match="not repeated"):
        run(authorize, event, bench)
    with pytest.raises(Exception, match="not repeated"):
        run(authorize, {"type": "REQUEST"}, make_runtime())
