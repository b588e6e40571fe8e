"""The proof type."""

import dataclasses

import pytest

import redact_strategies as my
from affidavit._policy.model import SinkRule
from affidavit._policy.words import Sink, SinkMode
from affidavit._redact import Clean, Redactor


def test_a_proof_cannot_be_changed() -> None:
    """What went through the engine stays as it came out."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Clean("x").value = "y"  # type: ignore[misc]


def test_nothing_is_found_unless_it_is_said() -> None:
    """The counts are empty by default."""
    assert () == Clean({}).found


def test_what_is_clean_passes_as_its_value() -> None:
    """A redacted event inside a log line is not redacted again, and not taken apart."""
    redactor = Redactor(my.rules())
    clean = redactor.clean({"email": "x", "n": 1}, Sink.LOG)

    assert {"received": {"email": "[EMAIL]", "n": 1}} == redactor.clean(
        {"received": clean}, Sink.LOG
    ).value


def test_an_allow_list_asks_for_more() -> None:
    """What was clean for a log may be too much for a metric."""
    rule = SinkRule(mode=SinkMode.ALLOWLIST, keys=("received",))
    redactor = Redactor(my.rules(sinks={Sink.METRIC: rule}))
    clean = redactor.clean({"n": 1}, Sink.LOG)

    assert {"received": {"n": "[UNKNOWN]"}} == redactor.clean(
        {"received": clean}, Sink.METRIC
    ).value
    assert {"n": "[UNKNOWN]"} == redactor.clean(clean, Sink.METRIC).value
