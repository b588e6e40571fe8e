"""What a handler gets besides the request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import strategies as my
from affidavit import Query, SettingsError, StatementError, UnauditedAccessError, audited
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.steps import invoke
from affidavit.testing import FakeClock, FakeContext, MemorySource, make_runtime, run

CHANGE = Query(
    name="change",
    sql="update t set note = :note where id = :id returning id",
    binds=frozenset({"id", "note"}),
    write=True,
)


def _do(act: Any, *, sources: Any = (), context: Any = None, event: Any = None) -> Any:
    """Run `act` with the context of a handler; return what it returned, and the bench."""
    told: list[Any] = []

    @audited(action="X")
    def handler(event: Any, context: Any) -> None:
        told.append(act(context))

    bench = make_runtime(sources=sources)
    run(handler, event or {}, bench, context)
    return told[0], bench


def test_lambdas_own_context_shines_through() -> None:
    """A handler that was written for Lambda goes on working."""
    context = FakeContext(function_name="prices", memory_limit_in_mb="512")

    def look(given: Any) -> Any:
        return (
            given.function_name,
            given.memory_limit_in_mb,
            given.aws_request_id,
            given.get_remaining_time_in_millis(),
            given.lambda_context,
        )

    told, _ = _do(look, context=context)
    assert ("prices", "512", context.aws_request_id, 30_000, context) == told


def test_what_neither_has_is_missing() -> None:
    """As with any object."""
    told, _ = _do(lambda given: (hasattr(given, "nosuch"), getattr(given, "nosuch", 7)))

    assert (False, 7) == told


def test_without_a_context_there_is_an_invocation_all_the_same() -> None:
    """In a test, or a script; the attempt names it."""

    @audited(action="X")
    def handler(_: Any, context: Any) -> Any:
        return {
            "id": context.request_id,
            "same": context.request_id == context.attempt,
            "has": hasattr(context, "function_name"),
        }

    bench = make_runtime()
    told: Any = invoke(spec_of(handler), {}, None, bench.runtime)

    assert told["same"]
    assert not told["has"]
    assert ["I", "O"] == [record.phase for record in bench.records]
    assert "local" == bench.records[0].document["src"]["fn"]


def test_ids_are_those_of_the_records() -> None:
    """What a handler writes elsewhere can be found in the ledger."""
    told, bench = _do(
        lambda given: (given.request_id, given.attempt),
        context=FakeContext(aws_request_id="lambda-1"),
    )
    said = bench.records[-1].document

    assert (said["req"], said["att"]) == told
    assert "lambda-1" == told[0]


def test_an_unknown_source_is_refused() -> None:
    """With the names of those that there are, and not with the one that was asked for."""

    def ask(given: Any) -> None:
        with pytest.raises(SettingsError, match="configured: a, b") as caught:
            given.source("s3cr3t")
        assert "s3cr3t" not in str(caught.value)

    _do(ask, sources=[MemorySource("b"), MemorySource("a")])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param([{"note": "x"}], {"note": "x"}, id="one"),
    ],
)
def test_one_row_or_none(rows: list[Any], expected: Any) -> None:
    """A row is a mapping, as the source gave it."""
    source = MemorySource("memory", {"find": rows})
    told, bench = _do(
        lambda given: given.source("memory").fetch_one(my.FIND, {"id": "A1"}), sources=[source]
    )

    assert expected == told
    assert len(rows) == bench.records[-1].document["q"][0]["r"]


def test_more_rows_than_asked_for_are_an_error() -> None:
    """A result that was cut off is a wrong result; it is on record all the same."""
    source = MemorySource("memory", {"find": [{"note": str(n)} for n in range(3)]})

    def ask(given: Any) -> int:
        audited_source = given.source("memory")
        with pytest.raises(StatementError, match="more than 1 rows"):
            audited_source.fetch_one(my.FIND, {"id": "A1"})
        with pytest.raises(StatementError, match="more than 2 rows"):
            audited_source.fetch_all(my.FIND, {"id": "A1"}, max_rows=2)
        return len(audited_source.fetch_all(my.FIND, {"id": "A1"}))

    told, bench = _do(ask, sources=[source])
    assert 3 == told
    assert [-1, -1, 3] == [read["r"] for read in bench.records[-1].document["q"]]


def test_wrong_binds_reach_no_source() -> None:
    """Nothing was tried, so nothing is on record."""
    source = my.sources()

    def ask(given: Any) -> None:
        with pytest.raises(StatementError, match="wrong binds"):
            given.source("memory").fetch_one(my.FIND, {"nosuch": 1})
        with pytest.raises(StatementError, match="wrong binds"):
            given.source("memory").fetch_all(my.FIND)

    _, bench = _do(ask, sources=[source])
    assert [] == source.asked
    assert "q" not in bench.records[-1].document


def test_only_a_query_that_writes_is_executed() -> None:
    """It waits for the opening record; a read does not have to."""
    source = MemorySource("memory", {"change": [{"id": "A1"}]})

    def ask(given: Any) -> Any:
        with pytest.raises(StatementError, match="query find does not write"):
            given.source("memory").execute(my.FIND, {"id": "A1"})
        return given.source("memory").execute(CHANGE, {"id": "A1", "note": "n"})

    told, bench = _do(ask, sources=[source])
    assert [{"id": "A1"}] == told
    assert [{"b": ["id", "note"], "n": "change", "r": 1, "s": "memory"}] == bench.records[
        -1
    ].document["q"]


def test_a_source_gets_a_permit_of_this_invocation() -> None:
    """Request, function, actor and the time that is left: what a database's own audit wants."""
    seen: list[Any] = []

    class Source(MemorySource):
        def run(self, permit: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(permit)
            return super().run(permit, *args, **kwargs)

    @audited(action="X", actor="who")
    def handler(_: Any, context: Any) -> None:
        context.source("memory").fetch_one(my.FIND, {"id": "A1"})

    bench = make_runtime(sources=[Source("memory")], clock=FakeClock(step_ns=0).clock())
    context = FakeContext(aws_request_id="r-1", function_name="prices", remaining_ms=2000)
    run(handler, {"who": "alice"}, bench, context)
    (permit,) = seen

    assert ("r-1", "prices", 1.8) == (permit.request_id, permit.function, permit.deadline_s)
    assert bench.runtime.tokens().token("actor", "alice") == permit.actor


def test_nothing_works_after_the_invocation() -> None:
    """A context that was kept gives no more leave to read."""
    kept: list[Any] = []
    _do(kept.append, sources=[my.sources()])
    with pytest.raises(UnauditedAccessError, match="after its invocation"):
        kept[0].record_change("price", old=1, new=2)
    with pytest.raises(UnauditedAccessError, match="after its invocation"):
        kept[0].log.info("price.asked")
    kept[0].metrics.add("Late", 1, "Count")  # a metric never raises
    with pytest.raises(UnauditedAccessError, match="after its invocation"):
        kept[0].source("memory").fetch_one(my.FIND, {"id": "A1"})


def test_a_change_is_on_record_without_its_values() -> None:
    """Equal values have equal tokens, so a value can be followed and not read."""

    def change(given: Any) -> None:
        given.record_change("price", old="99.99", new="12.50")
        given.record_change("price", old="12.50", new=None)
        given.record_change("name", old="12.50", new="12.50")

    _, bench = _do(change)
    one, two, three = bench.records[-1].document["chg"]

    assert ["price", "price", "name"] == [one["f"], two["f"], three["f"]]
    assert one["n"] == two["o"] != three["o"] == three["n"]
    assert "12.50" not in str(bench.records[-1].document)


def test_a_log_line_carries_the_invocations_ids() -> None:
    """So that lines and records of one invocation find each other."""
    _, bench = _do(lambda given: given.log.info("price.asked", family="books"))
    line = next(line for line in bench.logs if line["event"] == "price.asked")
    said = bench.records[-1].document

    assert ("books", said["req"], said["att"]) == (
        line["family"],
        line["request_id"],
        line["attempt"],
    )


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(SimpleNamespace(), id="an empty object"),
        pytest.param(SimpleNamespace(aws_request_id=None, function_name=None), id="nothing in it"),
        pytest.param(SimpleNamespace(aws_request_id=7, function_version=3), id="numbers"),
    ],
)
def test_any_context_will_do(context: Any) -> None:
    """Test frameworks hand over all sorts of things."""
    told, bench = _do(lambda given: given.request_id, context=context)

    assert told == bench.records[-1].document["req"]
    assert told


