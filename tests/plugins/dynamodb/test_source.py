"""One DynamoDB table as a data source, in moto over HTTP."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit import (
    Query,
    SettingsError,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    UnauditedAccessError,
)
from affidavit.plugin import Permit
from affidavit.testing import check_source
from affidavit_dynamodb.source import DynamoDbSource, open_source
from affidavit_sqlite.source import open_source as open_sqlite
from cloud import Cloud, FaultyFront
from keyed_tables import keyed

PERMIT = Permit(deadline_s=10, request_id="r", function="f", actor=None)
FIND = Query(
    name="find_setting",
    sql="select owner, name, value from settings where owner = :owner and name = :name",
    binds=frozenset({"owner", "name"}),
)
OF_OWNER = Query(
    name="of_owner",
    sql="select name from settings where owner = :owner",
    binds=frozenset({"owner"}),
)
ACTIVE = Query(
    name="active",
    sql="select owner, name from settings.by_active where active = :active",
    binds=frozenset({"active"}),
)
ADD = Query(
    name="add_setting",
    sql="insert into settings (owner, name, value, version, active)"
    " values (:owner, :name, :value, :version, :active)",
    binds=frozenset({"owner", "name", "value", "version", "active"}),
    write=True,
)
CHANGE = Query(
    name="change_setting",
    sql="update settings set value = :value, version = :next"
    " where owner = :owner and name = :name and version = :seen",
    binds=frozenset({"owner", "name", "value", "next", "seen"}),
    write=True,
)
REMOVE = Query(
    name="remove_setting",
    sql="delete from settings where owner = :owner and name = :name",
    binds=frozenset({"owner", "name"}),
    write=True,
)
KEY = {"owner": "web", "name": "limit"}


def _query(sql: str, *binds: str, write: bool = False) -> Query:
    return Query(name="q", sql=sql, binds=frozenset(binds), write=write)


@pytest.fixture
def table(cloud: Cloud) -> str:
    """A table with a sort key and two indexes: one on a number, one that carries little."""
    name = f"t{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's name
    cloud.aws("dynamodb").create_table(
        TableName=name,
        **keyed(("active", "N"), ("digest", "B"), owner="S", name="S"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_active",
                "KeySchema": keyed(active="N")["KeySchema"],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by_digest",
                "KeySchema": keyed(digest="B")["KeySchema"],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["value"]},
            },
        ],
    )
    return name


@pytest.fixture
def source(table: str) -> DynamoDbSource:
    """A source over it."""
    return open_source("settings", urlsplit(f"dynamodb://{table}?region=eu-west-1"))


def _run(
    source: Any, query: Query = FIND, binds: Mapping[str, Any] | None = None, **more: Any
) -> Any:
    max_rows = more.pop("max_rows", 1000)
    said = KEY if binds is None and query is FIND else binds
    return source.run(PERMIT._replace(**more), query, said or {}, max_rows=max_rows)


def _add(source: Any, **more: Any) -> Any:
    return _run(source, ADD, {**KEY, "value": "10", "version": 1, "active": True, **more})


def test_it_keeps_the_contract_of_sources(source: DynamoDbSource) -> None:
    """A look-up of one item."""
    _add(source)
    check_source(source, query=FIND, binds=KEY, rows=[{**KEY, "value": "10"}], hostile_bind="name")


def test_it_keeps_the_contract_with_several_rows(source: DynamoDbSource) -> None:
    """A query over a partition."""
    for name in ("b", "a", "c"):
        _add(source, name=name)
    check_source(
        source,
        query=OF_OWNER,
        binds={"owner": "web"},
        rows=[{"name": "a"}, {"name": "b"}, {"name": "c"}],
        hostile_bind="owner",
    )


@settings(max_examples=40)
@given(value=st.text(min_size=1, max_size=30))
def test_a_hostile_value_finds_what_equals_it_and_nothing_else(
    source: DynamoDbSource, value: str
) -> None:
    """Whatever it says in any language of expressions."""
    _run(source, REMOVE, KEY)
    _add(source)
    try:
        found = _run(source, binds={"owner": "web", "name": value})
    except StatementError as error:
        assert len(value) < 4 or value not in str(error)
    else:
        assert (value == "limit") == len(found)


def test_opening_touches_nothing(moto: str) -> None:
    """Neither does a URL that names no table."""
    assert moto
    assert "x" == open_source("x", urlsplit("dynamodb://nothing-there")).name
    for url in (
        "dynamodb://",
        "dynamodb://a",
        "dynamodb://table/path",
        "dynamodb://table?x=1",
        "dynamodb://table?region=nowhere",
        "dynamodb://table#x",
    ):
        with pytest.raises(SettingsError, match="URL cannot be used"):
            open_source("x", urlsplit(url))


def test_an_item_is_got_and_a_partition_is_queried(
    source: DynamoDbSource, front: FaultyFront
) -> None:
    """The table is described once; what is asked is the cheapest that can answer."""
    _add(source)
    asked: list[str] = []
    front.fault = lambda operation, _: asked.append(operation)  # type: ignore[func-returns-value]
    again = open_source("settings", urlsplit(f"dynamodb://{source._location.table}"))
    for query, binds in ((FIND, KEY), (OF_OWNER, {"owner": "web"}), (ACTIVE, {"active": True})):
        assert 1 == len(_run(again, query, binds))

    assert ["DescribeTable", "GetItem", "Query", "Query"] == asked


def test_nothing_is_fetched_that_was_not_asked_for(
    source: DynamoDbSource, front: FaultyFront, cloud: Cloud
) -> None:
    """What does not come cannot leak; names that are reserved words are no obstacle."""
    cloud.aws("dynamodb").put_item(
        TableName=source._location.table,
        Item={
            "owner": {"S": "web"},
            "name": {"S": "limit"},
            "value": {"S": "1"},
            "ssn": {"S": "s3cr3t"},
            "Size": {"N": "7"},
        },
    )
    client = _recorded(source)
    query = _query('select value, "Size", absent from s where owner = :o and name = :n', "o", "n")

    assert [{"value": "1", "size": 7, "absent": None}] == (
        _run(source, query, {"o": "web", "n": "limit"})
    )
    assert front.endpoint
    assert "s3cr3t" not in repr(client)


def _recorded(source: DynamoDbSource) -> list[Any]:
    """Keep everything that DynamoDB answers."""
    heard: list[Any] = []
    called = source._call

    def call(*arguments: Any) -> Any:
        heard.append(called(*arguments))
        return heard[-1]

    source._call = call  # type: ignore[method-assign]
    return heard


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param("text", "text", id="text"),
        pytest.param("", "", id="empty"),
        pytest.param(7, 7, id="a number"),
        pytest.param(-(10**37), -(10**37), id="a large number"),
        pytest.param(Decimal("9.95"), Decimal("9.95"), id="a decimal"),
        pytest.param(Decimal("9.90"), Decimal("9.9"), id="a decimal that ends in 0"),
        pytest.param(Decimal("1E-20"), Decimal("1E-20"), id="a small decimal"),
        pytest.param(0.1, Decimal("0.1"), id="a float, as it is shown"),
        pytest.param(0, 0, id="zero"),
        pytest.param(b"\x00\xff", b"\x00\xff", id="bytes"),
        pytest.param(True, True, id="a truth value"),
        pytest.param(None, None, id="nothing"),
        pytest.param(date(2026, 1, 23), "2026-01-23", id="a date"),
        pytest.param(
            datetime(2026, 1, 23, 12, tzinfo=UTC), "2026-01-23T12:00:00+00:00", id="a moment"
        ),
    ],
)
def test_a_value_comes_back_as_it_went(source: DynamoDbSource, value: Any, read: Any) -> None:
    """Of the same kind, and equal."""
    assert [{"changed": 1}] == _add(source, value=value)
    (row,) = _run(source)

    assert (read, type(read)) == (row["value"], type(row["value"]))


@settings(max_examples=40)
@given(
    value=st.text(max_size=20)
    | st.integers()
    | st.binary(max_size=20)
    | st.decimals()
    | st.floats()
    | st.booleans()
    | st.none()
)
def test_every_value_comes_back_or_is_refused(source: DynamoDbSource, value: Any) -> None:
    """Nothing is rounded on the way."""
    _run(source, REMOVE, KEY)
    try:
        _add(source, value=value)
    except StatementError as error:
        assert "the value of :value" in str(error)
        return
    (row,) = _run(source)
    expected = Decimal(repr(value)) if isinstance(value, float) else value
    assert expected == row["value"]


@pytest.mark.parametrize(
    "value",
    [Decimal("NaN"), float("inf"), 10**38 + 1, Decimal("1E126"), Decimal("1E-131"), "\ud800"],
)
def test_a_value_without_a_place_is_refused(source: DynamoDbSource, value: Any) -> None:
    """Before it is sent, and without repeating it."""
    with pytest.raises(StatementError, match="the value of :value") as caught:
        _add(source, value=value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_set_is_no_value_of_a_row(source: DynamoDbSource, cloud: Cloud) -> None:
    """It is refused by the field's name."""
    cloud.aws("dynamodb").put_item(
        TableName=source._location.table,
        Item={"owner": {"S": "web"}, "name": {"S": "limit"}, "value": {"SS": ["s3cr3t"]}},
    )
    with pytest.raises(StatementError, match="value is a set") as caught:
        _run(source)
    assert "s3cr3t" not in str(caught.value)


