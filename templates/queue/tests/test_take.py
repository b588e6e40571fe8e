"""What the function does, in memory."""

from __future__ import annotations

from affidavit.testing import MemorySource, make_runtime, run, sqs
from example_service.handler import take


def _changed(binds):
    return [{"changed": int(binds["id"] == "I-100001")}]


def test_a_message_that_fails_fails_alone():
    bench = make_runtime(sources=[MemorySource("items", {"change_state": _changed})])
    event = sqs([{"id": "I-100001", "state": "closed"}, {"id": "I-100009", "state": "closed"}])
    answer = run(take, event, bench)

    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}]}
    assert {"ITEM_CHANGE"} == {record.document["act"] for record in bench.records}
