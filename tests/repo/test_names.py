"""Names say what a thing is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import repository as repo

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "core"}
MODULES = repo.modules(*repo.SHIPPED, repo.ROOT / "examples", repo.ROOT / "benchmarks")


@pytest.mark.parametrize("path", MODULES, ids=repo.name)
def test_a_module_has_a_name(path: Path) -> None:
    """A module that is called `utils` is several things."""
    packages = set(path.relative_to(repo.ROOT).parts[1:-1])

    assert set() == {path.stem, *packages} & FORBIDDEN


@pytest.mark.parametrize("path", MODULES, ids=repo.name)
def test_a_module_says_what_it_is(path: Path) -> None:
    """The first line of its docstring could stand in a list of contents."""
    if path.name == "__main__.py" or path.stat().st_size:
        first = (ast.get_docstring(repo.tree(path)) or "").partition("\n")[0]

        assert first.endswith((".", ":", "?", "`")), "a docstring that starts with a sentence"
        assert 12 <= len(first)


@pytest.mark.parametrize("path", MODULES, ids=repo.name)
def test_names_are_ascii(path: Path) -> None:
    """A letter that looks like another one is no name."""
    assert path.name.isascii()
    assert path.name == path.name.lower()
