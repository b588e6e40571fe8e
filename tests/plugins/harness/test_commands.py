"""The commands, as a person and as CI use them: exit codes, reports, a kill in the middle."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

import repository as repo
from affidavit_cli.main import run as affidavit
from affidavit_harness import remote
from affidavit_harness.console.listing_commands import list_runs
from affidavit_harness.files.find import scenario_files
from affidavit_harness.protocol import KnownRun, RunReport, RunVerdict
from affidavit_harness.run_store import RunStore
from affidavit_policy.strict_yaml import read_yaml
from recordings import RECORDINGS, Recording, printed, recorded, steady

PLUGIN = '''\
"""A shelf in a file: actions for tests of the command line."""

import time
from pathlib import Path

from affidavit.plugin import ActionCall, ActionParams, AtomicAction, always, hookimpl

HERE = Path(__file__).parent / "shelf"


class Named(ActionParams):
    key: str
    seconds: float = 0


def put(params, context):
    HERE.mkdir(exist_ok=True)
    (HERE / f"{context.run.id}-{params.key}").touch()
    return {"kept": True}


def drop(params, context):
    (HERE / f"{context.run.id}-{params.key}").unlink(missing_ok=True)
    return {"gone": True}


def nap(params, context):
    time.sleep(params.seconds)
    return {"value": 1}


def undo(params, context):
    return ActionCall("shelf.drop", {"key": params.key})


@hookimpl
def affidavit_test_actions():
    return [
        AtomicAction("shelf.put", "Put", Named, put, always("write"), undo),
        AtomicAction("shelf.drop", "Drop", Named, drop, always("write")),
        AtomicAction("shelf.nap", "Nap", Named, nap),
    ]
'''

SCENARIO = """\
schema: affidavit-scenario/v1
name: {name}
tags: [smoke]
actions:
  - {{id: put, uses: shelf.put, with: {{key: a}}, undo: auto}}
  - {{id: more, uses: shelf.put, with: {{key: b}}, undo: auto}}
  - id: nap
    uses: shelf.nap
    with: {{key: x, seconds: {seconds}}}
    check: [{{select: value, eq: {wanted}}}]
  - {{id: last, uses: shelf.put, with: {{key: c}}, undo: auto}}
