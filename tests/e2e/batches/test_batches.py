"""A batch with a poison message: the others are settled once, and each try is on record."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from e2e.framework.fetch import eventually, metrics, records
from e2e.framework.nowhere import places
from e2e.framework.stacks import Stack

CUSTOMER = "customer-canary-6021"


def _order(number: int, total: str) -> dict[str, str]:
    said = {"order_id": f"o-{number}", "customer": f"{CUSTOMER}-{number}", "total": total}
    return {"Id": f"m{number}", "MessageBody": json.dumps(said)}


def _outcomes(stack: Stack[Any]) -> Counter[str]:
    closed = [one for one in records(stack.cloud, stack.out.table) if "out" in one]
    return Counter(one["out"]["s"] for one in closed if one["act"] == "ORDER_SETTLE")


def test_a_poison_message_holds_nobody_back(stack: Stack[Any]) -> None:
    """Two are settled at once; the third is tried twice, and then set aside."""
    sqs = stack.cloud.client("sqs")
    orders = [_order(1, "9.50"), _order(2, "-3.00"), _order(3, "12.00")]
    sqs.send_message_batch(QueueUrl=stack.out.queue_url, Entries=orders)
    dead = eventually(
        lambda: sqs.receive_message(
            QueueUrl=stack.out.dead_url, WaitTimeSeconds=1, VisibilityTimeout=0
        ).get("Messages"),
        deadline_s=90,
    )
    group = f"/aws/lambda/{stack.out.function}"
    counted = eventually(
        lambda: metrics(stack.cloud, group), lambda sums: sums.get("Failed", 0) >= 2
    )

    assert "o-2" == json.loads(dead[0]["Body"])["order_id"]
    assert {"ok": 2, "error": 2} == dict(_outcomes(stack))
    assert 2 == counted["OrderSettled"]


def test_who_sent_it_is_on_record_as_aws_says_it(stack: Stack[Any]) -> None:
    """The queue is the actor: a service, and not somebody's word."""
    found = [one for one in records(stack.cloud, stack.out.table) if "out" in one]

    assert {"service"} == {one["actor"]["auth"] for one in found}
    assert {"sqs"} == {one["src"]["via"] for one in found}


def test_no_customer_is_named_anywhere(stack: Stack[Any]) -> None:
    """Not by the orders that were settled, and not by the error of the one that was not."""
    for number in (1, 2, 3):
        assert [] == places(stack.cloud, stack.name, f"{CUSTOMER}-{number}")
