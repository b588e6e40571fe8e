"""Naming an invocation, and knowing how much time it has."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import strategies as my
from affidavit import audited
from affidavit._invocation.start import MARGIN_S, UNLIMITED_S, Invocation
from affidavit.plugin import Redactor, Sink, load_policy, spec_of
from affidavit.testing import (
    FakeClock,
    FakeContext,
    alb,
    api_gateway_v1,
    make_runtime,
    memory_ledger,
    run,
    step,
)

SPEC = spec_of(audited(action="PING")(lambda event, context: "pong"))


def _open(event: Any = None, context: Any = None, **changes: Any) -> Invocation:
    return Invocation(SPEC, event, context, make_runtime(**changes).runtime)


@pytest.mark.parametrize(
    ("event", "context", "expected"),
    [
        pytest.param(
            api_gateway_v1(request_id="api-1"), FakeContext(), "api-1", id="the source's own"
        ),
        pytest.param(alb(), FakeContext(aws_request_id="l-1"), "l-1", id="Lambda's"),
        pytest.param({}, FakeContext(aws_request_id="l-1"), "l-1", id="Lambda's, direct"),
        pytest.param(
            step(execution="e", state="s", entered="t"), FakeContext(), "e|s|t", id="a machine's"
        ),
        pytest.param(
            api_gateway_v1(request_id="x" * 100), FakeContext(), "x" * 63 + "…", id="a long one"
        ),
        pytest.param(
            api_gateway_v1(request_id="a\ud800"), FakeContext(), "a?", id="one that is no text"
        ),
    ],
)
def test_a_request_has_the_id_that_its_caller_knows(
    event: Any, context: Any, expected: str
) -> None:
    """The source's before Lambda's; fit for a record."""
    assert expected == _open(event, context).request_id


def test_an_attempt_is_always_ours() -> None:
    """Lambda repeats its request id on a retry."""
    bench = make_runtime()
    calls = [Invocation(SPEC, {}, FakeContext(), bench.runtime) for _ in range(2)]

    assert calls[0].request_id == calls[1].request_id
    assert calls[0].attempt != calls[1].attempt


def test_an_attempt_is_not_looked_through() -> None:
    """It is random, and by chance may look like a key: records and lines have the same one."""
    drawn = "AKIAIOSFODNN7EXAMPLE"
    bench = make_runtime(clock=FakeClock().clock()._replace(new_id=lambda: drawn))
    run(audited(action="PING")(lambda *_: "pong"), {}, bench)

    told = json.loads(bench.lines[-1])
    assert (drawn, drawn) == (told["attempt"], bench.records[-1].attempt)
    assert drawn not in Redactor(load_policy("baseline").redaction).text(drawn, Sink.LOG)


def test_without_any_id_the_attempt_names_the_request() -> None:
    """In a script, or a test."""
    invocation = _open()

    assert invocation.attempt == invocation.request_id
    assert ("local", "") == (invocation.function, invocation.version)


def test_only_the_first_invocation_is_cold() -> None:
    """Of a process."""
    bench = make_runtime()

    assert [True, False, False] == [
        Invocation(SPEC, {}, None, bench.runtime).cold for _ in range(3)
    ]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        pytest.param(FakeContext(remaining_ms=30_000), 30 - MARGIN_S, id="plenty"),
        pytest.param(FakeContext(remaining_ms=200), 0.0, id="none but the margin"),
        pytest.param(FakeContext(remaining_ms=-5), 0.0, id="none"),
        pytest.param(None, UNLIMITED_S - MARGIN_S, id="no context"),
        pytest.param(SimpleNamespace(), UNLIMITED_S - MARGIN_S, id="a context without a clock"),
    ],
)
def test_the_time_that_is_left(context: Any, expected: float) -> None:
    """Less a margin, so that a refusal still gets out; never negative."""
    bench = make_runtime(clock=FakeClock(step_ns=0).clock())

    assert expected == Invocation(SPEC, {}, context, bench.runtime).remaining_s()


@pytest.mark.parametrize(
    ("remaining_ms", "cold", "warm"),
    [
        pytest.param(30_000, 3.0, 2.0, id="plenty: the ledger's own limits"),
        pytest.param(2_700, 2.5, 2.0, id="less than the first append may take"),
        pytest.param(1_200, 1.0, 1.0, id="less than any append may take"),
        pytest.param(100, 0.0, 0.0, id="none"),
    ],
)
def test_the_ledger_has_as_long_as_it_asks_for(remaining_ms: int, cold: float, warm: float) -> None:
    """The first append has to connect; no append may outlive the invocation."""
    ledger = memory_ledger()._replace(timeout_s=2.0, cold_timeout_s=3.0)
    bench = make_runtime(ledger=ledger, clock=FakeClock(step_ns=0).clock())
    context = FakeContext(remaining_ms=remaining_ms)
    calls = [Invocation(SPEC, {}, context, bench.runtime) for _ in range(2)]

    assert [cold, warm] == [invocation.ledger_timeout_s() for invocation in calls]


def test_time_is_read_once_per_moment() -> None:
    """The record's time and the duration come from the runtime's clock."""
    clock = FakeClock(step_ns=2_500_000)
    bench = make_runtime(clock=clock.clock())
    invocation = Invocation(SPEC, {}, None, bench.runtime)

    assert clock.start_ms == invocation.at_ms
    assert 2 == invocation.elapsed_ms()


@pytest.mark.parametrize("shape", my.SHAPES)
def test_facts_are_stated_in_tokens(shape: str) -> None:
    """Actor, subject, address: no name stands in a record; the tenant does."""
    bench = make_runtime(tenant="acme", sources=[my.sources()])
    run(my.handler_of(my.BEHAVIOURS[0]), my.SHAPES[shape]({"id": "A1", "who": "w"}), bench)
    said = bench.records[-1].document
    token = bench.runtime.tokens().token

    assert "acme" == said["ten"]
    assert token("subject", "A1") == said["subj"]
    if shape not in {"direct", "state machine"}:
        assert token("address", "203.0.113.7") == said["src"]["ip"]
    else:
        assert "ip" not in said["src"]


def test_a_tenants_tokens_are_its_own() -> None:
    """Under the same key."""

    @audited(action="X", subject="id")
    def handler(_: Any, __: Any) -> None: ...

    found = set()
    ledger = make_runtime().runtime.ledger
    for tenant in ("", "acme", "other"):
        bench = make_runtime(ledger=ledger, tenant=tenant)
        run(handler, {"id": "A1"}, bench)
        found |= {record.subject for record in bench.records}
    assert 3 == len(found)


def test_a_context_of_the_sdk_of_durable_functions_stands_for_the_one_that_it_holds() -> None:
    """Function, version, request id and time are Lambda's; the handler keeps the SDK's context."""
    given = SimpleNamespace(lambda_context=FakeContext(aws_request_id="r-7"), step=len)
    opened = _open(context=given)

    assert ("r-7", "function-under-test", "$LATEST") == (
        opened.request_id,
        opened.function,
        opened.version,
    )
    assert opened.remaining_s() <= 30
    seen: list[Any] = []
    run(audited(action="X")(lambda _, its: seen.append(its.step)), {}, make_runtime(), given)
    assert [len] == seen