_LONGEST = ("request-0002." * 10)[:128]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        pytest.param(["0b1c2d3e-4f50-4a61-8b72-9c83ad94be05"], True, id="a UUID"),
        pytest.param(["K7MJNO+/=_.:;-"], True, id="every sign that ids have"),
        pytest.param(["abcdefg7"], True, id="eight characters"),
        pytest.param(["abcdef7"], False, id="seven"),
        pytest.param([_LONGEST], True, id="as long as may be"),
        pytest.param([f"{_LONGEST}a"], False, id="one longer"),
        pytest.param(["abcdefgh"], False, id="no digit"),
        pytest.param(["-abcdefg7"], False, id="a sign first"),
        pytest.param(["alice smith 7"], False, id="words"),
        pytest.param(["10.1.2.33"], False, id="what a log line would not show"),
        pytest.param(["alice smith 7", "request-0002"], True, id="the last of two"),
    ],
)
def test_a_reference_is_shown_where_it_can_only_be_an_id(told: list[str], shown: bool) -> None:
    """Anything else is a token of its own domain: it is what a server has said."""

    class Source(MemorySource):
        def run(self, permit: Any, *args: Any, **kwargs: Any) -> Any:
            for one in told:
                permit.refer(one)
            return super().run(permit, *args, **kwargs)

    _, bench = _do(
        lambda given: given.source("memory").fetch_one(my.FIND, {"id": "A1"}),
        sources=[Source("memory")],
    )
    token = bench.runtime.tokens().token("reference", told[-1])

    assert (told[-1] if shown else token) == bench.records[-1].document["q"][0]["i"]
