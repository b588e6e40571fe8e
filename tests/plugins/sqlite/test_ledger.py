"""The ledger in one SQLite file: kept, never changed, shared by processes, honest about faults."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from affidavit import LedgerConflictError, LedgerKeyError, LedgerUnavailableError, SettingsError
from affidavit._records.record import Record
from affidavit.plugin import Entry, Ledger, Token, WriterId
from affidavit.testing import check_ledger
from affidavit_ledger.verify import verify_ledger
from affidavit_sqlite import connection
from affidavit_sqlite import ledger as ledger_module
from affidavit_sqlite.ledger import SqliteStore, open_ledger

WRITER = WriterId("w" * 22)
AT = "2026-01-23T12:00:00.000Z"
ACTOR = Token("a" * 32)
FUTURE, PAST = 4_102_444_800, 1_000_000_000
TIMEOUT_S = 10.0


def _open(file: Path, parameters: str = "") -> Ledger:
    return open_ledger(urlsplit(f"sqlite:///{quote(str(file))}{parameters}"))


def _entry(seq: int = 0, body: bytes = b"{}", *, expires_at: int = FUTURE) -> Entry:
    return Entry(WRITER, seq, body, b"m" * 16, expires_at, AT, ACTOR, None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a ledger may be made."""
    return tmp_path / "ledger.db"


@pytest.fixture
def raw(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else to a ledger with one record."""
    _open(file).store.append([_entry()], timeout_s=TIMEOUT_S)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def test_it_keeps_the_contract_of_ledgers(file: Path) -> None:
    """The promises that the kernel relies on."""
    check_ledger(lambda: _open(file))


@pytest.mark.filterwarnings("error")
def test_a_ledger_that_nobody_holds_any_more_is_closed(file: Path) -> None:
    """From Python 3.13 on a connection that is left open warns, also one in a circle of objects."""
    store = _open(file).store
    assert isinstance(store, SqliteStore)
    store.append([_entry()], timeout_s=TIMEOUT_S)
    connection = store._connection
    assert connection is not None
    type(connection).__del__(connection)  # type: ignore[attr-defined]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("select 1")
    other = _open(file).store
    other.append([_entry(1)], timeout_s=TIMEOUT_S)
    circle: list[object] = [other]
    circle.append(circle)
    del other, circle
    gc.collect()


@pytest.mark.filterwarnings("error")
def test_a_connection_closes_itself_when_modules_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a process names of modules are None; nobody reads of it in a terminal."""
    left = connection.connect("file::memory:")
    for name in ("contextlib", "sqlite3"):
        monkeypatch.setattr(connection, name, None)
    del left
    gc.collect()


def test_opening_touches_nothing(file: Path) -> None:
    """The first append connects."""
    _open(file)

    assert [] == list(file.parent.iterdir())


def test_a_deployed_function_has_no_local_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file would be gone with the execution environment."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "prices")
    with pytest.raises(SettingsError, match="cannot keep its ledger in a local file"):
        _open(Path("x.db"))


def test_what_was_acknowledged_survives_a_power_cut(file: Path) -> None:
    """A write-ahead log that is synced on every commit."""
    store = _open(file).store
    assert isinstance(store, SqliteStore)
    store.append([_entry()], timeout_s=TIMEOUT_S)
    connection = store._connection
    assert connection is not None

    assert ("wal",) == connection.execute("pragma journal_mode").fetchone()
    assert (2,) == connection.execute("pragma synchronous").fetchone()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("update records set body = x'00'", id="update"),
        pytest.param("update or replace records set seq = 7", id="update or replace"),
        pytest.param("update records set expires_at = 1", id="make it expire"),
        pytest.param("delete from records", id="delete all"),
        pytest.param("delete from records where seq = 0", id="delete one"),
        pytest.param(
            "insert or replace into records select * from records", id="insert or replace"
        ),
        pytest.param("replace into records select * from records", id="replace"),
        pytest.param("insert or ignore into records select * from records", id="insert or ignore"),
        pytest.param("insert into records select * from records", id="insert again"),
        pytest.param(
            "insert into records select * from records where 1 on conflict do update "
            "set body = x'00'",
            id="upsert",
        ),
    ],
)
def test_a_record_is_never_changed_or_removed(raw: sqlite3.Connection, statement: str) -> None:
    """Triggers stop an accident and a careless colleague."""
    before = raw.execute("select * from records").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="record"):
        raw.execute(statement)

    assert before == raw.execute("select * from records").fetchall()


