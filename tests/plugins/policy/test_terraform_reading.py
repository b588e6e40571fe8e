"""A policy that Terraform would read otherwise than the functions obey it is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import repository as repo
from affidavit.plugin import load_policy, shipped_policies
from affidavit_cli.main import run as command_line
from affidavit_policy.strict_yaml import read_yaml
from affidavit_policy.terraform_reading import differences
from devserver_parts import make_project
from terraform_tool import need_terraform


@pytest.mark.parametrize("name", shipped_policies())
def test_what_is_shipped_is_read_the_same(name: str) -> None:
    """The YAML and what was compiled from it."""
    assert [] == list(differences(repo.ROOT / "policies" / f"{name}.yaml", load_policy(name)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("archive_days: 365", "archive_days: 366", "retention.archive_days"),
        ("archive_days: 365", "archive_days: '365'", "retention.archive_days"),
        ("version: 6", "version: 5", "version"),
        ("[authorizer, iam, service, asserted,", "[authorizer, iam, service,", "actor.trust"),
        ("default: {log_days: 90,", "default: {log_days: 91,", "environments.default.log_days"),
        ("uat: {log_days: 30, sample_percent: 25,", "uat: {log_days: 30,", "uat.sample_percent"),
        ("deletable: true}\n  uat", "deletable: false}\n  uat", "environments.qa.deletable"),
        ("  dr: {log_days: 90,", "  drx: {log_days: 9,", "environments.drx.log_days"),
        ("  event: true", "  event: yes", "two readings"),
        ("  event: true", "  event: true\n  event: false", "two readings"),
    ],
)
def test_what_terraform_would_take_otherwise_is_found(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    """By the setting's name; what stands there is not repeated."""
    text = (repo.ROOT / "policies/baseline.yaml").read_text()
    assert old in text
    path = tmp_path / "baseline.yaml"
    path.write_text(text.replace(old, new))

    assert any(says in one for one in differences(path, load_policy("baseline")))


def test_whom_nobody_believes_is_no_difference_and_hides_none(tmp_path: Path) -> None:
    """Where no asserted actor is trusted, a flag about them says nothing; the next one does."""
    held = load_policy("hipaa")
    name = next(iter(held.environments))
    document = read_yaml((repo.ROOT / "policies/hipaa.yaml").read_text()).value
    path = tmp_path / "hipaa.yaml"
    for flag, found in (("trust_asserted", False), ("tests_may_write", True), ("deletable", True)):
        place = document["environments"][name]
        there = {**place, flag: not getattr(held.environments[name], flag)}
        changed = {**document, "environments": {**document["environments"], name: there}}
        path.write_text(json.dumps(changed))
        said = [f"it does not say environments.{name}.{flag} as functions obey it"]
        assert (said if found else []) == list(differences(path, held))


def test_what_terraform_does_not_read_is_no_difference(tmp_path: Path) -> None:
    """A comment, say, or what only functions obey."""
    path = tmp_path / "baseline.yaml"
    text = (repo.ROOT / "policies/baseline.yaml").read_text()
    path.write_text("# ours\n" + text.replace("  depth: 64", "  depth: 32"))

    assert [] == list(differences(path, load_policy("baseline")))


def test_the_doctor_finds_a_copy_that_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the command that it names mends it."""
    folder = make_project(tmp_path / "shop").parent
    monkeypatch.chdir(folder)
    assert 0 == command_line(["terraform", "export", "terraform/affidavit"])
    assert 0 == command_line(["doctor"]), capsys.readouterr().out
    path = folder / "terraform/affidavit/policies/baseline.yaml"
    path.write_text(path.read_text().replace("log_days: 1,", "log_days: 2,"))
    capsys.readouterr()

    assert 1 == command_line(["doctor", "--output", "json"])
    (found,) = [one for one in json.loads(capsys.readouterr().out) if one["fix"]]
    assert "environments.local.log_days" in found["found"]
    assert 0 == command_line(found["fix"].split()[1:])
    assert 0 == command_line(["doctor"])


def test_terraform_itself_reads_what_we_read(tmp_path: Path) -> None:
    """Its own `yamldecode`, over every policy."""
    need_terraform(os.environ)
    here = f"{repo.ROOT}/policies"
    each = f'one => yamldecode(file("{here}/${{one}}"))'
    expression = f'jsonencode({{for one in fileset("{here}", "*.yaml") : {each}}})'
    done = subprocess.run(
        [shutil.which("terraform") or "", "console"],
        input=expression,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    read = json.loads(json.loads(done.stdout))
    assert {f"{name}.yaml" for name in shipped_policies()} <= read.keys()
    for name, told in read.items():
        assert told == read_yaml((repo.ROOT / "policies" / name).read_text()).value, name


def test_a_file_that_cannot_be_read_is_a_difference(tmp_path: Path) -> None:
    """By the kind of the failure, for it is not there or is no text."""
    held = load_policy("baseline")
    path = tmp_path / "mine.yaml"
    assert ["reading it raised FileNotFoundError"] == list(differences(path, held))
    path.write_bytes(b"\xff")
    assert ["reading it raised UnicodeDecodeError"] == list(differences(path, held))
    path.write_text("a: yes\n")
    assert ["a key or a word has two readings in line 1"] == list(differences(path, held))
