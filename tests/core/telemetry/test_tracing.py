"""Spans: nothing without a tracer, and no harm from one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit import AuditContext, PluginError, audited
from affidavit._policy.load import load_policy
from affidavit._policy.model import DEFAULT_ENVIRONMENT, EnvironmentProperties
from affidavit._runtime.plugins import Plugins
from affidavit._runtime.runtime import find_tracer
from affidavit._runtime.settings import read_settings
from affidavit._telemetry.tracing import NO_SPAN, begin_span, held_to
from affidavit.plugin import Clean, Tracer
from affidavit.testing import api_gateway_v1, make_runtime, run, sqs


class Spy:
    """A tracer and its span; it raises where it is told to."""

    def __init__(self, breaks: str = "") -> None:
        self.breaks = breaks
        self.told: list[Any] = []

    def begin(self, action: str) -> Spy | None:
        self._note("begin", action)
        return None if self.breaks == "samples nothing" else self

    def enter(self, name: str) -> None:
        self._note("enter", name)

    def leave(self, *, failed: bool) -> None:
        self._note("leave", failed)

    def finish(self, annotations: Clean, *, failed: bool) -> None:
        self._note("finish", annotations.value)
        self._note("failed", failed)

    def _note(self, step: str, said: Any) -> None:
        self.told.append((step, said))
        if step == self.breaks:
            raise ValueError("secret")

    @property
    def tracer(self) -> Tracer:
        return Tracer(name="spy", begin=self.begin)


@audited(action="LOOK")
def look(event: Any, context: AuditContext) -> dict[str, Any]:
    """Read, and fail if the event says so."""
    context.source("memory").fetch_one(my.FIND, {"id": "secret"})
    if event.get("fails"):
        raise ValueError("secret")
    return {"statusCode": 200}


def test_a_span_has_names_and_codes() -> None:
    """In order: the action, the read, the end."""
    spy = Spy()
    bench = make_runtime(tracer=spy.tracer, sources=[my.sources()])
    run(look, api_gateway_v1(request_id="r-1"), bench)
    steps = [step for step, _ in spy.told]
    said = dict(spy.told)

    assert ["begin", "enter", "leave", "finish", "failed"] == steps
    assert ("LOOK", "memory.find", False, False) == tuple(
        said[step] for step in ("begin", "enter", "leave", "failed")
    )
    assert {
        "outcome": "ok",
        "code": 200,
        "error": "",
        "via": "apigw.v1",
        "cold": True,
        "attempt": bench.records[0].attempt,
        "policy": bench.runtime.policy.label,
    } == said["finish"]


@pytest.mark.parametrize("breaks", ["begin", "enter", "leave", "finish"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_tracer_that_fails_changes_nothing_and_is_named(breaks: str, fails: bool) -> None:
    """The answer and the records are those of an invocation that nobody traces."""

    def play(tracer: Tracer | None) -> tuple[Any, list[str], list[Any]]:
        bench = make_runtime(tracer=tracer, sources=[my.sources()])
        answer = run(look, {**api_gateway_v1(), "fails": fails}, bench)
        faults = [line["error_type"] for line in bench.logs if line["event"] == "span.failed"]
        assert "secret" not in "".join(line for line in bench.lines if "span.failed" in line)
        return answer, [f"{r.phase}{r.status}" for r in bench.records], faults

    traced, plain = play(Spy(breaks).tracer), play(None)

    assert plain[:2] == traced[:2]
    assert (["ValueError"], []) == (traced[2], plain[2])


def test_nothing_is_told_to_a_tracer_that_does_not_sample() -> None:
    """After it has said so."""
    spy = Spy("samples nothing")
    run(look, {}, make_runtime(tracer=spy.tracer, sources=[my.sources()]))

    assert [("begin", "LOOK")] == spy.told


def test_without_a_tracer_all_share_one_span() -> None:
    """It has no state and does nothing."""
    assert begin_span(None, "LOOK") is NO_SPAN
    NO_SPAN.enter("a")
    NO_SPAN.leave(failed=True)
    assert (False, "") == (NO_SPAN.open, NO_SPAN.fault)


@given(st.booleans())
def test_a_batch_is_one_span(fails: bool) -> None:
    """Its records have none."""
    spy = Spy()

    @audited(each=True, action="EACH")
    def handler(_: Any, context: AuditContext) -> None:
        context.source("memory").fetch_one(my.FIND, {"id": "x"})
        if fails:
            raise ValueError

    bench = make_runtime(tracer=spy.tracer, sources=[my.sources()])
    run(handler, sqs(["a", "b"]), bench)

    counts = {"via": "sqs", "records": 2, "failed": 2 * fails, "returned": 0}
    said = counts | {"policy": bench.runtime.policy.label}
    assert [("begin", "EACH"), ("finish", said), ("failed", fails)] == spy.told


class _Offers:
    def __init__(self, *tracers: Tracer) -> None:
        self._tracers = tracers

    def plugin(self) -> Any:
        """Return a plugin that offers them."""
        from affidavit.plugin import hookimpl

        tracers = self._tracers

        class Plugin:
            @hookimpl
            def affidavit_tracers(self) -> Any:
                return tracers

        return Plugin()


def test_a_second_tracer_is_an_error() -> None:
    """A span belongs to one trace."""
    one, other = Spy().tracer, Tracer("other", Spy().begin)
    plugins = Plugins({"a": _Offers(one).plugin(), "b": _Offers(other).plugin()})

    with pytest.raises(PluginError, match="two plugins offer a tracer"):
        find_tracer(load_policy("baseline"), read_settings({}), plugins)


@given(st.integers(1, 100), st.lists(st.booleans(), max_size=300))
def test_no_more_is_traced_than_the_policy_says(percent: int, sampled: list[bool]) -> None:
    """Lambda samples by a rate of its own: the first, and then no more than the policy's share."""
    says: list[bool] = []
    tracer = held_to(percent, Tracer("spy", lambda _: Spy() if says[-1] else None))
    traced = 0
    for number, one in enumerate(sampled, 1):
        says.append(one)
        allowed = one and traced * 100 <= number * percent
        assert allowed == begin_span(tracer, "LOOK").open
        traced += allowed


@pytest.mark.parametrize(("percent", "traced"), [(0, False), (5, True)])
def test_a_policy_that_samples_nothing_is_obeyed(percent: int, traced: bool) -> None:
    """Whatever a caller's trace header says."""
    policy = load_policy("baseline")
    policy = policy._replace(environments={DEFAULT_ENVIRONMENT: EnvironmentProperties(1, percent)})
    plugins = Plugins({"a": _Offers(Spy().tracer).plugin()})

    assert traced == (find_tracer(policy, read_settings({}), plugins) is not None)
