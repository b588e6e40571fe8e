"""Ways to compute a check digit that several states use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import mul
from typing import Any, Final

_FIVE: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
"""Multiplication in the dihedral group of the pentagon (Verhoeff 1969)."""

_TURN: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_BASE36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def own_checks(names: Mapping[str, Any]) -> dict[str, Callable[[str], bool]]:
    """Return the public functions of a module that makes them, of all its names."""
    return {
        name: check
        for name, check in names.items()
        if callable(check)
        and getattr(check, "__module__", "") == names["__name__"]
        and name[0] != "_"
    }


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits, or of letters from A = 10 on, each times its weight."""
    return sum(map(mul, weights, map(_BASE36.index, digits)))


def luhn(text: str) -> bool:
    """Tell whether digits pass Luhn's check (ISO/IEC 7812-1); letters count from A = 10 on."""
    size = len(_BASE36) if not text.isdigit() else 10
    total = 0
    for place, one in enumerate(reversed(text)):
        doubled = _BASE36.index(one) * (2 if place % 2 else 1)
        total += doubled // size + doubled % size
    return total % size == 0


def verhoeff(digits: str) -> bool:
    """Tell whether the last of `digits` is Verhoeff's check of the others."""
    state = 0
    for place, one in enumerate(reversed(digits)):
        turned = int(one)
        for _ in range(place % 8):
            turned = _TURN[turned]
        state = _FIVE[state][turned]
    return state == 0


def mod_11_10(digits: str) -> bool:
    """Tell whether the last digit is that of ISO/IEC 7064, MOD 11,10."""
    state = 5
    for one in digits[:-1]:
        state = ((state or 10) * 2 % 11 + int(one)) % 10
    return ((state or 10) * 2 % 11 + int(digits[-1])) % 10 == 1


def mod_11_2(text: str) -> bool:
    """Tell whether the last character is that of ISO/IEC 7064, MOD 11-2; `X` is ten."""
    state = 0
    for one in text[:-1]:
        state = (state + int(one)) * 2 % 11
    return (state + (10 if text[-1] == "X" else int(text[-1]))) % 11 == 1


def is_day(month: str, day: str) -> bool:
    """Tell whether two numbers can be a month and a day of it."""
    if not 1 <= int(month) <= 12:  # noqa: PLR2004
        return False
    longest = 29 if month == "02" else 30 if month in {"04", "06", "09", "11"} else 31
    return 1 <= int(day) <= longest
