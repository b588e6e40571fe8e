"""What is compiled is internal: whatever users subclass, copy, catch or introspect stays pure."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import tomllib
from enum import Enum
from types import ModuleType
from typing import Any, is_typeddict

import pytest

import affidavit
import affidavit.plugin
import affidavit.testing
import repository as repo

PACKAGE = repo.ROOT / "core" / "affidavit"
BEHAVIOUR = {"Chain", "Redactor", "SubjectTokens", "Tokens"}
"""Classes that plugins use and have no reason to extend or copy."""


HOOK = repo.load(repo.ROOT / "core" / "hatch_build.py")
COMPILED = {".".join(path.with_suffix("").parts) for path in HOOK.compiled(PACKAGE)}


def _ordinary(kind: Any) -> bool:
    """Tell whether mypyc leaves a class as it is: named tuples, choices, protocols."""
    return (
        issubclass(kind, (tuple, Enum))
        or getattr(kind, "_is_protocol", False)
        or is_typeddict(kind)
    )


@pytest.mark.parametrize("entry", HOOK.PURE)
def test_what_stays_pure_is_there(entry: str) -> None:
    """A renamed file must not be compiled by that."""
    assert (PACKAGE / entry).exists()
    assert (PACKAGE / entry).is_dir() == entry.endswith("/")


def test_most_of_the_kernel_is_compiled() -> None:
    """The list is read, and is no list of everything."""
    assert {"affidavit._canonical", "affidavit._invocation.steps"} <= COMPILED
    assert len(COMPILED) > 80


def test_no_two_compiled_modules_have_one_name() -> None:
    """All are started from one library, by the last part of their names."""
    names = [name.rpartition(".")[2] for name in COMPILED]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("door", [affidavit, affidavit.plugin, affidavit.testing])
def test_public_classes_are_pure_or_ordinary(door: ModuleType) -> None:
    """A compiled class cannot be extended, copied or pickled."""
    public = {name: getattr(door, name) for name in door.__all__}
    native = {
        name
        for name, kind in public.items()
        if isinstance(kind, type) and kind.__module__ in COMPILED and not _ordinary(kind)
    }

    assert set() == native - BEHAVIOUR


def test_exceptions_are_pure() -> None:
    """An `except` of a compiled class breaks the `except BaseException` after it."""
    found = {
        f"{name}.{node.name}"
        for name in COMPILED
        for node in ast.parse(_source(name)).body
        if isinstance(node, ast.ClassDef)
        and issubclass(getattr(importlib.import_module(name), node.name), BaseException)
    }

    assert set() == found


def _named(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def test_fields_have_types_that_are_imported() -> None:
    """A compiled dataclass or named tuple asks for the types of its fields, and cannot be made, or
    ends the interpreter, when one is not there yet. One in quotes is not asked for.
    """
    found = set()
    for name in COMPILED:
        body = ast.parse(_source(name)).body
        later = {
            each.asname or each.name
            for node in body
            if isinstance(node, ast.If) and "TYPE_CHECKING" in _named(node.test)
            for line in node.body
            if isinstance(line, ast.ImportFrom) and str(line.module).startswith("affidavit")
            for each in line.names
        }
        for node in body:
            if isinstance(node, ast.ClassDef):
                made = set().union(*map(_named, [*node.decorator_list, *node.bases]))
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                if made & {"dataclass", "NamedTuple"}:
                    types = set().union(*(_named(one.annotation) for one in fields))
                    found |= {f"{name}.{node.name}: {one}" for one in types & later}

    assert set() == found


def test_none_asks_where_it_stands() -> None:
    """The file of a compiled module is that of the library, or not, by who imports it first."""
    assert [] == [name for name in sorted(COMPILED) if "__file__" in _source(name)]


def test_bytes_are_not_cut_backwards() -> None:
    """Compiled code raises for a slice that ends before it begins: `raw[n - 1 : n]` at 0."""
    backwards = re.compile(r"(\w+) - (\d+|\w+) : \1\]")
    names = re.compile(r"\b(shape|raw|low|data|body)\[")
    found = [
        (name, line)
        for name in sorted(COMPILED)
        for line in _source(name).splitlines()
        if backwards.search(line) and names.search(line) and "max(0" not in line
    ]

    assert [] == [one for one in found if "plus == 0 or" not in one[1]]


def _source(name: str) -> str:
    return (PACKAGE.parent / f"{name.replace('.', '/')}.py").read_text("utf-8")


def test_it_is_off_by_default_and_pinned() -> None:
    """An install from source needs no compiler; a compiled wheel comes of the locked mypy."""
    hook = tomllib.loads((repo.ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]["hooks"]["custom"]
    (locked,) = re.findall(
        r"^mypy==(\S+)", (repo.ROOT / "constraints.txt").read_text(), re.MULTILINE
    )

    assert False is hook["enable-by-default"]
    assert f"mypy=={locked}" in hook["dependencies"]