"""


class Bench:
    """A folder with a plugin and scenarios, and a command line that knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "file_shelf.py").write_text(PLUGIN)
        self.environ = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "CI": "true",
        }

    def scenario(self, name: str, *, seconds: float = 0, wanted: int = 1) -> Path:
        path = self.folder / f"{name}.yaml"
        path.write_text(SCENARIO.format(name=name, seconds=seconds, wanted=wanted))
        return path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        code = (
            "import sys; from affidavit.plugin import load_plugins as load\n"
            "import affidavit_cli.main as main, affidavit_harness.registry as registry\n"
            "ours = lambda only=None: load(['harness', 'shelf=file_shelf', 'sqlite'])\n"
            "main.load_plugins = registry.load_plugins = ours\n"
            "sys.exit(main.run(sys.argv[1:]))"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def shelf(self) -> list[str]:
        folder = self.folder / "shelf"
        return sorted(one.name[-1] for one in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_run_passes_and_writes_every_report(bench: Bench) -> None:
    """Result on stdout, progress on stderr, as many reports as were asked for."""
    bench.scenario("good")
    files = ("r.xml", "r.html", "r.json", "r.tap")
    asked = [option for file in files for option in ("--report", file)]
    code, out, err = bench.run("scenario", "run", ".", *asked, "--output", "json")

    assert 0 == code, err
    assert "PASSED" == json.loads(out)[0]["verdict"]
    assert "put (shelf.put) passed" in err
    assert [] == bench.shelf()
    suite = ET.parse(bench.folder / "r.xml").getroot()[0]  # noqa: S314 - our own
    assert ("1", "0", "0") == (suite.get("tests"), suite.get("failures"), suite.get("errors"))
    assert "ok 1 - good" in (bench.folder / "r.tap").read_text()
    assert "affidavit-reports/v1" == json.loads((bench.folder / "r.json").read_text())["schema"]


def test_a_wrong_expectation_is_exit_1_and_says_expected_and_actual(bench: Bench) -> None:
    """With the place in the file for GitHub, and what was not run."""
    bench.scenario("bad", wanted=2)
    summary = bench.folder / "summary.md"
    bench.environ.update(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    code, out, err = bench.run(
        "scenario", "run", "bad.yaml", "--report", "r.xml", "--report", "r.md"
    )
    failure = ET.parse(bench.folder / "r.xml").getroot().find(".//failure")  # noqa: S314 - our own

    assert 1 == code
    assert "nap: value: expected eq 2, actual 1" in out
    assert "again: affidavit scenario run bad.yaml --env local" in out
    assert "::error file=bad.yaml,line=7::bad: nap failed" in err
    assert "| bad | FAILED |" in summary.read_text()
    assert summary.read_text().strip() == (bench.folder / "r.md").read_text().strip()
    assert failure is not None
    assert "expected eq 2, actual 1" in failure.get("message", "")
    assert [] == bench.shelf()


INPUTS = """\
schema: affidavit-scenario/v1
name: inputs
tags: [smoke]
inputs: {word: {default: a}, number: {default: 1}, token: {from: env, name: TOKEN, secret: true}}
actions:
  - id: nap
    uses: shelf.nap
    with: {key: x, seconds: 0}
    check: [{select: "[value]", eq: ["${{ inputs.number }}"]}]
assertions:
  - {id: word, check: [{select: inputs.word, eq: from the line}]}
"""


def test_inputs_come_from_a_file_and_the_line_goes_before_it(bench: Bench) -> None:
    """With their types; `again` repeats the run with all that it was started with."""
    (bench.folder / "inputs.yaml").write_text(INPUTS)
    (bench.folder / "given.yaml").write_text("word: from the file\nnumber: 1\n")
    run = ("scenario", "run", "inputs.yaml", "--inputs", "given.yaml", "--state", "there")
    bench.environ["TOKEN"] = "t-0123456789"  # noqa: S105 - of nobody

    code, out, err = bench.run(*run, "--input", "word=from the line")
    assert 0 == code, out + err
    (bench.folder / "given.yaml").write_text("number: 2\n")
    code, out, _ = bench.run(*run, "--keep", "--input", "word=from the line", "--budget", "1")
    assert 1 == code
    again = "--inputs given.yaml --input 'word=from the line' --keep --budget 1 --state there"
    assert f"again: affidavit scenario run inputs.yaml --env local {again}" in out
    code, _, err = bench.run(*run, "--input", "token=x")
    assert 2 == code
    assert "token is secret" in err
    (bench.folder / "given.yaml").write_text("- 1\n")
    assert 3 == bench.run(*run)[0]


def test_what_may_cost_more_than_the_budget_or_writes_is_not_run(bench: Bench) -> None:
    """Both are said before anything runs."""
    bench.scenario("good")
    code, _, err = bench.run("scenario", "run", ".", "--budget", "0.000001")
    assert (2, True) == (code, "--budget is less" in err)
    code, out, _ = bench.run("scenario", "run", ".", "--read-only")
    assert 2 == code
    assert "good.yaml:5" in out
    assert [] == bench.shelf()


def test_an_invalid_scenario_is_exit_2_with_its_place(bench: Bench) -> None:
    """And nothing is run."""
    path = bench.scenario("good")
    path.write_text(path.read_text().replace("check:", "chek:"))
    for command in (["scenario", "run", "."], ["scenario", "validate", "."]):
        code, out, _ = bench.run(*command)
        assert 2 == code
        assert "good.yaml:10:5: unknown key chek; did you mean check?" in out
    assert [] == bench.shelf()


def test_nothing_selected_is_exit_5(bench: Bench) -> None:
    """A tag that nobody has must not look like success."""
    bench.scenario("good")

    assert 5 == bench.run("scenario", "run", ".", "--tag", "other")[0]
    assert 5 == bench.run("scenario", "run", ".", "--case", "other")[0]
    assert 0 == bench.run("scenario", "run", ".", "--tag", "smoke", "--dry-run")[0]


def test_what_is_kept_can_be_cleaned_up_later(bench: Bench) -> None:
    """`--keep` leaves it, `cleanup` takes it away, newest first."""
    bench.scenario("good")
    assert 0 == bench.run("scenario", "run", ".", "--keep")[0]
    assert ["a", "b", "c"] == bench.shelf()
    code, out, _ = bench.run("scenario", "cleanup", "--run", "@last", "--output", "json")

    assert (0, []) == (code, bench.shelf())
    assert ["last", "more", "put"] == [one["action"] for one in json.loads(out)]
    assert [] == json.loads(bench.run("scenario", "cleanup", "--all", "--output", "json")[1])


def _until(look: object, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not look():  # type: ignore[operator]
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_runner_leaves_nothing_after_the_sweep(bench: Bench) -> None:
    """SIGKILL in the middle: the way back was written down before."""
    bench.scenario("slow", seconds=30)
    process = bench.start("scenario", "run", ".")
    _until(lambda: ["a", "b"] == bench.shelf(), process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)

    assert ["a", "b"] == bench.shelf()
    assert 3 == bench.run("scenario", "status", "@last")[0]  # no verdict is no success
    assert 0 == bench.run("scenario", "cleanup", "--all")[0]
    assert [] == bench.shelf()


def test_ctrl_c_stops_and_cleans_up_first(bench: Bench) -> None:
    """Exit code 130, nothing left, and what was not run says so."""
    bench.scenario("slow", seconds=1)
    bench.scenario("slower", seconds=1)
    process = bench.start("scenario", "run", ".", "--max-parallel", "1", "--output", "json")
    _until(lambda: ["a", "b"] == bench.shelf(), process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)

    assert 130 == process.returncode, err
    assert ["ERROR", "NOT RUN"] == [one["verdict"] for one in json.loads(out)]
    assert [] == bench.shelf()
    assert "cleaning up first" in err


def test_the_first_that_fails_ends_a_fast_run(bench: Bench) -> None:
    """What was not started is not passed."""
    bench.scenario("a-bad", wanted=2)
    bench.scenario("b-good")
    told = bench.run(
        "scenario", "run", ".", "--fail-fast", "--max-parallel", "1", "--output", "json"
    )[1]

    assert ["FAILED", "NOT RUN"] == [one["verdict"] for one in json.loads(told)]


def test_a_run_can_be_looked_at_by_its_short_id(bench: Bench) -> None:
    """`status`, `logs`, `report`, `watch` and `list-runs` know it."""
    bench.scenario("good")
    bench.run("scenario", "run", ".")
    runs = json.loads(bench.run("scenario", "runs", "--output", "json")[1])
    name = runs[0]["run"][-8:]

    assert (
        "PASSED"
        == json.loads(bench.run("scenario", "status", name, "--output", "json")[1])["state"]
    )
    assert "action.ended" in bench.run("scenario", "logs", name, "-f")[1]
    assert "PASSED" == json.loads(bench.run("scenario", "report", name)[1])["verdict"]
    assert 0 == bench.run("scenario", "watch", name)[0]
    assert 3 == bench.run("scenario", "status", "nothere")[0]


def test_the_list_of_runs_asks_aws_for_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once per deployed run; if AWS cannot be asked, the list is there without it."""
    store, began = RunStore(tmp_path), {"started_ms": 1, "deadline_ms": 2}
    for run, execution in (("a" * 26, "arn:a"), ("b" * 26, "arn:b"), ("c" * 26, "")):
        about = {"scenario": "s", "case": "only", "env": "dev", "file": "s.yaml"}
        store.begin(KnownRun(run=run, execution=execution, **about, **began))

    def refresh(_: RunStore, run: str) -> None:
        if run[0] == "b":
            raise ConnectionError
        about = {"scenario": "s", "case": "only", "env": "dev", "began_ms": 1}
        store.end(RunReport(run=run, verdict=RunVerdict.PASSED, **about))

    monkeypatch.setattr(remote, "refresh", refresh)
    listed = inspect.unwrap(list_runs.callback)(limit=9, state=tmp_path)  # type: ignore[arg-type]

    unknown = "no verdict yet"
    assert [unknown, unknown, "PASSED"] == [one["state"] for one in listed.data]
    assert ("AWS could not be asked about 1 of them.",) == listed.notes


def test_the_scenarios_of_the_examples_pass_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any deployment."""
    code = affidavit(
        ["scenario", "run", str(repo.ROOT / "scenarios"), "--state", str(tmp_path / "s")]
    )

    told = capsys.readouterr().out
    assert (0, "6 PASSED") == (code, told.split("\n")[-2][:8]), told


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    from affidavit_harness.files.schema import scenario_schema
    from affidavit_harness.registry import load_registry

    return scenario_schema(load_registry())


def test_the_schema_is_one_and_takes_the_scenarios_of_this_repository(
    schema: dict[str, object],
) -> None:
    """Draft 2020-12, put together from the actions."""
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)

    files = scenario_files([repo.ROOT / "scenarios"])
    assert files
    for file in files:
        assert [] == list(judge.iter_errors(read_yaml(file.read_text(), decimals=True).value))


def test_the_schema_finds_what_an_editor_should_mark(schema: dict[str, object]) -> None:
    """Unknown actions, keys and parameters."""
    judge = jsonschema.Draft202012Validator(schema)
    good = {
        "schema": "affidavit-scenario/v1",
        "name": "test",
        "actions": [{"id": "a", "uses": "s3.get", "with": {"bucket": "b", "key": "k"}}],
    }

    assert judge.is_valid(good)
    for spoil in (
        {"uses": "s3.got"},
        {"with": {"bucket": "b"}},
        {"with": {"bucket": "b", "key": "k", "more": 1}},
        {"chek": []},
        {"undo": "perhaps"},
    ):
        assert not judge.is_valid({**good, "actions": [{**good["actions"][0], **spoil}]})  # type: ignore[dict-item, index]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.page.stem)
def test_a_recording_is_what_the_command_prints(recording: Recording) -> None:
    """Except for times and ids. `python tests/recordings.py` records it anew."""
    assert steady(recorded(recording)) == steady(printed(recording))