def test_a_record_that_has_expired_may_be_removed(file: Path) -> None:
    """Age is the only reason."""
    _open(file).store.append(
        [_entry(0, expires_at=PAST), _entry(1, expires_at=FUTURE)], timeout_s=TIMEOUT_S
    )
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("delete from records where seq = 0")
        assert [(1,)] == connection.execute("select seq from records").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="stay until they expire"):
            connection.execute("delete from records")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("seq", "one"),
        ("seq", -1),
        ("seq", 1.5),
        ("body", "text"),
        ("mac", "text"),
        ("expires_at", "soon"),
        ("writer", None),
        ("at", None),
    ],
)
def test_a_row_that_is_no_record_is_refused(
    raw: sqlite3.Connection, column: str, value: object
) -> None:
    """By the table's own checks, for whoever writes past us."""
    row = dict(zip(Entry._fields, _entry(1), strict=True)) | {column: value}
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("insert into records values (?, ?, ?, ?, ?, ?, ?, ?)", tuple(row.values()))


def test_the_same_record_twice_is_one(file: Path) -> None:
    """An acknowledgement may have been lost; another MAC is another record."""
    store = _open(file).store
    for _ in range(2):
        store.append([_entry(0), _entry(1)], timeout_s=TIMEOUT_S)
    with pytest.raises(LedgerConflictError):
        store.append([_entry(0)._replace(mac=b"x" * 16)], timeout_s=TIMEOUT_S)
    with pytest.raises(LedgerConflictError):
        store.append([_entry(2), _entry(1, b"other")], timeout_s=TIMEOUT_S)

    assert [_entry(0), _entry(1)] == list(_open(file).reader.entries(WRITER))


def _missing_folder(file: Path) -> Path:
    return file.parent / "nosuch" / "ledger.db"


def _pipe(file: Path) -> Path:
    os.mkfifo(file)
    return file


def _directory(file: Path) -> Path:
    file.mkdir()
    return file


def _below_a_file(file: Path) -> Path:
    file.write_text("")
    return file / "ledger.db"


def _no_database(file: Path) -> Path:
    file.write_bytes(b"this is not a database, and long enough to be looked at" * 20)
    return file


def _damaged(file: Path) -> Path:
    _open(file).store.append([_entry(n, b"x" * 500) for n in range(100)], timeout_s=TIMEOUT_S)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    content = bytearray(file.read_bytes())
    content[4096 + 8 : 4096 * 8] = b"\xff" * (4096 * 7 - 8)
    file.write_bytes(content)
    return file


def _log_is_a_folder(file: Path) -> Path:
    file.with_name(file.name + "-wal").mkdir()
    return file


FAULTS = [
    pytest.param(_missing_folder, "the file cannot be opened", id="no such folder"),
    pytest.param(_directory, "what stands there is no ordinary file", id="a folder in its place"),
    pytest.param(_pipe, "what stands there is no ordinary file", id="a pipe in its place"),
    pytest.param(_below_a_file, "the file cannot be opened", id="below a file"),
    pytest.param(_no_database, "the file is not a SQLite database", id="not a database"),
    pytest.param(_damaged, "the file is damaged", id="damaged"),
]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        *FAULTS,
        pytest.param(_log_is_a_folder, "the (disk reports an error|file cannot be)", id="no log"),
    ],
)
def test_a_fault_is_named_when_writing(file: Path, spoil: Callable[[Path], Path], why: str) -> None:
    """What it means and what to do; not what SQLite says, which may quote data."""
    path = spoil(file)
    with pytest.raises(LedgerUnavailableError, match=f"cannot be written: {why}"):
        _open(path).store.append(
            [_entry(n, b"y" * 500) for n in range(100, 200)], timeout_s=TIMEOUT_S
        )


