"""Patterns that are compiled when first used."""

import re

import pytest

from affidavit._lazy import lazy


def test_it_finds_what_the_pattern_finds() -> None:
    """With every method that recognisers use, twice."""
    for pattern in (re.compile("a(b?)"), lazy("a(b?)")):
        for _ in range(2):
            assert ["b", ""] == pattern.findall("ab a")
            assert "x x" == pattern.sub("x", "ab a")
            assert [(0, 2), (3, 4)] == [found.span() for found in pattern.finditer("ab a")]
            assert pattern.match("ab")
            assert pattern.search("  a")
            assert pattern.fullmatch("ab ") is None


def test_flags_and_bytes_are_kept() -> None:
    """As `re.compile` takes them."""
    assert lazy(b"A", re.IGNORECASE).search(b"a")


def test_it_has_nothing_else() -> None:
    """A misspelt method must not compile for ever."""
    with pytest.raises(AttributeError):
        _ = lazy("a").serach  # type: ignore[attr-defined]
