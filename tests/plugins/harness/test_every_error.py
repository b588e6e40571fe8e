"""Each way in which a run ends in error: its name, what it says, and that it says no value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit.plugin import ActionError, ScenarioRun
from affidavit_harness.engine.clients import READING, refuse_writes
from affidavit_harness.engine.input_lookup import References, secret_places
from affidavit_harness.files.scenario_model import Scenario
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunReport, RunState, SecretPlace
from harness_parts import Stage, broken

VALUE = "hunter2-very-secret"
LOOK = "  - {id: one, uses: shelf.look, with: {value: 1}, check: [{select: value, eq: 1}]%s}\n"
NUMBER = """\
  - id: one
    uses: shelf.look
    with: {key: "${{ case.number }}"}
    check: [{select: value, eq: 1}]
"""
UNSEEN = """\
  - {id: none, uses: shelf.look, when: "env == 'x'", capture: {x: value}}
  - id: one
    uses: shelf.look
    with: {value: "${{ vars.x }}"}
    check: [{select: value, eq: 1}]
"""
ERRORS: list[tuple[str, str, str, str]] = [
    (
        "Harness.When",
        LOOK % ", when: run.id",
        "when: run.id is neither true nor false",
        "an action is not skipped by accident",
    ),
    (
        "Harness.ForEach",
        LOOK % ", for_each: '${{ run.id }}'",
        "one cannot be done for each of this",
        "it is no list",
    ),
    (
        "Harness.Capture",
        LOOK % ", capture: {x: nothing}",
        "one has nothing to capture as x",
        "nothing finds nothing in its result",
    ),
    (
        "Harness.Capture",
        LOOK % ", capture: {x: {select: value, match: 'b'}}",
        "one has nothing to capture as x",
        "value finds nothing in its result that b matches",
    ),
    (
        "Harness.Params",
        NUMBER,
        "shelf.look cannot use its parameters",
        "wrong once filled in: key",
    ),
    (
        "Harness.Unresolved",
        UNSEEN,
        "${{ vars.x }} refers to nothing",
        "no input, case or earlier capture of that name holds a value",
    ),
    (
        "Harness.Input",
        "inputs: {x: {from: terraform-output, name: none}}\n",
        "there is no none in terraform-output",
        "the scenario's inputs name it",
    ),
    (
        "Harness.Input",
        "inputs: {x: {from: env, name: NOBODY_SETS_THIS}}\n",
        "NOBODY_SETS_THIS cannot be read from env",
        "it is not there, or the run is not on the machine that has it",
    ),
    (
        "Harness.NothingChecked",
        "  - {id: one, uses: shelf.look, when: \"env == 'x'\", check: [{select: value, eq: 1}]}\n",
        "nothing was checked",
        "every action with a check was skipped",
    ),
]


def _played(tmp_path: Path, text: str, **answers: Any) -> tuple[RunReport, Stage]:
    stage = Stage(tmp_path)
    for name, act in answers.items():
        setattr(stage.shelf, name, act)
    head = "cases: [{id: a, number: 7}]\n"
    steps = text if text.startswith("  -") else ""
    more = "" if steps else text
    return stage.run(f"{head}{more}actions:\n{steps or LOOK % ''}"), stage


@pytest.mark.parametrize("row", range(len(ERRORS)))
def test_an_error_has_this_name_and_says_this(tmp_path: Path, row: int) -> None:
    """Whoever writes retry.errors, or reads a report, meets the same words."""
    name, text, what, why = ERRORS[row]
    report, _ = _played(tmp_path, text)

    assert report.error is not None, report
    assert (name, what, why, "ERROR") == (
        *(report.error.name, report.error.what, report.error.why),
        report.verdict,
    )
    assert report.error.fix


def _raise(error: Exception) -> Any:
    def act(*_: object) -> Any:
        raise error

    return act


class Refused(Exception):
    """What boto3 raises."""

    def __init__(self, code: object) -> None:
        super().__init__(VALUE)
        self.response = {"Error": {"Code": code}}


@pytest.mark.parametrize(
    ("error", "name", "why"),
    [
        (ValueError(VALUE), "ValueError", "it raised ValueError, whose text is not repeated"),
        (Refused("Busy"), "Busy", "it raised Busy, whose text is not repeated"),
        (Refused(None), "Refused", "it raised Refused, whose text is not repeated"),
        (SettingsError("it is", why="not set", fix="x"), "SettingsError", "not set"),
        (broken("Service.Down"), "Service.Down", "planted"),
    ],
    ids=["python", "aws", "odd", "ours", "action"],
)
def test_what_an_action_raises_is_told_without_its_text(
    tmp_path: Path, error: Exception, name: str, why: str
) -> None:
    """A library's words may quote what it was given."""
    report, _ = _played(tmp_path, LOOK % "", answers=_raise(error))

    assert report.error is not None
    assert (name, why) == (report.error.name, report.error.why)
    assert VALUE not in json.dumps(to_json(report))


