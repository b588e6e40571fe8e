"""What a deployed harness counts: alarms go by these names, so they are these."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit_harness import handler
from affidavit_harness.protocol import PollProgress, RunReport, RunVerdict


def _here(entries: list[Any]) -> Any:
    """A deployed harness, as far as counting and sweeping ask for it."""
    ledger = SimpleNamespace(entries=lambda run: [one for one in entries if run in {None, one.run}])
    return SimpleNamespace(context=SimpleNamespace(env="qa", ledger=ledger), namespace="tests")


def _counted(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, str]]:
    told = json.loads(capsys.readouterr().out)
    (directive,) = told.pop("_aws")["CloudWatchMetrics"]
    assert ("tests", [["Environment"]]) == (directive["Namespace"], directive["Dimensions"])
    assert "qa" == told.pop("Environment")
    return told, {one["Name"]: one["Unit"] for one in directive["Metrics"]}


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        (RunVerdict.PASSED, "Passed"),
        (RunVerdict.FAILED, "Failed"),
        (RunVerdict.ERROR, "Errored"),
    ],
)
def test_a_run_counts_how_it_ended(
    verdict: RunVerdict, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, with what it left behind, how often it looked, and how long it took."""
    report = RunReport(
        run="r", scenario="s", case="c", env="qa", verdict=verdict, began_ms=0, took_ms=1234,
        leaked=2, polls=5,
    )  # fmt: skip
    handler._count(_here([]), report)
    told, units = _counted(capsys)

    assert {name: 1, "LeakedItems": 2, "Polls": 5, "RunDuration": 1234} == told
    assert (
        dict.fromkeys((name, "LeakedItems", "Polls"), "Count") | {"RunDuration": "Milliseconds"}
        == units
    )


def test_a_sweep_counts_what_it_has_undone_and_what_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due, whoever left it; all of a run that has ended badly, due or not."""
    entries = [
        SimpleNamespace(run=run, expires_s=expires_s, ok=ok)
        for run, expires_s, ok in (("a", 0, True), ("a", 0, False), ("b", 2**40, True))
    ]
    monkeypatch.setattr(handler, "undo_all", lambda found, *_, **__: list(found))

    for run, swept, left in ((None, 1, 1), ("a", 1, 1), ("b", 1, 0), ("none", 0, 0)):
        assert {"swept": swept, "left": left} == handler._swept(_here(entries), run)
        told, units = _counted(capsys)
        assert {"Swept": swept, "LeakedItems": left} == told
        assert {"Swept": "Count", "LeakedItems": "Count"} == units


@pytest.mark.parametrize(
    ("status", "run"),
    [("FAILED", "r1"), ("TIMED_OUT", "r1"), ("ABORTED", "r1"), ("SUCCEEDED", "none")],
)
def test_an_execution_that_ended_badly_is_swept(status: str, run: str) -> None:
    """Its name ends with its run."""
    assert run == handler._run_of({"status": status, "name": "price-is-kept-r1"})


def test_nobody_has_looked_before_the_first_time() -> None:
    """Nor held still, nor tried again."""
    assert (7, 0, None, ()) == tuple(
        getattr(PollProgress(7), name) for name in ("began_ms", "tries", "held_ms", "retried")
    )
