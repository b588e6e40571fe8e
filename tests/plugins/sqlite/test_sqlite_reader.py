"""Reading a ledger's file: without writing, as anybody, and what is wrong with the file itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from affidavit import LedgerUnavailableError
from affidavit.plugin import Entry, Ledger, Token, WriterId
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.verify import Evidence, verify
from affidavit_sqlite.ledger import open_ledger
from affidavit_sqlite.sqlite_reader import reading
from affidavit_sqlite.subjects import SqliteSubjects

WRITER, AT, FUTURE = WriterId("w" * 22), "2026-01-23T12:00:00.000Z", 4_102_444_800
ACTOR, SUBJECT = Token("a" * 32), Token("b" * 32)
NOBODY = 65_534


def _entry(seq: int = 0) -> Entry:
    body = b'{"n":%d}' % seq
    return Entry(WRITER, seq, body, b"m" * 16, FUTURE, AT, ACTOR, SUBJECT)


def _ledger(file: Path) -> Ledger:
    return open_ledger(urlsplit(f"sqlite:///{file}"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with three records."""
    made = tmp_path / "ledger.db"
    _ledger(made).store.append([_entry(seq) for seq in range(3)], timeout_s=5)
    return made


@pytest.fixture
def raw(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection of the file's owner."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def test_an_untouched_file_has_no_damage(file: Path) -> None:
    """Its parts are those that the schema makes."""
    assert [] == list(_ledger(file).reader.damage())


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("drop index records_by_actor", "records_by_actor is not there"),
        ("drop trigger records_stay", "records_stay is not there"),
        (
            (
                "drop index records_by_actor;"
                "create index records_by_actor on records (actor, at) where actor is null"
            ),
            "records_by_actor is not as it was made",
        ),
        (
            "create trigger hush before insert on records begin select raise(ignore); end",
            "1 table(s), index(es), view(s) or trigger(s) are not the ledger's own",
        ),
    ],
)
def test_a_schema_that_was_changed_shows(
    sql: str, told: str, file: Path, raw: sqlite3.Connection
) -> None:
    """By name, if it is one of ours; whatever the names of others say is not repeated."""
    raw.executescript(sql)
    assert [told] == list(_ledger(file).reader.damage())


def test_rows_that_an_index_lost_show(file: Path, raw: sqlite3.Connection) -> None:
    """They change the answer of `who`, and no record."""
    raw.execute("pragma writable_schema = on")
    real = "create index records_by_actor   on records (actor, at)   where actor   is not null"
    # As its owner can: make the index anew so that it holds less than it says.
    raw.execute(
        "update sqlite_master set sql = replace(sql, 'not null', 'null') where name = ?",
        ("records_by_actor",),
    )
    raw.execute("pragma writable_schema = reset")
    raw.execute("reindex records_by_actor")
    raw.execute("pragma writable_schema = on")
    raw.execute(
        "update sqlite_master set sql = ? where name = ?",
        (real.replace("create", "CREATE").replace("index", "INDEX"), "records_by_actor"),
    )
    raw.close()
    ledger = _ledger(file)
    assert [] == list(ledger.reader.by_actor(ACTOR, "0", "9"))

    assert any("records_by_actor differs" in text for text in ledger.reader.damage())
    verdict = verify(Evidence(reader=ledger.reader), now_ms=0)
    assert FindingKind.STORE_DAMAGED in {found.kind for found in verdict.findings}


@pytest.mark.parametrize(
    "trigger",
    [
        "create trigger hush before insert on records begin select raise(ignore); end",
        (
            "drop trigger records_stay; create trigger hush after insert on records "
            "begin delete from records where seq = new.seq; end"
        ),
    ],
)
def test_a_row_that_is_swallowed_is_noticed(
    trigger: str, file: Path, raw: sqlite3.Connection
) -> None:
    """An append looks again at what it has added."""
    raw.executescript(trigger)
    with pytest.raises(LedgerUnavailableError, match="did not keep a record"):
        _ledger(file).store.append([_entry(3)], timeout_s=5)


def test_what_holds_keys_or_salts_is_its_owners_alone(file: Path) -> None:
    """The ledger, its log, its key file, the salts."""
    _ledger(file).keys.token_key  # noqa: B018 - opening makes nothing
    salts = file.with_name("salts.db")
    SqliteSubjects(salts).keep(SUBJECT, "salt", timeout_s=5)
    for made in file.parent.iterdir():
        assert 0 == stat.S_IMODE(made.stat().st_mode) & 0o077, made.name


