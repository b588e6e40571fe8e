"""Failures that were answered are told to trackers; the real ones play in tests/world."""

from __future__ import annotations

import sys
from enum import Enum
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from affidavit import ConflictError, audited
from affidavit._invocation.error_trackers import report_failure
from affidavit.testing import api_gateway_v1, make_runtime, run


class Code(Enum):
    """The codes of OpenTelemetry's spans."""

    ERROR = 2


class Tracker(ModuleType):
    """A tracker of the form of Sentry's."""

    def __init__(self) -> None:
        super().__init__("sentry_sdk")
        self.told: list[Exception] = []

    def capture_exception(self, error: Exception) -> None:
        """Keep what would be sent."""
        self.told.append(error)


@pytest.fixture
def tracker(monkeypatch: pytest.MonkeyPatch) -> Tracker:
    """Return a tracker that this process seems to have imported."""
    made = Tracker()
    monkeypatch.setitem(sys.modules, "sentry_sdk", made)
    return made


def _failing(error: Exception) -> Any:
    @audited(action="X")
    def handler(_: Any, __: Any) -> None:
        raise error

    return handler


def test_an_answered_failure_is_told_by_name(tracker: Tracker) -> None:
    """Its caller got a status; without this nobody would see that it failed."""
    answer: Any = run(_failing(LookupError("s3cr3t")), api_gateway_v1(), make_runtime())
    (told,) = tracker.told

    assert 500 == answer["statusCode"]
    assert "LookupError" == type(told).__name__
    assert (None, None, None) == (told.__traceback__, told.__cause__, told.__context__)
    assert "s3cr3t" not in f"{told!r} {vars(told)}"


@pytest.mark.parametrize(
    ("error", "event"),
    [
        pytest.param(ConflictError("x", why="y", fix="z"), api_gateway_v1(), id="a refusal"),
        pytest.param(LookupError("x"), {}, id="an exception that the caller gets"),
    ],
)
def test_what_is_no_answered_failure_is_not_told(
    tracker: Tracker, error: Exception, event: Any
) -> None:
    """A refusal is no failure, and an exception is seen by whoever wraps the function."""
    try:
        run(_failing(error), event, make_runtime())
    except LookupError:
        pass

    assert [] == tracker.told


def test_a_tracker_that_fails_changes_nothing(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged, by type."""

    def broken(_: Exception) -> None:
        raise OSError("s3cr3t")

    monkeypatch.setattr(tracker, "capture_exception", broken)
    bench = make_runtime()
    answer: Any = run(_failing(LookupError("x")), api_gateway_v1(), bench)

    assert 500 == answer["statusCode"]
    assert ["OSError"] == [
        line["error_type"] for line in bench.logs if line["event"] == "tracker.failed"
    ]
    assert "s3cr3t" not in "".join(bench.lines)


def test_nothing_is_imported_for_it() -> None:
    """Where no tracker is loaded there is nothing to tell."""
    before = set(sys.modules)

    assert "" == report_failure(ValueError("x"))
    assert before == set(sys.modules)


def test_the_span_of_a_failure_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of ddtrace and of OpenTelemetry; a span that nobody records is left alone."""
    tags: dict[str, Any] = {}
    span = SimpleNamespace(error=0, set_tag=tags.__setitem__)
    ddtrace = SimpleNamespace(tracer=SimpleNamespace(current_span=lambda: span))
    said: list[Any] = []
    other = SimpleNamespace(
        is_recording=lambda: True,
        record_exception=said.append,
        set_status=lambda *status: said.append(status),
    )
    quiet = SimpleNamespace(is_recording=lambda: False)
    error = LookupError("redacted")
    monkeypatch.setitem(sys.modules, "ddtrace", ddtrace)  # type: ignore[arg-type]
    for one in (other, quiet):
        trace = SimpleNamespace(get_current_span=lambda one=one: one, StatusCode=Code)
        monkeypatch.setitem(sys.modules, "opentelemetry.trace", trace)  # type: ignore[arg-type]
        assert "" == report_failure(error)
    assert (1, {"error.type": "LookupError", "error.message": "redacted"}) == (span.error, tags)
    assert [error, (Code.ERROR, "LookupError")] == said
