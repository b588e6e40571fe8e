"""What DynamoDB charges for a write, by its own arithmetic.

A unit for each begun kilobyte of the item, and one for each begun kilobyte in an index that the
item is in; a transaction writes the item twice. Sizes are names and values in UTF-8, a number a
byte for two digits and one more:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

UNIT: Final = 1024
KEY: Final = ("pk", "sk")


class Charge(NamedTuple):
    """What a write costs: bytes of the item, bytes of its index entries, and units."""

    item_bytes: int
    index_bytes: int
    units: int


def charge(item: Mapping[str, Any], indexes: list[dict[str, Any]], *, times: int = 1) -> Charge:
    """Return what a new item costs in a table with these indexes; in a transaction two `times`."""
    sizes = {name: len(name) + _size(value) for name, value in item.items()}
    total, entries = sum(sizes.values()), [_entry(sizes, index) for index in indexes]
    units = times * _units(total) + sum(map(_units, entries))
    return Charge(total, sum(entries), units)


def _entry(sizes: Mapping[str, int], index: Mapping[str, Any]) -> int:
    """Return how large the item's entry in an index is; 0 without the index's own key."""
    keys = [part["AttributeName"] for part in index["KeySchema"]]
    if not all(key in sizes for key in keys):
        return 0
    more = index["Projection"].get("NonKeyAttributes", ())
    return sum(sizes.get(name, 0) for name in dict.fromkeys((*KEY, *keys, *more)))


def _units(size: int) -> int:
    return -(-size // UNIT)


def _size(value: Mapping[str, Any]) -> int:
    ((kind, told),) = value.items()
    if kind == "N":
        return (len(told) + 1) // 2 + 1
    return len(told.encode() if kind == "S" else told)
