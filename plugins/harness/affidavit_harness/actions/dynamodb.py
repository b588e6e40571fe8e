"""`dynamodb.get`, `put`, `update`, `query` and `delete`. Writes touch the run's own keys only."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, model_validator

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

WRITES: Final = 25
"""Writes of one BatchWriteItem."""

Key = Annotated[dict[str, Any], Field(min_length=1, max_length=2)]


class ItemGet(ActionParams):
    """One item, or several at once."""

    table: str
    key: Key | None = None
    keys: Annotated[list[Key], Field(max_length=BATCH)] = Field(default_factory=list)


class ItemPut(ActionParams):
    """One item, or several at once. `key` names their key, the partition key first."""

    table: str
    item: dict[str, Any] | None = None
    items: Annotated[list[dict[str, Any]], Field(max_length=MOST)] = Field(default_factory=list)
    key: Annotated[list[str], Field(min_length=1, max_length=2)] = Field(
        default_factory=lambda: ["pk"]
    )

    @model_validator(mode="after")
    def _something(self) -> ItemPut:
        if (self.item is None) == (not self.items):
            raise ValueError("one of item and items")
        return self

    @property
    def all(self) -> list[dict[str, Any]]:
        """Return every item."""
        return self.items if self.item is None else [self.item]


class ItemUpdate(ActionParams):
    """One item of the run's own: attributes to set, numbers to add, attributes to remove."""

    table: str
    key: Key
    set: dict[str, Any] = Field(default_factory=dict)
    add: dict[str, float | int] = Field(default_factory=dict)
    remove: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> ItemUpdate:
        names = [*self.set, *self.add, *self.remove]
        if not names or len(set(names)) < len(names):
            raise ValueError("each attribute in one of set, add and remove, and one at least")
        return self


class ItemQuery(ActionParams):
    """Items whose key is this. `begins_with` limits the sort key."""

    table: str
    key: Key
    index: str | None = None
    begins_with: dict[str, str] = Field(default_factory=dict)
    consistent: bool = True


class ItemDelete(ActionParams):
    """One item of the run's own, or several."""

    table: str
    key: Key | None = None
    keys: Annotated[list[Key], Field(max_length=MOST)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> ItemDelete:
        if (self.key is None) == (not self.keys):
            raise ValueError("one of key and keys")
        return self

    @property
    def all(self) -> list[dict[str, Any]]:
        """Return every key."""
        return self.keys if self.key is None else [self.key]


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
        if wanted:
            _go_on(context, "not every item came", "Ask for less")
    return {"items": items, "count": len(items)}


def put(params: ItemPut, context: ActionContext) -> ActionResult:
    """Write one item under a key of the run's own, or many, 25 in one request."""
    for item in params.all:
        must_be_ours(item.get(params.key[0]), context)
    if params.item is None:
        wanted = [{"PutRequest": {"Item": typed(item)}} for item in params.items]
        _write_all(params.table, wanted, context)
    else:
        context.client("dynamodb").put_item(TableName=params.table, Item=typed(params.item))
    return {"written": True, "count": len(params.all)}


def undo_put(params: ItemPut, context: ActionContext) -> ActionCall:
    """Delete what is written. Of what may not be written, nothing is kept to be undone."""
    keys = [{name: item.get(name) for name in params.key} for item in params.all]
    for key in keys:
        must_be_ours(key[params.key[0]], context)
    which = {"keys": keys} if params.item is None else {"key": keys[0]}
    return ActionCall("dynamodb.delete", {"table": params.table, **which})


def update(params: ItemUpdate, context: ActionContext) -> ActionResult:
    """Change one item, or make it; return the whole `item` as it is then."""
    must_be_ours(next(iter(params.key.values())), context)
    short = {name: f"n{n}" for n, name in enumerate([*params.set, *params.add, *params.remove])}
    clauses = {
        "SET": [f"#{short[name]} = :{short[name]}" for name in params.set],
        "ADD": [f"#{short[name]} :{short[name]}" for name in params.add],
        "REMOVE": [f"#{short[name]}" for name in params.remove],
    }
    values = {f":{short[name]}": value for name, value in (params.set | params.add).items()}
    asked: dict[str, Any] = {
        "TableName": params.table,
        "Key": typed(params.key),
        "UpdateExpression": " ".join(f"{k} {', '.join(v)}" for k, v in clauses.items() if v),
        "ExpressionAttributeNames": {f"#{mark}": name for name, mark in short.items()},
        "ReturnValues": "ALL_NEW",
    }
    if values:
        asked["ExpressionAttributeValues"] = typed(values)
    told = context.client("dynamodb").update_item(**asked)
    return {"item": plain(told["Attributes"])}


def undo_update(params: ItemUpdate, context: ActionContext) -> ActionCall:
    """Delete the item: it is one of test data, whoever has made it."""
    must_be_ours(next(iter(params.key.values())), context)
    return ActionCall("dynamodb.delete", {"table": params.table, "key": params.key})


def _write_all(table: str, wanted: list[dict[str, Any]], context: ActionContext) -> None:
    """Send writes in as few requests as possible, and again what DynamoDB had no room for."""
    client, left = context.client("dynamodb"), list(wanted)
    while left:
        now, left = left[:WRITES], left[WRITES:]
        told = client.batch_write_item(RequestItems={table: now})
        left = [*told.get("UnprocessedItems", {}).get(table, []), *left]
        if left:
            _go_on(context, "not every item was written", "Write less, or raise timeout:")


def _go_on(context: ActionContext, what: str, fix: str) -> None:
    """See that there is time for another request."""
    if context.left_s() <= 0:
        raise ActionError("Harness.Timeout", what, why="no time is left", fix=fix)


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
    """Delete one item of the run's own, or several. One that is not there is fine."""
    for key in params.all:
        must_be_ours(next(iter(key.values())), context)
    if params.key is not None:
        context.client("dynamodb").delete_item(TableName=params.table, Key=typed(params.key))
    else:
        wanted = [{"DeleteRequest": {"Key": typed(key)}} for key in params.keys]
        _write_all(params.table, wanted, context)
    return {"deleted": True, "count": len(params.all)}


ACTIONS = (
    AtomicAction(
        name="dynamodb.get",
        summary="Read one item, or a batch of them",
        params=ItemGet,
        run=get,
        grants=(Grant("tables", ("dynamodb:GetItem", "dynamodb:BatchGetItem")),),
        cacheable=True,
    ),
    AtomicAction(
        name="dynamodb.put",
        summary="Write one item under a key of the run's own, or a batch of them",
        params=ItemPut,
        run=put,
        effects=always("write"),
        undo=undo_put,
        grants=(
            Grant(
                "tables",
                ("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
                own_keys=True,
            ),
        ),
    ),
    AtomicAction(
        name="dynamodb.update",
        summary="Change one item of the run's own",
        params=ItemUpdate,
        run=update,
        effects=always("write"),
        undo=undo_update,
        grants=(Grant("tables", ("dynamodb:UpdateItem", "dynamodb:DeleteItem"), own_keys=True),),
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
        summary="Delete one item of the run's own, or a batch of them",
        params=ItemDelete,
        run=delete,
        effects=always("write"),
        compensates=True,
        grants=(
            Grant("tables", ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"), own_keys=True),
        ),
    ),
)