# -- keys of indexes -----------------------------------------------------------


def test_a_truth_value_for_a_numeric_key_is_a_number(source: DynamoDbSource, cloud: Cloud) -> None:
    """DynamoDB refuses an item whose index key has another type than declared."""
    _add(source, active=True)
    _add(source, name="off", active=False)
    stored = cloud.aws("dynamodb").get_item(
        TableName=source._location.table, Key={"owner": {"S": "web"}, "name": {"S": "limit"}}
    )["Item"]

    assert {"N": "1"} == stored["active"]
    assert ["limit"] == [row["name"] for row in _run(source, ACTIVE, {"active": True})]
    assert ["off"] == [row["name"] for row in _run(source, ACTIVE, {"active": 0})]


@pytest.mark.parametrize("value", ["1", b"1", None, date(2026, 1, 23)])
def test_another_type_for_a_key_is_refused_by_its_name(source: DynamoDbSource, value: Any) -> None:
    """When it is written and when it is asked for, before anything is sent."""
    why = "the value of :active is not a number, which the key active is"
    with pytest.raises(StatementError, match=why):
        _add(source, active=value)
    with pytest.raises(StatementError, match=why):
        _run(source, ACTIVE, {"active": value})
    with pytest.raises(StatementError, match=":owner is not a text"):
        _run(source, OF_OWNER, {"owner": 7})
    with pytest.raises(StatementError, match=":d is not bytes, which the key digest is"):
        _run(source, _query("select value from s.by_digest where digest = :d", "d"), {"d": "x"})


