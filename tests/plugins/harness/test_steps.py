"""Steps that are several, and steps of others: `for_each`, `parallel`, `include`, `cache`."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_harness.errors import ScenarioError
from affidavit_harness.files.find import scenario_files
from affidavit_harness.files.includes import with_includes
from affidavit_harness.files.scenario_loader import LoadedScenario, load_scenario
from affidavit_policy.strict_yaml import read_yaml
from harness_parts import Shelf, Stage, broken, head, registry_with

REGISTRY = registry_with(Shelf())

EACH = """\
actions:
  - id: each
    for_each: [a, b, c]
    at_once: AT_ONCE
    uses: shelf.put
    with: {key: "${{ item }}", value: 1}
    undo: auto
  - {id: look, uses: shelf.look, check: [{select: value, eq: null}]}
"""

SHARED = """\
schema: affidavit-scenario/v1
name: shared
inputs:
  key: {default: k}
  number: {default: 2}
  token: {from: secretsmanager, name: token, secret: true}
actions:
  - id: put
    uses: shelf.put
    when: inputs.number > `1`
    with: {key: "${{ inputs.key }}-${{ sha256(inputs.key) }}", value: "${{ inputs.number }}"}
    undo: auto
  - id: look
    uses: shelf.look
    with: {value: "${{ inputs.number }}"}
    check: [{select: value, eq: "${{ inputs.number }}"}]
    capture: {seen: value}
  - id: again
    uses: shelf.look
    with: {value: "${{ vars.seen }}", key: "${{ inputs.token }}"}
"""


def _included(folder: Path, steps: str, shared: str = SHARED) -> LoadedScenario:
    (folder / "_shared.yaml").write_text(shared)
    (folder / "test.yaml").write_text(head() + steps)
    return load_scenario(folder / "test.yaml", REGISTRY)


@pytest.mark.parametrize("at_once", [1, 3])
def test_each_item_has_a_way_back_of_its_own(tmp_path: Path, at_once: int) -> None:
    """Newest first, and nothing is left, in order or side by side."""
    stage = Stage(tmp_path)
    report = stage.run(EACH.replace("AT_ONCE", str(at_once)))

    assert "PASSED" == report.verdict
    assert ["put a", "put b", "put c"] == sorted(stage.shelf.asked[:3])
    assert ["drop c", "drop b", "drop a"] == stage.shelf.asked[-3:]
    assert {} == stage.shelf.held


def test_a_list_without_items_is_a_step_that_is_skipped(tmp_path: Path) -> None:
    """And the run goes on behind it."""
    stage = Stage(tmp_path)
    text = """\
actions:
  - {id: none, uses: shelf.look, with: {value: []}, capture: {none: value}}
  - {id: each, for_each: "${{ vars.none }}", uses: shelf.look, check: [{select: value, eq: 1}]}
  - {id: after, uses: shelf.look, check: [{select: value, eq: null}]}
"""
    report = stage.run(text)

    assert ["passed", "skipped", "passed"] == [one.state for one in report.actions]
    assert "there is no item" == report.actions[1].why


def test_in_order_means_in_order(tmp_path: Path) -> None:
    """One after the other, as they stand in the list."""
    stage = Stage(tmp_path)
    stage.run(EACH.replace("AT_ONCE", "1"))

    assert ["put a", "put b", "put c"] == stage.shelf.asked[:3]


def test_side_by_side_means_side_by_side(tmp_path: Path) -> None:
    """Three that wait for one another would wait forever, one after the other."""
    stage, barrier = Stage(tmp_path), threading.Barrier(3)

    def before_put(_: object) -> None:
        barrier.wait(20)

    stage.shelf.before_put = before_put
    report = stage.run(EACH.replace("AT_ONCE", "3"))

    assert "PASSED" == report.verdict


def test_every_item_is_judged_and_every_finding_says_of_which(tmp_path: Path) -> None:
    """Also after one has failed; the next step is not begun."""
    stage = Stage(tmp_path)
    text = """\
actions:
  - id: each
    for_each: [1, 2, 1, 3]
    uses: shelf.look
    with: {value: "${{ item }}"}
    check: [{select: value, eq: 1}]
  - {id: after, uses: shelf.look}
