"""The words of the plugins' tables: other services set them, reports and records promise them.

Every constant of a module and every word of an enumeration is a line of `words.txt`. Texts with a
space in them are for people, and stand there as dots. After a change of one:

    python tests/plugins/test_words.py
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

import repository as repo

SHEET: Final = Path(__file__).with_name("words.txt")
PLUGINS: Final = ("dynamodb", "harness", "http", "lint", "notify", "oracle", "policy", "release")
FOLDERS: Final = (
    "cli/affidavit_cli",
    *(f"plugins/{one}/affidavit_{one}" for one in (*PLUGINS, "reports", "sqlite")),
)
HELD: Final = (str, bytes, re.Pattern, Mapping, AbstractSet, tuple, list)
"""Numbers with a name stand in `test_limits.py`; options, functions and hints in others."""


def lines(folder: str) -> Iterator[str]:
    """Yield a plugin's constants as lines of the sheet, in the order of its modules."""
    root = repo.ROOT / folder
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        names = [*_names(ast.parse(path.read_text()))]
        held = vars(import_module(name)) if names and path.stem != "__main__" else {}
        for one in (one for one in names if one in held):
            told = _told(held[one]) if isinstance(held[one], HELD) or _is_enum(held[one]) else ""
            if any(map(str.isalnum, told)):
                yield f"{name.removeprefix('affidavit_')}.{one} = {told}"


def _names(tree: ast.Module) -> Iterator[str]:
    """Name what a module writes down a value of, and its enumerations."""
    for node in tree.body:
        match node:
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ) if any(isinstance(part, ast.Constant) for part in ast.walk(value)):
                yield name
            case ast.ClassDef(name=name):
                yield name


def _is_enum(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Enum)


def _told(value: Any) -> str:
    """Write words and numbers; what holds none is written as dots, or by its name."""
    if isinstance(value, Enum):
        told = _told(value.value)
    elif _is_enum(value):
        told = _braced("{}", [f"{one.name}: {_told(one)}" for one in value])
    elif isinstance(value, re.Pattern):
        told = f"/{value.pattern!r}/ {int(value.flags)}"
    elif isinstance(value, str):
        told = "..." if re.search(r"\s", value) else repr(value)
    elif isinstance(value, bytes | bool | int | float | None):
        told = repr(value)
    elif isinstance(value, Mapping):
        told = _braced("{}", [f"{_told(key)}: {_told(one)}" for key, one in value.items()])
    elif isinstance(value, AbstractSet):
        told = _braced("{}", sorted(map(_told, value)))
    elif isinstance(value, tuple | list):
        told = _braced("()", list(map(_told, value)))
    else:
        told = getattr(value, "__name__", "...")
    return told


def _braced(braces: str, told: list[str]) -> str:
    return f"{braces[0]}{', '.join(told)}{braces[1]}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_words_are_these(folder: str) -> None:
    """Whoever changes one changes its line, and whatever page or service names it."""
    start = Path(folder).name.removeprefix("affidavit_") + "."
    kept = [one for one in SHEET.read_text("utf-8").splitlines() if one.startswith(start)]
    assert kept == list(lines(folder))


if __name__ == "__main__":
    SHEET.write_text("".join(f"{one}\n" for folder in FOLDERS for one in lines(folder)), "utf-8")
