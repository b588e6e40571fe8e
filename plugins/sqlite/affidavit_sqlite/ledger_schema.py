"""The table of a ledger in SQLite, and what in a file is not as it was made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

SCHEMA: Final = """
begin immediate;
create table if not exists records (
    writer     text    not null,
    seq        integer not null check (typeof(seq) = 'integer' and seq >= 0),
    body       blob    not null check (typeof(body) = 'blob'),
    mac        blob    not null check (typeof(mac) = 'blob'),
    expires_at integer not null check (typeof(expires_at) = 'integer'),
    at         text    not null,
    actor      text,
    subject    text,
    primary key (writer, seq)
) without rowid;
create index if not exists records_by_actor   on records (actor, at)   where actor   is not null;
create index if not exists records_by_subject on records (subject, at) where subject is not null;
create trigger if not exists records_never_change before update on records
begin select raise(abort, 'records are never changed'); end;
create trigger if not exists records_stay before delete on records
when old.expires_at > cast(strftime('%s', 'now') as integer)
begin select raise(abort, 'records stay until they expire'); end;
create trigger if not exists records_are_not_replaced before insert on records
when exists (select 1 from records where writer = new.writer and seq = new.seq)
begin select raise(abort, 'a record stands here already'); end;
commit;
"""

LAST_MADE: Final = "records_are_not_replaced"
"""What the schema makes last: where it stands, everything stands."""

_STRANGE: Final = """
select count(*) from records where typeof(writer) <> 'text' or typeof(seq) <> 'integer' or seq < 0
    or seq > 9007199254740991
    or typeof(body) <> 'blob' or typeof(mac) <> 'blob' or typeof(expires_at) <> 'integer'
    or typeof(at) <> 'text' or length(cast(writer as blob)) <> 22
    or writer glob '*[^A-Za-z0-9_-]*'
"""


def damage_of(connection: sqlite3.Connection) -> Iterator[str]:
    """Say what is wrong with a ledger's file itself: its schema, its pages, its indexes.

    An index that has lost a row changes the answer of `who` and no record. The
    sentences hold names of the ledger's own parts and nothing else.
    """
    expected, found = _parts_of_a_new_one(), _parts(connection)
    for name in sorted(expected.keys() - found.keys()):
        yield f"{name} is not there"
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            yield f"{name} is not as it was made"
    if foreign := len(found.keys() - expected.keys()):
        yield f"{foreign} table(s), index(es), view(s) or trigger(s) are not the ledger's own"
    with suppress(sqlite3.OperationalError):  # a table of another form has been named above
        (strange,) = connection.execute(_STRANGE).fetchone()
        if strange:
            yield f"{strange} row(s) do not have the form of a record"
    wrong = [text for (text,) in connection.execute("pragma integrity_check") if text != "ok"]
    for name in sorted(expected):
        if told := sum(f"index {name}" in text for text in wrong):
            yield f"{name} differs from the records in {told} place(s)"
    if other := sum(not any(f"index {name}" in text for name in expected) for text in wrong):
        yield f"SQLite's own check finds {other} fault(s)"


def _parts(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("select name, sql from sqlite_master where name not like 'sqlite_%'")
    return {str(name): str(sql) for name, sql in rows}


def _parts_of_a_new_one() -> dict[str, str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        return _parts(connection)
