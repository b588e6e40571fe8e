"""One library has the compiled modules, and the import system is told which."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from affidavit._library import LibraryFinder

LIBRARY = SimpleNamespace(init_affidavit____records___chain=object())
FINDER = LibraryFinder(LIBRARY, "/somewhere/library.so")


def test_what_is_in_the_library_is_loaded_from_it() -> None:
    """By the name of its module."""
    spec = FINDER.find_spec("affidavit._records.chain", ["anywhere"], None)

    assert spec is not None
    assert ("affidavit._records.chain", "/somewhere/library.so") == (spec.name, spec.origin)


@pytest.mark.parametrize(
    "name", ["affidavit", "affidavit.errors", "affidavit._records", "chain", "json"]
)
def test_anything_else_is_found_as_ever(name: str) -> None:
    """Modules that stay pure, and everybody else's."""
    assert FINDER.find_spec(name) is None
