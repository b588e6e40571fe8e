"""The actions that read audited data leave evidence themselves, and it says who has read."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit import audited
from affidavit.plugin import ActionError
from affidavit.testing import FakeContext, MemorySource, make_runtime, run
from affidavit_harness.actions.evidence import Expect, Sql, expect, sql

ROWS = [{"id": "A1", "price": Decimal("9.50"), "note": None, "n": 2}]
QUERY = {
    "source": "prices",
    "sql": "select id, price, note, n from prices where id = :id",
    "binds": {"id": "A1"},
}


def _context(runtime: Any) -> Any:
    """What an action is given, as far as these ask for it."""
    return SimpleNamespace(
        runtime=lambda: runtime,
        now_ms=lambda: 1_769_169_600_000,
        run=SimpleNamespace(id="run-1", started_ms=1_769_169_600_000),
    )


def test_a_query_of_a_scenario_is_on_record_as_the_harnesss() -> None:
    """Under the run's id, by its bind's name; what JSON has not is text."""
    source = MemorySource("prices", {"harness_query": ROWS})
    bench = make_runtime(sources=[source])
    told = sql(Sql(**QUERY), _context(bench.runtime))
    said = bench.records[-1].document

    assert {"rows": [{"id": "A1", "price": "9.50", "note": None, "n": 2}], "count": 1} == told
    assert ["I", "O"] == [one.phase for one in bench.records]
    assert ("HARNESS_QUERY", "run-1-1769169600000") == (said["act"], said["req"])
    assert ("affidavit-harness", "$LATEST") == (said["src"]["fn"], said["src"]["ver"])
    assert [{"b": ["id"], "n": "harness_query", "r": 1, "s": "prices"}] == said["q"]
    assert [("harness_query", {"id": "A1"})] == source.asked


@pytest.mark.parametrize(
    ("act", "params"),
    [(sql, Sql(**QUERY)), (expect, Expect(actor="kim"))],
    ids=["a query", "an expectation"],
)
def test_without_a_ledger_nothing_is_read(act: Any, params: Any) -> None:
    """It says what to set."""
    with pytest.raises(ActionError) as caught:
        act(params, _context(None))
    assert ("Harness.Ledger", "no ledger is named here") == (caught.value.name, caught.value.what)


def test_nobody_is_expected_by_nobodys_name() -> None:
    """An actor or a subject, or both."""
    with pytest.raises(ActionError) as caught:
        expect(Expect(), _context(make_runtime().runtime))
    assert "Harness.Params" == caught.value.name


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"actor": "kim"}, ["Ook"]),
        ({"subject": "p-17"}, ["Ook"]),
        ({"actor": "kim", "subject": "p-17"}, ["Ook"]),
        ({"actor": "lee"}, []),
        ({"actor": "kim", "phases": "D"}, []),
        ({"actor": "kim", "phases": "O", "since_run": False}, ["Ook"]),
    ],
)
def test_what_is_expected_are_the_records_as_they_were_kept(
    asked: dict[str, Any], found: list[str]
) -> None:
    """Of whom is named, in the phases that are named."""
    bench = make_runtime()
    handler = audited(action="READ", actor="who", subject="whom")(lambda event, context: event)
    run(handler, {"who": "kim", "whom": "p-17"}, bench, FakeContext())
    told = expect(Expect(**asked), _context(bench.runtime))

    assert len(found) == told["count"]
    assert found == [f"{one['ph']}{one['out']['s']}" for one in told["records"]]
    assert all(one in [record.document for record in bench.records] for one in told["records"])


def test_what_was_before_the_run_is_not_expected() -> None:
    """Unless it is asked for; a second of grace is for clocks that differ."""
    bench = make_runtime()
    handler = audited(action="READ", actor="who")(lambda event, context: event)
    run(handler, {"who": "kim"}, bench)
    context = _context(bench.runtime)
    at_ms = bench.runtime.clock.now_ms()

    for started_ms, count in ((at_ms, 1), (at_ms + 60_000, 0)):
        context.run.started_ms = started_ms
        assert count == expect(Expect(actor="kim"), context)["count"]
    assert 1 == expect(Expect(actor="kim", since_run=False), context)["count"]
