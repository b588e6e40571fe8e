"""What `affidavit scenario` prints, compared whole: data, rows, notes, and the exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from affidavit_harness.console.options import exit_code
from affidavit_harness.console.progress import Progress
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import (
    KnownRun,
    RunEvent,
    RunReport,
    RunVerdict,
    Trouble,
    UndoEntry,
)
from affidavit_harness.run_ids import trace_root
from affidavit_harness.run_store import RunStore
from command_line import Terminal

BEGAN = 1_790_000_000_000
AT = "2026-09-21T14:13:20.000Z"
RUN = "01k8l59hmj82jj3nnoaqb39g70"
OTHER = "01k8l59hmj82jj3nnoaqb39g71"
KNOWN = KnownRun(
    run=RUN, scenario="price", case="one", env="local", file="f.yaml", started_ms=BEGAN,
    deadline_ms=BEGAN + 1000,
)  # fmt: skip
REPORT = RunReport(
    run=RUN, scenario="price", case="one", env="local", verdict=RunVerdict.FAILED,
    began_ms=BEGAN, took_ms=1500, leaked=2, error=Trouble("E", "it broke", "so", "Mend it"),
)  # fmt: skip
SCENARIO = """\
schema: affidavit-scenario/v1
name: journey
description: Goes somewhere.
tags: [good]
environments: [local, dev]
cases:
  - {id: one, wanted: local}
  - {id: two, wanted: dev}
actions:
  - id: look
    uses: http.request
    with: {url: "https://example.org/"}
    when: "env == 'never'"
assertions:
  - {id: here, check: [{select: env, eq: "${{ case.wanted }}"}]}
"""


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal in a folder with one scenario."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "journey.yaml").write_text(SCENARIO)
    return Terminal(capsys, tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Two runs: one has failed, the other one has no verdict."""
    held = RunStore(tmp_path / ".affidavit-harness")
    held.begin(KNOWN)
    held.begin(replace(KNOWN, run=OTHER, case="only"))
    held.tell(RUN, RunEvent(event="run.began", id=RUN))
    held.tell(RUN, RunEvent(event="action.ended", id="look", uses="u", state="passed"))
    held.end(REPORT)
    return held


def _row(run: str = RUN, **changes: Any) -> dict[str, Any]:
    usual = {
        "run": run,
        "scenario": "price",
        "case": "one",
        "env": "local",
        "began": AT,
        "state": "FAILED",
        "leaked": 2,
        "execution": "",
        "trace": trace_root(run),
    }
    return {**usual, **changes}


LIVE = _row(OTHER, case="only", state="no verdict yet", leaked=None)


def test_runs_are_listed_newest_first(terminal: Terminal, store: RunStore) -> None:
    """With what is known of each."""
    assert store
    said = terminal("scenario", "runs", "--output", "json")
    assert ([LIVE, _row()], 0) == (said.data, said.code)
    assert [LIVE] == terminal("scenario", "runs", "--limit", "1", "--output", "json").data
    head, first, second = terminal("scenario", "runs").out.splitlines()
    assert ["run", "scenario", "case", "environment", "state", "began"] == head.split()
    assert ["aqb39g71", "price", "only", "local", "no", "verdict", "yet", AT] == first.split()
    assert ["aqb39g70", "price", "one", "local", "FAILED", AT] == second.split()


def test_a_runs_status_is_its_verdict(terminal: Terminal, store: RunStore) -> None:
    """By a short id, a whole one, or the newest; 3 while there is none."""
    assert store
    for name in ("aqb39g70", RUN, f"arn:aws:states:x:y:execution:m:price-{RUN}"):
        said = terminal("scenario", "status", name, "--output", "json")
        assert (_row(), exit_code([REPORT])) == (said.data, said.code)
    newest = terminal("scenario", "status", "--output", "json")
    assert (LIVE, 3) == (newest.data, newest.code)
    assert "it broke: so. Mend it." in terminal("scenario", "status", "aqb39g70").out
    assert 3 == terminal("scenario", "status", "nothing").code


