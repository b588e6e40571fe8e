"""The contract checks: our stand-ins pass, and every broken promise is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from affidavit import Query, Row, Scalar, StatementError, UnauditedAccessError
from affidavit.plugin import ChainKey, Entry, Ledger, Permit, TokenKey
from affidavit.testing import (
    MemorySource,
    MemoryStore,
    check_ledger,
    check_source,
    memory_ledger,
)

FIND = Query(name="find", sql="select id, note from t where id = :id", binds=frozenset({"id"}))
ROWS = [{"id": "A1", "note": "first"}]


def _by_id(binds: Mapping[str, Scalar]) -> list[Row]:
    return [row for row in ROWS if row["id"] == binds["id"]]


def _check(source: Any) -> None:
    check_source(source, query=FIND, binds={"id": "A1"}, rows=ROWS, hostile_bind="id")


def test_the_stand_ins_keep_the_contracts() -> None:
    """What tests rely on behaves as what functions rely on."""
    ledger = memory_ledger()
    check_ledger(lambda: ledger)
    _check(MemorySource("memory", {"find": _by_id}))


class Upper(MemorySource):
    """Forgets to write column names in small letters."""

    def run(self, *args: Any, **kwargs: Any) -> Sequence[Row]:
        return [
            {key.upper(): value for key, value in row.items()}
            for row in super().run(*args, **kwargs)
        ]


class Unpermitted(MemorySource):
    """Reads without asking for a permit."""

    def run(self, permit: Any, *args: Any, **kwargs: Any) -> Sequence[Row]:
        real = Permit(deadline_s=1, request_id="r", function="f", actor=None)
        return super().run(real, *args, **kwargs)


class Lenient(MemorySource):
    """Ignores binds that the query does not have."""

    def run(self, permit: Any, query: Any, binds: Any, **kwargs: Any) -> Sequence[Row]:
        if type(permit) is not Permit:
            raise UnauditedAccessError("x", why="y", fix="z")
        return list(_by_id(binds))[: kwargs["max_rows"]]


class Cuts(MemorySource):
    """Cuts a result off instead of refusing it."""

    def run(self, permit: Any, query: Any, binds: Any, *, max_rows: int) -> Sequence[Row]:
        return super().run(permit, query, binds, max_rows=99)[:max_rows]


class Pastes(MemorySource):
    """Finds everything if the value says so, as a source that pastes text together."""

    def run(self, permit: Any, query: Any, binds: Any, **kwargs: Any) -> Sequence[Row]:
        if "or" in str(binds.get("id")):
            return ROWS
        return super().run(permit, query, binds, **kwargs)


class Raises(MemorySource):
    """Raises an error of its own for a value that it does not like."""

    def run(self, permit: Any, query: Any, binds: Any, **kwargs: Any) -> Sequence[Row]:
        if "\x00" in str(binds.get("id")):
            raise RuntimeError("x")
        return super().run(permit, query, binds, **kwargs)


@pytest.mark.parametrize("source", [Upper, Unpermitted, Lenient, Cuts, Pastes, Raises])
def test_a_source_that_breaks_a_promise_is_noticed(source: type[MemorySource]) -> None:
    """The message says which."""
    with pytest.raises((AssertionError, RuntimeError, StatementError)):
        _check(source("memory", {"find": _by_id}))


class Forgets(MemoryStore):
    """Acknowledges and keeps nothing."""

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        return


class Overwrites(MemoryStore):
    """Keeps the last of two records in one place."""

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        for entry in entries:
            self.items[entry.writer, entry.seq] = entry


class Partial(MemoryStore):
    """Keeps the part of a batch that comes before a conflict."""

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        for entry in entries:
            super().append([entry], timeout_s=timeout_s)


class Timeless(MemoryStore):
    """Takes its time even if there is none."""

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        super().append(entries, timeout_s=9)


class Blind(MemoryStore):
    """Names no chain."""

    def writers(self) -> Iterator[Any]:
        return iter(())


class Windowless(MemoryStore):
    """Searches without looking at the time."""

    def by_actor(self, actor: Any, since: str, until: str) -> Iterator[Entry]:
        return super().by_actor(actor, "", "~")


@pytest.mark.parametrize(
    ("store", "promise"),
    [
        pytest.param(Forgets, "can be read by somebody else", id="forgets"),
        pytest.param(Overwrites, "another body in the same place", id="overwrites"),
        pytest.param(Partial, "keeps nothing of its batch", id="keeps a part"),
        pytest.param(Timeless, "without time left it refuses", id="takes its time"),
        pytest.param(Blind, "every chain is named", id="names no chain"),
        pytest.param(Windowless, "the time window counts", id="ignores the time"),
    ],
)
def test_a_ledger_that_breaks_a_promise_is_noticed(store: type[MemoryStore], promise: str) -> None:
    """The message says which."""
    ledger = memory_ledger(store())
    with pytest.raises(AssertionError, match=f"broken promise: .*{promise}"):
        check_ledger(lambda: ledger)


class Keys:
    """Keys that break one promise each."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.count = 0

    def new_chain_key(self, writer: Any) -> ChainKey:
        key = b"k" * 32
        return ChainKey(key, key.hex() if self.fault == "shows" else "wrapped")

    def open_chain_key(self, writer: Any, wrapped: str) -> bytes:
        return b"x" * 32 if self.fault == "forgets" else b"k" * 32

    def token_key(self) -> TokenKey:
        self.count += 1
        return TokenKey("k", bytes([self.count]) * 32)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        pytest.param("forgets", "recovers a chain's first key", id="forgets"),
        pytest.param("shows", "does not show the key", id="shows"),
        pytest.param("opens", "made for one writer does not open", id="opens for anybody"),
    ],
)
def test_keys_that_break_a_promise_are_noticed(fault: str, promise: str) -> None:
    """Likewise."""
    store = MemoryStore()
    ledger = Ledger(store=store, keys=Keys(fault), reader=store)
    with pytest.raises(AssertionError, match=promise):
        check_ledger(lambda: ledger)
