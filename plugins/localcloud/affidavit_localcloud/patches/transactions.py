"""DynamoDB: transactions that cost what they touch, and not what the table holds."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

KEPT: Final = ("Put", "Update", "Delete")


class Before(NamedTuple):
    """One item as it was before a transaction; None if it was not there."""

    table: Any
    hash_key: Any
    range_key: Any
    item: Any
    changes: int
    """How many changes the table's stream had."""


def copy_what_transactions_touch() -> None:
    """Keep the items that a transaction names, and put them back if it fails.

    moto copies every table of a transaction, with all its items, whether the
    transaction fails or not: 0.4 s at 8,000 items, and more with each one.
    """
    from moto.dynamodb import models  # noqa: PLC0415 - heavy

    write = models.DynamoDBBackend.transact_write_items

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> Any:
        before = list(_before(self, transact_items))
        try:
            return write(self, transact_items)
        except BaseException:
            for one in before:
                _restore(one)
            raise

    models.DynamoDBBackend.transact_write_items = transact_write_items
    models.copy = _Copies(models.Table)


class _Copies:
    """The module `copy`, as moto's backend sees it: a table is not copied but kept."""

    def __init__(self, table: type[Any]) -> None:
        self._table = table

    def deepcopy(self, thing: Any) -> Any:
        return thing if isinstance(thing, self._table) else copy.deepcopy(thing)

    copy = staticmethod(copy.copy)


def _before(backend: Any, operations: list[dict[str, Any]]) -> Iterator[Before]:
    for operation in operations:
        for kind, one in operation.items():
            table = backend.tables.get(one.get("TableName"))
            if table is None or kind not in KEPT:
                continue
            try:
                hash_key, range_key = backend.get_keys_value(
                    table, one.get("Key") or one.get("Item")
                )
            except Exception:  # noqa: BLE001, S112 - moto refuses the operation for it, in its words
                continue
            found = table.get_item(hash_key, range_key)
            shard = table.stream_shard
            changes = len(shard.items) if shard is not None else 0
            yield Before(table, hash_key, range_key, copy.deepcopy(found), changes)


def _restore(before: Before) -> None:
    table, hash_key, range_key, item, changes = before
    if table.stream_shard is not None:
        del table.stream_shard.items[changes:]
    where = table.items[hash_key] if range_key else table.items
    key = range_key or hash_key
    if item is not None:
        where[key] = item
    else:
        where.pop(key, None)
