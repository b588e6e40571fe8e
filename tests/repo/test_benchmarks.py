"""What the benchmarks name in the kernel is there: a renamed function must not end them."""

from __future__ import annotations

import ast
import importlib

import pytest

import repository as repo

_SUBJECT = repo.ROOT / "benchmarks" / "subjects" / "ours_steps.py"


def _steps() -> list[tuple[str, str]]:
    for node in ast.parse(_SUBJECT.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STEPS":
            found: dict[str, str] = ast.literal_eval(node.value)
            return [(module, name) for module, names in found.items() for name in names.split()]
    return []


@pytest.mark.parametrize(("module", "name"), _steps())
def test_a_step_that_is_timed_exists(module: str, name: str) -> None:
    """`benchmarks.steps` wraps it by this name."""
    owner: object = importlib.import_module(module)
    for part in name.split("."):
        owner = getattr(owner, part)

    assert callable(owner)


def test_steps_are_named() -> None:
    """The table is read, and is no empty one."""
    assert len(_steps()) > 20
