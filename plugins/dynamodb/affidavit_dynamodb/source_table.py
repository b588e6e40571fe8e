"""What a table looks like, and the request that a statement becomes on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from affidavit import Query, Scalar
from affidavit_dynamodb.source_statement import Condition, PartiqlStatement, refused
from affidavit_dynamodb.source_values import key_value, plain_value

_FORMS: Final = {
    "between": "#{n} between :{b0} and :{b1}",
    "begins_with": "begins_with(#{n}, :{b0})",
    # A value that was written as null is there; one that was never written is not.
    "is null": "(attribute_not_exists(#{n}) or attribute_type(#{n}, :null))",
    "is not null": "(attribute_exists(#{n}) and not attribute_type(#{n}, :null))",
}


class Keys(NamedTuple):
    """The keys of a table or an index. `carries` is None if it carries every attribute."""

    hash: str
    range: str
    carries: frozenset[str] | None = None


class TableDescription(NamedTuple):
    """A table as DescribeTable says it. `kinds` are the types of key attributes: S, N, B."""

    keys: Keys
    indexes: Mapping[str, Keys]
    kinds: Mapping[str, str]


class TableRequest(NamedTuple):
    """One operation of the client, with its arguments but for the table's name."""

    operation: str
    arguments: dict[str, Any]


def table_of(described: Mapping[str, Any]) -> TableDescription:
    """Read DescribeTable's answer."""
    own = _keys(described["KeySchema"], None)
    indexes = {}
    for one in described.get("GlobalSecondaryIndexes", []):
        keys = _keys(one["KeySchema"], None)
        projection = one.get("Projection", {})
        if projection.get("ProjectionType") != "ALL":
            carries = {own.hash, own.range, keys.hash, keys.range}
            carries |= set(projection.get("NonKeyAttributes", []))
            keys = keys._replace(carries=frozenset(carries))
        indexes[str(one["IndexName"])] = keys
    for one in described.get("LocalSecondaryIndexes", []):
        # What such an index does not carry, DynamoDB reads from the table.
        indexes[str(one["IndexName"])] = _keys(one["KeySchema"], None)
    kinds = {
        str(one["AttributeName"]): str(one["AttributeType"])
        for one in described["AttributeDefinitions"]
    }
    return TableDescription(own, indexes, kinds)


def request_of(
    query: Query, statement: PartiqlStatement, table: TableDescription, binds: Mapping[str, Scalar]
) -> TableRequest:
    """Turn a statement and its binds into a request.

    Raises:
        StatementError: The table has no key or index for it, or a value has the
            wrong type for a key.

    """
    maker = _Maker(query, table, binds)
    if statement.verb == "select":
        return maker.read(statement)
    if statement.verb == "insert":
        return maker.insert(statement)
    return maker.change(statement)


def _keys(schema: list[Mapping[str, str]], carries: frozenset[str] | None) -> Keys:
    names = {one["KeyType"]: one["AttributeName"] for one in schema}
    return Keys(names["HASH"], names.get("RANGE", ""), carries)


