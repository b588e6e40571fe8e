"""The configuration service, on SQLite and on DynamoDB: the same code, the same evidence."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from affidavit import LedgerUnavailableError
from affidavit.plugin import Source
from affidavit.testing import Bench, MemoryStore, api_gateway_v1, make_runtime, run
from affidavit_dynamodb import clients
from affidavit_dynamodb.source import open_source as open_dynamodb
from affidavit_ledger.verify import verify_ledger
from affidavit_sqlite.source import open_source as open_sqlite
from cloud import CREDENTIALS, REGION, moto_server
from config_service import handler as service
from config_service.__main__ import main
from keyed_tables import keyed

NAME = "orders.retry-limit"
OPERATOR = {"claims": {"sub": "operator-7"}}


@dataclass(slots=True)
class Place:
    """A table with one setting, and how to look into it past the service."""

    source: Source
    stored: Callable[[], tuple[str, int]]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


def _on_sqlite(tmp_path: Path) -> Place:
    path = tmp_path / "settings.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("create table settings (name text primary key, value text, version integer)")
        made.execute("insert into settings values (?, '3', 1)", (NAME,))

    def stored() -> tuple[str, int]:
        with closing(sqlite3.connect(path)) as connection:
            found: tuple[str, int] = connection.execute(
                "select value, version from settings"
            ).fetchone()
            return found

    return Place(open_sqlite("settings", urlsplit(f"sqlite:///{path}?mode=rw")), stored)


def _on_dynamodb(endpoint: str) -> Place:
    table = f"t{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's name
    client: Any = boto3.client("dynamodb", endpoint_url=endpoint, region_name=REGION)
    client.create_table(
        TableName=table,
        **keyed(name="S"),
    )
    item = {"name": {"S": NAME}, "value": {"S": "3"}, "version": {"N": "1"}}
    client.put_item(TableName=table, Item=item)

    def stored() -> tuple[str, int]:
        found = client.get_item(TableName=table, Key={"name": {"S": NAME}})["Item"]
        return found["value"]["S"], int(found["version"]["N"])

    return Place(open_dynamodb("settings", urlsplit(f"dynamodb://{table}")), stored)


@pytest.fixture(params=["sqlite", "dynamodb"])
def place(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    _no_settings_from_outside: None,
) -> Iterator[Place]:
    """Each test runs on both."""
    if request.param == "sqlite":
        yield _on_sqlite(tmp_path)
        return
    endpoint = request.getfixturevalue("moto")
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    yield _on_dynamodb(endpoint)
    clients.client.cache_clear()


pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


def _read(bench: Bench, name: str = NAME) -> Any:
    event = api_gateway_v1(parameters={"name": name}, authorizer=OPERATOR)
    return run(service.read, event, bench)


def _change(bench: Bench, value: str, version: int, name: str = NAME) -> Any:
    event = api_gateway_v1(
        method="PUT",
        parameters={"name": name},
        body={"value": value, "version": version},
        authorizer=OPERATOR,
    )
    return run(service.change, event, bench)


def _bench(place: Place, **changes: Any) -> Bench:
    return make_runtime(policy="hipaa", sources=[place.source], **changes)


def test_a_setting_is_read(place: Place) -> None:
    """With the version that a change has to name."""
    answer = _read(_bench(place))

    assert {"name": NAME, "value": "3", "version": 1} == json.loads(answer["body"])
    assert 404 == _read(_bench(place), "nobody.knows")["statusCode"]


def test_a_change_leaves_what_was_and_what_is_as_tokens(place: Place) -> None:
    """Opening and closing record; the next change continues where this one ended."""
    bench = _bench(place)
    first, second = _change(bench, "5", 1), _change(bench, "9", 2)

    assert {"name": NAME, "value": "5", "version": 2} == json.loads(first["body"])
    assert 200 == second["statusCode"]
    assert ("9", 3) == place.stored()
    assert ["I", "O", "I", "O"] == [record.phase for record in bench.records]
    changes = [record.document["chg"] for record in bench.records if record.phase == "O"]
    assert [["value", "version"]] * 2 == [[one["f"] for one in told] for told in changes]
    (was, now), (was_then, now_then) = ((told[0]["o"], told[0]["n"]) for told in changes)
    assert now == was_then
    assert 3 == len({was, now, now_then})
    tokens = bench.runtime.tokens()
    salt = bench.runtime.subjects.of(NAME, timeout_s=5).salt
    assert tokens.token("value value", salt + repr("3")) == was


def test_no_value_is_in_a_record_or_a_line(place: Place) -> None:
    """Not even one that is too long to be a coincidence."""
    bench = _bench(place)
    _change(bench, "correct-horse-battery-staple", 1)
    _read(bench)
    told = json.dumps([record.document for record in bench.records]) + "".join(bench.lines)

    assert "correct-horse" not in told
    assert NAME not in told
    assert "operator-7" not in told
    ledger = bench.runtime.ledger
    assert verify_ledger(ledger.reader, ledger.keys, now_ms=0).clean


def test_whoever_read_an_earlier_version_changes_nothing(place: Place) -> None:
    """409, and the record says so."""
    bench = _bench(place)
    _change(bench, "5", 1)
    answer = _change(bench, "7", 1)

    assert 409 == answer["statusCode"]
    assert ("5", 2) == place.stored()
    assert ("deny", 409) == (bench.records[-1].status, bench.records[-1].code)
    assert "chg" not in bench.records[-1].document
    assert 404 == _change(bench, "7", 1, "nobody.knows")["statusCode"]


def test_of_many_who_change_at_once_one_wins_each_version(place: Place) -> None:
    """The lock is in the statement: both have read version 1 before either writes."""
    benches = [_bench(place) for _ in range(6)]
    barrier = threading.Barrier(len(benches))
    answers: list[int] = []

    def play(bench: Bench, value: str) -> None:
        barrier.wait()
        answers.append(_change(bench, value, 1)["statusCode"])

    threads = [
        threading.Thread(target=play, args=(bench, str(number)))
        for number, bench in enumerate(benches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [200, *[409] * 5] == sorted(answers)
    assert 2 == place.stored()[1]


def test_nothing_is_changed_before_the_opening_record_is_kept(place: Place) -> None:
    """A ledger that is down costs the change, not the evidence."""
    store = MemoryStore()

    def down(_: object) -> None:
        raise LedgerUnavailableError("down", why="planted", fix="Nothing")

    store.before = down
    answer = _change(_bench(place, store=store), "5", 1)

    assert 503 == answer["statusCode"]
    assert ("3", 1) == place.stored()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"value": "5"}, id="no version"),
        pytest.param({"value": "5", "version": 0}, id="no version that can be"),
        pytest.param({"value": 5, "version": 1}, id="no text"),
        pytest.param({"value": "5", "version": 1, "more": 1}, id="more than is asked"),
    ],
)
def test_what_does_not_fit_reaches_no_table(place: Place, body: dict[str, Any]) -> None:
    """400 with paths and types."""
    event = api_gateway_v1(method="PUT", parameters={"name": NAME}, body=body, authorizer=OPERATOR)
    answer: Any = run(service.change, event, _bench(place))

    assert 400 == answer["statusCode"]
    assert ("3", 1) == place.stored()


def test_it_can_be_tried_on_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m config_service`."""
    main()
    said = capsys.readouterr().out

    assert ["200", "200", "409"] == [
        line.split(": ")[1][:3] for line in said.splitlines() if not line.startswith("record")
    ]
    assert 6 == said.count("record ")