@pytest.mark.parametrize(("spoil", "why"), FAULTS)
def test_a_fault_is_named_when_reading(file: Path, spoil: Callable[[Path], Path], why: str) -> None:
    """Likewise, and a reader never makes a file."""
    path = spoil(file)
    reader = _open(path).reader
    with pytest.raises(LedgerUnavailableError, match=f"cannot be read: {why}"):
        list(reader.entries(WRITER))
    for search in (reader.by_actor, reader.by_subject):
        with pytest.raises(LedgerUnavailableError, match="cannot be read"):
            list(search(ACTOR, "", "~"))


def test_a_ledger_that_is_not_there_is_not_made_by_asking(file: Path) -> None:
    """A mistyped path must not look like a ledger without records."""
    with pytest.raises(LedgerUnavailableError, match="its file does not exist"):
        list(_open(file).reader.writers())

    assert not file.exists()


def test_a_database_of_somebody_else_is_no_ledger(file: Path) -> None:
    """It has no table of records."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table other (a)")
    with pytest.raises(LedgerUnavailableError, match="SQLite reports SQLITE_ERROR"):
        list(_open(file).reader.writers())


def test_a_full_disk_is_named_and_leaves_nothing_half_done(file: Path) -> None:
    """SQLite ends the transaction by itself; afterwards the store works again."""
    store = _open(file).store
    assert isinstance(store, SqliteStore)
    store.append([_entry(0)], timeout_s=TIMEOUT_S)
    connection = store._connection
    assert connection is not None
    (pages,) = connection.execute("pragma page_count").fetchone()
    connection.execute(f"pragma max_page_count = {pages + 2}")
    large = [_entry(n, b"x" * 4000) for n in range(1, 20)]
    with pytest.raises(LedgerUnavailableError, match="the disk is full. Free some space"):
        store.append(large, timeout_s=TIMEOUT_S)

    assert [_entry(0)] == list(_open(file).reader.entries(WRITER))
    connection.execute("pragma max_page_count = 100000")
    store.append(large, timeout_s=TIMEOUT_S)
    assert 20 == len(list(_open(file).reader.entries(WRITER)))


def test_no_time_is_not_taken_for_a_lock(file: Path) -> None:
    """Whoever reads that another process holds the file would look for one."""
    with pytest.raises(LedgerUnavailableError, match="was given no time"):
        _open(file).store.append([_entry()], timeout_s=0.0)


def test_a_read_only_file_is_named(file: Path) -> None:
    """As a mounted snapshot would be."""
    store = _open(file).store
    assert isinstance(store, SqliteStore)
    store.append([_entry(0)], timeout_s=TIMEOUT_S)
    assert store._connection is not None
    store._connection.execute("pragma query_only = on")
    with pytest.raises(LedgerUnavailableError, match="the file or its folder is read-only"):
        store.append([_entry(1)], timeout_s=TIMEOUT_S)


@pytest.mark.parametrize("parameters", ["", "?timeout_ms=50"])
def test_a_locked_file_is_waited_for_as_long_as_there_is_time(
    raw: sqlite3.Connection, file: Path, parameters: str
) -> None:
    """The shorter of the two limits counts; afterwards it goes on."""
    store = _open(file, parameters).store
    raw.execute("begin immediate")
    started = time.monotonic()
    with pytest.raises(LedgerUnavailableError, match="another process holds the file locked"):
        store.append([_entry(1)], timeout_s=10 if parameters else 0.05)
    assert 0.04 < time.monotonic() - started < 5
    raw.execute("rollback")
    store.append([_entry(1)], timeout_s=TIMEOUT_S)

    assert 2 == len(list(_open(file).reader.entries(WRITER)))


def test_reading_does_not_wait_for_writers(raw: sqlite3.Connection, file: Path) -> None:
    """An auditor looks while functions write."""
    raw.execute("begin immediate")

    assert [_entry()] == list(_open(file).reader.entries(WRITER))


@pytest.mark.parametrize(
    ("column", "value"),
    [("body", "'text'"), ("mac", "null"), ("seq", "'one'"), ("expires_at", "1.5"), ("actor", "7")],
)
def test_a_table_that_was_made_anew_is_noticed(file: Path, column: str, value: str) -> None:
    """Whoever drops the table's checks must not stop the verifier with a surprise."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"create table records ({', '.join(Entry._fields)})")
        good = dict.fromkeys(Entry._fields, "'x'") | {
            "seq": "0",
            "body": "x'00'",
            "mac": "x'00'",
            "expires_at": "1",
        }
        row = good | {column: value}
        values = ", ".join(row.values())
        connection.execute(f"insert into records values ({values})")  # noqa: S608 - ours
    assert not verify_ledger(_open(file).reader, None, now_ms=0).clean


