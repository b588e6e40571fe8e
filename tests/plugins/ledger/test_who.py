"""What `who` joins, and what it never does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._records.accesses import OffRecordAccess, Read
from affidavit._records.chain import Chain
from affidavit._records.record import Outcome, Phase, Status
from affidavit._records.tokens import Tokens
from affidavit.plugin import Entry
from affidavit.testing import FakeClock, MemoryStore, memory_ledger
from affidavit_ledger.who import BEGINNING, END, Access, find_accesses
from drafts import draft

OK = Outcome(Status.OK, 200, reads=(Read("s", "find", ("id",), 1),))
EMPTY = Outcome(Status.OK, 200, reads=(Read("s", "find", ("id",), 0),))
DENIED = Outcome(Status.DENY, 403, error="forbidden")
BROKEN = Outcome(Status.ERROR, 500, error="ValueError")


class Book:
    """A ledger, and what one actor is found to have done."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.ledger = memory_ledger(self.store)
        self.tokens = Tokens(self.ledger.keys.token_key())
        clock = FakeClock().clock()
        self.chain = Chain(self.ledger, clock, {"pol": "p@1"}, hot_days=9)
        self._attempts = 0

    def write(self, phase: Phase, outcome: Outcome | None = None, **changes: object) -> str:
        """Keep one record of an attempt; return the attempt."""
        self._attempts += 1
        said = {
            "attempt": f"attempt-{self._attempts}",
            "event": "event",
            "actor": self.tokens.token("actor", "alice"),
            "subject": self.tokens.token("subject", "A1"),
            **changes,
        }
        told = draft(phase, outcome=outcome, **said)  # type: ignore[arg-type]
        self.chain.append(told, timeout_s=1)
        return str(said["attempt"])

    def subject(self, name: str) -> str:
        """Return a subject's token."""
        return self.tokens.token("subject", name)

    def found(self, actor: str | None = "alice", subject: str | None = None) -> list[Access]:
        """Ask."""
        return find_accesses(self.ledger, actor=actor, subject=subject, since=BEGINNING, until=END)


@pytest.mark.parametrize("order", [(OK, DENIED), (DENIED, OK), (DENIED, OK, BROKEN)])
def test_a_disclosure_does_not_hide_behind_a_refusal(order: Sequence[Outcome]) -> None:
    """Deliveries of one event: what disclosed most comes first, and all of them show."""
    book = Book()
    for outcome in order:
        book.write(Phase.DISCLOSURE, outcome)
    (access,) = book.found()

    assert ("ok", 200) == (access.status, access.record.code)
    assert len(order) == access.deliveries == len(access.json()["outcomes"])  # type: ignore[arg-type]
    assert ["s.find"] == access.json()["reads"]
    assert {o.status.value for o in order} == {one.status for one in access.outcomes}


def test_rows_come_before_none() -> None:
    """Of two that went well, the one that found something."""
    book = Book()
    book.write(Phase.DISCLOSURE, EMPTY)
    book.write(Phase.DISCLOSURE, OK)
    (access,) = book.found()

    assert 1 == access.record.document["q"][0]["r"]


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "0" * 32},
        {"subject": None},
        {"action": "DELETE"},
    ],
)
def test_what_differs_is_not_one_access(changes: dict[str, object]) -> None:
    """A caller that sends the same request id again does not hide another subject."""
    book = Book()
    book.write(Phase.DISCLOSURE, OK)
    book.write(Phase.DISCLOSURE, OK, **changes)

    assert [1, 1] == [access.deliveries for access in book.found()]


def test_five_items_of_one_moment_are_five_accesses() -> None:
    """A map of Step Functions gives its items one event id."""
    book = Book()
    for number in range(5):
        book.write(Phase.DISCLOSURE, OK, subject=book.subject(f"S{number}"))

    assert 5 == len(book.found())
    assert 1 == len(book.found(actor=None, subject="S3"))


def test_an_access_that_was_killed_is_found_by_actor_and_by_subject() -> None:
    """Its opening record is all there is; nothing says how it ended."""
    book = Book()
    book.write(Phase.INTENT)

    for found in (book.found(), book.found(actor=None, subject="A1")):
        assert ["unknown"] == [access.status for access in found]


def test_an_opening_leads_to_its_end() -> None:
    """Stores index the opening; what closed it stands later in the chain."""
    book = Book()
    attempt = book.write(Phase.INTENT)
    book.write(Phase.INTENT, event="other")
    book.write(Phase.OUTCOME, OK, attempt=attempt)
    for key, entry in list(book.store.items.items()):
        if b'"ph":"O"' in entry.body:
            book.store.items[key] = entry._replace(actor=None, subject=None)

    assert ["ok", "unknown"] == [access.status for access in book.found()]


def test_that_it_was_withheld_counts_most() -> None:
    """Within one attempt: the ledger may hold an outcome that never reached anybody."""
    book = Book()
    attempt = book.write(Phase.INTENT)
    book.write(Phase.OUTCOME, OK, attempt=attempt)
    book.write(Phase.WITHHELD, attempt=attempt)
    (access,) = book.found()

    assert ("withheld", 1) == (access.status, access.deliveries)


@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(["e1", "e2"]),
            st.sampled_from(["A1", "A2"]),
            st.sampled_from(["READ", "DELETE"]),
            st.sampled_from([OK, EMPTY, DENIED, BROKEN]),
        ),
        max_size=8,
    )
)
def test_nothing_is_lost_and_nothing_is_merged(
    told: list[tuple[str, str, str, Outcome]],
) -> None:
    """Whatever was written: as many deliveries, grouped by event, subject and action."""
    book = Book()
    for event, subject, action, outcome in told:
        book.write(
            Phase.DISCLOSURE, outcome, event=event, action=action, subject=book.subject(subject)
        )
    found = book.found()

    assert len(told) == sum(access.deliveries for access in found)
    assert len({one[:3] for one in told}) == len(found)
    for access in found:
        disclosed = [one.disclosed() for one in access.outcomes]
        assert sorted(disclosed, reverse=True) == disclosed


def test_entries_begin_where_they_are_asked_to() -> None:
    """What following a chain rests on."""
    book = Book()
    for _ in range(3):
        book.write(Phase.DISCLOSURE, OK)
    (writer,) = book.store.writers()

    def seqs(entries: Sequence[Entry]) -> list[int]:
        return [entry.seq for entry in entries]

    assert [2, 3] == seqs(list(book.store.entries(writer, 2)))


def test_what_was_reached_past_the_sources_is_shown() -> None:
    """Once, beside the reads; a record that holds nonsense there does not stop anybody."""
    book = Book()
    reached = OffRecordAccess("aws", "dynamodb.GetItem", "orders", "recorded", 2)
    book.write(Phase.OUTCOME, OK._replace(off_record=(reached,)))
    (access,) = book.found()

    assert ["aws:dynamodb.GetItem"] == access.off_record == access.json()["off_record"]
    record = access.record
    for nonsense in (7, [7], [{}], None):
        told = access.outcomes[0]._replace(
            record=record._replace(document={**record.document, "off": nonsense})
        )
        assert {":"} >= set(told.off_record)
