"""Read a table back: chain by chain, or through its index. For auditors, not for handlers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerUnavailableError
from affidavit.plugin import Entry, Token, WriterId
from affidavit_dynamodb.clients import code_of, fix_for, patient
from affidavit_dynamodb.items import INDEX, PREFIX, entry_of, subject_key

OLDEST: Final = date(2020, 1, 1)
"""Where a search without a beginning begins: before there was a ledger."""

EXPIRY: Final = "x"
"""The attribute by which rows expire."""

AHEAD: Final = timedelta(days=62)
"""How far ahead a writer's clock may be that a search still finds: its months are asked too."""

_BOTH_IMAGES: Final = "NEW_AND_OLD_IMAGES"
_ASIDE: Final = 8
"""How many parts of the index are asked at a time."""
_WINDOW: Final = "t between :f and :u"


class DynamoDbReader:
    """Reads one table."""

    def __init__(self, table: str, region: str = "") -> None:
        self._table = table
        self._region = region
        self._made: Any = None
        self._foreign: set[str] = set()

    def writers(self) -> Iterator[WriterId]:
        """Name every chain. Reads the whole table."""
        seen = set()
        for item in self._pages("scan", ProjectionExpression="pk", ConsistentRead=True):
            key = item["pk"]["S"]
            name = key.removeprefix(PREFIX)
            if not key.startswith(PREFIX):
                self._foreign.add(key)
            elif name not in seen:
                seen.add(name)
                yield WriterId(name)

    def chains(self) -> Iterator[tuple[WriterId, Iterator[Entry]]]:
        """Read every chain, one after the other: items of one key come together, in order."""
        items = self._pages("scan", ConsistentRead=True)
        for name, chain in itertools.groupby(items, key=lambda item: str(item["pk"]["S"])):
            yield WriterId(name.removeprefix(PREFIX)), map(_entry, chain)

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        """Read one chain in order, from `start` on."""
        for item in self._pages(
            "query",
            KeyConditionExpression="pk = :p and sk >= :s",
            ExpressionAttributeValues={":p": {"S": PREFIX + writer}, ":s": {"N": str(start)}},
            ConsistentRead=True,
        ):
            yield _entry(item)

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what one actor did: look through the index, which is small beside the table.

        The index lags behind the table a little.
        """
        # Asked for by name, so that an index without actors is an error and no empty answer.
        condition = {
            "FilterExpression": f"a = :k and {_WINDOW}",
            "ProjectionExpression": "pk, sk, t, a",
        }
        parts = ({"Segment": part, "TotalSegments": _ASIDE} for part in range(_ASIDE))
        searches = (condition | _values(actor, since, until) | part for part in parts)
        return self._indexed("scan", searches, until)

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what was done to one subject. The index lags behind the table a little."""
        condition = {"KeyConditionExpression": f"s = :k and {_WINDOW}"}
        keys = (subject_key(subject, month) for month in _months(since, until))
        searches = (condition | _values(key, since, until) for key in keys)
        return self._indexed("query", searches, until)

    def stamp(self) -> str:
        """Say nothing: a table has no mark that every write moves. Its stream tells of each."""
        return ""

    def damage(self) -> Iterator[str]:
        """Say what of the table is not as it was made, as far as this role may see it."""
        if self._foreign:
            yield f"{len(self._foreign)} item key(s) of the table are of no chain"
        try:
            if self._made is None:
                self._made = patient("dynamodb", self._region)
            table = self._made.describe_table(TableName=self._table)["Table"]
        except (BotoCoreError, ClientError):
            return
        indexes = {i["IndexName"]: i for i in table.get("GlobalSecondaryIndexes", [])}
        index = indexes.get(INDEX, {})
        status = index.get("IndexStatus", "not there")
        if status != "ACTIVE":
            yield f"the index {INDEX} is {status}, so a search misses records"
        elif "a" not in index.get("Projection", {}).get("NonKeyAttributes", ()):
            yield f"the index {INDEX} has no actors, so a search for one finds nothing"

    def misconfigured(self) -> Iterator[str]:
        """Say what of the table is not as Terraform made it: expiry, stream, its own policy."""
        name = {"TableName": self._table}
        table = self._ask("describe_table", **name).get("Table", {})
        stream = table.get("StreamSpecification", {})
        if not stream.get("StreamEnabled") or stream.get("StreamViewType") != _BOTH_IMAGES:
            yield "its stream is off, or lacks old or new images: the sealer hears of no change"
        expiry = self._ask("describe_time_to_live", **name).get("TimeToLiveDescription", {})
        if (expiry.get("TimeToLiveStatus"), expiry.get("AttributeName")) != ("ENABLED", EXPIRY):
            yield "rows do not expire"
        arn = table.get("TableArn", "")
        policy = self._ask("get_resource_policy", ResourceArn=arn).get("Policy", "{}")
        if not _denies(json.loads(policy)):
            yield "its policy does not deny everybody to change and remove rows"

    def _ask(self, operation: str, **arguments: str) -> dict[str, Any]:
        """Ask how the table is set up; nothing if there is no such thing.

        Raises:
            LedgerUnavailableError: It cannot be asked.

        """
        try:
            if self._made is None:
                self._made = patient("dynamodb", self._region)
            return dict(getattr(self._made, operation)(**arguments))
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
        if code == "PolicyNotFoundException":
            return {}
        raise LedgerUnavailableError(
            "the table's settings cannot be read",
            why=f"DynamoDB answered {code}",
            fix=fix_for(code),
        )

    def _indexed(
        self, operation: str, searches: Iterable[Mapping[str, Any]], until: str
    ) -> Iterator[Entry]:
        def places(search: Mapping[str, Any]) -> list[Mapping[str, Any]]:
            return list(self._pages(operation, IndexName=INDEX, **search))

        with ThreadPoolExecutor(_ASIDE) as pool:
            found = [place for many in pool.map(places, searches) for place in many]
        # `between` includes its end, and a window does not.
        wanted = [place for place in found if place["t"]["S"] < until]
        for place in sorted(wanted, key=lambda p: (p["t"]["S"], p["pk"]["S"], int(p["sk"]["N"]))):
            yield from self._get(place)

    def _get(self, place: Mapping[str, Any]) -> Iterator[Entry]:
        key = {"pk": place["pk"], "sk": place["sk"]}
        answer = self._call("get_item", Key=key, ConsistentRead=True)
        if "Item" in answer:
            yield _entry(answer["Item"])

    def _pages(self, operation: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            answer = self._call(operation, **arguments, **start)
            yield from answer.get("Items", [])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            if self._made is None:
                self._made = patient("dynamodb", self._region)
            return getattr(self._made, operation)(TableName=self._table, **arguments)
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
        raise LedgerUnavailableError(
            "the DynamoDB ledger cannot be read", why=f"it answered {code}", fix=fix_for(code)
        )


def _entry(item: Mapping[str, Any]) -> Entry:
    """Read an item; one that is no entry becomes one that no verifier takes for a record."""
    try:
        return entry_of(item)
    except ValueError:
        pass
    number = item["sk"]["N"]
    body, mac = (item.get(name, {}).get("B", b"") for name in ("b", "m"))
    return Entry(
        WriterId(item["pk"]["S"].removeprefix(PREFIX)),
        int(number) if number.isdigit() else -1,
        bytes(body),
        bytes(mac),
        0,
        "",
    )


def _values(key: str, since: str, until: str) -> dict[str, Any]:
    """Return what a search compares with."""
    return {"ExpressionAttributeValues": {":k": {"S": key}, ":f": {"S": since}, ":u": {"S": until}}}


def _denies(policy: Mapping[str, Any]) -> bool:
    """Tell whether a policy denies everybody both ways of changing a row."""
    denied = set()
    for statement in policy.get("Statement", []):
        everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        if statement.get("Effect") == "Deny" and everybody:
            actions = statement.get("Action", [])
            denied |= {actions} if isinstance(actions, str) else set(actions)
    return {"dynamodb:DeleteItem", "dynamodb:UpdateItem"} <= denied or "dynamodb:*" in denied


def _months(since: str, until: str) -> Iterator[str]:
    """Yield `YYYY-MM` for every month that a window touches."""
    first = max(_date(since, OLDEST), OLDEST).replace(day=1)
    today = datetime.now(UTC).date()  # noqa: TID251 - how far the future is looked for
    last = min(_date(until, today + AHEAD), today + AHEAD)
    while first <= last:
        yield f"{first:%Y-%m}"
        first = (first + timedelta(days=31)).replace(day=1)


def _date(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return otherwise
