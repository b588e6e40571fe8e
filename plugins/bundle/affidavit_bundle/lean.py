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


def keep_plugins(folder: Path, plugins: Sequence[str], handler: str = KERNEL) -> list[str]:
    """Remove from `folder` what belongs to affidavit and is not needed; return what stays.

    A plugin stays if it is named, or if what is named, the kernel or the module
    `handler` leads to an import of it. The entry points are cut down to those, so
    that nothing looks for a plugin that is not there.

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
    wanted = _with_imports(folder, wanted, packages, handler)
    for name in packages - wanted:
        shutil.rmtree(folder / name)
    for path in NEVER:
        shutil.rmtree(folder / path, ignore_errors=True)
    for points in folder.glob("affidavit-*.dist-info/entry_points.txt"):
        points.write_text(_entry_points(points.read_text("utf-8"), wanted), "utf-8")
    return sorted(wanted)


def _with_imports(folder: Path, wanted: set[str], packages: set[str], handler: str) -> set[str]:
    """Return `wanted`, and the packages that can be reached from them, module by module.

    From all of the kernel, from what each plugin registers, and from the handler:
    a module that none of these leads to is never imported, so what it needs is
    not needed.
    """
    found: set[str] = set()
    modules: set[Path] = set()
    todo = [handler, *wanted]
    todo += [_name(path, folder) for path in (folder / KERNEL).rglob("*.py")]
    while todo:
        name = todo.pop()
        if name.partition(".")[0] not in packages:
            continue
        found.add(name.partition(".")[0])
        for path in set(_files(name, folder)) - modules:
            modules.add(path)
            inner = path.relative_to(folder).as_posix()
            if not inner.startswith(NEVER) and not path.stem.endswith("commands"):
                todo += _imported(path)  # commands are for people; no function imports them
    return found


def _files(name: str, folder: Path) -> Iterator[Path]:
    """Yield the module of that name, and the packages around it."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        place = folder.joinpath(*parts[:count])
        yield from (
            one for one in (place / "__init__.py", place.with_suffix(".py")) if one.exists()
        )


def _name(path: Path, folder: Path) -> str:
    return ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path) -> Iterator[str]:
    """Yield what a module imports, now or later; what is for the type checker is not."""
    todo: list[ast.AST] = [ast.parse(path.read_bytes())]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        todo += ast.iter_child_nodes(node)


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
