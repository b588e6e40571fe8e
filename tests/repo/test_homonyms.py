"""One word, one meaning: a class is defined once, a module's name says one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

import repository as repo

ROLES = {
    "__init__",
    "archive",  # what a plugin gives a hook is called alike in each: a ledger is a ledger
    "clients",
    "errors",
    "faults",
    "ledger",
    "location",
    "source",
    "spill",
    "subjects",
}
"""Modules that have one name because they have one part to play, in whichever plugin."""


def _classes() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in repo.modules(*repo.SHIPPED):
        for node in ast.walk(repo.tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].add(f"{repo.name(path)}:{node.lineno}")
    return {name: places for name, places in found.items() if len(places) > 1}


def _modules() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in repo.modules(*repo.SHIPPED):
        found[path.stem].add(repo.name(path))
    return {name: places for name, places in found.items() if len(places) > 1}


def test_a_public_class_is_defined_once() -> None:
    """In kernel, command line and plugins together: two verdicts are two things."""
    assert {} == _classes()


def test_a_module_name_means_one_thing() -> None:
    """`commands.py` nine times says nothing about any of them."""
    assert {} == {name: at for name, at in _modules().items() if name not in ROLES}


def test_a_role_is_played_by_several() -> None:
    """Or it is no role, and its name need not be allowed."""
    assert set() == ROLES - set(_modules())
