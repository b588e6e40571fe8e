"""Draw the rooms into docs/architecture.md: `make rooms`.

Layers are those of the import contracts in pyproject.toml, and what a room is
for is the first line of its docstring: nothing here is written by hand.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import repository as repo

PAGE = repo.DOCS / "architecture.md"
BEGIN, END = "<!-- rooms: made by make rooms -->\n", "<!-- end of rooms -->\n"
WIDTH, INDENT = 98, 18


def drawn() -> str:
    """Return the picture, from top to bottom: what stands above imports what stands below."""
    outside, *_ = _layers("the command line stands on plugins, plugins on the kernel")
    titles = (
        "command line",
        "plugins; none knows another",
        "plugins that others stand on",
        "the kernel: core/affidavit",
    )
    lines = []
    for title, layer in zip(titles, outside, strict=True):
        lines.append(f"┌─ {title} ".ljust(WIDTH - 1, "─") + "┐")
        if layer == ["affidavit"]:
            rooms = [
                ["__init__", "plugin"],
                *_layers("rooms of the kernel depend downwards only")[0],
            ]
            for number, floor in enumerate(rooms):
                if number:
                    lines.append("├".ljust(WIDTH - 1, "╌") + "┤")
                lines += [line for room in floor for line in _room(repo.KERNEL / room)]
        else:
            lines += [line for room in layer for line in _room(_folder(room))]
        lines.append("└".ljust(WIDTH - 1, "─") + "┘")
    return "\n".join(lines)


def page() -> str:
    """Return the page as it should be."""
    head, _, rest = PAGE.read_text().partition(BEGIN)
    return f"{head}{BEGIN}\n```text\n{drawn()}\n```\n\n{END}{rest.partition(END)[2]}"


def first_line(path: Path) -> str:
    """Return the first line of a package's or a module's docstring."""
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def _layers(name: str) -> list[list[list[str]]]:
    contracts: list[dict[str, Any]] = tomllib.loads((repo.ROOT / "pyproject.toml").read_text())[
        "tool"
    ]["importlinter"]["contracts"]
    return [
        [layer.replace("|", " ").split() for layer in contract["layers"]]
        for contract in contracts
        if contract["name"] == name
    ]


def _folder(package: str) -> Path:
    return next(path for root in repo.SHIPPED for path in root.glob(f"**/{package}"))


def _room(path: Path, indent: str = "") -> Iterator[str]:
    """Yield a room's lines: its name, what may be in it, and the rooms in it."""
    told = textwrap.wrap(first_line(path), WIDTH - INDENT - 4)
    names = [indent + path.name.removeprefix("affidavit_"), *[""] * (len(told) - 1)]
    for name, line in zip(names, told, strict=True):
        yield f"│ {name:{INDENT}}{line}".ljust(WIDTH - 1) + "│"
    for inner in sorted(path.glob("*/__init__.py")):
        yield from _room(inner.parent, f"{indent}  ")


if __name__ == "__main__":
    PAGE.write_text(page())
