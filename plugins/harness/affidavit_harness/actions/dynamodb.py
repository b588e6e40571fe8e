"""`dynamodb.get`, `put`, `query` and `delete`. Writes touch the run's own keys only."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from affidavit.plugin import (
    ActionCall,
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    Grant,
    always,
)
from affidavit_harness.actions.own_keys import must_be_ours
from affidavit_harness.actions.values import plain, typed

MOST: Final = 500
"""Items of a query. A test that needs more looks at the wrong thing."""

BATCH: Final = 100
"""Keys of one BatchGetItem."""

Key = Annotated[dict[str, Any], Field(min_length=1, max_length=2)]


class ItemGet(ActionParams):
    """One item, or several at once."""

    table: str
    key: Key | None = None
    keys: Annotated[list[Key], Field(max_length=BATCH)] = Field(default_factory=list)


class ItemPut(ActionParams):
    """One item. `key` names its key, the partition key first."""

    table: str
    item: dict[str, Any]
    key: Annotated[list[str], Field(min_length=1, max_length=2)] = Field(
        default_factory=lambda: ["pk"]
    )


class ItemQuery(ActionParams):
    """Items whose key is this. `begins_with` limits the sort key."""

    table: str
    key: Key
    index: str | None = None
    begins_with: dict[str, str] = Field(default_factory=dict)
    consistent: bool = True


class ItemDelete(ActionParams):
    """One item of the run's own."""

    table: str
    key: Key


def get(params: ItemGet, context: ActionContext) -> ActionResult:
    """Return `item` (null if there is none), or `items` of several keys."""
    client = context.client("dynamodb")
    if params.key is not None:
        told = client.get_item(TableName=params.table, Key=typed(params.key), ConsistentRead=True)
        return {"item": plain(told["Item"]) if "Item" in told else None}
    wanted = {params.table: {"Keys": [typed(key) for key in params.keys], "ConsistentRead": True}}
    items: list[dict[str, Any]] = []
    while wanted:
        told = client.batch_get_item(RequestItems=wanted)
        items += [plain(item) for item in told["Responses"].get(params.table, [])]
        wanted = told.get("UnprocessedKeys") or {}
        if wanted and context.left_s() <= 0:
            raise ActionError(
                "Harness.Timeout", "not every item came", why="no time is left", fix="Ask for less"
            )
    return {"items": items, "count": len(items)}


def put(params: ItemPut, context: ActionContext) -> ActionResult:
    """Write one item under a key of the run's own."""
    must_be_ours(params.item.get(params.key[0]), context)
    context.client("dynamodb").put_item(TableName=params.table, Item=typed(params.item))
    return {"written": True}


def undo_put(params: ItemPut, context: ActionContext) -> ActionCall:
    """Delete the item. Of what may not be written, nothing is kept to be undone."""
    must_be_ours(params.item.get(params.key[0]), context)
    key = {name: params.item.get(name) for name in params.key}
    return ActionCall("dynamodb.delete", {"table": params.table, "key": key})


def query(params: ItemQuery, context: ActionContext) -> ActionResult:
    """Return `items` and their `count`, from every page."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    parts = []
    for number, (name, value) in enumerate(params.key.items()):
        names[f"#k{number}"] = name
        values[f":k{number}"] = value
        parts.append(f"#k{number} = :k{number}")
    for name, value in params.begins_with.items():
        names["#b"], values[":b"] = name, value
        parts.append("begins_with(#b, :b)")
    asked: dict[str, Any] = {
        "TableName": params.table,
        "KeyConditionExpression": " AND ".join(parts),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": typed(values),
        # A global index is never consistent; a scenario waits with eventually.
        "ConsistentRead": params.consistent and params.index is None,
    }
    if params.index is not None:
        asked["IndexName"] = params.index
    items: list[dict[str, Any]] = []
    for page in context.client("dynamodb").get_paginator("query").paginate(**asked):
        items += [plain(item) for item in page["Items"]]
        if len(items) > MOST:
            raise ActionError(
                "Harness.TooLarge",
                "the query finds too much",
                why=f"more than {MOST} items",
                fix="Narrow the key",
            )
    return {"items": items, "count": len(items)}


def delete(params: ItemDelete, context: ActionContext) -> ActionResult:
    """Delete one item of the run's own. One that is not there is fine."""
    must_be_ours(next(iter(params.key.values())), context)
    context.client("dynamodb").delete_item(TableName=params.table, Key=typed(params.key))
    return {"deleted": True}


DYNAMODB = (
    AtomicAction(
        name="dynamodb.get",
        summary="Read one item, or a batch of them",
        params=ItemGet,
        run=get,
        grants=(Grant("tables", ("dynamodb:GetItem", "dynamodb:BatchGetItem")),),
    ),
    AtomicAction(
        name="dynamodb.put",
        summary="Write one item under a key of the run's own",
        params=ItemPut,
        run=put,
        effects=always("write"),
        undo=undo_put,
        grants=(Grant("tables", ("dynamodb:PutItem", "dynamodb:DeleteItem"), own_keys=True),),
    ),
    AtomicAction(
        name="dynamodb.query",
        summary="Read the items of one key",
        params=ItemQuery,
        run=query,
        grants=(Grant("tables", ("dynamodb:Query",)),),
    ),
    AtomicAction(
        name="dynamodb.delete",
        summary="Delete one item of the run's own",
        params=ItemDelete,
        run=delete,
        effects=always("write"),
        compensates=True,
        grants=(Grant("tables", ("dynamodb:DeleteItem",), own_keys=True),),
    ),
)