"""
    report = stage.run(text)
    (step, after) = report.actions

    assert "FAILED" == report.verdict
    assert ["[0].value", "[1].value", "[2].value", "[3].value"] == [f.select for f in step.findings]
    assert [True, False, True, False] == [one.holds for one in step.findings]
    assert "not run" == after.state


def test_an_error_of_one_item_is_the_steps(tmp_path: Path) -> None:
    """It says which item it was, and the others were done."""
    stage = Stage(tmp_path)

    def answers(params: object, _: object) -> dict[str, object]:
        value = params.value  # type: ignore[attr-defined]
        if value == 2:
            raise broken()
        return {"value": value}

    stage.shelf.answers = answers
    text = """\
actions:
  - id: each
    for_each: [1, 2, 3]
    uses: shelf.look
    with: {value: "${{ item }}"}
    check: [{select: value, gt: 0}]
"""
    report = stage.run(text)

    assert "ERROR" == report.verdict
    assert report.error is not None
    assert "item 1: it is down" == report.error.what
    assert 3 == len(stage.shelf.asked)


def test_a_block_captures_for_those_behind_it(tmp_path: Path) -> None:
    """Each action is a step of the report."""
    stage = Stage(tmp_path)
    text = """\
actions:
  - parallel:
      - {id: one, uses: shelf.look, with: {value: 1}, capture: {one: value}}
      - {id: two, uses: shelf.look, with: {value: 2}, capture: {two: value}}
  - {id: sum, uses: shelf.look, with: {value: ["${{ vars.one }}", "${{ vars.two }}"]},
     check: [{select: value, eq: [1, 2]}]}
"""
    report = stage.run(text)

    assert "PASSED" == report.verdict
    assert ["one", "two", "sum"] == [one.id for one in report.actions]
    began = [one.id for one in stage.events if one.event == "action.began"]
    ended = [one.id for one in stage.events if one.event == "action.ended"]
    assert ["one", "two", "sum"] == began == ended


def test_an_answer_is_kept_as_long_as_the_scenario_says(tmp_path: Path) -> None:
    """And not for an action that does not ask for it."""
    stage = Stage(tmp_path)
    actions = dict(stage.registry.actions)
    actions["shelf.look"] = actions["shelf.look"]._replace(cacheable=True)
    stage.registry = stage.registry._replace(actions=actions)
    look = (
        "  - {id: ID, uses: shelf.look, with: {value: 1}, CACHE check: [{select: value, eq: 1}]}\n"
    )
    kept = "actions:\n" + "".join(
        look.replace("ID", name).replace("CACHE", "cache: 1m,") for name in ("one", "two", "three")
    )
    context = stage.context()
    stage.context = lambda: context  # type: ignore[method-assign]
    stage.run(kept)
    assert 1 == len(stage.shelf.asked)
    stage.run(kept)
    assert 1 == len(stage.shelf.asked)
    stage.clock_ms += 61_000
    stage.run(kept)
    assert 2 == len(stage.shelf.asked)
    stage.run(kept.replace("cache: 1m,", ""))
    assert 5 == len(stage.shelf.asked)


def test_what_is_included_is_written_out_under_its_id(tmp_path: Path) -> None:
    """Ids, captures and inputs; what is given is filled in, with its type."""
    steps = """\
inputs: {mine: {from: secretsmanager, name: mine, secret: true}}
actions:
  - {include: _shared.yaml, id: a, with: {key: x, number: 5, token: "${{ inputs.mine }}"}}
  - {include: _shared.yaml, id: b}
  - {id: both, uses: shelf.look, with: {value: ["${{ vars.a_seen }}", "${{ vars.b_seen }}"]},
     check: [{select: value, eq: [5, 2]}]}
