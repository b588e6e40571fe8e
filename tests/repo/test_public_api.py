"""What others may import, and what our own plugins import besides."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import affidavit
import affidavit.plugin
import affidavit.testing
import repository as repo

PLUGINS = sorted(path for path in (repo.ROOT / "plugins").iterdir() if path.is_dir())

DOORS = {"affidavit", "affidavit.plugin", "affidavit.testing"}
"""What others import. Everything else of the kernel may change without notice."""


def _imports(plugin: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (file, module, name) for everything that is imported from affidavit."""
    for path in repo.modules(plugin):
        for node in ast.walk(repo.tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                if node.module.partition(".")[0] == "affidavit":
                    yield from ((repo.name(path), node.module, one.name) for one in node.names)
            elif isinstance(node, ast.Import):
                for one in node.names:
                    if one.name.partition(".")[0] == "affidavit":
                        yield repo.name(path), one.name, ""


def test_the_list_of_public_names_is_sorted_and_true() -> None:
    """Each is there, once, and none comes from a module by accident."""
    assert sorted(set(affidavit.__all__)) == affidavit.__all__
    assert [] == [name for name in affidavit.__all__ if not hasattr(affidavit, name)]


def test_what_the_front_door_imports_is_public() -> None:
    """A name that is imported there and not listed would be public by accident."""
    door = repo.tree(repo.KERNEL / "__init__.py")
    imported = {
        one.asname or one.name
        for node in ast.walk(door)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("affidavit")
        for one in node.names
    }

    assert set(affidavit.__all__) == imported - {"VERSION", "_library", "_paused"} | {"__version__"}


def test_every_error_is_public() -> None:
    """Whoever gets one must be able to catch it."""
    errors = {
        node.name
        for node in repo.tree(repo.KERNEL / "errors.py").body
        if isinstance(node, ast.ClassDef)
    }

    assert set() == errors - set(affidavit.__all__)


def test_the_stand_ins_are_listed() -> None:
    """`affidavit.testing` is a front door, too."""
    assert sorted(set(affidavit.testing.__all__)) == affidavit.testing.__all__
    assert [] == [n for n in affidavit.testing.__all__ if not hasattr(affidavit.testing, n)]


@pytest.mark.parametrize(
    "module", sorted(one.name for one in pkgutil.walk_packages(affidavit.__path__, "affidavit."))
)
def test_every_module_can_be_imported(module: str) -> None:
    """By itself, whatever was imported before."""
    assert importlib.import_module(module) is not None


@pytest.mark.parametrize("plugin", [*PLUGINS, repo.ROOT / "cli"], ids=lambda path: path.name)
def test_plugins_and_commands_come_in_through_the_doors(plugin: Path) -> None:
    """There are no exceptions: what four plugins need from inside is public, or moved."""
    beyond = [
        f"{file}: from {module} import {name}"
        for file, module, name in _imports(plugin)
        if module not in DOORS
    ]

    assert [] == beyond


@pytest.mark.parametrize("plugin", [*PLUGINS, repo.ROOT / "cli"], ids=lambda path: path.name)
def test_doors_are_asked_for_public_names_only(plugin: Path) -> None:
    """`from affidavit import errors` would be a module in disguise."""
    public = {door: set(importlib.import_module(door).__all__) for door in DOORS}
    hidden = [
        f"{file}: {module}.{name}"
        for file, module, name in _imports(plugin)
        if name and name not in public[module]
    ]

    assert [] == hidden


@pytest.mark.parametrize("door", ["__init__", "plugin"])
def test_a_door_lists_what_it_types(door: str) -> None:
    """The type checker reads one list, the interpreter another; both say the same."""
    module = affidavit.plugin if door == "plugin" else affidavit
    typed = {
        (one.name, (node.module or "").removeprefix("affidavit."))
        for block in repo.tree(repo.KERNEL / f"{door}.py").body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }

    assert typed == set(module._HOME.items())
    assert [] == [name for name in module.__all__ if not hasattr(module, name)]


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    """As for any other module."""
    with pytest.raises(AttributeError, match="no attribute 'Chains'"):
        affidavit.plugin.Chains  # noqa: B018
