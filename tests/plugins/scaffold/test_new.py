"""A project that `affidavit new` makes is ready: it checks, runs, and keeps its promises."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import repository as repo
from affidavit_cli.main import run as command_line
from affidavit_scaffold.errors import ScaffoldError
from affidavit_scaffold.project_template import (
    NAME,
    RECORD,
    TOKEN,
    Project,
    record_of,
    render,
    templates,
)
from affidavit_scaffold.template_changes import changes
from affidavit_scaffold.write_files import write_new
from affidavit_service.read import read_service
from affidavit_service.service_model import ENVIRONMENTS

BIN = Path(sys.executable).parent


def make(folder: Path, template: str = "http-sqlite", policy: str = "baseline") -> Path:
    project = Project("shop", template, policy)
    files = render(project)
    write_new(folder, files, record_of(project, files))
    return folder


def played(folder: Path, *command: str) -> str:
    kept: Mapping[str, str] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYTEST", "AWS_", "AFFIDAVIT_", "COV"))
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PATH": f"{BIN}{os.pathsep}{kept['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("template", templates())
def test_every_template_is_right_in_every_environment(template: str, tmp_path: Path) -> None:
    """Its definition checks, its Python and YAML can be read, and no word was left out."""
    folder = make(tmp_path / "shop", template)
    for environment in ENVIRONMENTS:
        service = read_service(folder / "functions.toml", environment)
        assert ("shop", "baseline") == (service.about.name, service.about.policy)
    for path in (one for one in folder.rglob("*") if one.is_file()):
        text = path.read_text()
        assert [] == TOKEN.findall(text), path
        text = re.sub(r"example\.(org|com)|what says example", "", text)
        assert "example" not in text, path
        if path.suffix == ".py":
            ast.parse(text)
        if path.suffix in {".yml", ".yaml"}:
            assert yaml.safe_load(text)
        if path.suffix == ".json":
            json.loads(text)


@pytest.mark.parametrize("template", ["http-sqlite", "queue", "wrapped"])  # one per handler
def test_the_unit_tests_of_each_handler_pass(template: str, tmp_path: Path) -> None:
    """On the spot, with what is installed; `make first-hour` runs the suites of all of them."""
    folder = make(tmp_path / "shop", template)
    tests = [str(one) for one in folder.glob("tests/test_*.py") if "compliance" not in one.name]

    assert "passed" in played(folder, sys.executable, "-m", "pytest", "-q", *tests)


def test_one_command_shows_an_answer_and_its_evidence(tmp_path: Path) -> None:
    """`make demo`: data, an event, the answer, who read what, and that nothing was changed."""
    told = played(make(tmp_path / "shop"), "make", "demo")

    assert '\\"id\\":\\"I-100001\\"' in told
    assert "1 access(es)" in told
    assert "CLEAN: 3 records in 1 chain(s)." in told


@given(st.from_regex(NAME, fullmatch=True))
def test_any_name_that_is_taken_makes_a_package(name: str) -> None:
    """What names a service names a folder and a package, too."""
    files = render(Project(name, "http-sqlite", "baseline"))

    assert f"src/{name.replace('-', '_')}/handler.py" in files
    ast.parse(files[f"src/{name.replace('-', '_')}/handler.py"])


@pytest.mark.parametrize("name", ["Shop", "1shop", "a", "shop_2", "a" * 32, "../x", ""])
def test_another_name_is_refused(name: str) -> None:
    """Before anything is written."""
    with pytest.raises(ScaffoldError, match="name cannot be used"):
        render(Project(name, "http-sqlite", "baseline"))


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A folder with something in it is somebody's."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ScaffoldError, match="there already"):
        make(folder)

    assert ["notes.txt"] == [one.name for one in folder.iterdir()]


def test_a_newer_template_shows_what_it_would_change(tmp_path: Path) -> None:
    """And not what the authors have changed themselves."""
    folder = make(tmp_path / "shop")
    (folder / "README.md").write_text("ours")
    assert [] == changes(folder)

    kept = json.loads((folder / RECORD).read_text())
    kept["files"]["README.md"] = kept["files"]["Makefile"] = "0" * 64  # as an older one wrote them
    kept["files"].pop("claims.json")
    (folder / "claims.json").unlink()
    (folder / RECORD).write_text(json.dumps(kept))
    found = {one.file: one.state for one in changes(folder)}

    # The Makefile here is as the new template has it already.
    assert {"README.md": "changed", "claims.json": "new"} == found


def test_the_command_line_makes_one_and_says_what_is_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal nothing is asked."""
    monkeypatch.chdir(tmp_path)

    assert 0 == command_line(["new", "shop", "--template", "queue", "--policy", "hipaa"])
    assert "Next: cd shop && make demo" in capsys.readouterr().out
    assert 0 == command_line(["new", "--diff", "--folder", "shop"])
    assert 3 == command_line(["new", "--diff"])
    assert 2 == command_line(["new"])


def test_the_wheel_brings_the_templates() -> None:
    """Where the plugin looks for them."""
    text = (repo.ROOT / "pyproject.toml").read_text()

    assert '"templates" = "affidavit_scaffold/templates"' in text
