"""The runtime in memory, and the stand-ins around it."""

from __future__ import annotations

from typing import Any

import pytest

from affidavit import Query, StatementError, UnauditedAccessError, audited
from affidavit._policy.load import load_policy
from affidavit._policy.words import Declare
from affidavit.plugin import Permit
from affidavit.testing import FakeClock, FakeContext, MemorySource, make_runtime, run

FIND = Query(name="find", sql="select 1")
PERMIT = Permit(deadline_s=1, request_id="r", function="f", actor=None)


@audited
def handler(event: Any, context: Any) -> Any:
    """Count, log, and answer."""
    context.metrics.add("Seen", 1, "Count")
    context.log.info("seen")
    return {"at": context.get_remaining_time_in_millis()}


def test_everything_that_leaves_is_kept_for_inspection() -> None:
    """Records, metrics and log lines, apart."""
    bench = make_runtime()
    answer = run(handler, {}, bench, FakeContext(remaining_ms=5000))

    assert {"at": 5000} == answer
    assert ["I", "O"] == [record.phase for record in bench.records]
    assert [1] == [line["Seen"] for line in bench.metrics]
    assert ["seen", "invocation.completed"] == [line["event"] for line in bench.logs]


def test_a_setting_of_the_policy_can_be_changed() -> None:
    """By its name; the rest stays."""
    bench = make_runtime(policy="hipaa", declare=Declare.NONE)

    assert Declare.NONE is bench.runtime.policy.declare
    assert "hipaa" == bench.runtime.policy.name
    assert load_policy("gdpr") == make_runtime(policy=load_policy("gdpr")).runtime.policy


def test_time_moves_only_when_told() -> None:
    """And ids count."""
    clock = FakeClock()
    held = clock.clock()
    before = held.now_ms()
    clock.forward(5)

    assert before + 5 == held.now_ms()
    assert clock.step_ns == -(held.tick_ns() - held.tick_ns())
    assert ["id" + "0" * 20, "id" + "0" * 19 + "1"] == [held.new_id(), held.new_id()]


def test_a_source_answers_by_name() -> None:
    """Rows, a function of the binds, an exception, or nothing; it notes what was asked."""
    source = MemorySource("memory", {"find": [{"a": 1}]})

    assert [{"a": 1}] == source.run(PERMIT, FIND, {}, max_rows=1)
    assert [("find", {})] == source.asked
    source.answers["find"] = lambda binds: [dict(binds)]
    assert [{}] == source.run(PERMIT, FIND, {}, max_rows=1)
    source.answers["find"] = OSError("x")
    with pytest.raises(OSError, match="x"):
        source.run(PERMIT, FIND, {}, max_rows=1)
    source.answers.clear()
    assert [] == source.run(PERMIT, FIND, {}, max_rows=1)


def test_a_source_is_as_strict_as_a_real_one() -> None:
    """A test must not pass where production refuses."""
    source = MemorySource("memory", {"find": [{"a": 1}, {"a": 2}]})
    with pytest.raises(StatementError, match="more than 1 rows"):
        source.run(PERMIT, FIND, {}, max_rows=1)
    with pytest.raises(StatementError, match="wrong binds"):
        source.run(PERMIT, FIND, {"x": 1}, max_rows=2)
    with pytest.raises(UnauditedAccessError, match="without a permit"):
        source.run(tuple(PERMIT), FIND, {}, max_rows=2)  # type: ignore[arg-type]


def test_a_context_is_one_that_lambda_might_hand_over() -> None:
    """The attributes of Lambda's manual, and its one method."""
    context = FakeContext()
    for name in (
        "aws_request_id",
        "function_name",
        "function_version",
        "invoked_function_arn",
        "memory_limit_in_mb",
        "log_group_name",
        "log_stream_name",
        "identity",
        "client_context",
    ):
        assert hasattr(context, name)
    assert 30_000 == context.get_remaining_time_in_millis()