def test_a_result_that_is_too_large_is_an_error(tmp_path: Path) -> None:
    """Of over a million characters; one more than that, and not one less."""
    around = len(json.dumps({"value": ""}))
    for size, wrong in ((1_000_000 - around, False), (1_000_001 - around, True)):
        text = "  - {id: one, uses: shelf.look, check: [{select: value, exists: true}]}\n"
        report, _ = _played(tmp_path, text, answers=lambda *_: {"value": "x" * size})  # noqa: B023
        assert wrong is (report.error is not None)
        if report.error is not None:
            assert "Harness.TooLarge" == report.error.name


@pytest.mark.parametrize(("count", "wrong"), [(40, False), (41, True)])
def test_a_list_that_is_too_long_is_an_error(tmp_path: Path, count: int, wrong: bool) -> None:
    """The branches of a step stand in the state of a run."""
    from affidavit_harness.engine.attempt import MOST_ITEMS

    items = list(range(MOST_ITEMS + count - 40))
    text = (
        f"  - {{id: first, uses: shelf.look, with: {{value: {items}}}, capture: {{all: value}}}}\n"
        "  - {id: one, uses: shelf.look, with: {value: '${{ item }}'}, for_each: '${{ vars.all }}',"
        " check: [{select: value, gte: 0}]}\n"
    )
    report, _ = _played(tmp_path, text)
    assert wrong is (report.error is not None)
    if report.error is not None:
        assert ("Harness.ForEach", f"it has over {MOST_ITEMS} items") == (
            *(report.error.name, report.error.why),
        )


def test_time_that_is_over_ends_a_run(tmp_path: Path) -> None:
    """Before the next action, and not in the middle of one."""
    stage = Stage(tmp_path)

    def slow(*_: object) -> dict[str, int]:
        stage.clock_ms += 60_001
        return {"value": 1}

    stage.shelf.answers = slow  # type: ignore[assignment]
    text = f"timeout: 1m\nactions:\n{LOOK % ''}{(LOOK % '').replace('one', 'two')}"
    report = stage.run(text)
    assert report.error is not None
    told = ("Harness.Timeout", "the scenario took too long", "its timeout has passed")
    assert told == (report.error.name, report.error.what, report.error.why)
    assert ["passed", "error"] == [one.state for one in report.actions]


@pytest.mark.parametrize("retry", ["", "errors: [Service.Down], ", "errors: [Other], "])
def test_a_retry_tries_what_it_names(tmp_path: Path, retry: str) -> None:
    """With its pauses, growing; what the harness itself says is never tried again."""
    text = LOOK % f", retry: {{{retry}attempts: 3, every: 2s, backoff: 2}}"
    for name, mine in (("Service.Down", "Other" not in retry), ("Harness.Odd", False)):
        report, stage = _played(tmp_path, text, answers=_raise(broken(name)))
        assert report.error is not None
        assert name == report.error.name
        assert ([2.0, 4.0] if mine else []) == stage.slept
        assert ["look"] * (3 if mine else 1) == stage.shelf.asked


def test_what_a_retry_has_hidden_is_in_the_report(tmp_path: Path) -> None:
    """It passes, and somebody should know."""
    left = [2]

    def act(*_: object) -> dict[str, int]:
        left[0] -= 1
        if left[0] >= 0:
            raise broken("Service.Down")
        return {"value": 1}

    text = LOOK % ", retry: {attempts: 3, every: 1s}"
    report, stage = _played(tmp_path, text, answers=act)
    (step,) = report.actions
    assert ("passed", ("Service.Down", "Service.Down")) == (step.state, step.retried)
    assert 2 == len(stage.slept)


