"""affidavit in a bundle: the kernel, the plugins that are named, and what these import."""

from __future__ import annotations

import ast
import configparser
import io
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from affidavit_bundle.errors import BundleError

KERNEL: Final = "affidavit"
NEVER: Final = ("affidavit/testing", "affidavit_policy/shipped", "affidavit_cli/examples")
"""For tests, compilers and demonstrations; no function needs them."""


def keep_plugins(folder: Path, plugins: Sequence[str]) -> list[str]:
    """Remove from `folder` what belongs to affidavit and is not needed; return what stays.

    A plugin stays if it is named, or if one that stays imports it. The entry
    points are cut down to those, so that nothing looks for a plugin that is not there.

    Raises:
        BundleError: A plugin is named that there is not.

    """
    present = {path.name for path in folder.glob("affidavit*") if path.is_dir()}
    packages = {name for name in present if "." not in name and "-" not in name}
    wanted = {KERNEL}
    for plugin in plugins:
        if f"affidavit_{plugin}" not in packages:
            known = sorted(name.removeprefix("affidavit_") for name in packages - {KERNEL})
            raise BundleError(
                f"there is no plugin {plugin}",
                why="affidavit has no package of that name",
                fix=f"Name one of {', '.join(known)}",
            )
        wanted.add(f"affidavit_{plugin}")
    wanted = _with_imports(folder, wanted, packages)
    for name in packages - wanted:
        shutil.rmtree(folder / name)
    for path in NEVER:
        shutil.rmtree(folder / path, ignore_errors=True)
    for points in folder.glob("affidavit-*.dist-info/entry_points.txt"):
        points.write_text(_entry_points(points.read_text("utf-8"), wanted), "utf-8")
    return sorted(wanted)


def _with_imports(folder: Path, wanted: set[str], packages: set[str]) -> set[str]:
    found, todo = set(wanted), list(wanted)
    while todo:
        for path in sorted((folder / todo.pop()).rglob("*.py")):
            inner = path.relative_to(folder).as_posix()
            if inner.startswith(NEVER) or path.stem.endswith("commands"):
                continue  # commands are for people; a function never imports them
            new = set(_imported(path)) & packages - found
            found |= new
            todo += new
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _entry_points(text: str, kept: set[str]) -> str:
    read = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(text)
    lean = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    lean.optionxform = str  # type: ignore[assignment,method-assign]
    if read.has_section("affidavit"):
        lean["affidavit"] = {
            name: module for name, module in sorted(read.items("affidavit")) if module in kept
        }
    out = io.StringIO()
    lean.write(out)
    return out.getvalue()