def test_reading_salts_makes_no_file(tmp_path: Path) -> None:
    """Nor does it need the right to."""
    assert SqliteSubjects(tmp_path / "salts.db").read(SUBJECT) is None
    assert [] == list(tmp_path.iterdir())


_AS_NOBODY = """
import os, sys
from pathlib import Path
from affidavit_sqlite.sqlite_reader import reading
os.setuid(int(sys.argv[2]))
with reading(Path(sys.argv[1])) as connection:
    print(connection.execute("select count(*) from records").fetchone()[0])
"""


@pytest.fixture
def public(file: Path) -> Iterator[Path]:
    """The ledger in a folder of its own.

    pytest takes the rights of others from the folder above `tmp_path` whenever another
    run of it starts, even while a test reads there.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for path in file.parent.iterdir():
            shutil.copy(path, folder)
        yield folder / file.name


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="changes its user; run it as root"
)
@pytest.mark.parametrize("log", [False, True], ids=["whole", "part of it in the log"])
def test_anybody_reads_a_folder_that_nobody_may_write(log: bool, public: Path) -> None:
    """`who` and `verify` on a copy on read-only media."""
    with closing(sqlite3.connect(public, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        if log:
            connection.execute("pragma wal_autocheckpoint = 0")
            connection.execute(
                "insert into records select writer, 9, body, mac, expires_at, at,"
                "actor, subject from records where seq = 0"
            )
            for part in ("ledger.db", "ledger.db-wal"):
                copy = public.with_name(f"copy-{part}".replace("copy-ledger.db", "copy.db"))
                copy.write_bytes(public.with_name(part).read_bytes())
    name = "copy.db" if log else "ledger.db"
    target = public.with_name(name)
    target.chmod(0o444)
    for log_file in public.parent.glob("*-wal"):
        log_file.chmod(0o444)
    public.parent.chmod(0o755)
    before = sorted(path.name for path in public.parent.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(target), str(NOBODY)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (str(3 + log), "") == (done.stdout.strip(), done.stderr)
    assert before == sorted(path.name for path in public.parent.iterdir())


def test_reading_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    """It is an error of SQLite's own, which callers explain."""
    with pytest.raises(sqlite3.OperationalError), reading(tmp_path / "x.db"):
        pass
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "row",
    [
        "('{w}', 3, 'text', x'00', 5, 'at', null, null)",
        "('{w}', 'three', x'7b7d', x'00', 5, 'at', null, null)",
        "('{w}', 3, x'7b7d', null, 5, 'at', null, null)",
        "('{w}', -5, x'7b7d', x'00', 5, 'at', null, null)",
        "('{w}', 9223372036854775807, x'7b7d', x'00', 5, 'at', null, null)",
        "('{w}', 3, x'7b7d', x'00', 'x', 7, 5, 5)",
        "(x'ff00', 0, x'7b7d', x'00', 5, 'at', null, null)",
        "(cast(x'ff' as text), 0, x'7b7d', x'00', 5, 'at', null, null)",
        "(7, 0, x'7b7d', x'00', 5, 'at', null, null)",
        "('', 0, x'7b7d', x'00', 5, 'at', null, null)",
    ],
)
def test_one_bad_row_does_not_silence_the_verifier(
    row: str, file: Path, raw: sqlite3.Connection
) -> None:
    """Its owner makes the table anew without its checks; what it then holds is a finding."""
    raw.executescript(
        "create table other as select * from records; drop table records;"
        "create table records (writer, seq, body, mac, expires_at, at, actor, subject);"
        "insert into records select * from other; drop table other;"
    )
    raw.execute(f"insert into records values {row.format(w=WRITER)}")  # noqa: S608 - our own
    ledger = _ledger(file)
    told = list(ledger.reader.damage())

    assert any("do not have the form of a record" in text for text in told)
    verdict = verify(Evidence(reader=ledger.reader), now_ms=0)
    assert not verdict.clean
    assert verdict.records >= 3
    assert 4 > len(list(ledger.reader.by_actor(ACTOR, "0", "9")))
