"""Which rights a call of DynamoDB needs: a table, an index or a stream, and its key.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from affidavit_localcloud.rights.aws_requests import ApiCall
from affidavit_localcloud.rights.needs import Need, key_needs
from affidavit_localcloud.rights.resources import Region

IN_TRANSACTIONS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
WITH_DATA: Final = frozenset(
    {
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "ConditionCheckItem"),
        *("BatchGetItem", "BatchWriteItem", "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate"),
        *("PartiQLDelete", "GetRecords"),
    }
)
"""Actions for which DynamoDB opens the table's key for the caller."""

ON_STREAMS: Final = frozenset({"DescribeStream", "GetRecords", "GetShardIterator"})
WITHOUT_TABLE: Final = frozenset({"ListTables", "ListStreams", "DescribeLimits", "ListBackups"})
VERBS: Final = {"select": "Select", "insert": "Insert", "update": "Update", "delete": "Delete"}
FROM: Final = re.compile(r'(?:from|into|update)\s+"?([\w.-]+)"?', re.IGNORECASE)


def of_dynamodb(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield what a call of tables or streams needs."""
    for action, table, index, context in _asked(call, place):
        path = f"table/{table}" + (f"/index/{index}" if index else "")
        yield Need(f"dynamodb:{action}", place.arn("dynamodb", path) if table else "*", context)
        if action in WITH_DATA and table:
            yield from key_needs(place, place.table_key(table), "dynamodb", "Decrypt")


def _asked(call: ApiCall, place: Region) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    told = call.parameters
    operation = call.operation
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in told.get("TransactItems") or ():
            for kind, one in item.items():
                table = _name(one.get("TableName"))
                yield IN_TRANSACTIONS.get(kind, kind), table, "", _context(one, table, place)
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table, those in (told.get("RequestItems") or {}).items():
            keys = those.get("Keys", ()) if isinstance(those, dict) else map(_of_batch, those)
            yield operation, _name(table), "", _leading(keys, _name(table), place)
    elif operation in {"ExecuteStatement", "BatchExecuteStatement"}:
        for statement in [told, *(told.get("Statements") or ())]:
            yield from _partiql(str(statement.get("Statement") or ""))
    elif operation in ON_STREAMS:
        yield operation, _of_stream(told), "", {}
    elif operation in WITHOUT_TABLE:
        yield operation, "", "", {}
    else:
        named = told.get("TableName") or told.get("ResourceArn") or told.get("GlobalTableName")
        table = _name(named)
        yield operation, table, str(told.get("IndexName") or ""), _context(told, table, place)


def _name(told: object) -> str:
    """Return a table's name, by name or ARN."""
    return str(told or "").partition(":table/")[2] or str(told or "")


def _of_stream(told: Mapping[str, Any]) -> str:
    """Return what an ARN of a stream says after `table/`; an iterator begins with the ARN."""
    named = str(told.get("StreamArn") or told.get("ShardIterator") or "").partition("|")[0]
    return named.partition(":table/")[2]


def _partiql(statement: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    verb = VERBS.get(statement.strip().split(" ", 1)[0].lower())
    found = FROM.search(statement)
    if verb and found:
        yield f"PartiQL{verb}", found.group(1), "", {}


def _of_batch(one: Mapping[str, Any]) -> Mapping[str, Any]:
    put, delete = one.get("PutRequest") or {}, one.get("DeleteRequest") or {}
    found: Mapping[str, Any] = put.get("Item") or delete.get("Key") or {}
    return found


def _context(told: Mapping[str, Any], table: str, place: Region) -> dict[str, Any]:
    item = told.get("Item") or told.get("Key")
    context = _leading([item] if item else _queried(told, table, place), table, place)
    attributes = sorted({*(item or ()), *_named_attributes(told)})
    if attributes:
        context["dynamodb:attributes"] = tuple(attributes)
    for member in ("Select", "ReturnValues"):
        if told.get(member):
            context[f"dynamodb:{member.lower()}"] = (str(told[member]),)
    return context


def _leading(keys: Any, table: str, place: Region) -> dict[str, Any]:
    """Return the partition keys that a request names."""
    attribute = getattr(place.table(table), "hash_key_attr", "") or ""
    found = [str(next(iter(key[attribute].values()))) for key in keys if attribute in key]
    return {"dynamodb:leadingkeys": tuple(found)} if found else {}


def _queried(told: Mapping[str, Any], table: str, place: Region) -> list[dict[str, Any]]:
    """Return the partition key of a query, as a key."""
    condition = str(told.get("KeyConditionExpression") or "")
    attribute = getattr(place.table(table), "hash_key_attr", "") or ""
    names = told.get("ExpressionAttributeNames") or {}
    values = told.get("ExpressionAttributeValues") or {}
    for name, value in re.findall(r"([#\w.-]+)\s*=\s*(:\w+)", condition):
        if names.get(name, name) == attribute and value in values:
            return [{attribute: values[value]}]
    return []


def _named_attributes(told: Mapping[str, Any]) -> Iterator[str]:
    names: Mapping[str, str] = told.get("ExpressionAttributeNames") or {}
    yield from names.values()
    projection = str(told.get("ProjectionExpression") or "")
    yield from (one.strip() for one in projection.split(",") if one.strip() and one[0] != "#")
