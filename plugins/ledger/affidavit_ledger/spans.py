"""Sets of whole numbers as sorted runs: what is sealed of a chain, and what is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""First and last number of a run, both included."""


def spans_of_numbers(numbers: Iterable[int]) -> list[Span]:
    """Return numbers as runs."""
    runs: list[Span] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def plus(runs: Iterable[Span], more: Span) -> list[Span]:
    """Return runs with one more, joined where they meet."""
    joined: list[Span] = []
    for first, last in sorted([*runs, more]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def minus(runs: Iterable[Span], less: Iterable[Span]) -> list[Span]:
    """Return runs without what other runs hold."""
    left = list(runs)
    for start, end in less:
        cut: list[Span] = []
        for first, last in left:
            if last < start or end < first:
                cut.append((first, last))
                continue
            if first < start:
                cut.append((first, start - 1))
            if end < last:
                cut.append((end + 1, last))
        left = cut
    return left


def count_all(sets: Iterable[Iterable[Span]]) -> int:
    """Return how many numbers several sets hold in all."""
    return sum(last - first + 1 for runs in sets for first, last in runs)
