"""What the pages on redaction say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import repository as repo
from affidavit._policy.load import load_policy, policy_from
from affidavit._policy.words import OutputCapture, RedactionAction, Sink, SinkMode
from affidavit._redact import Redactor
from affidavit._redact.types.entities import ENTITIES
from affidavit_policy.compile import compile_policy

PAGE, KINDS, LIMITS = (
    (repo.DOCS / f"redaction{name}.md").read_text() for name in ("", "-kinds", "-limits")
)
REDACTOR = Redactor(load_policy("baseline").redaction)

BY_ENGINE = {"LIMIT", "UNKNOWN"}
"""Findings of the engine about itself."""

LET_PASS = repo.section(LIMITS, "## What is not detected")


def test_every_entity_is_named() -> None:
    """Whoever writes a policy looks here."""
    words = set(re.findall(r"`([A-Z_]+)`", KINDS))

    assert set() == ENTITIES.keys() - BY_ENGINE - words


def test_every_word_of_a_policy_is_named() -> None:
    """Actions, modes, ways out that can be captured."""
    choices = (*RedactionAction, *SinkMode, *OutputCapture)

    assert [] == [one.value for one in choices if f"`{one.value}`" not in PAGE
                  and f"[{one.value}]" not in PAGE]  # fmt: skip


def test_the_policies_capture_what_the_page_says() -> None:
    """`baseline` logging, three others prints, too."""
    captured = {
        name: set(load_policy(name).redaction.capture)
        for name in ("baseline", "part11", "hipaa", "gdpr", "pci")
    }

    assert {OutputCapture.LOGGING} == captured["baseline"] == captured["part11"]
    assert set(OutputCapture) == captured["hipaa"] == captured["gdpr"] == captured["pci"]


@pytest.mark.parametrize("text", re.findall(r"`([^`]* [^`]*)`", LET_PASS.partition("```")[0]))
def test_what_is_not_detected_is_not(text: str) -> None:
    """A gap that was closed must leave the list."""
    assert text == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize("text", ["jane [at] example [dot] com", "my mail: jane at example.com"])
def test_what_is_detected_is(text: str) -> None:
    """Shapes of the first table that need words."""
    assert "jane" not in REDACTOR.text(text, Sink.LOG)


def test_the_strict_policy_lets_only_listed_keys_pass(tmp_path: Path) -> None:
    """The mend for what is not detected."""
    source = repo.blocks(LIMITS, "yaml")[-1]
    path = tmp_path / "clinic.yaml"
    path.write_text(source)
    strict = Redactor(policy_from(compile_policy(path).needed()).redaction)

    assert {"event": "seen", "note": "[UNKNOWN]"} == strict.clean(
        {"event": "seen", "note": "Jane Roe of 12 Main Street called"}, Sink.LOG
    ).value
    assert "[UNKNOWN]" == strict.text("Jane Roe called", Sink.ERROR)


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """A processor for loggers of one's own."""
    import structlog

    (program,) = repo.blocks(PAGE, "python")
    try:
        exec(compile(program, "redaction.md", "exec"), {})  # noqa: S102 - the page's own
        structlog.get_logger().info("for jane.roe@example.com", password="x")  # noqa: S106 - said on purpose
    finally:
        structlog.reset_defaults()  # `configure` with the same values would stay a configuration
    told = capsys.readouterr().out

    assert "jane" not in told
    assert '"password": "[dropped]"' in told
