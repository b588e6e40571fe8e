"""The way back in DynamoDB: one table, entries of a run under one key, expired by TTL."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.protocol import UndoEntry, Values

KEPT_S = 7 * 86_400
"""TTL of an entry after it counts as forgotten. The hourly sweep comes long before."""


STOP, SECRETS = 0, -1
"""Numbers that no entry has: somebody asked to stop; from there downwards captured secrets, each
under a number of its own: two actions side by side would overwrite one another."""

_NUMBER = 8
"""Bytes of a hash that are such a number: no two names of a run share one by chance."""


class TableUndoLedger:
    """Entries in a table with the keys `run` (text) and `number` (number)."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put(self, entry: UndoEntry) -> None:
        self._client.put_item(
            TableName=self._table,
            Item={
                **_key(entry.run, entry.number),
                "entry": {"S": json.dumps(to_json(entry))},
                "expires_at": {"N": str(entry.expires_s + KEPT_S)},
            },
        )

    def entries(self, run: str | None = None) -> Iterator[UndoEntry]:
        found = [
            from_json(UndoEntry, json.loads(item["entry"]["S"]))
            for page in self._pages(run)
            for item in page["Items"]
            if "entry" in item
        ]
        yield from sorted(found, key=lambda entry: (entry.run, entry.number), reverse=True)

    def done(self, entry: UndoEntry) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(entry.run, entry.number))

    def ask_to_stop(self, run: str) -> None:
        self._client.put_item(TableName=self._table, Item={**_key(run, STOP), **_expiry()})

    def asked_to_stop(self, run: str) -> bool:
        told = self._client.get_item(
            TableName=self._table, Key=_key(run, STOP), ConsistentRead=True
        )
        return "Item" in told

    def remember(self, run: str, name: str, value: Any) -> None:
        number = SECRETS - int.from_bytes(hashlib.sha256(name.encode()).digest()[:_NUMBER])
        held = {"held": {"S": json.dumps({name: value})}, **_expiry()}
        self._client.put_item(TableName=self._table, Item={**_key(run, number), **held})

    def remembered(self, run: str) -> Values:
        found: Values = {}
        for item in self._secrets(run):
            found |= json.loads(item["held"]["S"])
        return found

    def forget(self, run: str) -> None:
        numbers = [int(item["number"]["N"]) for item in self._secrets(run)]
        for number in (*numbers, STOP):
            self._client.delete_item(TableName=self._table, Key=_key(run, number))

    def _secrets(self, run: str) -> Iterator[Any]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#run = :run AND #number <= :secrets",
            ExpressionAttributeNames={"#run": "run", "#number": "number"},
            ExpressionAttributeValues={":run": {"S": run}, ":secrets": {"N": str(SECRETS)}},
        )
        for page in pages:
            yield from page["Items"]

    def _pages(self, run: str | None) -> Iterator[Any]:
        if run is None:
            # The sweep's only way to find what nobody remembers; the table is small.
            yield from self._client.get_paginator("scan").paginate(
                TableName=self._table, ConsistentRead=True
            )
            return
        yield from self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#run = :run",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}},
        )


def _expiry() -> Values:
    return {"expires_at": {"N": str(int(time.time()) + 86_400)}}


def _key(run: str, number: int) -> Values:
    return {"run": {"S": run}, "number": {"N": str(number)}}