def test_a_run_that_has_ended_is_watched_to_its_verdict(
    terminal: Terminal, store: RunStore
) -> None:
    """Each event on stderr; one without a verdict says so."""
    at = [one.at_ms for one in store.events(RUN)]
    assert all(at)
    said = terminal("scenario", "watch", RUN, "--output", "json")
    assert {"run": RUN, "verdict": "FAILED", "leaked": 2} == said.data
    assert exit_code([REPORT]) == said.code
    first, second = said.err.splitlines()
    assert first.endswith(f"run.began        {RUN}")
    assert second.endswith("action.ended     look passed")
    table = terminal("scenario", "watch", RUN).out.splitlines()
    assert ["it broke: so. Mend it.", "FAILED."] == table
    gone = terminal("scenario", "watch", OTHER)
    assert (3, "It ended without a verdict.\n") == (gone.code, gone.out)


def test_events_of_a_run_are_shown_in_their_order(terminal: Terminal, store: RunStore) -> None:
    """As they were kept."""
    said = terminal("scenario", "logs", RUN, "--output", "json")
    assert [to_json(one) for one in store.events(RUN)] == said.data
    lines = terminal("scenario", "logs", RUN).out.splitlines()
    assert ["run.began", "action.ended"] == [line.split()[1] for line in lines]
    assert 0 == said.code


def test_a_report_is_shown_or_written(terminal: Terminal, store: RunStore) -> None:
    """One that is not there is no empty one."""
    assert store
    said = terminal("scenario", "report", RUN, "--output", "json")
    assert (to_json(REPORT), 0) == (said.data, said.code)
    assert to_json(REPORT) == json.loads(terminal("scenario", "report", RUN).out)
    written = terminal("scenario", "report", RUN, "--file", "r.md", "--output", "json")
    assert {"file": "r.md"} == written.data
    assert "price[one]" in (terminal.folder / "r.md").read_text()
    missing = terminal("scenario", "report", OTHER)
    assert (3, True) == (missing.code, "this run has no report" in missing.err)


def test_scenarios_are_listed_with_cases_tags_and_places(terminal: Terminal) -> None:
    """And one without environments says where it may go."""
    said = terminal("scenario", "list", "journey.yaml", "--output", "json")
    whole = {
        "scenario": "journey",
        "description": "Goes somewhere.",
        "cases": ["one", "two"],
        "tags": ["good"],
        "environments": ["local", "dev"],
        "file": said.data[0]["file"],
    }
    assert ([whole], 0) == (said.data, said.code)
    assert whole["file"].endswith("journey.yaml")
    head, row = terminal("scenario", "list", "journey.yaml").out.splitlines()
    assert ["scenario", "cases", "tags", "environments", "file"] == head.split()
    assert ["journey", "one,", "two", "good", "local,", "dev"] == row.split()[:6]
    assert 5 == terminal("scenario", "list", "journey.yaml", "--tag", "bad").code
    text = SCENARIO.replace("environments: [local, dev]\n", "").replace("description: Goes", "# ")
    (terminal.folder / "journey.yaml").write_text(text)
    assert "all but read-only ones" in terminal("scenario", "list", "journey.yaml").out
    (one,) = terminal("scenario", "list", "journey.yaml", "--output", "json").data
    assert ("", []) == (one["description"], one["environments"])


def test_what_would_run_is_said_with_its_cost(terminal: Terminal) -> None:
    """And validated in the same words; nothing is run."""
    said = terminal("scenario", "run", "journey.yaml", "--dry-run", "--output", "json")
    (first, second) = said.data
    keys = {"scenario", "actions", "transitions", "cost", "not_undone"}
    assert keys == first.keys() == second.keys()
    assert ("journey[one]", 1, "") == (first["scenario"], first["actions"], first["not_undone"])
    assert "journey[two]" == second["scenario"]
    assert first["cost"].startswith("$0.00")
    assert 0 == said.code
    table = terminal("scenario", "run", "journey.yaml", "--dry-run").out.splitlines()
    assert "scenario actions transitions at worst cost at worst not taken back" == (
        " ".join(table[0].split())
    )
    assert "Nothing was run." == table[-1]
    valid = terminal("scenario", "validate", "journey.yaml", "--output", "json")
    (told,) = valid.data
    assert ("journey", 2, first["transitions"]) == (
        *(told["scenario"], told["cases"], told["transitions"]),
    )
    assert told["file"].endswith("journey.yaml")
    assert {"file", "scenario", "cases", "transitions"} == told.keys()
    lines = terminal("scenario", "validate", "journey.yaml").out.splitlines()
    assert "file scenario cases transitions at worst" == " ".join(lines[0].split())
    assert "1 scenario(s) are valid." == lines[-1]


