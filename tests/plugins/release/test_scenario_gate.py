"""Scenarios are the gate of an environment: the harness's own command, told what the line knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affidavit_release import scenario_gate
from affidavit_release.errors import ReleaseError
from affidavit_release.programs import Ended
from affidavit_release.rules import Rules, Smoke, read_rules
from affidavit_release.rules_file import Scenarios
from affidavit_release.scenario_gate import command_of, find_failure
from affidavit_release.smoke import run_smoke
from release_world import World

SCENARIO = """\
schema: affidavit-scenario/v1
name: {name}
tags: [{tag}]
environments: [qa]
actions:
  - {{id: look, uses: {uses}, undo: {undo}, when: "env == 'never'"}}
assertions:
  - {{id: here, check: [{{select: env, eq: {env}}}]}}
"""
LOOKS = "http.request, with: {url: 'https://example.org/'}"
WRITES = "dynamodb.put, with: {table: t, item: {pk: '${{ run.prefix }}a'}}"
ENVIRON = {"RELEASE_ENVIRONMENT": "qa", "RELEASE_VERSION": "v1.0.0"}
RULES = """
[[smoke]]
name = "journeys"
environments = ["qa"]
writes = false
timeout_s = 60
[smoke.scenarios]
paths = ["scenarios"]
tags = ["good"]
backend = "local"
reports = ["r/{environment}-{version}.xml"]
"""


def _scenario(folder: Path, name: str, *, env: str = "qa", uses: str = LOOKS) -> None:
    (folder / "scenarios").mkdir(exist_ok=True)
    undo = "auto" if uses == WRITES else "none"
    text = SCENARIO.format(name=name, tag=name.partition("-")[0], uses=uses, undo=undo, env=env)
    if undo == "none":
        text = text.replace(", undo: none", "")
    (folder / "scenarios" / f"{name}.yaml").write_text(text)


@pytest.fixture
def rules(world: World) -> Rules:
    """Rules with scenarios that pass, that fail, and that write."""
    path = world.folder / "release.toml"
    path.write_text(path.read_text() + RULES)
    known = {"schema": "affidavit-harness/v1", "environments": {"qa": {}}}
    (world.folder / "harness.yaml").write_text(json.dumps(known))
    _scenario(world.folder, "good-one")
    _scenario(world.folder, "bad-one", env="elsewhere")
    _scenario(world.folder, "writing-one", uses=WRITES)
    return read_rules(path)


def _smoke(**changes: object) -> Smoke:
    asked = Scenarios(paths=["scenarios"], tags=["good"], backend="local").model_copy(
        update=changes
    )
    return Smoke("journeys", frozenset({"qa"}), (), writes=False, timeout_s=60, scenarios=asked)


def test_scenarios_that_pass_open_the_gate_and_leave_their_report(rules: Rules) -> None:
    """Named after environment and version, in the folder of the rules."""
    [smoke] = [one for one in rules.smoke if one.scenarios]

    assert "" == find_failure(smoke, rules, ENVIRON, may_write=False)
    assert "good-one" in (rules.folder / "r" / "qa-v1.0.0.xml").read_text()


def test_a_scenario_that_fails_is_a_failed_smoke_test(rules: Rules) -> None:
    """With what it expected, so that nobody has to look for it."""
    found = find_failure(_smoke(tags=("bad",)), rules, ENVIRON, may_write=True)

    assert 'expected eq "elsewhere", actual "qa"' in found


def test_scenarios_that_fail_without_a_word_are_no_success(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code decides, not what was printed."""
    monkeypatch.setattr(scenario_gate, "run_program", lambda *_, **__: Ended(1, "", ""))

    assert find_failure(_smoke(), rules, ENVIRON, may_write=True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tags": ("writing",)}, "exit code 2"),
        ({"paths": ("missing",), "dollars": 0.0000001}, "exit code 3"),
    ],
)
def test_no_verdict_is_no_failure_of_the_release(
    rules: Rules, changes: dict[str, object], why: str
) -> None:
    """A write where only reading is allowed, nothing selected, too dear: nothing dies of it."""
    with pytest.raises(ReleaseError, match=why):
        find_failure(_smoke(**changes), rules, ENVIRON, may_write=False)


def test_the_command_says_what_the_line_knows() -> None:
    """Environment, backend, budget, selection, and whether writing is allowed."""
    asked = _smoke(config="qa.json", cases=("one",), backend="aws", reports=("{version}.html",))

    assert [
        *("scenario", "run", "scenarios", "--env", "qa", "--backend", "aws", "--budget", "1"),
        *("--no-progress", "--config", "qa.json", "--tag", "good", "--case", "one"),
        *("--report", "v1.0.0.html", "--read-only"),
    ] == command_of(asked, ENVIRON, may_write=False)
    assert "--read-only" not in command_of(asked, ENVIRON, may_write=True)


def test_the_line_runs_them_with_the_other_smoke_tests(
    rules: Rules, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release whose scenarios fail is taken back as by any other test."""
    text = (world.folder / "release.toml").read_text()
    (world.folder / "release.toml").write_text(text.replace('tags = ["good"]', 'tags = ["bad"]'))
    monkeypatch.setattr(World, "probe", lambda _, rules, told: run_smoke(_only(rules), told))
    world.release("v1.0.0", upto="dev")
    done = world.deploy("v1.0.0", "qa")

    assert ("rolled back", "SmokeFailed") == (done.state, done.reason)
    assert "journeys failed" in done.note
    assert "expected eq" in done.note


def _only(rules: Rules) -> Rules:
    return rules._replace(smoke=tuple(one for one in rules.smoke if one.scenarios))


WRONG = (
    'command = ["true"]\nscenarios = { paths = ["a"] }',
    "scenarios = { paths = [] }",
    'scenarios = { paths = ["a"], dollars = 0 }',
    'scenarios = { paths = ["a"], backend = "moon" }',
    'scenarios = { paths = ["a"], reports = ["{user}.html"] }',
    'scenarios = { paths = ["a"], tag = "x" }',
)


def test_rules_say_it_rightly(world: World) -> None:
    """One thing per smoke test; what is not known is refused."""
    path = world.folder / "release.toml"
    text = path.read_text()
    for line in WRONG:
        smoke = (
            f'[[smoke]]\nname = "s"\nenvironments = ["qa"]\nwrites = false\ntimeout_s = 9\n{line}'
        )
        path.write_text(f"{text}{smoke}\n")
        with pytest.raises(ReleaseError):
            read_rules(path)