# -- pages and limits ----------------------------------------------------------


def test_pages_are_followed_to_the_end(source: DynamoDbSource, cloud: Cloud) -> None:
    """DynamoDB hands out at most a megabyte at a time."""
    for number in range(8):
        cloud.aws("dynamodb").put_item(
            TableName=source._location.table,
            Item={
                "owner": {"S": "web"},
                "name": {"S": f"{number}"},
                "value": {"S": "x" * 300_000},
            },
        )
    heard = _recorded(source)

    assert [f"{number}" for number in range(8)] == [
        row["name"] for row in _run(source, OF_OWNER, {"owner": "web"})
    ]
    assert 2 <= sum("Items" in answer for answer in heard)
    with pytest.raises(StatementError, match="more than 7 rows"):
        _run(source, OF_OWNER, {"owner": "web"}, max_rows=7)


def test_no_more_is_read_than_is_asked_for(source: DynamoDbSource) -> None:
    """One item more than the limit shows that there is more."""
    for number in range(6):
        _add(source, name=f"{number}")
    heard = _recorded(source)
    with pytest.raises(StatementError, match="more than 2 rows"):
        _run(source, OF_OWNER, {"owner": "web"}, max_rows=2)

    assert [3] == [len(answer["Items"]) for answer in heard if "Items" in answer]


