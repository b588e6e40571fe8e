"""What a newcomer and a package index find: metadata, habits, and that both are true."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from typing import Any

import pytest
import yaml

import affidavit
import repository as repo

PROJECT: dict[str, Any] = tomllib.loads((repo.ROOT / "pyproject.toml").read_text())

HABITS = (
    ".devcontainer/devcontainer.json",
    ".editorconfig",
    ".github/CODEOWNERS",
    ".github/ISSUE_TEMPLATE/config.yml",
    ".github/ISSUE_TEMPLATE/defect.yml",
    ".github/ISSUE_TEMPLATE/wish.yml",
    ".github/dependabot.yml",
    ".github/pull_request_template.md",
    ".pre-commit-config.yaml",
    "CODE_OF_CONDUCT.md",
)

TOP = {
    *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *("SECURITY.md", "benchmarks", "cli", "constraints.txt", "core", "docs", "examples", "plugins"),
    *("policies", "pyproject.toml", "scenarios", "templates", "terraform", "tests"),
}


def test_nothing_lies_about() -> None:
    """What a measurement has left behind is the first that a visitor would see, and not ours."""
    found = {repo.name(path).partition("/")[0] for path in repo.files()}

    assert TOP == {name for name in found if not name.startswith(".")}


@pytest.mark.parametrize("name", HABITS)
def test_what_a_newcomer_looks_for_is_there(name: str) -> None:
    """And what a machine reads of it can be read."""
    text = (repo.ROOT / name).read_text()

    assert text.strip()
    if name.endswith((".yml", ".yaml")):
        assert yaml.safe_load(text)
    if name.endswith(".json"):
        assert json.loads(text)


def test_each_python_that_is_claimed_is_tested() -> None:
    """A classifier that no job tests is a guess."""
    claimed = {
        one.rpartition(" ")[2]
        for one in PROJECT["project"]["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.[0-9]+", one)
    }
    workflow = (repo.ROOT / ".github" / "workflows" / "ci.yml").read_text()
    tested = [set(json.loads(found)) for found in re.findall(r"'(\[\"3[^']*\])'", workflow)]

    assert tested
    assert [claimed] * len(tested) == tested


@pytest.mark.parametrize(
    "package", PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
)
def test_every_package_has_types_for_others(package: str) -> None:
    """Without the marker a type checker takes a package for untyped (PEP 561)."""
    assert (repo.ROOT / package / "py.typed").is_file()


def test_an_unreleased_build_says_so() -> None:
    """A record of a build that nobody released must not look like a released one's."""
    head = (repo.ROOT / "CHANGELOG.md").read_text().split("\n## ")[1]

    assert head.startswith("Unreleased") == (".dev" in affidavit.__version__)


def test_no_release_has_a_placeholder_for_its_place() -> None:
    """One owner everywhere, and a real one before anything is published."""
    urls = PROJECT["project"]["urls"].values()
    owners = {re.findall(r"github\.com/([^/]+)/affidavit", url)[0] for url in urls}
    owners |= set(re.findall(r"@([^/\s]+)/", (repo.ROOT / ".github" / "CODEOWNERS").read_text()))

    assert 1 == len(owners)
    assert ".dev" in affidavit.__version__ or {"OWNER"} != owners


def test_owners_own_what_is_there() -> None:
    """A rule for a folder that has moved asks nobody."""
    lines = (repo.ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
    places = [line.split()[0] for line in lines if line and not line.startswith("#")]

    assert [] == [one for one in places[1:] if not (repo.ROOT / one.strip("/")).exists()]


def test_no_test_puts_a_folder_before_what_is_installed() -> None:
    """Its files would hide modules of libraries, in functions that tests start, too."""
    found = {
        one.name
        for one in (repo.ROOT / "tests").rglob("test_*.py")
        for node in repo.tree(one).body
        if ast.unparse(node).startswith("sys.path.insert")
    }

    assert set() == found
