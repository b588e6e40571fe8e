"""Log lines: JSON, one each, redacted."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit._policy.load import load_policy
from affidavit._redact import Redactor
from affidavit._telemetry.log import make_logger
from affidavit._types import LOG_LEVELS
from affidavit.testing import FakeClock

QUIET = """
import sys
from affidavit import audited

@audited(action="ASK")
def handler(event, context):
    return {}

handler({"by": "x"}, None)
print("structlog" in sys.modules, "asyncio" in sys.modules)
"""
"""A process of its own: this one has imported everything."""

REDACTOR = Redactor(load_policy("baseline").redaction)
MAIL = "jane.roe@example.com"


def _logger(level: str = "debug") -> tuple[Any, list[str]]:
    lines: list[str] = []
    return make_logger(REDACTOR, FakeClock().clock(), lines.append, level), lines


def test_a_line_says_level_time_and_event_first() -> None:
    """Then what the caller adds, in the caller's order."""
    log, lines = _logger()
    log.info("price.asked", zeta=1, alpha=2)

    assert ["level", "timestamp", "event", "zeta", "alpha"] == list(json.loads(lines[0]))
    assert {
        "level": "info",
        "timestamp": "2026-01-23T12:00:00.000Z",
        "event": "price.asked",
    }.items() <= json.loads(lines[0]).items()


@pytest.mark.parametrize("level", LOG_LEVELS)
@pytest.mark.parametrize("said", LOG_LEVELS)
def test_a_level_lets_through_what_is_as_grave(level: str, said: str) -> None:
    """The five names of the standard library."""
    log, lines = _logger(level)
    getattr(log, said)("x")

    assert (LOG_LEVELS[said] >= LOG_LEVELS[level]) == bool(lines)
    assert [said] * len(lines) == [json.loads(line)["level"] for line in lines]


def test_a_number_is_a_level_too() -> None:
    """`log.log(30, …)`, as libraries call it."""
    log, lines = _logger("warning")
    log.log(30, "x")
    log.log(20, "y")

    assert ["x"] == [json.loads(line)["event"] for line in lines]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"note": f"for {MAIL}"}, id="in a field"),
        pytest.param({"nested": {"a": [{"b": MAIL}]}}, id="deep inside"),
        pytest.param({MAIL: 1}, id="as a name"),
        pytest.param({"password": "hunter2-canary"}, id="under a telling name"),
        pytest.param({"error": ValueError(MAIL)}, id="in an exception"),
        pytest.param({"thing": {MAIL}}, id="in a set"),
        pytest.param({"raw": MAIL.encode()}, id="in bytes"),
    ],
)
def test_a_field_is_redacted(fields: dict[str, Any]) -> None:
    """Whatever it is and wherever it stands."""
    log, lines = _logger()
    log.info("x", **fields)

    assert MAIL not in lines[0]
    assert "hunter2" not in lines[0]


def test_the_event_is_redacted_as_well() -> None:
    """A careless author writes sentences."""
    log, lines = _logger()
    log.warning(f"no price for {MAIL}")
    log.warning("no price for %s", MAIL)

    assert 2 == len(lines)
    assert all(MAIL not in line for line in lines)


def test_an_exception_is_logged_without_its_text() -> None:
    """`log.exception` says that there was one; the record of it is `handler.failed`."""
    log, lines = _logger()
    try:
        raise ValueError(MAIL)
    except ValueError as error:
        log.exception("price.failed")
        log.error("price.failed", exc_info=True)
        log.error("price.failed", exc_info=error)

    assert 3 == len(lines)
    assert ["error"] * 3 == [json.loads(line)["level"] for line in lines]
    assert all(MAIL not in line for line in lines)


def test_what_was_bound_is_on_every_line() -> None:
    """And only on those of the logger that it was bound to."""
    log, lines = _logger()
    bound = log.bind(request_id="r-1")
    bound.info("one")
    log.info("two")

    assert ["r-1", None] == [json.loads(line).get("request_id") for line in lines]


@given(fields=st.dictionaries(my.words(), my.jsons(), max_size=4), event=st.text())
def test_every_line_is_json_on_one_line(fields: dict[str, Any], event: str) -> None:
    """CloudWatch splits at line breaks."""
    log, lines = _logger()
    log.info(event, **fields)

    assert 1 == len(lines)
    assert "\n" not in lines[0]
    assert isinstance(json.loads(lines[0]), dict)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("1.5"), object(), {1, 2}, b"\xff", "\ud800", 10**400],
    ids=["nan", "infinity", "decimal", "object", "set", "bytes", "surrogate", "huge"],
)
def test_what_json_has_no_word_for_is_logged_somehow(value: Any) -> None:
    """A log line must not cost an answer."""
    log, lines = _logger()
    log.info("x", value=value)

    assert "value" in json.loads(lines[0])


@given(
    method=st.sampled_from(["info", "warning", "error"]),
    event=st.text(),
    fields=st.dictionaries(my.words(), my.jsons(), max_size=4),
)
def test_a_line_of_the_kernel_is_the_line_of_a_handler(
    method: str, event: str, fields: dict[str, Any]
) -> None:
    """One is made without structlog, the other with it; no reader can tell them apart."""
    log, lines = _logger()
    getattr(log, method)(event, **fields)
    getattr(log.bind(), method)(event, **fields)

    assert 2 == len(lines)
    assert lines[0] == lines[1]


def test_a_function_that_logs_nothing_of_its_own_imports_no_structlog() -> None:
    """It and asyncio are a third of what a cold start would take; an invocation says its line."""
    done = subprocess.run(
        [sys.executable, "-c", QUIET],
        check=True,
        capture_output=True,
        text=True,
        env={"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_PLUGINS": ""},
    )
    completed, modules = done.stdout.splitlines()[-2:]

    assert "invocation.completed" == json.loads(completed)["event"]
    assert "False False" == modules


def test_the_hosts_logging_is_left_alone() -> None:
    """A library that configures structlog globally surprises its host."""
    before = structlog.get_config()
    _logger()[0].info("x")

    assert before == structlog.get_config()
    assert not structlog.is_configured()
