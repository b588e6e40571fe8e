"""Draw choices evenly: `sampled_from` prefers what stands first, and a suite has few examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def evenly(options: Sequence[T]) -> st.SearchStrategy[T]:
    """Draw one of `options`, each as often as the others. Shrinks to the first."""
    held = tuple(options)
    return st.integers(0, 2**20 - 1).map(lambda number: held[number % len(held)])
