"""Models of the world can be drawn; what cannot be is said before the run, with what to write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit import audited
from affidavit.testing import FakeContext, MemoryStore, make_runtime, use_runtime
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.cases import any_cases, valid_cases
from affidavit_testing.drawable import drawable
from affidavit_testing.run_property import _undrawable
from affidavit_testing.suite import verdict_on
from affidavit_testing.under_test import HandlerUnderTest, subject_of
from model_shapes import HOPELESS, SHAPES

QUIET = settings(
    max_examples=8, suppress_health_check=list(HealthCheck), deadline=None, database=None
)


def _subject(name: str, policy: str = "baseline") -> HandlerUnderTest:
    model, how = SHAPES[name]

    @audited(action="ASKED", request=model, response=dict[str, bool])
    def handler(asked: Any, context: Any) -> dict[str, bool]:
        return {"asked": asked is not None}

    return subject_of(handler, policy=policy, **how)


def test_there_are_enough() -> None:
    """The issue of the world outside names sixty; some of them need a hint."""
    assert 60 <= len(SHAPES)
    assert 5 <= sum(bool(one.how) for one in SHAPES.values())


@pytest.mark.parametrize("name", SHAPES)
def test_a_model_can_be_drawn(name: str) -> None:
    """By the judgement of pydantic itself, which is not asked through this library."""
    subject = _subject(name)
    assert "" == _undrawable(subject)
    assert subject.schema is not None
    assert subject.schema.good is not None
    # Of some models there are only a few different values.
    assert 1 <= len({json.dumps(value) for value in subject.schema.good.values})
    assert 0.02 < subject.schema.good.share
    from pydantic import TypeAdapter

    for value in subject.schema.good.values:
        TypeAdapter(SHAPES[name].model).validate_json(json.dumps(value))


@pytest.mark.parametrize("name", SHAPES)
def test_the_suite_and_the_kernel_agree_on_what_is_valid(name: str) -> None:
    """Through every event source: what is said to be valid is answered, and what is not, is not."""
    subject = _subject(name)
    assert "" == _undrawable(subject)
    came: set[tuple[bool, str]] = set()

    @QUIET
    @given(case=any_cases(subject))
    def agree(case: Any) -> None:
        with use_runtime(make_runtime(policy=subject.policy, store=MemoryStore())) as _:
            try:
                answer = subject.handler(case.event, FakeContext())
            except Exception:  # noqa: BLE001 - whatever it is, it is no answer
                answered = False
            else:
                code = answer.get("statusCode", 200) if isinstance(answer, dict) else 200
                answered = code < 400
        came.add((answered, case.via))
        assert answered or not case.valid, case.event
        assert not (answered and case.refused), (case.refused, case.event)

    agree()

    assert any(answered for answered, _ in came)


@pytest.mark.parametrize("name", HOPELESS)
def test_what_cannot_be_drawn_is_said_with_what_to_write(name: str) -> None:
    """Before the run, once, and as a failure; the other promises are not shown."""
    model, advice = HOPELESS[name]

    @audited(action="ASKED", request=model, response=dict[str, bool])
    def handler(asked: Any, context: Any) -> dict[str, bool]:
        return {"asked": True}

    subject = subject_of(handler)
    first = verdict_on(subject, BY_NAME["a_valid_request_is_answered"])
    other = verdict_on(subject, BY_NAME["nothing_raw_gets_out"])

    assert ("broken", "not shown") == (first.result, other.result)
    assert advice in first.message
    assert "hypothesis" not in first.message.lower()


def test_a_hint_for_no_field_is_a_mistake() -> None:
    """It would be forgotten silently otherwise."""
    model = SHAPES["Nested"].model

    @audited(action="ASKED", request=model, response=dict[str, bool])
    def handler(asked: Any, context: Any) -> dict[str, bool]:
        return {"asked": True}

    subject = subject_of(handler, samples={"lines.sku": ["ABC123"], "lines.sko": ["ABC123"]})

    assert "lines.sko" in _undrawable(subject)
    assert "lines.sku" not in _undrawable(subject)


def test_few_valid_ones_are_chosen_again() -> None:
    """Where one in ten is right by chance, most requests are right all the same."""
    subject = _subject("Isbn")
    assert "" == _undrawable(subject)
    assert subject.schema is not None
    assert subject.schema.good is not None
    assert subject.schema.good.share < 0.3
    valid: list[bool] = []
    QUIET(given(case=valid_cases(subject))(lambda case: valid.append(case.valid)))()

    assert sum(valid) >= len(valid) / 3


@given(number=st.integers(0, 3))
def test_drawing_is_repeatable(number: int) -> None:
    """The same model, the same values: a failure can be repeated elsewhere."""
    name = list(SHAPES)[number]
    first, second = _subject(name), _subject(name)
    assert first.schema is not None
    assert second.schema is not None
    assert first.request is not None

    assert drawable(first.schema, first.request.adapter) == drawable(
        second.schema, first.request.adapter
    )
