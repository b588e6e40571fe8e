"""What people complain about in tools like this one, one test each: it does not happen here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from affidavit_harness.console.options import exit_code
from affidavit_harness.errors import ScenarioError
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunReport, RunVerdict, Trouble
from affidavit_harness.reports.junit import junit
from affidavit_harness.reports.summary import troubles
from harness_parts import Stage, broken

PUT = """\
actions:
  - {id: one, uses: shelf.put, with: {key: a}, undo: auto}
  - {id: two, uses: shelf.put, with: {key: b}, undo: auto}
"""


def _report(verdict: str, leaked: int = 0) -> RunReport:
    return RunReport(
        run="r",
        scenario="s",
        case="only",
        env="local",
        verdict=RunVerdict(verdict),
        began_ms=0,
        leaked=leaked,
    )


LOOK = "  - id: look\n    uses: shelf.look\n    check: [{select: value, eq: 1}]\n"


@pytest.mark.parametrize("how", ["fails", "raises", "breaks", "times out", "is stopped"])
def test_1_teardown_runs_after_every_kind_of_failure(tmp_path: Path, how: str) -> None:
    """The most frequent complaint of all."""
    stage = Stage(tmp_path)
    wait = "    eventually: {timeout: 1s}\n" if how == "times out" else ""

    def answers(params: object, context: object) -> dict[str, int]:
        if how == "raises":
            raise broken()
        if how == "breaks":
            raise ZeroDivisionError
        if how == "is stopped":
            stage.ledger.ask_to_stop(str(context.run.id))  # type: ignore[attr-defined]
        return {"value": 1 if how == "is stopped" else 0}

    stage.shelf.answers = answers  # type: ignore[assignment]
    after = LOOK.replace("id: look", "id: more")
    report = stage.run(PUT + LOOK + wait + after)

    assert {} == stage.shelf.held
    assert ["drop b", "drop a"] == stage.shelf.asked[-2:]
    assert "PASSED" != report.verdict
    assert 0 == report.leaked
    assert [] == list(stage.ledger.entries())


def test_2_polling_is_part_of_the_language(tmp_path: Path) -> None:
    """With a window, a pause that grows, and no pause after the last look."""
    stage = Stage(tmp_path)
    values = iter([0, 0, 0, 1])
    stage.shelf.answers = lambda *_: {"value": next(values)}
    wait = "    eventually: {timeout: 30s, every: 1s, backoff: 2}\n"
    report = stage.run("actions:\n" + LOOK + wait)

    assert "PASSED" == report.verdict
    assert [1.0, 2.0, 4.0] == stage.slept
    assert 4 == report.actions[0].tries


def test_2_the_last_look_is_at_the_end_of_the_window(tmp_path: Path) -> None:
    """A check does not fail because the pauses did not fit."""
    stage = Stage(tmp_path)
    began = stage.clock_ms
    stage.shelf.answers = lambda *_: {"value": 1 if stage.clock_ms - began >= 10_000 else 0}
    report = stage.run("actions:\n" + LOOK + "    eventually: {timeout: 10s, every: 4s}\n")

    assert [4.0, 4.0, 2.0] == stage.slept
    assert "PASSED" == report.verdict


def test_3_a_hopeless_wait_ends_at_once(tmp_path: Path) -> None:
    """`stop_when` says what can no longer come true."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": 0, "state": "CANCELLED"}
    stop = "stop_when: [{select: state, eq: CANCELLED}]"
    report = stage.run(f"actions:\n{LOOK}    eventually: {{timeout: 60s, {stop}}}\n")

    assert "FAILED" == report.verdict
    assert [] == stage.slept
    assert "it can no longer come true" == report.actions[0].why


