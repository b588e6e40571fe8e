"""What a repository on DynamoDB needs beyond look-ups, from documents to events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from affidavit import AuditContext, Query, SettingsError, StatementError, audited
from affidavit.plugin import Permit
from affidavit.testing import MemorySource, make_runtime, run
from affidavit_dynamodb.outbox import OutboxEvent, bus_handler, outbox_event, send_changes, to_bus
from affidavit_dynamodb.source import DynamoDbSource, open_source
from affidavit_dynamodb.source_values import plain_value, row_of
from cloud import Cloud
from keyed_tables import keyed

PERMIT = Permit(deadline_s=20, request_id="r", function="f", actor=None)


def query(sql: str, *binds: str, write: bool = False, scan: str = "") -> Query:
    return Query(name="q", sql=sql, binds=frozenset(binds), write=write, scan=scan)


FIND = query("select id, state, lines, paid from orders where id = :id", "id")
PUT = query(
    "insert into orders (id, state, lines, paid) values (:id, :state, :lines, :paid)",
    *("id", "state", "lines", "paid"),
    write=True,
)
UPSERT = query(
    "insert into orders (id, state, lines) values (:id, :state, :lines)"
    " on conflict (id) do update set state = excluded.state",
    *("id", "state", "lines"),
    write=True,
)
IF_NEW = query(
    "insert into orders (id, state) values (:id, :state) on conflict (id) do nothing",
    *("id", "state"),
    write=True,
)
SEND = query(
    "update orders set state = :state where id = :id and state <> :state and held is null",
    *("id", "state"),
    write=True,
)
PAID = query("select id, paid from orders.by_paid where paid = :paid", "paid")
ALL = query("select id from orders limit :most", "most", scan="monthly report")
SOME = query("select id from orders where state = :state limit :most", "state", "most", scan="r")


class OrderPlaced(BaseModel):
    """What an event tells."""

    total: Decimal


@pytest.fixture
def tables(cloud: Cloud) -> tuple[str, str]:
    """A table with an index on a truth value, and one for its events, with a stream."""
    orders, events = (f"t{uuid.uuid4().hex[:12]}" for _ in "ab")  # noqa: TID251 - test's names
    cloud.aws("dynamodb").create_table(
        TableName=orders,
        **keyed(("paid", "N"), id="S"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_paid",
                "KeySchema": keyed(paid="N")["KeySchema"],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    cloud.aws("dynamodb").create_table(
        TableName=events,
        **keyed(key="S", id="S"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return orders, events


@pytest.fixture
def source(tables: tuple[str, str]) -> DynamoDbSource:
    orders, events = tables
    url = f"dynamodb://{orders}?region=eu-west-1&outbox={events}&flags=paid"
    return open_source("orders", urlsplit(url))


def do(source: Any, asked: Query, **binds: Any) -> Any:
    return source.run(PERMIT, asked, binds, max_rows=100)


DOCUMENT = {"lines": [{"sku": "A", "n": 2, "free": False, "note": None}], "total": Decimal("9.5")}


def test_lists_and_maps_come_back_as_they_went(source: DynamoDbSource) -> None:
    """With numbers, truth values and nothing inside."""
    do(source, PUT, id="1", state="new", lines=DOCUMENT, paid=False)

    assert [{"id": "1", "state": "new", "lines": DOCUMENT, "paid": False}] == do(
        source, FIND, id="1"
    )


LEAVES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=5)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)


@settings(max_examples=200)
@given(value=DOCUMENTS)
def test_any_document_is_read_as_it_was_written(value: Any) -> None:
    """Universally, for what JSON can say; a lone surrogate has no place there."""
    try:
        written = plain_value(FIND, "lines", value)
    except StatementError:
        assert "\\ud" in json.dumps(value)
    else:
        assert {"lines": value} == row_of(FIND, ("lines",), {"lines": written})


def test_a_document_without_an_end_or_without_names_is_refused() -> None:
    """Before it is sent."""
    deep: Any = []
    for _ in range(40):
        deep = [deep]
    for value, word in (
        (deep, "nested deeper"),
        ({1: "x"}, "keys are not texts"),
        ([{1}], "place"),
    ):
        with pytest.raises(StatementError, match=word):
            plain_value(FIND, "lines", value)


def test_a_truth_value_is_a_number_in_the_index_and_a_truth_value_outside(
    source: DynamoDbSource, cloud: Cloud, tables: tuple[str, str]
) -> None:
    """Both ways: written, asked for, and read."""
    do(source, PUT, id="1", state="new", lines=[], paid=True)
    do(source, PUT, id="2", state="new", lines=[], paid=False)
    kept = cloud.aws("dynamodb").get_item(TableName=tables[0], Key={"id": {"S": "1"}})["Item"]

    assert {"N": "1"} == kept["paid"]
    assert [{"id": "1", "paid": True}] == do(source, PAID, paid=True)
    assert [{"id": "2", "paid": False}] == do(source, PAID, paid=False)


def test_an_upsert_sets_what_it_says_and_leaves_the_rest(source: DynamoDbSource) -> None:
    """Made if it is not there; if it is, only what stands after `do update set` changes."""
    assert [{"changed": 1}] == do(source, UPSERT, id="1", state="new", lines=["a"])
    assert [{"changed": 1}] == do(source, UPSERT, id="1", state="sent", lines=["b"])
    (row,) = do(source, FIND, id="1")

    assert ("sent", ["a"]) == (row["state"], row["lines"])
    assert [{"changed": 1}] == do(source, IF_NEW, id="2", state="new")
    assert [{"changed": 0}] == do(source, IF_NEW, id="2", state="other")


def test_a_condition_that_does_not_hold_changes_nothing(source: DynamoDbSource) -> None:
    """`<>` and `is null` beside `=`."""
    do(source, IF_NEW, id="1", state="new")

    assert [{"changed": 1}] == do(source, SEND, id="1", state="sent")
    assert [{"changed": 0}] == do(source, SEND, id="1", state="sent")


def test_two_items_change_together_or_not_at_all(source: DynamoDbSource) -> None:
    """The second one's condition does not hold, so the first one stays as it was."""
    do(source, IF_NEW, id="1", state="new")
    do(source, IF_NEW, id="2", state="sent")
    both = [(SEND, {"id": name, "state": "sent"}) for name in ("1", "2")]

    assert not source.run_together(PERMIT, both)
    assert "new" == do(source, FIND, id="1")[0]["state"]
    assert source.run_together(PERMIT, [both[0], (IF_NEW, {"id": "3", "state": "new"})])
    assert ("sent", "new") == tuple(do(source, FIND, id=name)[0]["state"] for name in ("1", "3"))


