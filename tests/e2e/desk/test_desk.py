"""One service, defined once: started over HTTP, by queue, streams, topic, bus, bucket and time.

Each is deployed as functions.toml says and played; the ledger says what came of it.
"""

from __future__ import annotations

import json
from typing import Any

from e2e.desk.conftest import BUCKET, Outputs
from e2e.framework.commands import affidavit
from e2e.framework.fetch import ask, eventually, get, records
from e2e.framework.stacks import Stack

Desk = Stack[Outputs]


def _closed(desk: Desk) -> list[dict[str, Any]]:
    return [one for one in records(desk.cloud, desk.out.table_name) if "out" in one]


def _outcomes(desk: Desk, action: str) -> set[tuple[str, str]]:
    """Return how it was started and how it ended, of every invocation of one action."""
    return {(one["src"]["via"], one["out"]["s"]) for one in _closed(desk) if action == one["act"]}


def _wait_for(desk: Desk, action: str, *wanted: tuple[str, str], deadline_s: float = 120) -> None:
    eventually(
        lambda: _outcomes(desk, action),
        lambda found: set(wanted) <= found,
        deadline_s=deadline_s,
    )


def test_an_order_goes_from_http_through_table_and_bus_to_the_queue(desk: Desk) -> None:
    """Kept in DynamoDB, announced on the bus, followed by the stream, passed on, settled."""
    order = {"order_id": "order-0001", "product": "PROD-101", "quantity": 2}
    answer = ask("POST", f"{desk.out.url}/orders", order)

    assert (200, "19.00") == (answer.status, answer.body["total"]), answer
    item = desk.cloud.client("dynamodb").get_item(
        TableName=desk.out.tables["orders"], Key={"order_id": {"S": "order-0001"}}
    )["Item"]
    assert "19.00" == item["total"]["S"]
    _wait_for(desk, "ORDER_PLACE", ("apigw.v2", "ok"))
    _wait_for(desk, "ORDER_FOLLOW", ("dynamodb-stream", "ok"), ("eventbridge", "ok"))
    _wait_for(desk, "ORDER_SETTLE", ("sqs", "ok"))


def test_a_stream_a_topic_and_a_bucket_start_their_functions(desk: Desk) -> None:
    """Those that Terraform made, by the names that it puts out."""
    line = json.dumps({"order_id": "order-0002", "total": "3.00"})
    made = desk.out.triggers
    desk.cloud.client("kinesis").put_record(
        StreamName=next(iter(made["settle"]["streams"].values())),
        PartitionKey="order-0002",
        Data=line.encode(),
    )
    desk.cloud.client("sns").publish(
        TopicArn=next(iter(made["follow"]["topics"].values())), Message='{"news": "none"}'
    )
    desk.cloud.client("s3").put_object(Bucket=BUCKET, Key="inbox/order.txt", Body=b"x")

    _wait_for(desk, "ORDER_SETTLE", ("kinesis", "ok"))
    _wait_for(desk, "ORDER_FOLLOW", ("sns", "ok"), ("s3", "ok"))


def test_a_time_starts_its_function(desk: Desk) -> None:
    """Each minute, with nothing to say."""
    eventually(
        lambda: _outcomes(desk, "ORDER_FOLLOW"),
        lambda found: {via for via, _ in found} - {"dynamodb-stream", "eventbridge", "sns", "s3"},
        deadline_s=150,
    )


def test_a_bad_line_fails_alone_and_is_kept(desk: Desk) -> None:
    """In the queue and in the stream: the others are settled, and what failed is not lost."""
    bad = json.dumps({"order_id": "order-0003", "total": "-3.00"})
    good = json.dumps({"order_id": "order-0004", "total": "4.00"})
    sqs = desk.cloud.client("sqs")
    url = next(iter(desk.out.triggers["settle"]["queues"].values()))
    # Else the bad one would come again only after a minute; what is asked here is what then.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    for body in (bad, good):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    desk.cloud.client("kinesis").put_record(
        StreamName=next(iter(desk.out.triggers["settle"]["streams"].values())),
        PartitionKey="order-0003",
        Data=bad.encode(),
    )
    name = desk.out.functions["settle"]["name"]
    dead = sqs.get_queue_url(QueueName=f"{name}-dead")["QueueUrl"]
    found: list[str] = []

    def letters() -> list[str]:
        told = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found.extend(one["Body"] for one in told.get("Messages", []))
        return found

    eventually(letters, lambda held: len(held) >= 2, deadline_s=120)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    assert bad in found
    assert any("KinesisBatchInfo" in one for one in found)
    _wait_for(desk, "ORDER_SETTLE", ("sqs", "error"), ("kinesis", "error"), ("sqs", "ok"))


def test_roles_had_what_they_needed_and_a_second_plan_is_empty(desk: Desk) -> None:
    """The local cloud weighs every call: its own rights, its secret, mail, bus, table and queue."""
    state = f"--state={desk.cloud.folder}"
    report = affidavit("local", "rights", state, environ=desk.cloud.environ, good=(0, 1))
    ours = [one for one in report if desk.name in one["caller"]]
    used = {row["action"] for one in ours for row in one["used"]}

    assert [] == [(one["caller"], row) for one in ours for row in one["denied"]]
    assert {"ses:SendEmail", "events:PutEvents", "sqs:SendMessage"} <= used
    assert {"secretsmanager:GetSecretValue", "dynamodb:PutItem"} <= used
    assert [] == desk.drift()


def test_what_is_not_there_is_404_and_nothing_is_lost(desk: Desk) -> None:
    """No order is kept for a product that nobody sells; nothing waits among the undelivered."""
    order = {"order_id": "order-0009", "product": "PROD-999", "quantity": 1}
    answer = ask("POST", f"{desk.out.url}/orders", order)
    told = desk.cloud.client("sqs").get_queue_attributes(
        QueueUrl=desk.out.lost["follow"], AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]

    assert 404 == answer.status
    assert "0" == told["ApproximateNumberOfMessages"]
    assert 404 == get(f"{desk.out.url}/orders").status
