"""Metric lines, what is kept in a warm process, and faults that are planted."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import AffidavitError, LedgerError
from affidavit.plugin import Entry
from affidavit.testing import FakeContext, MemoryStore, make_runtime, run
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing import people, policies
from affidavit_testing.broken import BrokenPromiseError, short
from affidavit_testing.case import is_telling
from affidavit_testing.metric_lines import dimension_values, metric_lines, problems
from affidavit_testing.outages import DOWN, ClockSkew, LedgerFault, faults, mend
from affidavit_testing.persons import MadeUpPerson
from affidavit_testing.profiles import PROFILES
from affidavit_testing.remembered import kept_texts
from affidavit_testing.suite import verdict_on
from affidavit_testing.under_test import subject_of


def _line(**changes: Any) -> dict[str, Any]:
    directive = {
        "Namespace": "n",
        "Dimensions": [["Service"]],
        "Metrics": [{"Name": "Done", "Unit": "Count"}],
    }
    about = {"Timestamp": 1, "CloudWatchMetrics": [directive]}
    line: dict[str, Any] = {"_aws": about, "Service": "s", "Done": 1}
    for name, value in changes.items():
        target = next((part for part in (directive, about) if name in part), line)
        target[name] = value
    return line


def test_a_good_line_breaks_no_rule() -> None:
    """Ours and the kernel's."""
    from affidavit import audited

    bench = make_runtime()
    run(audited(action="X")(lambda event, context: {}), {}, bench)

    assert [] == list(problems(_line()))
    assert [[]] == [list(problems(line)) for line in metric_lines(bench.lines)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"Timestamp": 1.5}, "Timestamp", id="time"),
        pytest.param({"CloudWatchMetrics": []}, "no CloudWatchMetrics", id="no directive"),
        pytest.param({"CloudWatchMetrics": ["x"]}, "not an object", id="directive"),
        pytest.param({"Namespace": ":x"}, "namespace", id="namespace"),
        pytest.param({"Dimensions": ["Service"]}, "not lists", id="dimensions"),
        pytest.param({"Dimensions": [["Gone"]]}, "dimension Gone", id="missing dimension"),
        pytest.param({"Service": "é"}, "plain ASCII", id="not ASCII"),
        pytest.param({"Service": " "}, "dimension Service", id="blank"),
        pytest.param({"Dimensions": [[f"d{n}" for n in range(31)]]}, "31 dimensions", id="many"),
        pytest.param({"Metrics": []}, "no metrics", id="no metrics"),
        pytest.param({"Metrics": [{"Name": ""}]}, "no usable name", id="no name"),
        pytest.param({"Metrics": [{"Name": "Done", "Unit": "Ells"}]}, "unit", id="unit"),
        pytest.param({"Done": "1"}, "not a finite number", id="text"),
        pytest.param({"Done": float("inf")}, "not a finite number", id="infinite"),
        pytest.param({"Done": True}, "not a finite number", id="truth"),
        pytest.param({"Done": list(range(101))}, "not a finite number", id="many values"),
    ],
)
def test_a_line_that_cloudwatch_drops(changes: dict[str, Any], problem: str) -> None:
    """Without a word to anybody; so we say it."""
    assert any(problem in one for one in problems(_line(**changes)))


def test_metric_lines_are_found_among_others() -> None:
    """Text, other JSON, and halves of lines are none."""
    lines = ["text", '{"a":1}', '{"_aws":', '{"_aws":5}', json.dumps(_line())]

    assert [{"Service": "s"}] == [dimension_values(line) for line in metric_lines(lines)]


def _texts(handler: Any) -> str:
    return "\n".join(text for _, text in kept_texts(handler))


def test_what_a_handler_keeps_is_found() -> None:
    """In closures, defaults, attributes, caches and decorators' own state."""
    closure = ["in-a-closure"]

    class Service:
        def __init__(self) -> None:
            self.last = {"deep": [("in-an-attribute",)]}

        def __call__(self, event: Any, context: Any) -> None: ...

    @functools.lru_cache
    def cached(text: str) -> str:
        return f"{text}-in-a-cache"

    cached("value")

    def inner(event: Any, context: Any, seen: Any = ({"x": b"in-a-default"},)) -> Any:
        return closure, cached

    @functools.wraps(inner)
    def outer(event: Any, context: Any) -> Any:
        return inner(event, context)

    found = _texts(outer)
    assert [] == [w for w in ("closure", "cache", "default") if f"in-a-{w}" not in found]
    assert "in-an-attribute" in _texts(Service())
    assert "in-an-attribute" in _texts(functools.partial(Service()).func)


