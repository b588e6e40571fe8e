"""A module fits in a head, a function on a screen."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator
from pathlib import Path

import repository as repo

MODULES = repo.modules(*repo.SHIPPED)
LINES, SCREEN = 300, 40

LONGER = {
    "core/affidavit/_invocation/steps.py:invoke": (50, "splitting it would hide the order"),
    "core/affidavit/_records/record.py:state": (47, "half of it is its keyword-only signature"),
    "core/affidavit/_runtime/runtime.py:assemble": (58, "it lists every part of a runtime, twice"),
    "core/affidavit/testing/contracts.py:check_source": (44, "one promise after another"),
    "core/affidavit/testing/http_events.py:api_gateway_v1": (45, "one literal: what AWS sends"),
    "core/affidavit/testing/http_events.py:api_gateway_v2": (52, "one literal: what AWS sends"),
}
"""Functions that may be longer, how long, and why. docs/style.md lists them, too."""


def _lines(node: ast.AST, text: str) -> int:
    """Return how many lines there are, without the examples in docstrings, which are run."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    told = [ast.get_docstring(one) or "" for one in ast.walk(node) if isinstance(one, documented)]
    parts = [part for one in told for part in doctest.DocTestParser().parse(one)]
    shown = [part for part in parts if isinstance(part, doctest.Example)]
    prose = [one.partition(">>>")[0].strip() for one in told if ">>>" in one]
    around = sum(1 + ("\n" not in one) for one in prose)  # a line before; marks of their own
    return (
        len(text.splitlines())
        - around
        - sum(part.source.count("\n") + part.want.count("\n") for part in shown)
    )


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    lines = path.read_text("utf-8").splitlines()
    for node in ast.walk(repo.tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            yield f"{repo.name(path)}:{node.name}", _lines(node, text)


def _imported(path: Path) -> int:
    return sum(
        (node.end_lineno or 0) - node.lineno + 1
        for node in repo.tree(path).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def test_a_module_has_at_most_300_lines() -> None:
    """One that needs more has a second responsibility. Imports and examples are not counted."""
    sizes = {p: _lines(repo.tree(p), p.read_text()) - _imported(p) for p in MODULES}

    assert {} == {repo.name(path): size for path, size in sizes.items() if size > LINES}


def test_a_function_has_at_most_40_lines() -> None:
    """Signature and docstring included, decorators and examples not."""
    sizes = dict(entry for path in MODULES for entry in _functions(path))

    assert {} == {
        name: lines for name, lines in sizes.items() if lines > LONGER.get(name, (SCREEN, ""))[0]
    }


def test_every_exception_is_still_needed() -> None:
    """A function that has become short enough leaves the list."""
    found = dict(entry for path in MODULES for entry in _functions(path))

    assert [] == [name for name in LONGER if found.get(name, 0) <= SCREEN and "invoke" not in name]
    assert 50 >= found["core/affidavit/_invocation/steps.py:invoke"]


def test_the_style_page_lists_the_exceptions() -> None:
    """A rule that is broken is listed or repaired."""
    broken = repo.section((repo.DOCS / "style.md").read_text(), "## Where we break them today")

    for entry in LONGER:
        module, _, function = entry.rpartition(":")
        if function != "invoke":
            assert f"`{function}`" in broken, entry
            assert Path(module).name in broken, entry