def test_a_scan_has_a_reason_and_a_limit_or_is_refused(source: DynamoDbSource) -> None:
    """And reads no more than the limit says."""
    for number in range(5):
        do(source, IF_NEW, id=str(number), state="new" if number % 2 else "sent")

    assert 3 == len(do(source, ALL, most=3))
    assert {"1", "3"} == {row["id"] for row in do(source, SOME, state="new", most=10)}
    for wrong in (
        query("select id from orders limit :most", "most"),
        query("select id from orders where state = :most", "most", scan="report"),
        query(
            "select id from orders where state = :s order by id limit :most",
            *("s", "most"),
            scan="r",
        ),
    ):
        with pytest.raises(StatementError):
            do(source, wrong, **dict.fromkeys(wrong.binds, 1))
    for limit in (0, 101, "3"):
        with pytest.raises(StatementError, match="its limit is not a number"):
            do(source, ALL, most=limit)


def changes(cloud: Cloud, table: str) -> list[dict[str, Any]]:
    """Return the records of a table's stream as Lambda brings them."""
    streams = cloud.aws("dynamodbstreams")
    arn = cloud.aws("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    return found


def test_an_event_is_kept_with_its_change_or_not_at_all(
    source: DynamoDbSource, cloud: Cloud, tables: tuple[str, str]
) -> None:
    """The outbox is written in the same transaction, and its stream has what was kept alone."""
    placed = OrderPlaced(total=Decimal("19.00"))
    for order, good in (("1", True), ("1", False), ("2", True)):
        steps = [
            (IF_NEW, {"id": order, "state": "new"}),
            outbox_event("OrderPlaced", key=order, detail=placed),
        ]
        assert good is source.run_together(PERMIT, steps)
    sent: list[OutboxEvent] = []

    def send(wave: Sequence[OutboxEvent]) -> set[str]:
        sent.extend(wave)
        return set()

    told = send_changes({"Records": changes(cloud, tables[1])}, send)

    assert {"batchItemFailures": []} == told
    assert ["1", "2"] == [one.key for one in sent]
    assert {"total": "19.00"} == json.loads(sent[0].detail)


def record(number: int, key: str) -> dict[str, Any]:
    image = {"key": key, "id": f"{number:03d}", "type": "T", "detail": "{}"}
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": str(number),
            "NewImage": {name: {"S": value} for name, value in image.items()},
        },
    }


