"""What stands for what a caller or an author leaves out: defaults that are not simply nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import repository as repo

EMPTY = ("()", "[]", "{}", "MappingProxyType({})", "frozenset()")
NOTHING = {"None", "False", "0", "0.0", "''", "b''", *EMPTY, "lambda _: None"}


def defaults(folder: Path, *without: str) -> dict[str, str]:
    """Return every default that says something, by where it stands."""
    return {
        f"{path.relative_to(folder).with_suffix('')}.{where}": said
        for path in sorted(folder.rglob("*.py"))
        if not set(without) & set(path.relative_to(folder).parts)
        for where, said in _of(repo.tree(path), "")
        if said not in NOTHING
        and not said.startswith(
            ("field(", "Field(default_factory=list", "Field(default_factory=dict")
        )
    }


def _of(node: ast.AST, within: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            for field in child.body:
                if isinstance(field, ast.AnnAssign) and field.value is not None:
                    yield f"{within}{child.name}.{ast.unparse(field.target)}", _said(field.value)
            yield from _of(child, f"{within}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            given = child.args
            positional = [*given.posonlyargs, *given.args]
            named = [*zip(positional[::-1], given.defaults[::-1], strict=False)]
            named += zip(given.kwonlyargs, given.kw_defaults, strict=True)
            for argument, value in named:
                if value is not None:
                    yield f"{within}{child.name}({argument.arg})", _said(value)
            yield from _of(child, f"{within}{child.name}.")


def _said(value: ast.expr) -> str:
    """Return a default as it is written; what `field(default=…)` says, of a field."""
    if isinstance(value, ast.Call) and value.keywords and value.keywords[0].arg == "default":
        value = value.keywords[0].value
    return ast.unparse(value)
