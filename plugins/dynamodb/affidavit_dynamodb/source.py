"""A DynamoDB table as a data source: key look-ups, writes alone or together, declared scans."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import SplitResult

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import (
    Query,
    Row,
    Scalar,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)
from affidavit.plugin import Permit, check_permit
from affidavit_dynamodb.clients import Failure, client, code_of, fix_for
from affidavit_dynamodb.location import TableLocation, locate_table
from affidavit_dynamodb.source_statement import PartiqlStatement, parse, refused
from affidavit_dynamodb.source_table import TableDescription, TableRequest, request_of, table_of
from affidavit_dynamodb.source_values import row_of
from affidavit_dynamodb.timed_calls import TimedCalls

MOST_TOGETHER: Final = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

_TOGETHER: Final = {"put_item": "Put", "update_item": "Update", "delete_item": "Delete"}
_CONDITION: Final = "ConditionalCheckFailedException"
_KINDS: Final[Mapping[str, type[SourceError]]] = {
    "AccessDeniedException": SourceForbiddenError,
    "UnrecognizedClientException": SourceForbiddenError,
    "ValidationException": StatementError,
    "ItemCollectionSizeLimitExceededException": StatementError,
    "ConnectTimeoutError": SourceTimeoutError,
    "ReadTimeoutError": SourceTimeoutError,
}


class DynamoDbSource:
    """One table, and the one for its events if there is one.

    The client is shared with everything else in the process that uses DynamoDB.
    """

    def __init__(self, name: str, location: TableLocation) -> None:
        self.name = name
        self._location = location
        self._lock = threading.Lock()
        self._calls = TimedCalls("affidavit-source", threads=4, pause_s=0.05)
        self._tables: dict[str, TableDescription] = {}
        self._parsed = functools.lru_cache(maxsize=256)(parse)

    def run(
        self, permit: Permit, query: Query, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Run a query; see `affidavit.Source`.

        A query that writes returns one row: `changed`, 1 or 0. An update or a
        delete whose conditions do not hold changes nothing and says 0.
        """
        check_permit(permit)
        query.check_binds(binds)
        deadline = time.monotonic() + permit.deadline_s
        statement, request = self._request(query, binds, deadline)
        if query.write:
            return [{"changed": self._write(query, statement, request, deadline)}]
        if statement.limit:
            limit = binds[statement.limit]
            if not isinstance(limit, int) or not 0 < limit <= max_rows:
                raise refused(query, f"its limit is not a number from 1 to {max_rows}")
            return self._first(query, statement, request, limit, deadline)
        return self._read(query, statement, request, max_rows, deadline)

    def run_together(
        self, permit: Permit, steps: Sequence[tuple[Query, Mapping[str, Scalar]]]
    ) -> bool:
        """Change several items or none; False if a condition of one does not hold."""
        check_permit(permit)
        deadline = time.monotonic() + permit.deadline_s
        first = steps[0][0]
        if len(steps) > MOST_TOGETHER:
            raise refused(first, f"DynamoDB changes at most {MOST_TOGETHER} items together")
        items = []
        for query, binds in steps:
            query.check_binds(binds)
            _, request = self._request(query, binds, deadline)
            items.append({_TOGETHER[request.operation]: request.arguments})
        whole = TableRequest("transact_write_items", {"TransactItems": items})
        try:
            self._call(first, whole, {}, deadline)
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return True
        reasons = getattr(failure, "response", {}).get("CancellationReasons") or ()
        codes = {str(one.get("Code")) for one in reasons} - {"None"}
        if codes == {"ConditionalCheckFailed"}:
            return False
        raise _error_of(first, failure, uncertain=not isinstance(failure, ClientError))

    def _request(
        self, query: Query, binds: Mapping[str, Scalar], deadline: float
    ) -> tuple[PartiqlStatement, TableRequest]:
        statement = self._parsed(query)
        named = self._location.outbox if statement.table == "outbox" else ""
        table = named or self._location.table
        request = request_of(query, statement, self._described(query, table, deadline), binds)
        request.arguments["TableName"] = table
        return statement, request

    def _first(
        self,
        query: Query,
        statement: PartiqlStatement,
        request: TableRequest,
        limit: int,
        deadline: float,
    ) -> list[Row]:
        """Return the first rows, as many as the limit says: what follows is not read."""
        rows: list[Row] = []
        page: dict[str, Any] = {}
        while len(rows) < limit:
            # A filter throws away: more is read then than is wanted.
            page["Limit"] = limit - len(rows) if not statement.conditions else limit
            answer = self._answer(query, request, page, deadline)
            flags = self._location.flags
            rows += [row_of(query, statement.fields, one, flags) for one in answer["Items"]]
            if not answer.get("LastEvaluatedKey"):
                break
            page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return rows[:limit]

    def _read(
        self,
        query: Query,
        statement: PartiqlStatement,
        request: TableRequest,
        max_rows: int,
        deadline: float,
    ) -> list[Row]:
        rows: list[Row] = []
        page: dict[str, Any] = {}
        while True:
            if request.operation == "query":
                page["Limit"] = max_rows + 1 - len(rows)
            answer = self._answer(query, request, page, deadline)
            items = answer.get("Items", [answer["Item"]] if "Item" in answer else [])
            flags = self._location.flags
            rows += [row_of(query, statement.fields, item, flags) for item in items]
            if len(rows) > max_rows:
                raise refused(query, f"it finds more than {max_rows} rows")
            if not answer.get("LastEvaluatedKey"):
                return rows
            page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _answer(
        self, query: Query, request: TableRequest, page: Mapping[str, Any], deadline: float
    ) -> Any:
        """Call; what DynamoDB refuses is a `SourceError`."""
        try:
            return self._call(query, request, page, deadline)
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        raise _error_of(query, failure, uncertain=False)

    def _write(
        self, query: Query, statement: PartiqlStatement, request: TableRequest, deadline: float
    ) -> int:
        try:
            self._call(query, request, {}, deadline)
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return 1
        if code_of(failure) != _CONDITION:
            raise _error_of(query, failure, uncertain=not isinstance(failure, ClientError))
        if request.operation == "put_item" and not statement.conflict:
            raise refused(query, "an item stands under this key already")
        return 0

    def _described(self, query: Query, table: str, deadline: float) -> TableDescription:
        """Ask once per process what a table looks like."""
        with self._lock:
            if table not in self._tables:
                request = TableRequest("describe_table", {"TableName": table})
                answer = self._answer(query, request, {}, deadline)
                self._tables[table] = table_of(answer["Table"])
            return self._tables[table]

    def _call(
        self, query: Query, request: TableRequest, page: Mapping[str, Any], deadline: float
    ) -> Any:
        """Call; a read once more if that may help, a write once."""
        operation = getattr(client("dynamodb", self._location.region), request.operation)
        call = functools.partial(operation, **request.arguments, **page)
        try:
            if query.write and request.operation != "describe_table":
                return self._calls.once(deadline, call)
            return self._calls.patiently(deadline, call)
        except TimeoutError:
            pass
        again = "Narrow the query, or allow the function more time"
        if query.write:
            again = "It may have been done all the same: read again before you repeat it"
        raise SourceTimeoutError(
            f"query {query.name} failed", why="the time of this invocation is used up", fix=again
        )


def open_source(name: str, url: SplitResult) -> DynamoDbSource:
    """Open the table that `dynamodb://table?region=…` names; the first query connects.

    Raises:
        SettingsError: The URL names no table, or has an unknown parameter.

    """
    return DynamoDbSource(name, locate_table(url))


def _error_of(query: Query, failure: Failure, *, uncertain: bool) -> SourceError:
    code = code_of(failure)
    kind = _KINDS.get(code, SourceUnavailableError)
    fix = fix_for(code)
    if kind is StatementError:
        fix = "Compare the statement and its values with the table; see docs/dynamodb-source.md"
    if uncertain:
        fix = "It may have been done all the same: read again before you repeat it"
    return kind(f"query {query.name} failed", why=f"DynamoDB answered {code}", fix=fix)