def test_a_path_may_hold_anything(tmp_path: Path) -> None:
    """Spaces, question marks, hashes, percent signs and other alphabets."""
    folder = tmp_path / "a b?c#d%41é"
    folder.mkdir()
    file = folder / "ledger %20#1?.db"
    _open(file).store.append([_entry()], timeout_s=TIMEOUT_S)

    assert file.is_file()
    assert [_entry()] == list(_open(file).reader.entries(WRITER))


def test_a_ledger_without_its_key_cannot_go_on(file: Path) -> None:
    """A new key would leave every earlier record impossible to check."""
    ledger = _open(file)
    ledger.store.append([_entry()], timeout_s=TIMEOUT_S)
    with pytest.raises(LedgerKeyError, match=r"ledger\.db\.key cannot be used: it is missing"):
        ledger.keys.new_chain_key(WRITER)
    with pytest.raises(LedgerKeyError, match="it is missing"):
        ledger.keys.token_key()


def test_verifying_makes_no_key(file: Path) -> None:
    """A question changes nothing."""
    with pytest.raises(LedgerKeyError, match="it is missing"):
        _open(file).keys.open_chain_key(WRITER, "local1.x")

    assert [] == list(file.parent.iterdir())


_FORKING = """
import os, sys
from pathlib import Path
from urllib.parse import urlsplit
from affidavit.plugin import Entry
from affidavit_sqlite.ledger import open_ledger

ledger = open_ledger(urlsplit(f"sqlite:///{sys.argv[1]}"))

def append(seq):
    entry = Entry("w", seq, b"{}", b"m", 4102444800, "2026", None, None)
    ledger.store.append([entry], timeout_s=10)

append(0)
pid = os.fork()
append(1 if pid else 2)
if not pid:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
append(3)
print([entry.seq for entry in ledger.reader.entries("w")])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
def test_a_forked_process_opens_the_file_anew(file: Path) -> None:
    """SQLite's manual, How To Corrupt, section 2.6: no connection crosses a fork."""
    done = subprocess.run(
        [sys.executable, "-c", _FORKING, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "[0, 1, 2, 3]\n" == done.stdout, done.stderr


def test_a_connection_of_a_parent_is_kept_and_not_used(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed in a child, it would take away the parent's locks."""
    store = _open(file).store
    assert isinstance(store, SqliteStore)
    store.append([_entry()], timeout_s=10)
    first = store._connection
    assert first is not None
    before = [*ledger_module._inherited]
    with monkeypatch.context() as child:
        child.setattr(ledger_module.os, "getpid", lambda: -1)
        store.append([_entry(1)], timeout_s=10)
        store.append([_entry(2)], timeout_s=10)
        assert [*before, first] == ledger_module._inherited
        assert first is not store._connection
        assert (1,) == first.execute("select 1").fetchone()
        store.close()
    ledger_module._inherited.remove(first)
    first.close()


_HELD = """
import gc, sys
from urllib.parse import urlsplit
from affidavit.plugin import Entry
from affidavit_sqlite.ledger import open_ledger

store = open_ledger(urlsplit(f"sqlite:///{sys.argv[1]}")).store

def append(seq):
    store.append([Entry("w", seq, b"{}", b"m", 4102444800, "2026", None, None)], timeout_s=10)

append(0)
store.close()
append(1)
held = [store]
held.append(held)
del store
gc.freeze()
"""


_LEAVING = """
import os, signal, sys
from urllib.parse import urlsplit
from affidavit.plugin import Entry
from affidavit_sqlite.ledger import open_ledger

store = open_ledger(urlsplit(f"sqlite:///{sys.argv[1]}")).store
store.append([Entry("w", 0, b"{}", b"m", 4102444800, "2026", None, None)], timeout_s=10)
store._lock.acquire()  # as a thread that appends while another forks
pid = os.fork()
if not pid:
    signal.alarm(20)
    sys.exit(0)
store._lock.release()
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
def test_a_forked_process_ends_though_a_thread_held_the_ledger(file: Path) -> None:
    """The lock is held in the child for ever; the connection is its parent's to close."""
    done = subprocess.run(
        [sys.executable, "-c", _LEAVING, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "0\n" == done.stdout, done.stderr


def test_the_file_is_whole_when_a_process_has_ended(file: Path) -> None:
    """Whoever copies it has every record, though something held the ledger to the very end."""
    done = subprocess.run(
        [sys.executable, "-c", _HELD, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert not list(file.parent.glob("*-wal"))
    assert [0, 1] == [entry.seq for entry in _open(file).reader.entries(WriterId("w"))]


PROCESSES, EACH = 8, 25


def test_two_hundred_invocations_at_once_lose_nothing(tmp_path: Path) -> None:
    """One user, eight processes, one millisecond, one file: every record is there.

    A ledger whose key is user and time would keep the last of those that collide.
    """
    program = Path(__file__).with_name("many_writers.py")
    started = [
        subprocess.Popen(
            [sys.executable, program, str(tmp_path), str(EACH)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    (tmp_path / "go").touch()
    told = [process.communicate(timeout=60) for process in started]
    ledger = _open(tmp_path / "ledger.db")
    verdict = verify_ledger(ledger.reader, ledger.keys, now_ms=1_769_170_000_000)
    records = [
        Record.parse(entry.body)
        for writer in ledger.reader.writers()
        for entry in ledger.reader.entries(writer)
    ]
    closing = [record for record in records if record.phase == "O"]

    assert [('{"200": 25}\n', "")] * PROCESSES == told
    assert verdict.clean, verdict.findings
    assert [] == verdict.findings
    assert (PROCESSES, PROCESSES * (1 + 2 * EACH)) == (verdict.chains, verdict.records)
    assert PROCESSES * EACH == len({record.attempt for record in closing})
    assert 1 == len({record.actor for record in closing})
    assert 1 == len({record.at for record in records})
    assert sorted(verdict.heads) == list(ledger.reader.writers())


def test_expired_rows_that_are_sealed_go_and_others_stay(tmp_path: Path) -> None:
    """By the caller's clock and by the file's own, and only below the seq that is sealed."""
    ledger = open_ledger(urlsplit(f"sqlite:///{tmp_path / 'l.db'}"))
    store = ledger.store
    assert isinstance(store, SqliteStore)
    writer = WriterId("w" * 22)
    rows = [
        Entry(writer, seq, b"{}", b"m" * 16, expires_at, "2020-01-01T00:00:00.000Z")
        for seq, expires_at in enumerate((1000, 2000, 2**40, 1000))
    ]
    store.append(rows, timeout_s=5)
    assert 1 == store.remove_expired(1500, writer, 3)
    assert 0 == store.remove_expired(1500, WriterId("x" * 22), 3)
    assert 1 == store.remove_expired(2**41, writer, 3)
    assert [2, 3] == [entry.seq for entry in ledger.reader.entries(writer)]