@settings(max_examples=200)
@given(
    keys=st.lists(st.sampled_from("abcd"), max_size=30),
    failures=st.lists(st.integers(0, 29), max_size=8),
)
def test_events_of_one_key_arrive_in_order_and_at_least_once(
    keys: list[str], failures: list[int]
) -> None:
    """Whatever fails, and however often: the stream goes on from what was reported."""
    records = [record(number, key) for number, key in enumerate(keys)]
    left, arrived = [f"{one:03d}" for one in failures], []

    def send(wave: Sequence[OutboxEvent]) -> set[str]:
        assert len({one.key for one in wave}) == len(wave)
        lost = {one.id for one in wave if one.id in left}
        for one in lost:
            left.remove(one)
        arrived.extend(one for one in wave if one.id not in lost)
        return lost

    waiting = records
    for _ in range(len(failures) + 1):
        failed = send_changes({"Records": waiting}, send)["batchItemFailures"]
        if not failed:
            break
        waiting = records[int(failed[0]["itemIdentifier"]) :]

    for key in set(keys):
        first = list(dict.fromkeys(one.id for one in arrived if one.key == key))
        assert [f"{number:03d}" for number, one in enumerate(keys) if one == key] == first


def test_the_bus_gets_them_typed_and_a_bad_answer_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the id by which a receiver knows a repetition."""
    asked: list[Any] = []

    class Events:
        def put_events(self, Entries: Sequence[Mapping[str, Any]]) -> Any:  # noqa: N803 - AWS's
            asked.extend(Entries)
            return {"Entries": [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]}

    wave = [OutboxEvent(str(n), f"k{n}", f"i{n}", "OrderPlaced", '{"total": "1"}') for n in (1, 2)]

    assert {"i2"} == to_bus(Events(), "shop", "orders")(wave)
    assert ("shop", "orders", "OrderPlaced") == tuple(
        asked[0][name] for name in ("EventBusName", "Source", "DetailType")
    )
    assert {"id": "i1", "key": "k1", "data": {"total": "1"}} == json.loads(asked[0]["Detail"])
    monkeypatch.delenv("OUTBOX_BUS", raising=False)
    with pytest.raises(SettingsError, match="OUTBOX_BUS"):
        bus_handler({}, None)


@audited(action="ORDER_KEEP")
def keep(event: dict[str, Any], context: AuditContext) -> dict[str, Any]:
    """Keep an order and its event."""
    placed = OrderPlaced(total=Decimal(1))
    done = context.source("orders").execute_together(
        (IF_NEW, {"id": event["id"], "state": "new"}),
        outbox_event("OrderPlaced", key=event["id"], detail=placed),
    )
    return {"kept": done}


def test_each_step_is_on_record_by_its_name() -> None:
    """As if it had been run by itself."""
    memory = MemorySource("orders")
    bench = make_runtime(sources=[memory])
    assert {"kept": True} == run(keep, {"id": "1"}, bench)

    assert ["q", "put_event"] == [name for name, _ in memory.asked]
    assert 2 == len(bench.records[-1].document["q"])


class Alone:
    """A source that knows no transactions."""

    name = "orders"

    def run(self, *_: object, **__: object) -> Sequence[Any]:
        """Find nothing."""
        return []


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        pytest.param(Alone(), [(IF_NEW, {"id": "1", "state": "new"})], id="without transactions"),
        pytest.param(MemorySource("orders"), [], id="no query"),
        pytest.param(MemorySource("orders"), [(FIND, {"id": "1"})], id="a read"),
    ],
)
def test_what_cannot_be_run_together_is_told(source: Any, steps: list[Any]) -> None:
    """Before anything is asked, and the record names no query."""
    told: list[str] = []

    @audited(action="ORDER_KEEP")
    def handler(event: dict[str, Any], context: AuditContext) -> None:
        try:
            context.source("orders").execute_together(*steps)
        except StatementError as error:
            told.append(error.why)

    bench = make_runtime(sources=[source])
    run(handler, {"id": "1"}, bench)

    assert 1 == len(told)
    assert "there is no query" in told[0]
    assert "q" not in bench.records[-1].document
