"""The values of the protocol: JSON and back is the same, and nothing unknown is taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit.plugin import ActionError, ScenarioRun
from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.protocol import (
    CheckFinding,
    Cursor,
    KnownRun,
    PollProgress,
    RunEvent,
    RunReport,
    RunState,
    RunVerdict,
    SecretPlace,
    StepOutcome,
    StepResult,
    StepState,
    Trouble,
    UndoEntry,
    UndoResult,
)

KINDS = (
    *(RunState, RunReport, RunEvent, KnownRun, StepResult, UndoEntry, UndoResult),
    *(Cursor, PollProgress, CheckFinding, Trouble),
)

words = st.text(max_size=5)
numbers = st.integers(0, 2**53)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
objects = st.dictionaries(words, values, max_size=2)
troubles = st.none() | st.builds(Trouble, words, words, words, words)
findings = st.builds(CheckFinding, words, words, values, values, st.booleans(), words)
progress = st.none() | st.builds(PollProgress, numbers, numbers, st.none() | numbers)
cursors = st.builds(
    Cursor, numbers, st.sampled_from(StepOutcome), numbers, st.none() | numbers, progress
)
steps = st.builds(
    StepResult,
    id=words,
    state=st.sampled_from(StepState),
    findings=st.tuples(findings),
    result=values,
    error=troubles,
)
undos = st.builds(
    UndoResult, run=words, action=words, uses=words, ok=st.booleans(), tries=numbers, error=troubles
)
entries = st.builds(
    UndoEntry,
    run=words,
    number=numbers,
    action=words,
    uses=words,
    params=objects,
    env=words,
    expires_s=numbers,
    secrets=st.dictionaries(words, st.builds(SecretPlace, words, words), max_size=1),
)
states = st.builds(
    RunState,
    run=st.builds(ScenarioRun, words, words, words, words, numbers, numbers),
    case=objects,
    overrides=objects,
    manifest=words,
    vars=objects,
    cursor=cursors,
    actions=st.tuples(steps),
    assertions=st.tuples(steps),
    verdict=st.none() | st.sampled_from(RunVerdict),
    error=troubles,
    undo=st.tuples(entries),
    cleaned=st.tuples(undos),
    broken=st.none() | objects,
)
reports = st.builds(
    RunReport,
    run=words,
    scenario=words,
    case=words,
    env=words,
    verdict=st.sampled_from(RunVerdict),
    began_ms=numbers,
    actions=st.tuples(steps),
    cleanup=st.tuples(undos),
    dollars=st.floats(0, 10),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=states | reports)
def test_json_and_back_is_the_same(value: RunState | RunReport) -> None:
    """Through text, as Step Functions and files carry it."""
    assert value == from_json(type(value), json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.__name__)
def test_what_is_unknown_or_missing_is_refused(kind: type) -> None:
    """Also another version: an older harness must not half-understand a newer run."""
    with pytest.raises(ActionError, match=kind.__name__):
        from_json(kind, {"hunter2": 1})
    with pytest.raises(ActionError):
        from_json(kind, None)


@pytest.mark.parametrize(
    ("kind", "key"), [(RunState, "format"), (RunReport, "schema")], ids=["state", "report"]
)
def test_another_version_is_refused(kind: type, key: str) -> None:
    """And the error names the place and no value."""
    run = {"id": "r", "scenario": "s", "case": "c", "env": "e", "started_ms": 0, "deadline_ms": 0}
    good: dict[str, Any] = {
        RunState: {"run": run, "case": {}, "overrides": {}, "manifest": "m"},
        RunReport: {**run, "run": "r", "verdict": "PASSED", "began_ms": 0},
    }[kind]
    for name in ("id", "started_ms", "deadline_ms"):
        if kind is RunReport:
            good.pop(name)
    assert from_json(kind, good)
    with pytest.raises(ActionError) as caught:
        from_json(kind, {**good, key: "affidavit-hunter2/v9"})

    assert key in caught.value.why
    assert "hunter2" not in str(caught.value)
