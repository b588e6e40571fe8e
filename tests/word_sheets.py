"""Constants and enumerations of a package as lines of text: what it writes down, word by word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_HELD: Final = (str, bytes, re.Pattern, Mapping, AbstractSet, tuple, list)
"""Numbers with a name stand in lists of limits; options, functions and types in others."""


def lines(root: Path) -> Iterator[str]:
    """Yield each constant of a package that holds a word or a list, in the order of its modules.

    Texts with a blank in them are for people, and are written as dots.
    """
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        names = [*_names(ast.parse(path.read_text()))]
        held = vars(import_module(name)) if names and path.stem != "__main__" else {}
        for one in (one for one in names if one in held):
            told = _told(held[one]) if _is_held(held[one]) else ""
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


def _is_held(value: Any) -> bool:
    return isinstance(value, _HELD) or _is_enum(value) or _is_value(value)


def _is_value(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _told(value: Any) -> str:
    """Write words and numbers; what holds none is written as dots, or by its name."""
    if isinstance(value, Enum):
        told = _told(value.value)
    elif _is_enum(value):
        told = _braced("{}", [f"{one.name}: {_told(one)}" for one in value])
    elif _is_value(value):
        told = _braced("()", [_told(getattr(value, one.name)) for one in fields(value)])
    elif isinstance(value, re.Pattern):
        told = f"/{value.pattern!r}/ {int(value.flags)}"
    elif isinstance(value, str):
        told = "..." if re.search(r"\s", value) else ascii(value)
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


def printouts(root: Path) -> Iterator[str]:
    """Yield what each command of a package prints: its columns, and the names of its data."""
    for path in sorted(root.rglob("*.py")):
        module = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        functions = ast.FunctionDef | ast.AsyncFunctionDef
        for node in (one for one in ast.walk(tree) if isinstance(one, functions)):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "CommandResult":
                    told = " ".join(filter(None, map(_printed, call.keywords)))
                    if told:
                        yield f"{module.removeprefix('affidavit_')}.{node.name}: {told}"


def _printed(said: ast.keyword) -> str:
    match said.arg, said.value:
        case "columns", ast.Tuple(elts=parts):
            return f"columns {', '.join(map(ast.unparse, parts))};"
        case "data", value:
            dicts = [part for part in ast.walk(value) if isinstance(part, ast.Dict)]
            names = [ast.unparse(key) for one in dicts for key in one.keys if key is not None]
            return f"data {', '.join(names)};" if names else ""
    return ""
