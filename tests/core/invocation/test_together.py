"""Queries that are run together: all or none, and each on record as if it were alone."""

from __future__ import annotations

from typing import Any

import pytest

from affidavit import AttestationError, Query, SourceError, StatementError, audited
from affidavit._offrecord.observation import CURRENT, Nobody
from affidavit._policy.load import load_policy
from affidavit._policy.words import Declare, Literals
from affidavit.plugin import Tracer
from affidavit.testing import Bench, MemorySource, MemoryStore, make_runtime, run

TAKE = Query(
    name="take",
    sql="update stock set held = held - :n where id = :id",
    binds=frozenset({"n", "id"}),
    write=True,
)
NOTE = Query(
    name="note", sql="insert into moves (id) values (:id)", binds=frozenset({"id"}), write=True
)
SPELT = Query(
    name="spelt",
    sql="update stock set held = 'none' where id = :id",
    binds=frozenset({"id"}),
    write=True,
)
BOTH = ((TAKE, {"n": 1, "id": "A1"}), (NOTE, {"id": "A1"}))


class Stock(MemorySource):
    """Answers as it is told to, under an id of its own, and notes on whose account it ran."""

    def __init__(self, holds: bool | Exception = True) -> None:
        super().__init__("stock")
        self.holds, self.accounts = holds, list[Any]()

    def run_together(self, permit: Any, steps: Any) -> bool:
        """Do nothing, or fail."""
        self.accounts.append(CURRENT.get())
        self.asked += [(query.name, dict(binds)) for query, binds in steps]
        permit.refer("request-0001")
        if isinstance(self.holds, Exception):
            raise self.holds
        return self.holds


class Spy:
    """A tracer and its span, which notes what begins and how it ends."""

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def enter(self, name: str) -> None:
        """Note a step."""
        self.steps.append(name)

    def leave(self, *, failed: bool) -> None:
        """Note whether it failed."""
        self.steps.append(failed)

    def finish(self, *_: Any, **__: Any) -> None:
        """Say nothing."""


def _run(source: Any, *steps: Any, **how: Any) -> tuple[list[Any], Bench]:
    """Run steps in a handler; return what came of them there, and the bench."""
    came: list[Any] = []

    @audited(action="MOVE")
    def handler(_: Any, context: Any) -> None:
        before = CURRENT.get()
        try:
            came.append(context.source("stock").execute_together(*steps))
        except (StatementError, SourceError) as error:
            came.append((type(error).__name__, error.what))
        came.append(CURRENT.get() is before)

    bench = make_runtime(sources=[source], **how)
    run(handler, {}, bench)
    return came, bench


@pytest.mark.parametrize(
    ("holds", "came", "rows"),
    [
        pytest.param(True, True, 1, id="all"),
        pytest.param(False, False, 0, id="none"),
        pytest.param(
            SourceError("it is away", why="so", fix="Wait"),
            ("SourceError", "it is away"),
            -1,
            id="it failed",
        ),
    ],
)
def test_each_step_is_on_record_whole(holds: Any, came: Any, rows: int) -> None:
    """Its binds by name and in order, whether it held, and the other side's id of the whole."""
    source, spy = Stock(holds), Spy()
    told, bench = _run(source, *BOTH, tracer=Tracer(name="spy", begin=lambda _: spy))

    assert [came, True] == told
    assert [
        {"b": ["id", "n"], "i": "request-0001", "n": "take", "r": rows, "s": "stock"},
        {"b": ["id"], "i": "request-0001", "n": "note", "r": rows, "s": "stock"},
    ] == bench.records[-1].document["q"]
    assert [(query.name, binds) for query, binds in BOTH] == source.asked
    assert [Nobody.KERNEL] == source.accounts
    assert ["stock.together", rows == -1] == spy.steps


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        pytest.param((), "queries cannot be run together", id="no step"),
        pytest.param(
            (BOTH[0], (Query(name="one", sql="select 1 as n from stock"), {})),
            "queries cannot be run together",
            id="a step that reads",
        ),
        pytest.param(
            (BOTH[0], (NOTE, {})), "query note got the wrong binds", id="a bind is missing"
        ),
        pytest.param((BOTH[0], (SPELT, {"id": "A1"})), "query spelt", id="a literal"),
    ],
)
def test_what_is_wrong_with_one_step_stops_all(steps: Any, what: str) -> None:
    """Before anything is asked, and the record names no query."""
    source, policy = Stock(), load_policy("baseline")
    strict = policy.sources._replace(literals=Literals.REFUSE)
    told, bench = _run(source, *steps, policy=policy._replace(sources=strict))

    assert "StatementError" == told[0][0]
    assert told[0][1].startswith(what)
    assert [] == source.asked
    assert "q" not in bench.records[-1].document


def test_a_literal_goes_where_the_policy_lets_it() -> None:
    """It says so by itself."""
    policy = load_policy("baseline")
    lenient = policy._replace(sources=policy.sources._replace(literals=Literals.ALLOW))
    told, _ = _run(Stock(), (SPELT, {"id": "A1"}), policy=lenient)

    assert [True, True] == told


def test_nothing_is_changed_before_the_opening_record_is_kept() -> None:
    """Whatever the policy says: what was changed cannot be taken back."""

    def refuse(entries: Any) -> None:
        if any(b'"ph":"I"' in entry.body for entry in entries):
            raise OSError

    source = Stock()
    with pytest.raises(AttestationError):
        _run(
            source,
            *BOTH,
            store=MemoryStore(remote=True, before=refuse),
            declare=Declare.OVERLAP,
        )

    assert [] == source.asked
