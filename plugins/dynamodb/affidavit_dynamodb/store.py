"""Append entries with a condition that forbids overwriting. The writer role has no other right.

A put that fails its condition brings back what stands there, so that a lost
acknowledgement and a fork are told apart without a right to read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerConflictError, LedgerRefusedError, LedgerUnavailableError
from affidavit.plugin import Entry
from affidavit_dynamodb.clients import Failure, client, code_of, fix_for
from affidavit_dynamodb.items import item_of
from affidavit_dynamodb.timed_calls import TimedCalls

CONDITION: Final = "attribute_not_exists(pk)"
PERMANENT: Final = frozenset(
    {
        "ValidationException",
        "ValidationError",
        "SerializationException",
        "ItemCollectionSizeLimitExceeded",
        "ItemCollectionSizeLimitExceededException",
    }
)
"""What DynamoDB answers to a request that it will never take: too many items, or too large."""


class DynamoDbStore:
    """Appends to one table."""

    name = "dynamodb"
    remote = True
    batch_limit = 100
    """What `TransactWriteItems` takes."""

    def __init__(self, table: str, region: str = "") -> None:
        self._table = table
        self._region = region
        self._calls = TimedCalls("affidavit-dynamodb", threads=2, pause_s=0.02)

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Put one item, or several in one transaction, within `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        try:
            self._calls.patiently(deadline, lambda: self._put(entries))
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        except TimeoutError:
            raise LedgerUnavailableError(
                "the DynamoDB ledger did not answer in time",
                why="the time for evidence is used up",
                fix="Retry; raise timeout_ms in AFFIDAVIT_LEDGER if this goes on",
            ) from None
        else:
            return
        if _is_condition(failure):
            self._compare(entries, failure)
            return
        code = code_of(failure)
        if _is_permanent(code, failure):
            raise LedgerRefusedError(
                "the DynamoDB ledger does not take these entries",
                why=f"it answered {code}",
                fix="Shorten what the handler puts on record; an item holds 400 KB",
            )
        raise LedgerUnavailableError(
            "the DynamoDB ledger cannot be written",
            why=f"it answered {code}",
            fix=fix_for(code),
        )

    def _put(self, entries: Sequence[Entry]) -> None:
        dynamodb = client("dynamodb", self._region)
        if len(entries) == 1:
            dynamodb.put_item(
                TableName=self._table,
                Item=item_of(entries[0]),
                ConditionExpression=CONDITION,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            return
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": item_of(entry),
                        "ConditionExpression": CONDITION,
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                }
                for entry in entries
            ]
        )

    def _compare(self, entries: Sequence[Entry], error: Failure) -> None:
        """Return if everything that stands there already is ours; a fork otherwise."""
        reasons = _reasons(error)
        if reasons:
            standing = [reason.get("Item") for reason in reasons]
        else:
            standing = [getattr(error, "response", {}).get("Item")]
        standing += [None] * (len(entries) - len(standing))
        if not all(
            _is_same(entry, item or self._ask(entry))
            for entry, item in zip(entries, standing, strict=False)
        ):
            raise LedgerConflictError(
                "another record stands in this place",
                why="two writers share a chain",
                fix="Nothing: the writer opens a new chain",
            )

    def _ask(self, entry: Entry) -> Mapping[str, Any] | None:
        """Ask for what stands there: not every store brings it back with its refusal.

        A writer's role may not read; then it stays a fork, and a new chain begins.
        """
        key = {name: item_of(entry)[name] for name in ("pk", "sk")}
        try:
            answer = client("dynamodb", self._region).get_item(
                TableName=self._table, Key=key, ConsistentRead=True
            )
        except (BotoCoreError, ClientError):
            return None
        found: Mapping[str, Any] | None = answer.get("Item")
        return found


def _is_condition(error: Failure) -> bool:
    if code_of(error) == "ConditionalCheckFailedException":
        return True
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in _reasons(error))


def _is_permanent(code: str, failure: Failure) -> bool:
    """Tell whether the same entries would be refused for ever."""
    return code in PERMANENT or any(reason.get("Code") in PERMANENT for reason in _reasons(failure))


def _reasons(error: Failure) -> list[dict[str, Any]]:
    found = getattr(error, "response", {}).get("CancellationReasons") or []
    return list(found)


def _is_same(entry: Entry, item: Mapping[str, Any] | None) -> bool:
    return (
        item is not None
        and bytes(item["b"]["B"]) == entry.body
        and bytes(item["m"]["B"]) == entry.mac
    )
