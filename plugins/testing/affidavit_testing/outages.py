"""What can go wrong around a handler: its ledger, its sources, its clock, its process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from hypothesis import strategies as st

from affidavit import (
    LedgerConflictError,
    LedgerUnavailableError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
)
from affidavit.plugin import Entry
from affidavit.testing import FakeContext, MemoryStore
from affidavit_testing.even import evenly
from affidavit_testing.persons import MadeUpPerson, people


class LedgerFault(NamedTuple):
    """A ledger that misbehaves, append by append.

    Each word is for one append: `ok`, `refuse` (throttled, nothing kept),
    `crash` (the client raises something of its own), `lose` (kept, and the
    acknowledgement got lost), `conflict`. After the last word all goes well,
    unless `always`, which repeats the last one.
    """

    plan: tuple[str, ...]
    always: bool = False

    def plant(self, store: MemoryStore, text: str = "") -> None:
        """Make `store` behave so; `text` stands in what it raises."""
        words, last = iter(self.plan), self.plan[-1] if self.always and self.plan else "ok"
        now = ["ok"]

        def before(_: Sequence[Entry]) -> None:
            now[0] = next(words, last)
            if now[0] == "refuse":
                raise LedgerUnavailableError("the ledger is throttled", why="planted", fix="None")
            if now[0] == "conflict":
                raise LedgerConflictError("another record is there", why="planted", fix="None")
            if now[0] == "crash":
                raise ConnectionResetError(f"connection lost while writing {text}")

        def after(_: Sequence[Entry]) -> None:
            if now[0] == "lose":
                raise LedgerUnavailableError("no acknowledgement", why="planted", fix="None")

        store.before, store.after = before, after


def mend(store: MemoryStore) -> None:
    """Let the ledger work again."""
    store.before = store.after = None


DOWN: Final = LedgerFault(("refuse",), always=True)


KILLED: Final = LedgerFault(("ok", "refuse"), always=True)
"""What the ledger sees of a process that dies in its handler: the opening record, then nothing."""


class ClockSkew(NamedTuple):
    """A clock that is wrong by so many milliseconds."""

    ms: int


def clock_skews() -> st.SearchStrategy[ClockSkew]:
    """Draw clocks that are right, slightly off, a day behind, or a year ahead."""
    hour, day = 3_600_000, 86_400_000
    return evenly([0, 1000, -1000, -hour, -day, 8 * day, 400 * day]).map(ClockSkew)


def ledger_faults() -> st.SearchStrategy[LedgerFault]:
    """Draw ledgers that fail: at once, in the middle, or for good."""
    words = evenly(["refuse", "lose", "crash", "ok", "conflict"])
    plans = st.lists(words, min_size=1, max_size=4).map(tuple)
    return st.builds(LedgerFault, plan=plans, always=st.booleans())


def source_faults(person: MadeUpPerson) -> st.SearchStrategy[BaseException]:
    """Draw what a source may raise; a driver's own errors quote the person's data."""
    quoting: list[Callable[[], BaseException]] = [
        lambda: ValueError(f"duplicate key value ({person.ssn}) for {person.email}"),
        lambda: KeyError(person.name),
        lambda: OSError(5, f"cannot read row of {person.name}, {person.record}"),
        lambda: RuntimeError({"row": person.row}),
        lambda: SystemExit(f"fatal: {person.email}"),
        lambda: RecursionError(person.ssn),
        lambda: UnicodeEncodeError("ascii", person.email + "é", 0, 1, person.ssn),
    ]
    plain: list[Callable[[], BaseException]] = [
        lambda: SourceTimeoutError("the query took too long", why="planted", fix="None"),
        lambda: SourceUnavailableError("the source is away", why="planted", fix="None"),
        lambda: SourceForbiddenError("the source refused", why="planted", fix="None"),
        MemoryError,
    ]
    return evenly([*quoting, *plain]).map(lambda make: make())


def contexts() -> st.SearchStrategy[FakeContext]:
    """Draw Lambda contexts, with plenty of time or with hardly any left."""
    return evenly([30_000, 900_000, 1_000, 150, 0]).map(lambda left: FakeContext(remaining_ms=left))


def faults() -> st.SearchStrategy[object]:
    """Draw any fault: a ledger, a killed process, a source, a clock, or too little time."""
    ledgers = ledger_faults() | st.sampled_from([DOWN, KILLED])
    return st.one_of(ledgers, people().flatmap(source_faults), clock_skews(), contexts())
