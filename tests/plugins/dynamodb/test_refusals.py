"""What the store does with a refusal that brings nothing back, or that will never change."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from affidavit import LedgerConflictError, LedgerRefusedError
from affidavit.plugin import Entry, WriterId
from affidavit_dynamodb.store import DynamoDbStore
from cloud import Cloud

AT = "2026-01-23T12:00:00.000Z"


def _entry(seq: int = 0, body: bytes = b"{}") -> Entry:
    return Entry(WriterId("w" * 22), seq, body, bytes(16), 2**33, AT)


def _refusal() -> ClientError:
    """What a store says that does not know ReturnValuesOnConditionCheckFailure."""
    told = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "x"}}
    return ClientError(told, "PutItem")  # type: ignore[arg-type]


def test_an_identical_retry_is_no_fork_although_nothing_is_brought_back(cloud: Cloud) -> None:
    """The store is asked for what stands there."""
    store = DynamoDbStore(cloud.table)
    store.append([_entry()], timeout_s=5)
    store._compare([_entry()], _refusal())
    with pytest.raises(LedgerConflictError):
        store._compare([_entry(body=b"[]")], _refusal())
    with pytest.raises(LedgerConflictError):
        store._compare([_entry(seq=1)], _refusal())


def test_an_item_that_is_too_large_is_refused_for_good(cloud: Cloud) -> None:
    """It is not throttling, so nobody waits for it to pass."""
    with pytest.raises(LedgerRefusedError):
        DynamoDbStore(cloud.table).append([_entry(body=b"x" * 500_000)], timeout_s=5)
