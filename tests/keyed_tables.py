"""Tables of DynamoDB, of which a test says the keys."""

from __future__ import annotations

from typing import Any


def keyed(*indexed: tuple[str, str], **kinds: str) -> dict[str, Any]:
    """Return what `create_table` wants of keys: `keyed(pk="S", sk="N")`, the partition's first.

    `indexed` are the keys of indexes, each with its kind.
    """
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": name, "KeyType": place}
            for name, place in zip(kinds, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (*kinds.items(), *indexed)
        ],
    }