def test_a_read_only_place_sends_reads_alone() -> None:
    """The second wall: by the name of the operation, whoever asks."""

    class Model:
        def __init__(self, name: str) -> None:
            self.name = name

    for prefix in READING:
        refuse_writes(Model(f"{prefix}Something"))
    for name in (
        "PutItem",
        "DeleteObject",
        "Invoke",
        "SendMessage",
        "UpdateItem",
        "Publish",
        "get",
    ):
        with pytest.raises(ActionError, match=f"{name} is not sent") as error:
            refuse_writes(Model(name))
        assert "Harness.ReadOnly" == error.value.name
    assert ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Receive") == READING


class Aws:
    """Stands in for the clients: what was asked of which."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._fails = fails

    def __call__(self, service: str) -> Any:
        self.asked.append((service, None))
        return self

    def get_parameter(self, **said: Any) -> Any:
        self.asked[-1] = (self.asked[-1][0], said)
        if self._fails:
            raise ValueError(VALUE)
        return {"Parameter": {"Value": "of ssm"}}

    def get_secret_value(self, **said: Any) -> Any:
        self.asked[-1] = (self.asked[-1][0], said)
        return {"SecretString": "of secrets"}


RUN = ScenarioRun("r", "prices", "known", "dev", 0, 0)


def _state(run: str = "r", case: Mapping[str, Any] = {}, given: Mapping[str, Any] = {}) -> RunState:
    return RunState(run=replace(RUN, id=run), case={**case}, overrides={**given}, manifest="")


def _of(tmp_path: Path, inputs: str) -> Scenario:
    return Stage(tmp_path).load(f"inputs:\n{inputs}actions:\n{LOOK % ''}").scenario


def test_an_input_is_looked_up_where_it_says_and_once_a_run(tmp_path: Path) -> None:
    """Each service has its own question; what cannot be read is told without its text."""
    aws = Aws()
    found = References(aws, {"out": 1}, lambda source, name: f"{source}/{name}")
    scenario = _of(
        tmp_path,
        "  asked: {from: ssm, name: '/${{ env }}/x'}\n"
        "  said: {from: case, name: number}\n"
        "  made: {from: terraform-output, name: out}\n"
        "  near: {from: env, name: A}\n",
    )
    places = {"key": SecretPlace("secretsmanager", "s"), "kept": SecretPlace("file", "f")}
    for _ in range(2):
        plain = {"asked": "of ssm", "said": 7, "made": 1, "near": "env/A"}
        assert plain == found.inputs(scenario, _state(case={"number": 7}))
        assert {"key": "of secrets", "kept": "file/f"} == found.secrets("r", places)
    assert [
        ("ssm", {"Name": "/dev/x", "WithDecryption": True}),
        ("secretsmanager", {"SecretId": "s"}),
    ] == aws.asked
    assert "of ssm" == found.inputs(scenario, _state("other", {"number": 7}))["asked"]
    assert 3 == len(aws.asked)
    with pytest.raises(ActionError, match="cannot be read from ssm") as error:
        References(Aws(fails=True), {}).inputs(scenario, _state())
    assert ("Harness.Input", "it raised ValueError") == (error.value.name, error.value.why)
    with pytest.raises(ActionError, match="there is no number in case"):
        found.inputs(scenario, _state())


def test_inputs_come_from_the_command_line_a_source_or_a_default(tmp_path: Path) -> None:
    """A secret never from the command line; a name that nobody knows is refused."""
    scenario = _of(
        tmp_path,
        "  given: {default: 1}\n"
        "  lost: {from: ssm, name: /lost, default: 5}\n"
        "  hidden: {from: secretsmanager, name: 's/${{ env }}', secret: true}\n",
    )
    found = References(Aws(fails=True), {})
    given = _state(given={"given": 2, "hidden": "x"})
    assert {"given": 2, "lost": 5} == found.inputs(scenario, given)
    assert {"hidden": SecretPlace("secretsmanager", "s/dev")} == secret_places(scenario, "dev")
    with pytest.raises(ActionError, match="there is no input odd") as error:
        found.inputs(scenario, _state(given={"odd": 1}))
    assert "known: given, lost, hidden" == error.value.fix
