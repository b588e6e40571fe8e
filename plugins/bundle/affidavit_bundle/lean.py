"""Leave out what a function never uses, and be able to say why.

A rule speaks of files that no program reads while it runs. What the imports
reach stays, whatever a rule says.
"""

from __future__ import annotations

import configparser
import io
import shutil
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from affidavit_bundle.errors import BundleError

KERNEL: Final = "affidavit"
NEVER: Final = ("affidavit/testing", "affidavit_policy/shipped", "affidavit_cli/examples")
"""For tests, compilers and demonstrations; no function needs them."""

KEPT_METADATA: Final = frozenset({"METADATA", "entry_points.txt", "top_level.txt"})
"""What programs ask an installed distribution for. Licences have to stay, too."""


class LeanRule(NamedTuple):
    """Why a file is left out."""

    name: str
    why: str


TESTS: Final = LeanRule("tests", "tests of a library")
BYTECODE: Final = LeanRule("bytecode", "it is made anew, by the Python that it is for")
STUBS: Final = LeanRule("stubs", "type checkers read it")
SOURCES: Final = LeanRule("sources", "compilers read it")
METADATA: Final = LeanRule("metadata", "installers read it")
MANUALS: Final = LeanRule("manuals", "people read it")
STARTUP: Final = LeanRule("startup", "Lambda does not read .pth files")

ENDINGS: Final = {
    ".pyc": BYTECODE,
    ".pyi": STUBS,
    ".pyx": SOURCES,
    ".pxd": SOURCES,
    ".c": SOURCES,
    ".h": SOURCES,
    ".cpp": SOURCES,
    ".hpp": SOURCES,
    ".a": SOURCES,
    ".pth": STARTUP,
}
FOLDERS: Final = {
    "__pycache__": BYTECODE,
    "tests": TESTS,
    "test": TESTS,
    "testing_data": TESTS,
}


def rule_for(path: PurePosixPath) -> LeanRule | None:
    """Return the rule that leaves a file out, or None if it stays."""
    parts = path.parts
    if parts[0].endswith(".dist-info"):
        licence = "licenses" in parts or parts[-1].upper().startswith(
            ("LICEN", "COPYING", "NOTICE", "AUTHORS")
        )
        return None if licence or parts[-1] in KEPT_METADATA else METADATA
    if parts[:2] in {("share", "man"), ("share", "doc")}:
        return MANUALS
    folder = next((FOLDERS[part] for part in parts[:-1] if part in FOLDERS), None)
    return folder or ENDINGS.get(path.suffix)


def prune(
    folder: Path, files: Iterable[str], reached: AbstractSet[str], stubs: AbstractSet[str]
) -> dict[str, str]:
    """Remove what a rule names and no import reaches; return what went, and by which rule.

    `stubs` are packages that read their own `.pyi` files as they start.
    """
    gone: dict[str, str] = {}
    for name in sorted(files):
        path = PurePosixPath(name)
        rule = rule_for(path)
        read = rule is STUBS and path.parts[0] in stubs
        if rule is None or name in reached or read or not (folder / name).is_file():
            continue
        (folder / name).unlink()
        gone[name] = rule.name
    for metadata in folder.glob("*.dist-info/METADATA"):
        metadata.write_text(_head(metadata.read_text("utf-8", "replace")), "utf-8")
    return gone


def reads_stubs(folder: Path, files: Iterable[str]) -> frozenset[str]:
    """Return the packages that load their modules by what a `.pyi` says (lazy_loader)."""
    return frozenset(
        PurePosixPath(name).parts[0]
        for name in files
        if name.endswith("__init__.py") and b"attach_stub" in (folder / name).read_bytes()
    )


def own_packages(folder: Path) -> frozenset[str]:
    """Return affidavit's packages in a folder."""
    named = {path.name for path in folder.glob("affidavit*") if path.is_dir()}
    return frozenset(name for name in named if name.isidentifier())


def check_plugins(folder: Path, plugins: Iterable[str]) -> None:
    """Check that every plugin that is named is there.

    Raises:
        BundleError: There is no such plugin.

    """
    packages = own_packages(folder)
    for plugin in plugins:
        if f"affidavit_{plugin}" not in packages:
            known = sorted(name.removeprefix("affidavit_") for name in packages - {KERNEL})
            raise BundleError(
                f"there is no plugin {plugin}",
                why="affidavit has no package of that name",
                fix=f"Name one of {', '.join(known)}",
            )


def keep_packages(folder: Path, wanted: AbstractSet[str]) -> list[str]:
    """Remove affidavit's packages that nothing leads to, and cut the entry points down."""
    for name in own_packages(folder) - wanted:
        shutil.rmtree(folder / name)
    for path in NEVER:
        shutil.rmtree(folder / path, ignore_errors=True)
    for points in folder.glob("affidavit-*.dist-info/entry_points.txt"):
        points.write_text(_entry_points(points.read_text("utf-8"), wanted), "utf-8")
    return sorted(own_packages(folder))


def _head(metadata: str) -> str:
    """Return METADATA without the long description, which is most of it."""
    return "\n".join(_fields(metadata)) + "\n"


def _fields(metadata: str) -> Iterator[str]:
    inside = True
    for line in metadata.partition("\n\n")[0].splitlines():
        if not line.startswith((" ", "\t")):
            inside = line.partition(":")[0] != "Description"
        if inside:
            yield line


def _entry_points(text: str, kept: AbstractSet[str]) -> str:
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
