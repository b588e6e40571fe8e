"""Where everything in this repository is: what the tests of the repository look through."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
KERNEL = ROOT / "core" / "affidavit"
DOCS = ROOT / "docs"
PROMISES = ROOT / "tests" / "compliance"
SHIPPED = (ROOT / "core", ROOT / "cli", ROOT / "plugins")
"""What ends up in the distribution."""


def name(path: Path) -> str:
    """Return a path as it is written in lists: from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def modules(*folders: Path) -> list[Path]:
    """Return every Python file below `folders`."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def load(path: Path) -> Any:
    """Run a file that no package holds, and return it as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def calls(path: Path, called: str) -> list[ast.Call]:
    """Return every call of something named `called`, or of its `_make`."""
    found = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return [node for node in found if _last(node.func) == called]


def _last(function: ast.expr) -> str:
    return dotted(function).removesuffix("._make").rpartition(".")[2]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression; what cannot be named is `?`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


@functools.cache
def files() -> tuple[Path, ...]:
    """Return every file that is tracked, or would be with the next commit."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a clone")
    names = done.stdout.decode().split("\0")
    return tuple(path for path in (ROOT / one for one in sorted(names) if one) if path.is_file())


def pages() -> list[Path]:
    """Return every document."""
    return [path for path in files() if path.suffix == ".md"]


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as code hosts derive them."""
    bare = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    found = re.findall(r"^#+ +(.+?) *$", bare, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)


def section(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    _, found, rest = f"\n{page}".partition(f"\n{heading}\n")
    assert found, f"there is no heading {heading!r}"
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def targets(folder: Path = ROOT) -> Mapping[str, str]:
    """Return the make targets of a folder, and their help texts."""
    text = (folder / "Makefile").read_text()
    rules = re.findall(r"^([a-z][\w-]*):(?!=)(.*)$", text, flags=re.MULTILINE)
    return {target: rest.partition("## ")[2].strip() for target, rest in rules}


def literals(node: ast.AST) -> Iterator[str]:
    """Yield every text that stands literally below `node`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
