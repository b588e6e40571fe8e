"""The ledger in memory, which tests plant faults in."""

from __future__ import annotations

import pytest

from affidavit import LedgerConflictError, LedgerUnavailableError
from affidavit.plugin import Entry, Token, WriterId
from affidavit.testing import MemoryStore, check_ledger, memory_ledger
from drafts import AT

WRITER = WriterId("w" * 22)


def _entry(seq: int, body: bytes = b"{}", **changes: object) -> Entry:
    entry = Entry(WRITER, seq, body, b"m" * 16, 0, AT)
    return entry._replace(**changes) if changes else entry


def test_it_keeps_the_contract_of_ledgers() -> None:
    """The promises that every ledger plugin is held to."""
    ledger = memory_ledger()

    check_ledger(lambda: ledger)


def test_a_fault_before_keeps_nothing_and_one_after_keeps_it_all() -> None:
    """A refusal, and a lost acknowledgement."""

    def fail(_: object) -> None:
        raise LedgerUnavailableError("down", why="planted", fix="none")

    before, after = MemoryStore(before=fail), MemoryStore(after=fail)
    for store in (before, after):
        with pytest.raises(LedgerUnavailableError, match="down"):
            store.append([_entry(0)], timeout_s=1)

    assert (0, 1) == (len(before.items), len(after.items))


def test_a_conflict_keeps_nothing_of_its_batch() -> None:
    """All or none."""
    store = MemoryStore()
    store.append([_entry(1)], timeout_s=1)
    with pytest.raises(LedgerConflictError, match="another record stands"):
        store.append([_entry(0), _entry(1, b"other")], timeout_s=1)

    assert [_entry(1)] == list(store.entries(WRITER))


def test_without_time_nothing_is_kept() -> None:
    """As a store behind a network would behave."""
    store = MemoryStore()
    with pytest.raises(LedgerUnavailableError, match="no time"):
        store.append([_entry(0)], timeout_s=0)

    assert {} == store.items


def test_searching_goes_by_time_from_the_oldest() -> None:
    """`since` is included, `until` is not."""
    store = MemoryStore()
    actor = Token("a" * 32)
    moments = ["2026-01-03", "2026-01-01", "2026-01-02"]
    store.append(
        [_entry(seq, at=at, actor=actor, subject=actor) for seq, at in enumerate(moments)],
        timeout_s=1,
    )

    for search in (store.by_actor, store.by_subject):
        found = [entry.at for entry in search(actor, "2026-01-01", "2026-01-03")]
        assert ["2026-01-01", "2026-01-02"] == found
    assert [] == list(store.by_actor(Token("b" * 32), "", "9"))


def test_two_ledgers_have_two_secrets() -> None:
    """Nothing is shared unless a test shares it."""
    one, other = memory_ledger(), memory_ledger()

    assert one.keys.token_key() != other.keys.token_key()
    assert "memory" == one.store.name
    assert not one.store.remote