"""
    loaded = _included(tmp_path, steps)
    actions = {one.action.id: one.action for one in loaded.scenario.placed}
    names = ["a_put", "a_look", "a_again", "b_put", "b_look", "b_again", "both"]

    assert names == list(actions)
    assert {"mine", "b_key", "b_number", "b_token"} == set(loaded.scenario.inputs)
    assert "`5` > `1`" == actions["a_put"].when
    assert "inputs.b_number > `1`" == actions["b_put"].when
    assert {"key": "x-${{ sha256('x') }}", "value": 5} == actions["a_put"].params
    assert "${{ inputs.b_key }}-${{ sha256(inputs.b_key) }}" == actions["b_put"].params["key"]
    assert "${{ inputs.mine }}" == actions["a_again"].params["key"]
    assert "${{ vars.b_seen }}" == actions["b_again"].params["value"]
    assert [4, 4, 4, 5, 5, 5, 6] == [loaded.lines[name] - 1 for name in names]

    report = Stage(tmp_path).run(steps.replace("_shared.yaml", str(tmp_path / "_shared.yaml")))
    assert "PASSED" == report.verdict
    assert 0 == report.leaked


BAD = {
    "keey": ("with: {keey: 1}", "has no input keey", "did you mean key?"),
    "a secret in the open": ("with: {token: hunter2}", "token is secret", "secret, too"),
    "no text": ("with: {key: [1]}", "no text would stand inside a text", "a text or a number"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_included_is_said_where_it_is_included(tmp_path: Path, name: str) -> None:
    """With the line of the step."""
    given, what, mend = BAD[name]
    with pytest.raises(ScenarioError) as caught:
        _included(tmp_path, f"actions:\n  - {{include: _shared.yaml, id: a, {given}}}\n")
    (problem,) = caught.value.problems

    assert str(tmp_path / "test.yaml") == caught.value.file
    assert 4 == problem.line
    assert what in problem.what
    assert mend in problem.mend
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    "part", ["cases: [{id: a}]", "assertions: [{id: b, check: [{select: run, exists: true}]}]"]
)
def test_cases_and_assertions_are_not_included(tmp_path: Path, part: str) -> None:
    """They would be left out without a word."""
    with pytest.raises(ScenarioError) as caught:
        _included(tmp_path, "actions:\n  - {include: _shared.yaml, id: a}\n", SHARED + part + "\n")

    assert part.partition(":")[0] in caught.value.problems[0].what


def test_a_mistake_in_what_is_included_is_one_of_its_file(tmp_path: Path) -> None:
    """With its own line."""
    spoilt = SHARED.replace("uses: shelf.put", "uses: shelf.putt")
    with pytest.raises(ScenarioError) as caught:
        _included(tmp_path, "actions:\n  - {include: _shared.yaml, id: a}\n", spoilt)

    assert str(tmp_path / "_shared.yaml") == caught.value.file
    assert 9 == caught.value.problems[0].line


def test_nothing_includes_itself(tmp_path: Path) -> None:
    """Not over another file either."""
    there = SHARED.replace("actions:\n", "actions:\n  - {include: test.yaml, id: t}\n")
    with pytest.raises(ScenarioError) as caught:
        _included(tmp_path, "actions:\n  - {include: _shared.yaml, id: a}\n", there)

    assert "includes itself" in caught.value.problems[0].what


def test_what_is_for_including_is_not_found_in_a_folder(tmp_path: Path) -> None:
    """Only by its name."""
    _included(tmp_path, "actions:\n  - {include: _shared.yaml, id: a}\n")

    assert [tmp_path / "test.yaml"] == scenario_files([tmp_path])
    assert [tmp_path / "_shared.yaml"] == scenario_files([tmp_path / "_shared.yaml"])


@given(number=st.integers(0, 3), others=st.lists(st.booleans(), max_size=4))
def test_places_stay_those_of_their_lines(number: int, others: list[bool]) -> None:
    """However many actions an include brings, what follows keeps its line and column."""
    inner = {"actions": [{"id": f"i{n}", "uses": "shelf.look"} for n in range(number)]}
    steps = [
        f"  - {{include: x.yaml, id: s{n}}}\n" if one else f"  - {{id: s{n}, uses: shelf.look}}\n"
        for n, one in enumerate(others)
    ]
    document = read_yaml("actions:\n" + "".join(steps) + "  - {id: last, uses: shelf.look}\n")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.yaml").write_text("")
        made = with_includes(document, str(Path(folder) / "t.yaml"), lambda _: inner)
    last = len(made.value["actions"]) - 1

    assert "last" == made.value["actions"][last]["id"]
    assert (len(others) + 2, 5) == made.of_value(("actions", last))
    assert (len(others) + 2, 10) == made.of_value(("actions", last, "id"))


def test_a_scenario_travels_written_out(tmp_path: Path) -> None:
    """The state machine gets one file, and knows nothing of the other."""
    loaded = _included(tmp_path, "actions:\n  - {include: _shared.yaml, id: a}\n")

    assert "include" not in json.loads(loaded.as_json)["actions"][0]
    assert b"_shared" not in loaded.as_json


GIVEN = """\
schema: affidavit-scenario/v1
name: given
inputs: {one: {default: 1}, two: {default: 2}}
actions:
  - parallel:
      - {id: left, uses: shelf.look, with: {value: "a ${{ inputs.one }} b"}}
      - {id: right, uses: shelf.look, with: {value: "${{ sha256(inputs.two) }}"}}
  - {id: last, uses: shelf.look, when: "inputs.two == `1`", with: {value: 1}}
