"""Several ledgers as one, and what is spilled beside them: each part goes where it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerKeyError, SettingsError
from affidavit._records.local_keys import LocalKeys
from affidavit.plugin import Entry, Ledger, Spilled, SubjectSalt, Token, WriterId
from affidavit_ledger.replay import Replayed, replay_spilled
from affidavit_ledger.several import SeveralReaders, SeveralSpills, SeveralSubjects, as_one
from evidence_world import Table, World

A, B = WriterId("a" * 22), WriterId("b" * 22)
LATER = 1.5


def _entry(writer: WriterId, seq: int, at: str = "", mac: bytes = b"m") -> Entry:
    return Entry(writer, seq, b"%d" % seq, mac, 2**33, at or f"2026-01-23T12:00:{seq:02d}.000Z")


class Spill:
    """Keeps what it is given in a list."""

    name = "one"

    def __init__(self, waiting: int = 0) -> None:
        self.kept: list[tuple[Spilled, float]] = []
        self.waiting = waiting

    def keep(self, items: Sequence[Spilled], *, timeout_s: float) -> None:
        self.kept += [(item, timeout_s) for item in items]

    def waiting_count(self) -> int:
        return self.waiting


class Salts:
    """Keeps salts in a dictionary."""

    def __init__(self, **salts: str) -> None:
        self.salts: dict[str, str] = salts
        self.waited: list[float] = []

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        self.waited.append(timeout_s)
        return self.salts.setdefault(place, salt)

    def read(self, place: Token) -> str | None:
        return self.salts.get(place)

    def destroy(self, place: Token) -> bool:
        return self.salts.pop(place, None) is not None


class Damaged(Table):
    """A table that says what is wrong with it."""

    __slots__ = ()

    def damage(self) -> Iterator[str]:
        yield f"{self.name} is damaged"

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        yield from (e for e in self._found() if (since, until, actor) == ("s", "u", "who"))

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        yield from (e for e in self._found() if (since, until, subject) == ("s", "u", "whom"))

    def _found(self) -> list[Entry]:
        return sorted(self.items.values(), key=lambda entry: entry.at)


def _table(name: str, *entries: Entry) -> Damaged:
    table = Damaged(name)
    for entry in entries:
        table.put(entry)
    return table


def _ledger(table: Table, **more: Any) -> Ledger:
    return Ledger(store=table, keys=LocalKeys(b"k" * 32), reader=table, **more)


def test_one_ledger_is_itself_and_of_several_the_first_is_written_to() -> None:
    """Spills and salts are those of whoever has some; of nobody, none."""
    one, two = _ledger(_table("one")), _ledger(_table("two"))
    assert one is as_one([one])
    both = as_one([one, two])
    assert (one.store, None, None) == (both.store, both.spill, both.subjects)
    spilled = as_one([one, two._replace(spill=Spill(2), subjects=Salts())])
    assert (True, 2) == (
        isinstance(spilled.subjects, SeveralSubjects),
        spilled.spill.waiting_count(),
    )  # type: ignore[union-attr]


def test_rows_of_several_tables_are_read_in_order_and_each_once() -> None:
    """One chain may stand in two of them in part, and a copy may differ."""
    shared = [_entry(A, seq) for seq in (1, 2)]
    one = _table("one", _entry(A, 0), *shared, _entry(B, 5))
    two = _table("two", *shared, _entry(A, 3), _entry(A, 0, mac=b"other"))
    both = SeveralReaders([one, two])
    assert [A, B] == list(both.writers())
    assert [(0, b"m"), (0, b"other"), (1, b"m"), (2, b"m"), (3, b"m")] == [
        (entry.seq, entry.mac) for entry in both.entries(A)
    ]
    assert [2, 3] == [entry.seq for entry in both.entries(A, 2)]
    wanted = [(A, 0), (A, 0), (A, 1), (A, 2), (A, 3), (B, 5)]
    for found in (both.by_actor(Token("who"), "s", "u"), both.by_subject(Token("whom"), "s", "u")):
        assert wanted == [(entry.writer, entry.seq) for entry in found]
    assert ("", ["one is damaged", "two is damaged"]) == (both.stamp(), list(both.damage()))


@given(st.lists(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2))), min_size=1, max_size=3))
def test_what_stands_in_several_tables_is_found_once(tables: list[set[tuple[int, int]]]) -> None:
    """Also where many records are of one moment."""
    readers = [
        _table("t", *(_entry(A, 10 * at + n, f"2026-01-0{at + 1}") for at, n in rows))
        for rows in tables
    ]
    found = [entry.seq for entry in SeveralReaders(readers).by_actor(Token("who"), "s", "u")]
    wanted = {10 * at + n for rows in tables for at, n in rows}
    assert (sorted(wanted), len(wanted)) == (sorted(found), len(found))
    assert [seq // 10 for seq in found] == sorted(seq // 10 for seq in found)


def test_a_key_is_that_of_whichever_ledger_has_it() -> None:
    """New ones are the first's; those of tokens come in order, each once."""
    keys = [LocalKeys(letter * 32) for letter in (b"a", b"b", b"c")]
    ledgers = [_ledger(_table("t"))._replace(keys=one) for one in keys]
    all_keys = as_one(ledgers).keys
    for one in keys:
        made = one.new_chain_key(A)
        assert made[0] == all_keys.open_chain_key(A, made.wrapped)
    made = LocalKeys(b"x" * 32).new_chain_key(A)
    with pytest.raises(LedgerKeyError):
        all_keys.open_chain_key(A, made.wrapped)
    own = all_keys.new_chain_key(A)
    assert own[0] == keys[0].open_chain_key(A, own.wrapped)
    assert keys[0].token_key() == all_keys.token_key()
    former = [one.kid for one in all_keys.former_token_keys()]  # type: ignore[attr-defined]
    assert [one.token_key().kid for one in keys[1:]] == former