def test_3_more_records_than_expected_fail_at_once(tmp_path: Path) -> None:
    """An audit trail only grows."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": [{"act": "X"}, {"act": "X"}]}
    report = stage.run(TRAIL.replace("settle: 0s", "settle: 5s"))

    assert "FAILED" == report.verdict
    assert [] == stage.slept


@pytest.mark.parametrize(
    ("verdicts", "leaked", "code"),
    [
        (["PASSED"], 0, 0),
        (["PASSED", "FAILED"], 0, 1),
        (["FAILED", "ERROR"], 0, 3),
        (["PASSED"], 1, 6),
        (["FAILED"], 1, 1),
        (["ERROR"], 1, 3),
    ],
)
def test_4_the_exit_code_is_the_verdict(verdicts: list[str], leaked: int, code: int) -> None:
    """The worst wins; it does not depend on options."""
    assert code == exit_code([_report(one, leaked) for one in verdicts])


def test_4_no_right_to_do_it_is_no_failed_test() -> None:
    """Code 4: somebody has to log in."""
    denied = Trouble("AccessDeniedException", "", "", "")

    assert 4 == exit_code([replace(_report("ERROR"), error=denied)])
    assert 130 == exit_code([_report("PASSED")], stopped=True)


def test_5_what_was_skipped_or_not_run_is_not_passed(tmp_path: Path) -> None:
    """Both are states of their own, in every report."""
    stage = Stage(tmp_path)
    skipped = "  - {id: not_here, uses: shelf.look, when: env == 'prod'}\n"
    after = LOOK.replace("id: look", "id: more")
    report = stage.run("actions:\n" + skipped + LOOK + after)

    told = [item.state for item in report.actions]
    assert ["skipped", "failed", "not run"] == told
    assert "FAILED" == report.verdict


def test_5_a_scenario_that_skips_every_check_has_not_passed(tmp_path: Path) -> None:
    """Nothing was checked, so nothing is known."""
    stage = Stage(tmp_path)
    report = stage.run("actions:\n" + LOOK + "    when: env == 'prod'\n")

    assert "ERROR" == report.verdict
    assert "Harness.NothingChecked" == report.error.name


def test_5_a_condition_that_is_neither_true_nor_false_skips_nothing(tmp_path: Path) -> None:
    """`when: case.id` would otherwise skip by accident."""
    report = Stage(tmp_path).run("actions:\n" + LOOK + "    when: env\n")

    assert "Harness.When" == report.error.name


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        ("unordered: [3, 1, 2]", "PASSED"),
        ("unordered: [1, 2]", "FAILED"),
        ("unordered: [1, 1, 2]", "FAILED"),
        ("subset: [2]", "PASSED"),
        ("subset: [2, 2]", "FAILED"),
        ("eq: [1, 2, 3]", "PASSED"),
        ("eq: [3, 2, 1]", "FAILED"),
        ("length: 3", "PASSED"),
        ("contains: 4", "FAILED"),
    ],
)
def test_6_lists_say_whether_order_and_completeness_count(
    tmp_path: Path, check: str, verdict: str
) -> None:
    """And a list of one stays a list."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": [1, 2, 3]}

    assert verdict == stage.run("actions:\n" + LOOK.replace("eq: 1", check)).verdict


def test_6_a_list_of_one_stays_a_list(tmp_path: Path) -> None:
    """JSONata and others hand out the element instead."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": [{"a": 1}]}

    text = "actions:\n" + LOOK.replace("select: value, eq: 1", 'select: "value[*].a", eq: [1]')
    assert "PASSED" == stage.run(text).verdict


def test_7_runs_side_by_side_do_not_meet(tmp_path: Path) -> None:
    """Two runs of one scenario write under keys of their own, and clean up their own only."""
    stage = Stage(tmp_path)
    first = stage.run(PUT + LOOK, keep=True)
    held = dict(stage.shelf.held)
    second = stage.run(PUT + LOOK)

    assert first.run != second.run
    assert held == stage.shelf.held
    assert {f"itest-{first.run}-a", f"itest-{first.run}-b"} == held.keys()


TRAIL = """\
actions:
  - {id: go, uses: shelf.look, check: [{select: value, exists: true}]}