@pytest.mark.parametrize(
    ("condition", "binds", "found"),
    [
        ("name = :a", {"a": "b"}, "b"),
        ("name < :a", {"a": "c"}, "ab"),
        ("name <= :a", {"a": "c"}, "abc"),
        ("name > :a", {"a": "c"}, "d"),
        ("name >= :a", {"a": "c"}, "cd"),
        ("name between :a and :b", {"a": "b", "b": "c"}, "bc"),
        ("begins_with(name, :a)", {"a": "b"}, "b"),
        ("name > :a order by name desc", {"a": "a"}, "dcb"),
        ("name > :a order by name asc", {"a": "a"}, "bcd"),
    ],
)
def test_conditions_on_the_sort_key(
    source: DynamoDbSource, condition: str, binds: dict[str, str], found: str
) -> None:
    """Every operator that DynamoDB has for one."""
    for name in "badc":
        _add(source, name=name)
    query = _query(f"select name from s where owner = :o and {condition}", "o", *binds)  # noqa: S608 - a test's

    assert found == "".join(row["name"] for row in _run(source, query, {"o": "web", **binds}))


# -- writes --------------------------------------------------------------------


def test_an_update_waits_for_the_version_that_was_seen(source: DynamoDbSource) -> None:
    """Of two that read the same version, one changes it and the other hears 0."""
    _add(source)
    change = {**KEY, "value": "20", "next": 2, "seen": 1}

    assert [{"changed": 1}] == _run(source, CHANGE, change)
    assert [{"changed": 0}] == _run(source, CHANGE, {**change, "value": "30"})
    assert "20" == _run(source)[0]["value"]


def test_an_update_makes_nothing(source: DynamoDbSource) -> None:
    """As in SQL, and unlike DynamoDB's own."""
    query = _query(
        "update s set value = :v where owner = :o and name = :n", "v", "o", "n", write=True
    )

    assert [{"changed": 0}] == _run(source, query, {"v": "1", "o": "web", "n": "limit"})
    assert [] == _run(source)


def test_an_insert_replaces_nothing(source: DynamoDbSource) -> None:
    """As in SQL, and unlike DynamoDB's own."""
    _add(source)
    with pytest.raises(StatementError, match="an item stands under this key already"):
        _add(source, value="20")
    assert "10" == _run(source)[0]["value"]


def test_a_delete_says_whether_there_was_something(source: DynamoDbSource) -> None:
    """1, then 0."""
    _add(source)

    assert [{"changed": 1}] == _run(source, REMOVE, KEY)
    assert [{"changed": 0}] == _run(source, REMOVE, KEY)


@pytest.mark.parametrize(
    ("sql", "binds", "write", "why"),
    [
        ("select a from s where owner = :o and value = :v", "o v", False, "value is no key"),
        ("select a from s where name = :n", "n", False, "a scan reads it all"),
        ("select a from s where owner > :o", "o", False, "owner is no key that it can look up"),
        ("select a from s.nope where owner = :o", "o", False, "no such index"),
        ("select a from s.by_digest where digest = :d", "d", False, "does not carry a"),
        ("select a from s where owner = :o order by a", "o", False, "ordered by the sort key"),
        ("update s set a = :a where owner = :o", "a o", True, "does not say = for name, owner"),
        ("update s set name = :a where owner = :o and name = :n", "a o n", True, "changes a key"),
        ("delete from s where name = :n", "n", True, "does not say = for name, owner"),
        ("insert into s (owner) values (:o)", "o", True, "writes no name, a key"),
    ],
)
def test_what_the_table_cannot_look_up_is_refused(
    source: DynamoDbSource, sql: str, binds: str, write: bool, why: str
) -> None:
    """Not emulated by reading everything."""
    query = _query(sql, *binds.split(), write=write)
    values: dict[str, Any] = dict.fromkeys(binds.split(), "x")
    values |= {"d": b"x"} if "d" in values else {}
    with pytest.raises(StatementError, match=why):
        _run(source, query, values)


