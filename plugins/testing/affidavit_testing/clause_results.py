"""What a run comes to for each clause: only what was shown and checked counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

KEPT, BROKEN, WAIVED, SILENT = "kept", "broken", "waived", "does not apply"
"""What a test says of a promise."""
TIMED_OUT: Final = "timed out"
"""Of a promise that a delivery took too long for: it is neither kept nor refuted."""
NOT_SHOWN: Final = "not shown"
"""Of a promise whose premise hardly ever occurred, and of a clause that rests on one."""

SATISFIED: Final = ("configured", "shown")
"""Results of clauses that claim something."""

RESULTS: Final = (
    *(BROKEN, "does not hold", WAIVED, NOT_SHOWN, "not checked", "not addressed", "organisation"),
    *SATISFIED,
)
"""Results of clauses, the worst first."""


def clause_result(clause: Mapping[str, Any], tests: Mapping[str, Iterable[str]]) -> str:
    """Return what a clause comes to; `tests` holds the results of each promise's tests.

    >>> clause_result({"state": "organisation", "objectives": [], "checks": []}, {})
    'organisation'
    """
    if clause["state"] in {"organisation", "not addressed"}:
        return str(clause["state"])
    found = [_shown(one["suite"], tests) for one in clause["objectives"] if one["suite"]]
    found += [_checked(one["checks"], clause["checks"]) for one in clause["objectives"]]
    return min((one for one in found if one), key=RESULTS.index)


def _shown(suite: Iterable[str], tests: Mapping[str, Iterable[str]]) -> str:
    """Return the worst of an objective's promises; one that was not tried shows nothing."""
    told = [set(tests.get(name, ())) for name in suite]
    every = set().union(*told)
    for word in (BROKEN, WAIVED, NOT_SHOWN):
        if word in every:
            return word
    if TIMED_OUT in every:
        return NOT_SHOWN
    # A promise may not apply to a handler, for instance because it serves no batches.
    return "shown" if KEPT in every and all(told) else NOT_SHOWN


def _checked(names: Iterable[str], outcomes: Iterable[Mapping[str, Any]]) -> str:
    """Return what an objective's checks come to; empty if it has none."""
    wanted = set(names)
    if not wanted:
        return ""
    found = {one["check"]: one["result"] for one in outcomes if one["check"] in wanted}
    if "does not hold" in found.values():
        return "does not hold"
    return (
        "configured" if set(found) == wanted and {*found.values()} == {"holds"} else "not checked"
    )


def summary(clauses: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count results of clauses, the worst first."""
    count = Counter(one["result"] for one in clauses)
    return {word: count[word] for word in RESULTS if count[word]}