class _Maker:
    """Collects names and values of one request under short stand-ins."""

    def __init__(self, query: Query, table: TableDescription, binds: Mapping[str, Scalar]) -> None:
        self._query = query
        self._table = table
        self._binds = binds
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def read(self, statement: PartiqlStatement) -> TableRequest:
        keys = self._keys_for(statement)
        if self._scans(statement, keys):
            return self._scan(statement)
        self._check_conditions(statement, keys)
        fields = ", ".join(f"#{self._name(field)}" for field in statement.fields)
        wanted = {"ProjectionExpression": fields}
        equal = {one.attribute for one in statement.conditions if one.operator == "="}
        if not statement.through and equal == set(filter(None, (keys.hash, keys.range))):
            key = {one.attribute: self._value(one, 0) for one in statement.conditions}
            return self._request("get_item", Key=key, ConsistentRead=True, **wanted)
        condition = " and ".join(self._expressions(statement.conditions))
        arguments: dict[str, Any] = {**wanted, "KeyConditionExpression": condition}
        if statement.through:
            arguments["IndexName"] = statement.through
        else:
            arguments["ConsistentRead"] = True
        if statement.descending:
            arguments["ScanIndexForward"] = False
        return self._request("query", **arguments)

    def _scans(self, statement: PartiqlStatement, keys: Keys) -> bool:
        """Tell whether it has to read everything; that takes a reason and a limit."""
        conditions = statement.conditions
        if any(one.attribute == keys.hash and one.operator == "=" for one in conditions):
            return False
        if not self._query.scan and not statement.limit:
            return False
        if not self._query.scan or not statement.limit or statement.order:
            raise refused(
                self._query,
                f"it does not say {keys.hash} =, and a scan reads it all: it takes scan=, which is "
                "why, and limit, and has no order",
            )
        return True

    def _scan(self, statement: PartiqlStatement) -> TableRequest:
        arguments: dict[str, Any] = {
            "ProjectionExpression": ", ".join(f"#{self._name(one)}" for one in statement.fields)
        }
        if statement.conditions:
            arguments["FilterExpression"] = " and ".join(self._expressions(statement.conditions))
        if statement.through:
            arguments["IndexName"] = statement.through
        return self._request("scan", **arguments)

    def insert(self, statement: PartiqlStatement) -> TableRequest:
        item = {name: self._assigned(name, bind) for name, bind in statement.assignments}
        missing = {self._table.keys.hash, self._table.keys.range} - {"", *item}
        if missing:
            raise refused(self._query, f"it writes no {', '.join(sorted(missing))}, a key")
        names = set(filter(None, (self._table.keys.hash, self._table.keys.range)))
        if statement.conflict and set(statement.conflict) != names:
            raise refused(self._query, f"its on conflict does not name {', '.join(sorted(names))}")
        if statement.updates:
            return self._upsert(statement, item, names)
        absent = f"attribute_not_exists(#{self._name(self._table.keys.hash)})"
        return self._request("put_item", Item=item, ConditionExpression=absent)

    def _upsert(
        self, statement: PartiqlStatement, item: Mapping[str, Any], names: set[str]
    ) -> TableRequest:
        """Set what the update says; what only the insert says stays, if it is there."""
        sets = []
        for name, bind in statement.assignments:
            if name in names:
                continue
            self._values[f":{bind}"] = item[name]
            short = f"#{self._name(name)}"
            new = f":{bind}" if name in statement.updates else f"if_not_exists({short}, :{bind})"
            sets.append(f"{short} = {new}")
        key = {name: item[name] for name in names}
        return self._request("update_item", Key=key, UpdateExpression=f"set {', '.join(sets)}")

    def change(self, statement: PartiqlStatement) -> TableRequest:
        names = set(filter(None, (self._table.keys.hash, self._table.keys.range)))
        of_keys = [one for one in statement.conditions if one.attribute in names]
        if {one.attribute for one in of_keys if one.operator == "="} != names:
            raise refused(self._query, f"it does not say = for {', '.join(sorted(names))}, the key")
        key = {one.attribute: self._value(one, 0) for one in of_keys}
        # An update of what is not there would make it.
        there = f"attribute_exists(#{self._name(self._table.keys.hash)})"
        others = [one for one in statement.conditions if one.attribute not in names]
        condition = " and ".join([there, *self._expressions(others)])
        arguments: dict[str, Any] = {"Key": key, "ConditionExpression": condition}
        if statement.verb == "delete":
            return self._request("delete_item", **arguments)
        if names & {name for name, _ in statement.assignments}:
            raise refused(self._query, "it changes a key; delete the item and insert another one")
        sets = []
        for name, bind in statement.assignments:
            self._values[f":{bind}"] = self._assigned(name, bind)
            sets.append(f"#{self._name(name)} = :{bind}")
        return self._request("update_item", UpdateExpression=f"set {', '.join(sets)}", **arguments)

    def _keys_for(self, statement: PartiqlStatement) -> Keys:
        if not statement.through:
            return self._table.keys
        if statement.through not in self._table.indexes:
            raise refused(self._query, "the table has no such index")
        keys = self._table.indexes[statement.through]
        beyond = sorted(set(statement.fields) - (keys.carries or set(statement.fields)))
        if beyond:
            raise refused(self._query, f"the index does not carry {', '.join(beyond)}")
        return keys

    def _check_conditions(self, statement: PartiqlStatement, keys: Keys) -> None:
        for one in statement.conditions:
            if one.attribute == keys.hash and one.operator == "=":
                continue
            if one.attribute != keys.range:
                raise refused(
                    self._query,
                    f"{one.attribute} is no key that it can look up; a filter would read more "
                    "than it returns",
                )
        if keys.hash not in {one.attribute for one in statement.conditions}:
            raise refused(self._query, f"it does not say {keys.hash} =, and a scan reads it all")
        if statement.order and statement.order != keys.range:
            raise refused(self._query, "it can be ordered by the sort key only")

    def _expressions(self, conditions: tuple[Condition, ...] | list[Condition]) -> Iterator[str]:
        for one in conditions:
            for place, bind in enumerate(one.binds):
                self._values[f":{bind}"] = self._value(one, place)
            if one.operator.endswith("null"):
                self._values[":null"] = {"S": "NULL"}
            form = _FORMS.get(one.operator, f"#{{n}} {one.operator} :{{b0}}")
            places = {f"b{place}": bind for place, bind in enumerate(one.binds)}
            yield form.format(n=self._name(one.attribute), **places)

    def _value(self, condition: Condition, place: int) -> dict[str, Any]:
        return self._assigned(condition.attribute, condition.binds[place])

    def _assigned(self, attribute: str, bind: str) -> dict[str, Any]:
        """Return a bind's value as the attribute's type wants it, if it is a key of anything."""
        value = self._binds[bind]
        kind = self._table.kinds.get(attribute)
        if kind is None:
            return plain_value(self._query, bind, value)
        return key_value(self._query, bind, value, attribute, kind)

    def _name(self, attribute: str) -> str:
        """Return the stand-in of a name: many plain words are reserved."""
        return self._names.setdefault(attribute, f"n{len(self._names)}")

    def _request(self, operation: str, **arguments: Any) -> TableRequest:
        if self._names:
            names = {f"#{short}": name for name, short in self._names.items()}
            arguments["ExpressionAttributeNames"] = names
        if self._values:
            arguments["ExpressionAttributeValues"] = self._values
        return TableRequest(operation, arguments)