"""


@pytest.mark.parametrize(
    ("one", "two", "text", "argument", "condition"),
    [
        ("x", "z", "a x b", "'z'", '`"z"` == `1`'),
        ("5", "5", "a 5 b", "5", "`5` == `1`"),
        ("true", "1.5", "a true b", "1.5", "`1.5` == `1`"),
        (
            *('"${{ env }}"', '"${{ inputs.mine }}"'),
            *("a ${{ env }} b", "inputs.mine", "inputs.mine == `1`"),
        ),
    ],
)
def test_what_is_given_is_written_as_its_place_needs_it(
    tmp_path: Path, one: str, two: str, text: str, argument: str, condition: str
) -> None:
    """Inside of a text, as an argument, in a condition."""
    steps = "inputs: {mine: {default: 3}}\nactions:\n  - {include: _shared.yaml, id: a, with: "
    loaded = _included(tmp_path, f"{steps}{{one: {one}, two: {two}}}}}\n", GIVEN + CHECKED)
    left, right, last, _ = [one.action for one in loaded.scenario.placed]

    assert ["a_left", "a_right", "a_last"] == [left.id, right.id, last.id]
    assert (text, f"${{{{ sha256({argument}) }}}}", condition) == (
        *(left.params["value"], right.params["value"], last.when),
    )


CHECKED = "  - {id: end, uses: shelf.look, check: [{select: value, eq: null}]}\n"


@pytest.mark.parametrize(
    ("given", "what", "mend"),
    [
        ("one: null", "a value that is no text would stand inside a text", "give a text or a"),
        ("one: {a: 1}", "a value that is no text would stand inside a text", "give a text or a"),
        ("two: true", "a function cannot take this value", "give a reference, a number or a"),
        ('two: "it\'s"', "a function cannot take this value", "give a reference, a number or"),
        ('two: "${{ env }}s"', "a function cannot take this value", "give a reference, a number"),
        (
            *('two: "${{ sha256(env) }}"', "a condition cannot take this value"),
            "give a plain reference or a value",
        ),
    ],
)
def test_what_a_place_cannot_take_is_said(tmp_path: Path, given: str, what: str, mend: str) -> None:
    """At what is given, without its value."""
    with pytest.raises(ScenarioError) as caught:
        _included(
            tmp_path,
            f"actions:\n  - {{include: _shared.yaml, id: a, with: {{{given}}}}}\n",
            GIVEN + CHECKED,
        )
    (problem,) = caught.value.problems
    assert (what, True) == (problem.what, problem.mend.startswith(mend))


def test_a_name_that_is_too_long_is_said_at_the_step(tmp_path: Path) -> None:
    """Forty characters are the most."""
    for length, wrong in ((36, False), (37, True)):
        steps = f"actions:\n  - {{include: _shared.yaml, id: {'a' * length}}}\n"
        shared = GIVEN.replace("  - parallel", CHECKED + "  - parallel").partition("  - parallel")[
            0
        ]
        if not wrong:
            assert 40 == len(_included(tmp_path, steps, shared).scenario.actions[0].id)
            continue
        with pytest.raises(ScenarioError) as caught:
            _included(tmp_path, steps, shared)
        (problem,) = caught.value.problems
        assert f"{'a' * 37}_end is longer than 40 characters" == problem.what
        assert (4, 33) == (problem.line, problem.column)
