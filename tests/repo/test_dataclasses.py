"""Data does not change, and has no room for attributes that nobody declared."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import repository as repo

MUTABLE = {
    "_records/memory.py:MemoryStore": "a store; tests plant faults in it",
    "_records/memory.py:MemorySubjects": "a store of salts, which come and go",
}
"""Dataclasses of the kernel that are not frozen, and why."""


def _dataclasses() -> Iterator[tuple[str, dict[str, bool]]]:
    for path in repo.modules(repo.KERNEL):
        inner = path.relative_to(repo.KERNEL)
        if inner.parts[0] == "testing":
            continue
        for node in ast.walk(repo.tree(path)):
            if isinstance(node, ast.ClassDef):
                for decorator in node.decorator_list:
                    said = _said(decorator)
                    if said is not None:
                        yield f"{inner.as_posix()}:{node.name}", said


def _said(decorator: ast.expr) -> dict[str, bool] | None:
    """Return the arguments of `@dataclass(...)`; None for another decorator."""
    call = decorator if isinstance(decorator, ast.Call) else None
    target = call.func if call is not None else decorator
    if repo.dotted(target).rpartition(".")[2] != "dataclass":
        return None
    keywords = call.keywords if call is not None else []
    return {
        str(word.arg): word.value.value is True
        for word in keywords
        if isinstance(word.value, ast.Constant)
    }


def test_every_dataclass_of_the_kernel_has_slots() -> None:
    """A misspelt attribute is an error, not a new attribute."""
    assert [] == [name for name, said in _dataclasses() if not said.get("slots")]


def test_every_dataclass_of_the_kernel_is_frozen_or_says_why_not() -> None:
    """What cannot change cannot be changed by a plugin."""
    assert set(MUTABLE) == {name for name, said in _dataclasses() if not said.get("frozen")}
