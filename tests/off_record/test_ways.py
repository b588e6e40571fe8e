"""Each way of reading past the sources is seen, rightly named and refused, or a known miss.

`make off-record` runs all of them with the real libraries; elsewhere those run whose library is
installed.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affidavit import AffidavitError, audited
from affidavit._policy.words import OffRecord
from affidavit.testing import make_runtime, run
from off_record.servers import serving
from off_record.ways import MISSES, WAYS, Ports, Way
from off_record_parts import holding, off

PLACES = ("localhost", "127.0.0.1")

NOT_REFUSED = {
    "sqlite3 made before": "SQLite swallows what its callback raises",
    "sqlalchemy engine kept": "as above",
}
"""Seen and named, and not refused. docs/evidence.md says so too."""

BESIDES = {
    "mysql connector in python": ("process", "subprocess"),  # it asks a program which system it is
    "pika queue": ("net", "127.0.0.1"),  # it wakes itself through a socket
    "s3 transfer in its own threads": ("aws", "s3.GetObject"),
    "oracledb async": ("net", "localhost"),  # what it returns connects when it is awaited
}
"""What one way does that is two accesses."""

TABLE: list[tuple[str, bool, bool, bool]] = []


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with serving() as found:
        yield found


def _needs(way: Way) -> None:
    for library in filter(None, way.library.split(",")):
        try:
            there = importlib.util.find_spec(library) is not None
        except ModuleNotFoundError:
            there = False
        if not there:
            pytest.skip(f"needs {library}: run `make off-record`")


def _on_record(act: Any, mode: OffRecord, **lists: Any) -> Any:
    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        act()
        return {}

    bench = make_runtime(policy=holding(mode, **lists))
    try:
        run(handler, {"who": "jane"}, bench)
    except AffidavitError:
        pass
    return off(bench.records[-1])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_way_is_seen_named_and_refused(way: Way, ports: Ports, tmp_path: Path) -> None:
    """With the kind and the name that stand beside it, and nothing else."""
    _needs(way)
    folder = tmp_path / "recorded"
    folder.mkdir()
    seen = _on_record(way.ready(ports, folder), OffRecord.RECORD, hosts=PLACES)
    folder = tmp_path / "refused"
    folder.mkdir()
    refused = _on_record(way.ready(ports, folder), OffRecord.REFUSE)

    besides = BESIDES.get(way.name)
    others = {(kind, name) for kind, name, _ in seen if (kind, name) != besides}
    named = others == {(way.kind, way.says)}
    was_refused = any(decision == "refused" for _, _, decision in refused)
    TABLE.append((way.name, bool(seen), named, was_refused))
    assert {(way.kind, way.says)} == others
    assert (way.name not in NOT_REFUSED) == was_refused, refused


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", MISSES, ids=lambda way: way.name)
def test_what_is_not_seen_is_known(way: Way, ports: Ports, tmp_path: Path) -> None:
    """Should one be seen some day, docs/evidence.md is to say so."""
    _needs(way)

    assert [] == _on_record(way.ready(ports, tmp_path), OffRecord.RECORD)


@pytest.mark.parametrize("name", ["psycopg2.extensions", "sqlite3", "pymssql._pymssql"])
def test_types_of_c_take_no_observer(name: str) -> None:
    """So a connection of theirs that was kept is seen when it is opened only, or by a callback."""
    _needs(Way(name, name.partition(".")[0], lambda _, __: int, "", ""))
    module = importlib.import_module(name)
    kind = getattr(module, "connection", None) or module.Connection

    with pytest.raises(TypeError):
        kind.cursor = kind.cursor


def test_there_are_sixty_ways() -> None:
    """Enough to be a collection; each name once."""
    assert 60 <= len(WAYS) == len({way.name for way in WAYS})


@pytest.fixture(scope="module", autouse=True)
def _told() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        # Clients that were never closed are no business of the tests that follow.
        warnings.simplefilter("ignore")
        gc.collect()
    if os.environ.get("AFFIDAVIT_OFF_RECORD_TABLE"):
        print("\n\n| way | seen | named | refused |\n|---|---|---|---|")
        for name, *marks in TABLE:
            print(f"| {name} | " + " | ".join("yes" if mark else "no" for mark in marks) + " |")
        counts = (str(sum(row[at] for row in TABLE)) for at in (1, 2, 3))
        print(f"| of {len(TABLE)} | " + " | ".join(counts) + " |")
