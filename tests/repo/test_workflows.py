"""Workflows run elsewhere, so their shape is checked here: keys, rights, pins, and what they call.

Not GitHub's own checker: the vocabulary below is what these files use, taken from
https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import repository as repo
from affidavit._runtime.plugins import load_plugins
from affidavit_cli.main import build

BASH = shutil.which("bash")
FOLDER = repo.ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))

TOP = {"name", "on", "permissions", "defaults", "concurrency", "jobs"}
JOB = {
    "concurrency",
    "env",
    "environment",
    "if",
    "needs",
    "outputs",
    "permissions",
    "runs-on",
    "steps",
    "strategy",
    "timeout-minutes",
    "uses",
    "with",
}
STEP = {"env", "id", "if", "name", "run", "uses", "with"}
EVENTS = {"push", "pull_request", "workflow_call"}
INPUT = {"default", "description", "required", "type"}
RIGHTS = {"actions": {"read"}, "contents": {"read", "write"}, "id-token": {"write"}}
"""The most that any job may have. Who writes adds files to a release, and nothing to the code."""

PINNED = re.compile(r"^\s*(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def load(path: Path) -> dict[str, Any]:
    """Read a workflow. YAML 1.1 takes `on` for true; GitHub does not."""
    said = yaml.safe_load(path.read_text())
    said["on"] = said.pop(True)
    return dict(said)


def jobs(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from load(path)["jobs"].items()


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs(path):
        for step in job.get("steps", ()):
            yield name, step


def runs(path: Path) -> Iterator[str]:
    yield from (step["run"] for _, step in steps(path) if "run" in step)


def commands(path: Path) -> Iterator[list[str]]:
    """Yield the words of every line that calls affidavit, lines that go on joined."""
    for text in runs(path):
        for line in text.replace("\\\n", " ").splitlines():
            if "affidavit " in line:
                words = shlex.split(line)
                start = next(n for n, word in enumerate(words) if word.endswith("affidavit"))
                ends = [n for n, word in enumerate(words) if word in {">", ">>", "||", "|"}]
                yield words[start + 1 : min(ends, default=len(words))]


def test_there_are_the_seven() -> None:
    """With these names others call them."""
    names = ["ci", "dr-sync", "layers", "promote", "release", "terraform", "wheels"]

    assert names == [path.stem for path in WORKFLOWS]


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_only_known_keys_stand_where_they_may(path: Path) -> None:
    """A misspelt key is ignored by nobody but the reader."""
    said = load(path)

    assert set() == said.keys() - TOP
    assert {"name", "on", "permissions", "jobs"} <= said.keys()
    assert path.stem == said["name"]
    assert set() == said["on"].keys() - EVENTS
    assert "workflow_call" in said["on"]
    for told in (said["on"]["workflow_call"].get("inputs") or {}).values():
        assert set() == told.keys() - INPUT
        assert {"description", "type"} <= told.keys()
        assert told.get("required", False) != ("default" in told)
    for _, job in jobs(path):
        assert set() == job.keys() - JOB
        assert ("uses" in job) != ({"runs-on", "steps", "timeout-minutes"} <= job.keys())
    for _, step in steps(path):
        assert set() == step.keys() - STEP
        assert ("uses" in step) != ("run" in step)


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_a_job_has_the_rights_that_it_needs_and_no_others(path: Path) -> None:
    """Nothing by default; a token only where a role is assumed, or wheels are signed."""
    assert {} == load(path)["permissions"]
    for name, job in jobs(path):
        rights = job["permissions"]
        assert all(level in RIGHTS[right] for right, level in rights.items()), name
        assumes = any(
            str(step.get("uses", "")).startswith("aws-actions/") for step in job.get("steps", ())
        )
        signs = any(
            "pypi-attestations sign" in step.get("run", "") for step in job.get("steps", ())
        )
        assert ("id-token" in rights) == (assumes or signs or "uses" in job), name
        adds = any("gh release upload" in step.get("run", "") for step in job.get("steps", ()))
        assert (rights["contents"] == "write") == adds, name
        asks = any("gh api" in step.get("run", "") for step in job.get("steps", ()))
        assert ("actions" in rights) == asks, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    """A tag can be moved; the comment says which release the commit is."""
    lines = [line for line in path.read_text().splitlines() if re.match(r"^\s*(- )?uses: ", line)]
    local = [line for line in lines if "uses: ./" in line]

    assert lines
    assert [] == [line for line in lines if line not in local and not PINNED.match(line)]
    for line in local:
        assert (repo.ROOT / line.partition("uses: ")[2]).is_file()


def test_one_action_has_one_pin() -> None:
    """Two would mean that one was forgotten."""
    found = {
        tuple(re.split(r"[@ ]", step["uses"])[:2])
        for path in WORKFLOWS
        for _, step in steps(path)
        if "uses" in step
    }

    assert len(found) == len({name for name, _ in found})


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_a_checkout_keeps_no_credentials(path: Path) -> None:
    """What runs later cannot use them."""
    for _, step in steps(path):
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert False is step["with"]["persist-credentials"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_no_script_is_put_together_from_expressions(path: Path) -> None:
    """What somebody else wrote, such as an input, comes in through the environment, as data."""
    assert [] == [text for text in runs(path) if "${{" in text]


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_no_secret_is_named(path: Path) -> None:
    """Roles are assumed by OIDC: there is nothing to keep secret."""
    assert "secrets" not in path.read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_an_expression_names_what_there_is(path: Path) -> None:
    """Inputs, outputs of jobs and of steps."""
    said = load(path)
    inputs = said["on"]["workflow_call"].get("inputs") or {}
    outputs = {name: job.get("outputs", {}).keys() for name, job in jobs(path)}
    ids = {step["id"] for _, step in steps(path) if "id" in step}
    texts = [*EXPRESSION.findall(path.read_text())]
    texts += [str(one["if"]) for _, one in [*jobs(path), *steps(path)] if "if" in one]

    for text in texts:
        for name in re.findall(r"\binputs\.([\w-]+)", text):
            assert name in inputs
        for job, name in re.findall(r"\b(?:needs|jobs)\.([\w-]+)\.outputs\.([\w-]+)", text):
            assert name in outputs[job]
        for name in re.findall(r"\bsteps\.([\w-]+)\.", text):
            assert name in ids
    for name, job in jobs(path):
        needs = job.get("needs", [])
        for other in [needs] if isinstance(needs, str) else needs:
            assert other in outputs, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_a_local_workflow_gets_the_inputs_that_it_has(path: Path) -> None:
    """All that it needs, and none that it does not know."""
    for _, job in jobs(path):
        if "uses" in job:
            called = load(repo.ROOT / job["uses"])
            inputs = called["on"]["workflow_call"]["inputs"]
            needed = {name for name, told in inputs.items() if told.get("required")}
            assert needed <= job["with"].keys() <= inputs.keys()
            granted = [one["permissions"] for one in called["jobs"].values()]
            assert all(one.items() <= job["permissions"].items() for one in granted)


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_make_targets_exist(path: Path) -> None:
    """Nothing that a developer cannot run."""
    called = {name for text in runs(path) for name in re.findall(r"^make ([\w-]+)", text)}

    assert called
    assert set() == called - repo.targets().keys()


@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_commands_and_their_options_exist(path: Path) -> None:
    """As the command line has them, with every option that is required."""
    line = build(load_plugins())
    line.load_all()
    for words in commands(path):
        command: click.Command = line
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        options = {word for word in words if word.startswith("--")}
        known = {opt for p in command.params if isinstance(p, click.Option) for opt in p.opts}
        needed = {p.opts[0] for p in command.params if isinstance(p, click.Option) and p.required}
        assert needed <= options <= known, words


def test_what_deploys_passes_an_environment_and_takes_its_turn() -> None:
    """The environment is the gate; two releases never deploy to one place at a time."""
    told = {}
    for path in WORKFLOWS:
        for name, job in jobs(path):
            text = " ".join(step.get("run", "") for step in job.get("steps", ()))
            if "affidavit release" in text:
                told[f"{path.stem}.{name}"] = job["environment"]
                assert False is job["concurrency"]["cancel-in-progress"]

    assert {
        "release.build": "vault",
        "release.dev": "dev",
        "release.qa": "qa",
        "promote.gate": "${{ inputs.environment }}",
        "promote.rejected": "vault",
        "dr-sync.sync": "dr",
    } == told


def test_what_makes_the_bundles_has_no_credentials() -> None:
    """They come afterwards."""
    order = [
        step.get("run", step.get("uses", "")).partition("@")[0]
        for name, step in steps(FOLDER / "release.yml")
        if name == "build"
    ]

    assert order.index("make bundle") < order.index("aws-actions/configure-aws-credentials")


def test_a_version_is_built_after_the_checks_and_a_rejection_is_kept() -> None:
    """What fails costs no number; a reviewer's no is a record as a yes is."""
    release, promote = dict(jobs(FOLDER / "release.yml")), dict(jobs(FOLDER / "promote.yml"))
    assert "tests" == release["build"]["needs"]
    inputs = load(FOLDER / "release.yml")["on"]["workflow_call"]["inputs"]
    assert {"test", "coverage"} <= set(inputs["checks"]["default"].split())
    assert "gate" == promote["rejected"]["needs"]
    assert "needs.gate.result != 'success'" in promote["rejected"]["if"]
    [last] = [
        s["run"] for n, s in steps(FOLDER / "promote.yml") if "release reject" in s.get("run", "")
    ]
    assert "--why" in last


@pytest.mark.skipif(BASH is None, reason="needs bash")
@pytest.mark.parametrize("path", WORKFLOWS, ids=repo.name)
def test_scripts_are_scripts(path: Path) -> None:
    """bash reads them without complaint."""
    for text in runs(path):
        done = subprocess.run(
            [BASH or "", "-n", "-c", text], capture_output=True, text=True, timeout=10, check=False
        )
        assert (0, "") == (done.returncode, done.stderr)
