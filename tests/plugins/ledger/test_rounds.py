"""Sealing and pushing again and again: how long it is waited, and what is said each time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from affidavit import LedgerUnavailableError
from affidavit.plugin import iso_utc
from affidavit_ledger import push_command
from affidavit_ledger.chain_point import BEGINNING
from affidavit_ledger.push import PushMark, PushReport
from command_line import Terminal

NOW_MS = 1_790_000_000_000


class EnoughError(Exception):
    """The test has seen enough rounds."""


def _rounds(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    every: int,
    outcomes: list[PushReport | None],
    mark: PushMark = PushMark(),  # noqa: B008 - nothing in it changes
) -> tuple[list[float], list[dict[str, Any]], str]:
    """Push in rounds that end so, None for a target that is away; return waits and lines."""
    left, waits = list(outcomes), list[float]()

    def once() -> PushReport:
        found = left.pop(0)
        if found is None:
            raise LedgerUnavailableError("the target is away", why="planted", fix="wait")
        return found

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if not left:
            raise EnoughError

    monkeypatch.setattr(push_command, "now_ms", lambda: NOW_MS)
    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(EnoughError):
        push_command._go_on(once, lambda: mark, every, "Space")
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        head = line.pop("_aws")
        (told,) = head["CloudWatchMetrics"]
        line["units"] = {one["Name"]: one["Unit"] for one in told["Metrics"]}
        assert (NOW_MS, "Space") == (head["Timestamp"], told["Namespace"])
    return waits, lines, err


def _counts(*numbers: int) -> dict[str, int]:
    names = ("PushedEvents", "PushFailures", "PushLeftOut", "PushLag")
    return dict(zip(names, numbers, strict=False))


def test_each_round_of_pushing_is_a_line_of_metrics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was pushed, what failed, what was left out, and how old the newest is."""
    sealed_at = iso_utc(NOW_MS - 7_000)
    rounds = [PushReport("o", sealed_at, 5, ["a", "b"]), PushReport(), None]
    mark = PushMark(BEGINNING._replace(origin="o", time=iso_utc(NOW_MS - 90_000)))
    waits, lines, err = _rounds(monkeypatch, capsys, 10, rounds, mark)
    count = dict.fromkeys(("PushedEvents", "PushFailures", "PushLeftOut"), "Count")
    lagging = {**count, "PushLag": "Seconds"}

    assert [10, 10, 20] == waits
    assert [
        {"Log": "o", "units": lagging, **_counts(5, 0, 2, 7)},
        {"units": count, **_counts(0, 0, 0)},
        {"Log": "o", "units": lagging, **_counts(0, 1, 0, 90)},
    ] == lines
    assert "the target is away: planted. wait." in " ".join(err.split())


@pytest.mark.parametrize(
    ("every", "waits"),
    [(1, [2, 4, 8, 16, 32, 60, 60, 60, 1]), (59, [60] * 8 + [59]), (70, [70] * 9)],
)
def test_a_target_that_is_away_is_asked_less_and_less_often(
    every: int,
    waits: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Up to once a minute, unless rounds are further apart anyway; then as before."""
    rounds: list[PushReport | None] = [*[None] * 8, PushReport()]
    told, lines, _ = _rounds(monkeypatch, capsys, every, rounds)
    assert waits == told
    assert [1] * 8 + [0] == [line["PushFailures"] for line in lines]


@pytest.mark.parametrize("command", ["seal", "push"])
def test_rounds_go_on_until_somebody_ends_them(
    command: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each does what one alone does."""
    terminal.invoke(1)
    where = ("--archive", terminal.archive)
    sealed = (*where, "--signer", terminal.signer, "--ledger", terminal.ledger)
    assert 0 == terminal("seal", *sealed).code
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt
        terminal_invoke(1)

    terminal_invoke: Callable[[int], object] = terminal.invoke
    monkeypatch.setattr(time, "sleep", sleep)
    key = ("--public-key", str(terminal.folder / "sealer.pub"))
    to = ("--to", f"file://{terminal.folder}/events", "--mark", f"{terminal.folder}/mark")
    line = {"seal": sealed, "push": (*where, *key, *to)}[command]
    said = terminal(command, *line, "--every", "7")

    assert (130, [7, 7, 7]) == (said.code, waits)
    if command == "seal":
        told = [line.split(" in ")[0] for line in said.err.splitlines() if "Sealed" in line]
        assert ["Sealed 0 record(s)", "Sealed 3 record(s)", "Sealed 3 record(s)"] == told
        assert "" == said.out
    else:
        pushed = [json.loads(line)["PushedEvents"] for line in said.out.splitlines()]
        assert [2, 0, 0] == pushed
        assert 2 == len((terminal.folder / "events").read_text().splitlines())
