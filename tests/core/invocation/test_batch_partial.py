"""Which mappings take a list of failures, and what a handler says where that is not as usual."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from affidavit import HandlerError, SetupError, audited
from affidavit.testing import kinesis, make_runtime, platform_event, run, sqs


def _record(partition: int, offset: int, value: Any) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(value).encode()).decode()
    return {"topic": "orders", "partition": partition, "offset": offset, "value": data}


def _kafka(*values: tuple[int, int, Any], managed: bool = True) -> Any:
    records: dict[str, list[Any]] = {}
    for partition, offset, value in values:
        records.setdefault(f"orders-{partition}", []).append(_record(partition, offset, value))
    event = platform_event("kafka", records=records)
    if not managed:
        event["eventSource"] = "SelfManagedKafka"
        del event["eventSourceArn"]
    return event


def _handler(ran: list[Any], **words: Any) -> Any:
    def handler(given: Any, _: Any) -> None:
        ran.append(given["a"])
        if given["a"] == "bad":
            raise ValueError("s3cr3t")

    return audited(action="X", each=True, request=dict, **words)(handler)


EVENT = [(0, 15, {"a": 1}), (0, 16, {"a": "bad"}), (0, 17, {"a": 2}), (1, 7, {"a": 3})]


@pytest.mark.parametrize("managed", [True, False])
def test_kafka_is_told_partition_and_offset_of_what_comes_again(managed: bool) -> None:
    """What is behind a failure in its partition waits for it; other partitions go on."""
    ran: list[Any] = []
    bench = make_runtime()
    event = _kafka(*EVENT, managed=managed)

    answer: Any = run(_handler(ran, partial_response=True), event, bench)

    assert [
        {"itemIdentifier": {"partition": "orders-0", "offset": 16}},
        {"itemIdentifier": {"partition": "orders-0", "offset": 17}},
    ] == answer["batchItemFailures"]
    assert [1, "bad", 3] == ran
    assert ["ok", "error", "deny", "ok"] == [r.status for r in bench.records if r.status]


def test_kafka_whose_mapping_takes_no_list_gets_an_exception() -> None:
    """Which is how it is usually set: a list would be taken for a success."""
    with pytest.raises(HandlerError, match="have to come again"):
        run(_handler([]), _kafka(*EVENT), make_runtime())


def test_kafka_without_failures_is_done() -> None:
    """With an empty list where one is taken."""
    fine = _kafka((0, 15, {"a": 1}))

    assert None is run(_handler([]), fine, make_runtime())
    done = run(_handler([], partial_response=True), fine, make_runtime())
    assert {"batchItemFailures": []} == done


def test_a_kafka_record_that_cannot_be_named_fails_the_batch() -> None:
    """Its place in a list could not be said."""
    event = _kafka((0, 15, {"a": "bad"}), (0, 16, {"a": 1}))
    for record in event["records"]["orders-0"]:
        del record["offset"]
    with pytest.raises(HandlerError, match="have to come again"):
        run(_handler([], partial_response=True), event, make_runtime())


@pytest.mark.parametrize("build", [sqs, kinesis])
def test_a_mapping_without_the_list_gets_an_exception(build: Any) -> None:
    """Otherwise Lambda would take the answer for a success and drop what failed."""
    event = build([{"a": 1}, {"a": "bad"}])

    assert "batchItemFailures" in str(run(_handler([]), event, make_runtime()))
    with pytest.raises(HandlerError, match="have to come again"):
        run(_handler([], partial_response=False), event, make_runtime())
    assert None is run(_handler([], partial_response=False), build([{"a": 1}]), make_runtime())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"final": print}, "each=True"),
        ({"partial_response": True}, "each=True"),
        ({"each": True, "partial_response": "yes"}, "`partial_response`"),
        ({"each": True, "final": "total"}, "`final`"),
        ({"each": True, "final": dict}, "`final`"),
        ({"each": True, "finale": print}, "Did you mean `final`"),
        ({"each": True, "partial_respons": True}, "Did you mean `partial_response`"),
    ],
)
def test_what_is_said_of_batches_is_checked_at_import(words: Any, said: str) -> None:
    """A misspelt word would leave failures unreported."""
    with pytest.raises(SetupError, match=said):
        audited(action="X", **words)(lambda _, __: None)
