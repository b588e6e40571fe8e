"""What a table's answers and refusals mean: each kind of outcome, without a table."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from affidavit import (
    Query,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)
from affidavit.plugin import Permit
from affidavit_dynamodb import source as module
from affidavit_dynamodb.source import open_source

PERMIT = Permit(5.0, "r-1", "prices", None)
KEY = frozenset({"id"})
FIND = Query(name="find", sql="select id, state from orders where id = :id", binds=KEY)
PUT = Query(
    name="put",
    sql="insert into orders (id, state) values (:id, :state)",
    binds=frozenset({"id", "state"}),
    write=True,
)
SET = Query(
    name="set",
    sql="update orders set state = :state where id = :id",
    binds=frozenset({"id", "state"}),
    write=True,
)
REMOVE = Query(name="remove", sql="delete from orders where id = :id", binds=KEY, write=True)
TOLD = Query(
    name="told", sql="insert into outbox (id) values (:id)", binds=frozenset({"id"}), write=True
)
NEW = {"id": "1", "state": "new"}
LATER = "Retry; look at the service's health and limits if it goes on"
RIGHTS = "Give the function's role the rights that docs/dynamodb.md lists"
COMPARE = "Compare the statement and its values with the table; see docs/dynamodb-source.md"
UNCERTAIN = "It may have been done all the same: read again before you repeat it"


class Table:
    """Answers as a client of DynamoDB does, or raises what it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.fault: Exception | None = None

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.asked.append((operation, arguments))
            if operation == "describe_table":
                names = [{"AttributeName": "id", "AttributeType": "S"}]
                keys = [{"AttributeName": "id", "KeyType": "HASH"}]
                return {"Table": {"KeySchema": keys, "AttributeDefinitions": names}}
            if self.fault is not None:
                raise self.fault
            return {}

        return call

    @property
    def operations(self) -> list[str]:
        """What was called, descriptions left out."""
        return [name for name, _ in self.asked if name != "describe_table"]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table of orders."""
    made = Table()
    monkeypatch.setattr(module, "client", lambda service, region: made)
    return made


def _source() -> Any:
    return open_source("orders", urlsplit("dynamodb://orders?region=eu-west-1&outbox=events"))


def _refusal(code: str, *reasons: str) -> ClientError:
    told: Any = {"Error": {"Code": code, "Message": "hunter2"}}
    if reasons:
        told["CancellationReasons"] = [{"Code": one} for one in reasons]
    return ClientError(told, "Operation")


@pytest.mark.parametrize(
    ("fault", "kind", "code", "fix", "tries"),
    [
        (
            _refusal("AccessDeniedException"),
            SourceForbiddenError,
            "AccessDeniedException",
            RIGHTS,
            1,
        ),
        (
            _refusal("UnrecognizedClientException"),
            *(SourceForbiddenError, "UnrecognizedClientException", RIGHTS, 1),
        ),
        (_refusal("ValidationException"), StatementError, "ValidationException", COMPARE, 1),
        (
            _refusal("ItemCollectionSizeLimitExceededException"),
            *(StatementError, "ItemCollectionSizeLimitExceededException", COMPARE, 1),
        ),
        (
            ConnectTimeoutError(endpoint_url="x"),
            *(SourceTimeoutError, "ConnectTimeoutError", LATER, 2),
        ),
        (ReadTimeoutError(endpoint_url="x"), SourceTimeoutError, "ReadTimeoutError", LATER, 2),
        (
            EndpointConnectionError(endpoint_url="x"),
            *(SourceUnavailableError, "EndpointConnectionError", LATER, 2),
        ),
        (_refusal("SomethingElse"), SourceUnavailableError, "SomethingElse", LATER, 1),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_each_failure_has_its_kind_and_its_remedy(
    table: Table, fault: Exception, kind: type[SourceError], code: str, fix: str, tries: int
) -> None:
    """A read may be asked once more, a write is not; one without an answer may have been done."""
    source, table.fault = _source(), fault
    for query, binds in ((FIND, {"id": "1"}), (SET, NEW)):
        table.asked.clear()
        with pytest.raises(SourceError) as caught:
            source.run(PERMIT, query, binds, max_rows=10)
        unsure = query.write and not isinstance(fault, ClientError)
        assert (kind, f"query {query.name} failed", f"DynamoDB answered {code}") == (
            *(type(caught.value), caught.value.what, caught.value.why),
        )
        assert (UNCERTAIN if unsure else fix) == caught.value.fix
        assert (1 if query.write else tries) == len(table.operations)


@pytest.mark.parametrize(
    ("query", "binds", "changed"), [(SET, NEW, 0), (REMOVE, {"id": "1"}, 0), (PUT, NEW, None)]
)
def test_a_condition_that_does_not_hold_is_no_failure(
    table: Table, query: Query, binds: Any, changed: int | None
) -> None:
    """Nothing was changed; only an insert says that something stands there."""
    source = _source()
    assert [{"changed": 1}] == source.run(PERMIT, query, binds, max_rows=10)
    table.fault = _refusal("ConditionalCheckFailedException")
    if changed is not None:
        assert [{"changed": changed}] == source.run(PERMIT, query, binds, max_rows=10)
        return
    with pytest.raises(StatementError) as caught:
        source.run(PERMIT, query, binds, max_rows=10)
    assert "an item stands under this key already" == caught.value.why


def test_several_are_one_transaction(table: Table) -> None:
    """Each as what it is, in its table, in order."""
    steps = [(PUT, NEW), (SET, NEW), (REMOVE, {"id": "2"}), (TOLD, {"id": "3"})]

    assert _source().run_together(PERMIT, steps)
    ((operation, asked),) = [one for one in table.asked if one[0] != "describe_table"]
    assert "transact_write_items" == operation
    assert [("Put", "orders"), ("Update", "orders"), ("Delete", "orders"), ("Put", "events")] == [
        (kind, said["TableName"]) for item in asked["TransactItems"] for kind, said in item.items()
    ]


@pytest.mark.parametrize(
    ("fault", "held"),
    [
        (_refusal("TransactionCanceledException", "ConditionalCheckFailed", "None"), False),
        (_refusal("TransactionCanceledException", "ConditionalCheckFailed", "Throttling"), None),
        (_refusal("TransactionCanceledException", "TransactionConflict"), None),
        (_refusal("TransactionCanceledException"), None),
        (EndpointConnectionError(endpoint_url="x"), None),
    ],
    ids=["a condition", "a condition and more", "a conflict", "no reason", "no answer"],
)
def test_only_a_condition_that_does_not_hold_is_no(
    table: Table, fault: Exception, held: bool | None
) -> None:
    """Anything else is a failure, and one without an answer may have been done."""
    source, steps, table.fault = _source(), [(PUT, NEW), (TOLD, {"id": "3"})], fault
    if held is not None:
        assert held is source.run_together(PERMIT, steps)
        return
    with pytest.raises(SourceUnavailableError) as caught:
        source.run_together(PERMIT, steps)
    assert "query put failed" == caught.value.what
    assert (UNCERTAIN if isinstance(fault, EndpointConnectionError) else LATER) == caught.value.fix


@pytest.mark.parametrize("count", [100, 101])
def test_a_transaction_has_at_most_a_hundred_steps(table: Table, count: int) -> None:
    """More are refused before anything is asked."""
    steps = [(TOLD, {"id": str(number)}) for number in range(count)]
    if count == 100:
        assert _source().run_together(PERMIT, steps)
        return
    with pytest.raises(StatementError, match="at most 100 items together"):
        _source().run_together(PERMIT, steps)
    assert [] == table.asked


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("do update set a = excluded.a, b = excluded.b, b = excluded.c", "as it would insert it"),
        ("do update set a = excluded.b", "an upsert sets each attribute as it would insert it"),
        ("do update set d = excluded.d", "it sets what it does not insert, or a key"),
        ("do update set k = excluded.k", "it sets what it does not insert, or a key"),
    ],
)
def test_an_upsert_sets_what_it_inserts_and_no_key(sql: str, why: str) -> None:
    """Anything else would change what nobody has said."""
    from affidavit_dynamodb.source_statement import parse

    start = "insert into t (k, a, b) values (:k, :a, :b) on conflict (k)"
    binds = frozenset("kab")
    fine = parse(
        Query(
            name="q",
            sql=f"{start} do update set a = excluded.a, b = excluded.b",
            binds=binds,
            write=True,
        )
    )

    assert (("k",), ("a", "b")) == (fine.conflict, fine.updates)
    nothing = parse(Query(name="q", sql=f"{start} do nothing", binds=binds, write=True))
    assert (("k",), ()) == (nothing.conflict, nothing.updates)
    with pytest.raises(StatementError) as caught:
        parse(Query(name="q", sql=f"{start} {sql}", binds=binds, write=True))
    assert caught.value.why.endswith(why)
