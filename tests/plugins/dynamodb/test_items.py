"""Entry to item and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._records.chain import Chain
from affidavit._records.record import Phase
from affidavit.plugin import Entry, Token, WriterId
from affidavit.testing import FakeClock, MemoryStore, memory_ledger
from affidavit_dynamodb.items import entry_of, item_of, subject_key
from drafts import draft

AT = "2026-01-23T12:00:00.000Z"
TOKENS = st.text("0123456789abcdef", min_size=32, max_size=32).map(Token)


def _entries(*phases: Phase) -> list[Entry]:
    store = MemoryStore()
    chain = Chain(memory_ledger(store), FakeClock().clock(), {"pol": "p@1"}, hot_days=9)
    for phase in phases:
        chain.append(draft(phase), timeout_s=1)
    return [store.items[key] for key in sorted(store.items)]


def test_a_record_survives_the_round_trip() -> None:
    """Genesis, opening and closing record; the closing one without its index attributes."""
    genesis, opening, closing = _entries(Phase.INTENT, Phase.OUTCOME)

    assert [genesis, opening, closing] == [
        entry_of(item_of(e)) for e in (genesis, opening, closing)
    ]
    assert {"a", "s"}.isdisjoint(item_of(closing))
    assert {"a", "s"} <= item_of(opening).keys()
    assert {"a", "s"}.isdisjoint(item_of(genesis))


def test_what_is_first_in_its_chain_is_found_by_itself() -> None:
    """A closing record whose opening one stands in the chain before."""
    _, closing = _entries(Phase.OUTCOME)

    assert {"a", "s"} <= item_of(closing).keys()
    assert closing == entry_of(item_of(closing))


@given(
    seq=st.integers(0, 2**53),
    body=st.binary(min_size=1, max_size=40),
    mac=st.binary(min_size=16, max_size=16),
    expires_at=st.integers(0, 2**40),
    tokens=st.tuples(st.none() | TOKENS, st.none() | TOKENS),
)
def test_every_byte_of_an_entry_survives(
    seq: int, body: bytes, mac: bytes, expires_at: int, tokens: tuple[Any, Any]
) -> None:
    """Also of a body that is none of ours."""
    entry = Entry(WriterId("w"), seq, body, mac, expires_at, AT, *tokens)
    assert entry == entry_of(item_of(entry))


@given(actor=st.none() | TOKENS, subject=st.none() | TOKENS, month=st.integers(1, 12))
def test_the_index_has_what_somebody_may_look_for(
    actor: Token | None, subject: Token | None, month: int
) -> None:
    """Whose data or who; under the key that a search for the subject asks for."""
    at = f"2026-{month:02}-23T12:00:00.000Z"
    item = item_of(Entry(WriterId("w"), 1, b"{}", bytes(16), 9, at, actor, subject))

    assert (actor or subject) is None or "s" in item
    assert ({"S": actor} if actor else None) == item.get("a")
    assert subject is None or subject_key(subject, at[:7]) == item["s"]["S"]


@given(
    tokens=st.tuples(st.none() | TOKENS, st.none() | TOKENS),
    change=st.sampled_from(["a", "s"]),
    to=st.none() | TOKENS | st.sampled_from(["W#w", "W#x", "S#", "S", "", f"S#{'a' * 32}#202602"]),
)
def test_an_entry_that_a_search_would_not_find_is_read_as_another(
    tokens: tuple[Token | None, Token | None], change: str, to: str | None
) -> None:
    """So that whoever compares it with its body sees that the index was repointed."""
    entry = Entry(WriterId("w"), 1, b"{}", bytes(16), 9, AT, *tokens)
    item = item_of(entry)
    changed = {name: value for name, value in item.items() if name != change}
    if to is not None:
        changed[change] = {"S": to}

    assert (changed == item) == (entry_of(changed) == entry)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"pk": {"S": "W#w"}},
        {"pk": {"S": "W#w"}, "sk": {"N": "x"}, "b": {"B": b""}, "m": {"B": b""}},
        {"pk": {"S": "W#w"}, "sk": {"N": "1"}, "b": {"S": "hunter2"}, "m": {"B": b""}},
    ],
)
def test_what_is_no_entry_is_said_without_its_values(item: dict[str, Any]) -> None:
    """Somebody else wrote into the table."""
    with pytest.raises(ValueError, match="is not an entry") as caught:
        entry_of({**item, "x": {"N": "1"}, "t": {"S": AT}})
    assert "hunter2" not in str(caught.value)
