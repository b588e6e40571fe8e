"""Names of runs: sortable by time, unique, and short enough for an execution's name."""

from __future__ import annotations

import secrets
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"  # base 32 as int() reads it
_TIME_DIGITS, _CHANCE_DIGITS = 10, 16
SHORT: Final = 8
LONGEST_NAME: Final = 80
"""Of an execution in Step Functions."""


def new_run_id(now_ms: int) -> str:
    """Return 26 characters: 10 of time in milliseconds, 16 (80 bits) of chance."""
    chance = secrets.randbits(5 * _CHANCE_DIGITS)
    return _digits(now_ms, _TIME_DIGITS) + _digits(chance, _CHANCE_DIGITS)


def short(run_id: str) -> str:
    """Return the end of a run's id, which is all chance."""
    return run_id[-SHORT:]


def trace_root(run_id: str) -> str:
    """Return the X-Ray trace of a run: `1-`, 8 hex digits of its second, 24 of its chance.

    A run's calls carry it, so whatever they reach has one trace (AWS X-Ray, "Trace ID format").
    """
    at_s = int(run_id[:_TIME_DIGITS], 32) // 1000
    return f"1-{at_s:08x}-{int(run_id[_TIME_DIGITS:], 32):024x}"


def execution_name(scenario: str, run_id: str) -> str:
    """Return a name for the execution, at most 80 characters, from which the id can be read."""
    return f"{scenario[: LONGEST_NAME - len(run_id) - 1]}-{run_id}"


def _digits(number: int, count: int) -> str:
    told = ""
    for _ in range(count):
        number, digit = divmod(number, len(_DIGITS))
        told = _DIGITS[digit] + told
    return told
