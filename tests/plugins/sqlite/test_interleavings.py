"""One connection, two threads: an append is whole, whenever another one comes."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from affidavit.plugin import Entry, WriterId
from affidavit_sqlite import ledger
from affidavit_sqlite.ledger import SqliteStore, open_ledger
from interleavings import force_each

AT = "2026-01-23T12:00:00.000Z"


def test_two_appends_through_one_connection(tmp_path: Path) -> None:
    """Both are there, whole."""
    number = count()
    writers = [WriterId(letter * 22) for letter in "ab"]

    def made() -> SqliteStore:
        opened = open_ledger(urlsplit(f"sqlite:///{tmp_path}/{next(number)}.db"))
        assert isinstance(opened.store, SqliteStore)
        return opened.store

    def append(store: SqliteStore, writer: WriterId) -> None:
        entry = Entry(writer, 0, b"{}", b"m" * 16, 4_102_444_800, AT, None, None)
        store.append([entry], timeout_s=10)

    def check(store: SqliteStore) -> None:
        rows = store._connect(0).execute("select count(*) from records").fetchone()
        assert rows in {(2,), (1,)}  # once the second act has no line to stand before

    lines = force_each(
        ledger, made, lambda s: append(s, writers[0]), lambda s: append(s, writers[1]), check
    )

    assert lines > 20