assertions:
  - id: trail
    audit_trail:
      source: {uses: shelf.list}
      where: {act: X}
      exactly: 1
      eventually: {timeout: 20s, every: 1s, settle: 0s}
"""


def test_8_what_is_consistent_later_is_waited_for(tmp_path: Path) -> None:
    """There is no action that sleeps for a fixed time."""
    stage = Stage(tmp_path)
    began = stage.clock_ms
    stage.shelf.answers = lambda *_: {
        "value": [{"act": "X"}] if stage.clock_ms - began > 3000 else []
    }

    assert "PASSED" == stage.run(TRAIL).verdict
    assert not [name for name in stage.registry.names() if "sleep" in name or "wait" in name]


def test_8_a_late_duplicate_is_noticed(tmp_path: Path) -> None:
    """`settle` is what makes exactly one honest."""
    stage = Stage(tmp_path)
    began = stage.clock_ms
    stage.shelf.answers = lambda *_: {
        "value": [{"act": "X"}] * (2 if stage.clock_ms - began > 2000 else 1)
    }

    assert "PASSED" == stage.run(TRAIL).verdict
    assert "FAILED" == stage.run(TRAIL.replace("settle: 0s", "settle: 5s")).verdict


def test_9_nothing_that_was_declared_is_ignored(tmp_path: Path) -> None:
    """An unknown key is an error, and every check shows in the report."""
    stage = Stage(tmp_path)
    with pytest.raises(ScenarioError, match="unknown key asert"):
        stage.load("actions:\n" + LOOK + "    asert: [{select: value, eq: 2}]\n")
    two = "check: [{select: value, eq: 1, gt: 0}, {select: value, lt: 1}]"
    stage.shelf.answers = lambda *_: {"value": 1}
    report = stage.run("actions:\n" + LOOK.replace("check: [{select: value, eq: 1}]", two))

    assert ["eq", "gt", "lt"] == [one.operator for one in report.actions[0].findings]
    assert "FAILED" == report.verdict


def test_10_state_is_not_lost_and_every_step_has_its_own_limit(tmp_path: Path) -> None:
    """Captures reach later actions and assertions; cleaning up has tries of its own."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda params, _: {"value": params.value}
    fails = iter([True, True, False])

    def before_drop(_: object) -> None:
        if next(fails):
            raise broken()

    stage.shelf.before_drop = before_drop
    report = stage.run(
        """\
actions:
  - {id: put, uses: shelf.put, with: {key: a}, undo: auto}
  - id: first
    uses: shelf.look
    with: {value: {price: 12.5}}
    capture: {price: value.price, none: {select: value.no, default: null}}
  - id: second
    uses: shelf.look
    with: {value: "${{ vars.price }}"}
    check: [{select: value, eq: "${{ vars.price }}", type: number}]
assertions:
  - {id: kept, check: [{select: vars.price, eq: 12.5}, {select: vars.none, eq: null}]}
"""
    )

    assert "PASSED" == report.verdict, list(troubles(report))
    assert [3] == [one.tries for one in report.cleanup]
    assert {} == stage.shelf.held


def test_10_a_clean_up_that_fails_does_not_change_the_verdict_and_is_told(tmp_path: Path) -> None:
    """It has an exit code of its own, and the command that mends it."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": 1}

    def before_drop(_: object) -> None:
        raise broken()

    stage.shelf.before_drop = before_drop
    report = stage.run(PUT + LOOK)

    assert ("PASSED", 2) == (report.verdict, report.leaked)
    assert 6 == exit_code([report])
    leaks = [one for one in troubles(report) if "LEAKED" in one]
    assert 2 == sum("affidavit scenario cleanup" in one for one in leaks)
    assert "LEAKED" in junit([report])
    assert 2 == len(list(stage.ledger.entries()))
    assert json.dumps(to_json(report))
