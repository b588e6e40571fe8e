"""Transactions cost what they touch, and what fails leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend

from affidavit_localcloud.patches.transactions import copy_what_transactions_touch

ROWS = 100_000


@pytest.fixture(scope="module", autouse=True)
def _patched() -> Any:
    from moto.dynamodb import models

    kept = DynamoDBBackend.transact_write_items, models.copy
    copy_what_transactions_touch()
    yield
    DynamoDBBackend.transact_write_items, models.copy = kept


def _backend(rows: int) -> DynamoDBBackend:
    backend = DynamoDBBackend("eu-west-1", "123456789012")
    backend.create_table(
        "t",
        schema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        attr=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        throughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        global_indexes=[],
        indexes=[],
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        streams={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    for number in range(rows):
        backend.put_item("t", _item(str(number), "old"))
    return backend


def _item(key: str, value: str) -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": "x"}, "v": {"S": value}}


def _put(key: str, value: str, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "t", "Item": _item(key, value), **more}}


def _update(key: str) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "t",
            "Key": {"pk": {"S": key}, "sk": {"S": "x"}},
            "UpdateExpression": "SET v = :v",
            "ExpressionAttributeValues": {":v": {"S": "new"}},
        }
    }


def _values(backend: DynamoDBBackend) -> dict[str, str]:
    return {
        item.attrs["pk"].value: item.attrs["v"].value for item in backend.get_table("t").all_items()
    }


def _delete(key: str) -> dict[str, Any]:
    return {"Delete": {"TableName": "t", "Key": {"pk": {"S": key}, "sk": {"S": "x"}}}}


def test_what_fails_leaves_everything_as_it_was() -> None:
    """An item that was put, one that was changed, one that was removed, and the stream."""
    backend = _backend(3)
    before, stream = _values(backend), len(backend.get_table("t").stream_shard.items)
    refused = _put("2", "new", ConditionExpression="attribute_not_exists(pk)")

    with pytest.raises(Exception, match="Transaction cancelled"):
        backend.transact_write_items([_put("9", "new"), _update("0"), _delete("1"), refused])

    assert before == _values(backend)
    assert stream == len(backend.get_table("t").stream_shard.items)


def test_what_succeeds_stays() -> None:
    """All of it."""
    backend = _backend(3)

    backend.transact_write_items([_put("9", "new"), _update("0"), _delete("1")])

    assert {"0": "new", "2": "old", "9": "new"} == _values(backend)


def test_a_transaction_costs_the_same_however_much_is_in_the_table() -> None:
    """A ratio of work, not a time: at a thousand times the items at most ten times as much."""
    small, large = _backend(ROWS // 1000), _backend(ROWS)

    assert 10 * _best(small) > _best(large)


def _best(backend: DynamoDBBackend) -> float:
    turns: list[Callable[[], None]] = [
        lambda: backend.transact_write_items([_update("1"), _put("2", "again")]) for _ in range(20)
    ]
    took = []
    for turn in turns:
        began = time.thread_time()
        turn()
        took.append(time.thread_time() - began)
    return min(took)