def test_a_run_prints_its_reports_and_ends_with_their_verdict(terminal: Terminal) -> None:
    """Two cases, of which one is not so here: what, how long, and how to do it again."""
    given = ("scenario", "run", "journey.yaml", "--no-progress", "--max-parallel", "1")
    said = terminal(*given, "--output", "json")
    first, second = said.data
    assert ("PASSED", "FAILED", 1) == (first["verdict"], second["verdict"], said.code)
    assert "affidavit-report/v1" == first["schema"]
    lines = terminal(*given).out.splitlines()
    assert "scenario verdict took leaked run" == " ".join(lines[0].split())
    assert [("journey[one]", "PASSED"), ("journey[two]", "FAILED")] == [
        tuple(line.split()[:2]) for line in lines[1:3]
    ]
    assert 'journey[two]: here: env: expected eq "dev", actual "local"' == lines[3]
    assert lines[4].startswith("again: affidavit scenario run ")
    assert "--case two" in lines[4]
    total = first["transitions"] + second["transitions"]
    assert (
        f"1 PASSED, 1 FAILED in local; {total} transitions (${total * 2.5e-05:.6f})." == (lines[-1])
    )
    quick = terminal(*given, "--fail-fast", "--case", "two", "--case", "one", "--output", "json")
    assert ["PASSED", "FAILED"] == [one["verdict"] for one in quick.data]
    assert 5 == terminal(*given, "--case", "none").code


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--keep", "--backend", "aws"), "--keep is for this process"),
        (("--no-wait",), "--no-wait is for --backend aws"),
        (("--report", "r.txt"), "a report's name ends with .xml, .html, .json, .tap, .md"),
        (("--input", "x"), "write NAME=VALUE"),
        (("--budget", "0.0000001"), "--budget is less"),
    ],
)
def test_what_would_be_ignored_is_refused(
    terminal: Terminal, more: tuple[str, ...], words: str
) -> None:
    """Before anything runs."""
    said = terminal("scenario", "run", "journey.yaml", *more)
    assert (2, True) == (said.code, words in said.err)
    assert not (terminal.folder / ".affidavit-harness").exists()


def test_what_was_left_behind_is_taken_back_by_name(terminal: Terminal) -> None:
    """Of this environment and no other; what cannot be undone stays, with exit code 6."""
    ledger = FileUndoLedger(terminal.folder / ".affidavit-harness" / "runs")
    RunStore(terminal.folder / ".affidavit-harness").begin(KNOWN)
    entry = UndoEntry(
        run=RUN, number=1000, action="seed", uses="gone.away", params={},
        env="local", expires_s=1, secrets={},
    )  # fmt: skip
    ledger.put(entry)
    ledger.put(replace(entry, number=2000, env="dev"))
    late = replace(entry, number=3000, action="later", expires_s=2**40)
    ledger.put(late)
    for given in ((), ("--all", "--expired"), ("--run", RUN, "--all")):
        assert 2 == terminal("scenario", "cleanup", *given).code
    expired = terminal("scenario", "cleanup", "--expired", "--output", "json")
    assert [("seed", False)] == [(one["action"], one["ok"]) for one in expired.data]
    table = terminal("scenario", "cleanup", "--run", "aqb39g70").out.splitlines()
    assert ["run", "action", "undo", "state"] == table[0].split()
    assert ["aqb39g70", "later", "gone.away", "LEFT", "BEHIND"] == table[1].split()
    assert ["aqb39g70", "seed", "gone.away", "LEFT", "BEHIND"] == table[2].split()
    assert "0 undone, 2 left behind." == table[-1]
    assert 6 == expired.code
    assert 3 == len(list(ledger.entries()))


