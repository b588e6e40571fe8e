"""The ledger's contract on a second implementation of DynamoDB. `make dynalite` installs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import boto3
import pytest

from affidavit import LedgerConflictError
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.runtime import open_ledger
from affidavit._runtime.settings import read_settings
from affidavit.plugin import Entry, Ledger, WriterId
from affidavit.testing import check_ledger
from affidavit_dynamodb import clients
from affidavit_ledger.verify import verify_ledger
from affidavit_ledger.who import BEGINNING, END
from cloud import Cloud, make_tables
from dynalite import PROGRAM, dynalite_server
from evidence_world import World

AT = "2026-01-23T12:00:00.000Z"

pytestmark = pytest.mark.skipif(
    not (PROGRAM.exists() and shutil.which("node")),
    reason="dynalite is not installed; with Node.js: make dynalite",
)


@pytest.fixture(scope="module")
def dynalite() -> Iterator[str]:
    """One server for this file."""
    with dynalite_server() as url:
        yield url


@pytest.fixture
def opened(
    cloud: Cloud, dynalite: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Ledger]]:
    """Tables in dynalite; keys and queues stay where they are."""
    client = boto3.client("dynamodb", endpoint_url=dynalite, region_name="eu-west-1")
    make_tables(client, cloud.table, cloud.subjects)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynalite)
    clients.client.cache_clear()
    url = f"{cloud.environ['AFFIDAVIT_LEDGER']}&subjects={cloud.subjects}"
    settings = read_settings({**cloud.environ, "AFFIDAVIT_LEDGER": url})
    yield lambda: open_ledger(settings, load_plugins(["dynamodb"]))
    client.close()


def _entry(seq: int = 0, body: bytes = b"{}") -> Entry:
    return Entry(WriterId("w" * 22), seq, body, bytes(16), 2**33, AT)


def test_it_keeps_the_contract(opened: Callable[[], Ledger]) -> None:
    """The same one as everywhere."""
    check_ledger(opened)


def test_an_identical_retry_is_no_fork(opened: Callable[[], Ledger]) -> None:
    """Also where the store does not bring the old item back: then it is asked for."""
    ledger = opened()
    ledger.store.append([_entry()], timeout_s=5)
    ledger.store.append([_entry()], timeout_s=5)
    ledger.store.append([_entry(1), _entry(2)], timeout_s=5)
    ledger.store.append([_entry(1), _entry(2)], timeout_s=5)

    assert [_entry(0), _entry(1), _entry(2)] == list(ledger.reader.entries(_entry().writer))


def test_other_bytes_are_a_conflict_and_nothing_is_written(opened: Callable[[], Ledger]) -> None:
    """Alone, and in a transaction."""
    ledger = opened()
    ledger.store.append([_entry()], timeout_s=5)
    with pytest.raises(LedgerConflictError):
        ledger.store.append([_entry(body=b"[]")], timeout_s=5)
    with pytest.raises(LedgerConflictError):
        ledger.store.append([_entry(1), _entry(body=b"[]")], timeout_s=5)

    assert [_entry()] == list(ledger.reader.entries(_entry().writer))


def test_chains_longer_than_a_page_are_read_whole_and_in_order(
    opened: Callable[[], Ledger],
) -> None:
    """A page holds a mebibyte; numbers are numbers, 10 comes after 9."""
    ledger = opened()
    for seq in range(12):
        ledger.store.append([_entry(seq, b"x" * 200_000)], timeout_s=5)

    assert list(range(12)) == [entry.seq for entry in ledger.reader.entries(_entry().writer)]
    assert [_entry().writer] == list(ledger.reader.writers())
    assert [10, 11] == [entry.seq for entry in ledger.reader.entries(_entry().writer, 10)]


def test_records_verify_and_are_found(opened: Callable[[], Ledger]) -> None:
    """Written by a chain, read back by key, by actor and by subject."""
    ledger = opened()
    world = World(3)
    world.ledger = ledger
    chain = world.writer("w0")
    for _ in range(5):
        world.now_ms += 1000
        world.emit(chain)
    verdict = verify_ledger(ledger.reader, ledger.keys, now_ms=world.now_ms)
    (entries,) = [list(ledger.reader.entries(writer)) for writer in ledger.reader.writers()]
    actor = entries[-1].actor
    found = list(ledger.reader.by_actor(actor, BEGINNING, END))

    assert (True, 6) == (verdict.clean, verdict.records), "the chain's first record, and five"
    assert entries[-1] in found
    assert {actor} == {entry.actor for entry in found}
    assert entries[-1] in list(ledger.reader.by_subject(entries[-1].subject, BEGINNING, END))