def test_circles_end() -> None:
    """A list that holds itself is looked at once."""
    circle: list[Any] = ["round"]
    circle.append(circle)

    def handler(event: Any, context: Any) -> Any:
        return circle

    assert "round" in _texts(handler)


ENTRY = [Entry(writer="w", seq=0, body=b"{}", mac=b"", expires_at=1, at="")]  # type: ignore[arg-type]


@given(words=st.lists(st.sampled_from(["ok", "refuse", "crash", "lose", "conflict"]), max_size=5))
def test_a_ledger_fails_as_planned(words: list[str]) -> None:
    """Append by append; afterwards all is well."""
    store = MemoryStore()
    LedgerFault(tuple(words)).plant(store, "text")
    for number, word in enumerate([*words, "ok"]):
        entry = [ENTRY[0]._replace(seq=number)]
        if word == "ok":
            store.append(entry, timeout_s=1)
        else:
            with pytest.raises((LedgerError, ConnectionError)):
                store.append(entry, timeout_s=1)
        assert (("w", number) in store.items) == (word in {"ok", "lose"})
    DOWN.plant(store)
    for _ in range(3):
        with pytest.raises(LedgerError):
            store.append(ENTRY, timeout_s=1)
    mend(store)
    store.append(ENTRY, timeout_s=1)


@given(fault=faults())
def test_any_fault_is_of_a_known_kind(fault: object) -> None:
    """Of the ledger, of a source, of a clock, or of time."""
    assert isinstance(fault, LedgerFault | BaseException | ClockSkew | FakeContext)


@given(policy=policies("hipaa"), person=people())
def test_policies_vary_within_what_they_may_say(policy: Any, person: MadeUpPerson) -> None:
    """An archive that forgets before the ledger does would be refused by the compiler."""
    assert "hipaa" == policy.name
    assert policy.retention.hot_days <= policy.retention.archive_days
    assert person.row.keys() == {"patient_name", "patient_ssn", "patient_email", "patient_note"}


def test_a_message_names_the_promise_and_shortens_the_event() -> None:
    """What is the same in each event is left out, and what is long is cut."""
    event = {
        "version": "2.0",
        "headers": {},
        "body": "x" * 2000,
        "requestContext": {"stage": "x", "authorizer": {"sub": "u"}},
    }
    told = str(BrokenPromiseError("binds_only", "It does not hold.", event=event, seen="here"))

    assert told.startswith("broken promise: binds_only: It does not hold.\n  event: {")
    assert told.endswith("\n  seen:  here")
    assert "stage" not in told
    assert '"version"' not in told
    assert len(told) < 1000
    assert "object at" in short(object())
    assert issubclass(BrokenPromiseError, AssertionError)
    assert not issubclass(BrokenPromiseError, AffidavitError)


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("N-100001", True),
        ("N-000000", False),
        ("N-1001", False),
        ("20260123", False),
        ("20260123456", True),
        ("deadbeef12", False),
        ("550e8400-e29b-41d4-a716-446655440000", True),
    ],
)
def test_only_what_cannot_occur_by_chance_is_looked_for(text: str, telling: bool) -> None:
    """Tokens and times are full of digits."""
    assert telling == is_telling(text)


def test_a_failure_is_made_smaller_only_so_long() -> None:
    """Somebody waits for it; what is printed is still an example that breaks the promise."""
    calls: list[int] = []

    def handler(event: Any, context: Any) -> dict[str, Any]:
        calls.append(1)
        return {"statusCode": 200, "body": json.dumps(event)}

    found = verdict_on(subject_of(handler), BY_NAME["always_on_record"], profile="dev")

    assert "broken" == found.result
    assert "again: --affidavit-again=" in found.message
    # The first that breaks it, those tried to make it smaller, and the last that is shown.
    assert len(calls) <= 40 + PROFILES["dev"].shrinks + 5