def test_progress_is_a_line_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    """A mark, what it was, how it stands, how long it took; a failure beside its file."""
    events = [
        RunEvent(event="run.began", id=RUN),
        RunEvent(event="action.began", id="look", state="began"),
        RunEvent(event="action.ended", id="look", uses="u", state="passed", took_ms=5, tries=3),
        RunEvent(event="action.ended", id="more", uses="u", state="failed", took_ms=5, tries=1),
        RunEvent(event="action.ended", id="odd", uses="u", state="error"),
        RunEvent(event="action.ended", id="none", uses="u", state="skipped"),
        RunEvent(event="assertion.ended", id="last", state="passed"),
        RunEvent(event="undo.ended", id="look", uses="d", state="done"),
        RunEvent(event="undo.ended", id="more", uses="d", state="leaked"),
        RunEvent(event="run.ended", id=RUN, state="FAILED", leaked=1),
        RunEvent(event="run.ended", id=RUN, state="PASSED"),
    ]
    with Progress(live=False, github=True, files={"price/more": ("f.yaml", 7)}) as progress:
        for event in events:
            progress.tell(RUN, "price[a%b]", event)
        progress.heartbeat()
    name = f"{'price[a%b]':40}"
    assert [
        f"{name} began  aqb39g70",
        f"{name} ✓ look (u) passed 5 ms, 3 polls",
        f"{name} ✗ more (u) failed 5 ms",
        "::error file=f.yaml,line=7::price[a%25b]: more failed",
        f"{name} ! odd (u) error",
        "::error file=,line=1::price[a%25b]: odd error",
        f"{name} - none (u) skipped",
        f"{name} ✓ last passed",
        f"{name} ✓ undo look (d)",
        f"{name} ⚠ undo more (d)",
        f"{name} FAILED, 1 leaked  aqb39g70",
        f"{name} PASSED  aqb39g70",
    ] == capsys.readouterr().err.splitlines()


def _ended(verdict: RunVerdict, name: str = "", why: str = "so", leaked: int = 0) -> RunReport:
    error = Trouble(name, "it broke", why, "Mend it") if name else None
    return RunReport(
        run=RUN, scenario="price", case="one", env="local", verdict=verdict, began_ms=BEGAN,
        error=error, leaked=leaked,
    )  # fmt: skip


PASSED = _ended(RunVerdict.PASSED)
FAILED = _ended(RunVerdict.FAILED)
BROKEN = _ended(RunVerdict.ERROR, "Harness.Broken")
LEAKED = _ended(RunVerdict.PASSED, leaked=1)
MISSING = _ended(RunVerdict.ERROR, "StateMachineDoesNotExist")
DENIED = _ended(RunVerdict.FAILED, "AccessDenied")


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([], 0),
        ([PASSED], 0),
        ([PASSED, LEAKED], 6),
        ([LEAKED, FAILED], 1),
        ([FAILED, BROKEN, LEAKED], 3),
        ([BROKEN, MISSING], 5),
        ([MISSING, DENIED, BROKEN], 4),
    ],
)
def test_the_worst_of_all_verdicts_is_the_exit_code(reports: list[RunReport], code: int) -> None:
    """In whatever order they come; a run that was stopped is stopped."""
    assert code == exit_code(reports) == exit_code(reversed(reports))
    assert 130 == exit_code(reports, stopped=True)


@pytest.mark.parametrize(
    "word",
    [
        *("AccessDenied", "AccessDeniedException", "ExpiredToken", "InvalidClientTokenId"),
        *("NoCredentialsError", "PartialCredentialsError", "UnrecognizedClientException"),
    ],
)
def test_credentials_that_fail_are_4(word: str) -> None:
    """Whether AWS's word is the error's name or stands in its reason; any other word is 3."""
    assert 4 == exit_code([_ended(RunVerdict.ERROR, word)])
    assert 4 == exit_code([_ended(RunVerdict.ERROR, "Aws", why=f"it answered {word}")])
    assert 3 == exit_code([_ended(RunVerdict.ERROR, word.lower())])
