"""Names say what a thing is."""

from __future__ import annotations

import ast

import repository as repo

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "core"}
MODULES = repo.modules(*repo.SHIPPED, repo.ROOT / "examples", repo.ROOT / "benchmarks")


def test_a_module_has_a_name() -> None:
    """A module that is called `utils` is several things."""
    names = {path: {path.stem, *path.relative_to(repo.ROOT).parts[1:-1]} for path in MODULES}

    assert [] == [path for path, parts in names.items() if parts & FORBIDDEN]


def test_a_module_says_what_it_is() -> None:
    """The first line of its docstring is a sentence that could stand in a list of contents."""
    written = [path for path in MODULES if path.name == "__main__.py" or path.stat().st_size]
    firsts = [(ast.get_docstring(repo.tree(path)) or "").partition("\n")[0] for path in written]

    assert [] == [
        (repo.name(path), first)
        for path, first in zip(written, firsts, strict=True)
        if len(first) < 12 or not first.endswith((".", ":", "?", "`"))
    ]


def test_names_are_ascii() -> None:
    """A letter that looks like another one is no name."""
    names = [path.name for path in MODULES]

    assert [] == [name for name in names if not name.isascii() or name != name.lower()]