def test_salts_of_several_are_read_kept_and_destroyed_wherever_they_are() -> None:
    """A new one is the first's; what anybody has counts."""
    first, second = Salts(a="1", c="3"), Salts(b="2", c="4")
    both = SeveralSubjects([first, second])
    a, b, c, d = map(Token, "abcd")
    assert ["1", "2", "3", None] == [both.read(place) for place in (a, b, c, d)]
    assert ["2", "5"] == [both.keep(place, "5", timeout_s=LATER) for place in (b, d)]
    assert ({"a": "1", "c": "3", "d": "5"}, {"b": "2", "c": "4"}) == (first.salts, second.salts)
    assert ([LATER], []) == (first.waited, second.waited)
    assert [True, True, False] == [both.destroy(place) for place in (c, a, c)]
    assert ({"d": "5"}, {"b": "2"}) == (first.salts, second.salts)


def test_what_cannot_be_written_is_kept_beside_the_first() -> None:
    """And what waits is counted beside all."""
    first, second = Spill(1), Spill(2)
    both = SeveralSpills([first, second])
    both.keep([_entry(A, 1)], timeout_s=LATER)
    assert ([(_entry(A, 1), LATER)], []) == (first.kept, second.kept)
    assert ("several", 3) == (both.name, both.waiting_count())


def test_what_was_spilled_goes_where_it_belongs() -> None:
    """Records into the table, salts into their store; without a store nothing is let go."""
    world = World(3)
    salt = SubjectSalt(Token("l" * 32), "s" * 32, "2026-01-23T12:00:00.000Z")
    entry = _entry(A, 0)
    ledger = _ledger(world.table, subjects=Salts())
    assert Replayed(1, 1, 0) == replay_spilled(ledger, [entry, salt], timeout_s=5)
    assert [entry] == list(world.table.items.values())
    assert {salt.salt} == set(ledger.subjects.salts.values())  # type: ignore[union-attr]
    with pytest.raises(SettingsError, match="a spilled salt cannot be replayed"):
        replay_spilled(ledger._replace(subjects=None), [salt], timeout_s=5)