# -- failing -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "tries"),
    [
        ((400, "AccessDeniedException"), SourceForbiddenError, 1),
        ((400, "ResourceNotFoundException"), SourceUnavailableError, 1),
        ((400, "ValidationException"), StatementError, 1),
        ((400, "ProvisionedThroughputExceededException"), SourceUnavailableError, 2),
        ((500, "InternalServerError"), SourceUnavailableError, 2),
    ],
)
def test_a_failure_has_a_place_in_our_tree(
    source: DynamoDbSource,
    front: FaultyFront,
    fault: tuple[int, str],
    kind: type[SourceError],
    tries: int,
) -> None:
    """By its code; what may pass is tried once more, if it only reads."""
    _add(source)
    asked: list[str] = []

    def fail(operation: str, _: str) -> tuple[int, str]:
        asked.append(operation)
        return fault

    front.fault = fail
    with pytest.raises(kind, match=fault[1]) as caught:
        _run(source)
    assert "planted" not in str(caught.value)
    assert tries == len(asked)
    with pytest.raises(kind):
        _run(source, REMOVE, KEY)
    assert tries + 1 == len(asked), "a write is sent once"


def test_a_deadline_is_held_although_the_client_is_patient(
    source: DynamoDbSource, front: FaultyFront
) -> None:
    """A write that is left behind may still arrive, and the error says so."""
    _add(source)
    front.fault = lambda _, __: time.sleep(1.5)  # type: ignore[func-returns-value]
    for query, binds, fix in ((FIND, KEY, "Narrow"), (REMOVE, KEY, "all the same")):
        started = time.monotonic()
        with pytest.raises(SourceTimeoutError, match=fix):
            _run(source, query, binds, deadline_s=0.2)
        assert time.monotonic() - started < 1
    with pytest.raises(SourceTimeoutError):
        _run(source, deadline_s=0)


def test_only_a_permit_is_leave_to_read(source: DynamoDbSource, front: FaultyFront) -> None:
    """And without one nothing is asked."""
    asked: list[str] = []
    front.fault = lambda operation, _: asked.append(operation)  # type: ignore[func-returns-value]
    for permit in (None, tuple(PERMIT), object()):
        with pytest.raises(UnauditedAccessError, match="without a permit"):
            source.run(permit, FIND, KEY, max_rows=1)  # type: ignore[arg-type]
    assert [] == asked


# -- the same on a laptop ------------------------------------------------------


@pytest.fixture
def both(source: DynamoDbSource, tmp_path: Path) -> tuple[Any, Any]:
    """Eight settings in DynamoDB, and the same in SQLite."""
    path = tmp_path / "settings.db"
    rows = [
        (owner, name, f"{owner}-{name}", number % 2)
        for owner in ("app", "web")
        for number, name in enumerate(["a", "ab", "b", "c"])
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table settings (owner, name, value, active)")
        connection.executemany("insert into settings values (?, ?, ?, ?)", rows)
    for owner, name, value, active in rows:
        _add(source, owner=owner, name=name, value=value, active=active)
    return source, open_sqlite("settings", urlsplit(f"sqlite:///{path}"))


@settings(max_examples=40)
@given(
    owner=st.sampled_from(["app", "web", "none"]),
    low=st.sampled_from(["a", "ab", "b", "zz"]),
    high=st.sampled_from(["a", "ab", "b", "zz"]),
    condition=st.sampled_from(
        [
            "",
            " and name = :low",
            " and name > :low",
            " and name <= :low",
            " and name between :low and :high",
        ]
    ),
    direction=st.sampled_from(["", " desc"]),
)
def test_a_statement_finds_the_same_on_sqlite(
    both: tuple[Any, Any], owner: str, low: str, high: str, condition: str, direction: str
) -> None:
    """So that a handler is tried out without a cloud."""
    said = {"owner": owner, "low": low, "high": high}
    names = [name for name in said if f":{name}" in f":owner{condition}"]
    sql = f"select name, value from settings where owner = :owner{condition} order by name"  # noqa: S608 - a test's
    query = _query(sql + direction, *names)
    binds = {name: said[name] for name in names}
    if ":high" in condition and low > high:
        return  # DynamoDB takes bounds in the wrong order for a mistake
    cloud, laptop = (_run(one, query, binds) for one in both)

    assert cloud == laptop
