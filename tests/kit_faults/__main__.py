"""Try all of them: `make kit-faults`. Ends with 1 if too few are found, or one is accused."""

from __future__ import annotations

import os
import sys
from multiprocessing import get_context

from kit_faults.trials import (
    FOUND_AT_LEAST,
    Outcome,
    correct,
    counts,
    faults,
    try_correct,
    try_fault,
)


def main() -> int:
    """Print what the suite found, by promise."""
    planted, good = faults(), correct()
    # A new process now and then: what one fault remembers is not for ever the next one's.
    with get_context("spawn").Pool(os.cpu_count(), maxtasksperchild=10) as pool:
        found = [_told(one) for one in pool.imap(try_fault, planted)]
        accused = [_told(one) for one in pool.imap(try_correct, good)]
    accused = [one for one in accused if one.result == "broken"]
    hits = sum(one.result == "broken" for one in found)
    shapes = {one.shape for one in (*planted, *good)}
    models = {one.model for one in (*planted, *good)}
    for line in counts(found):
        print(line)
    for one in found:
        if one.result != "broken":
            _print("not found", one)
    for one in accused:
        _print("accused", one)
    print(f"{hits} of {len(planted)} faults found; {FOUND_AT_LEAST} have to be")
    print(f"{len(accused)} of {len(good)} correct handlers accused; none may be")
    print(f"{len(shapes)} shapes of handlers, {len(models)} models")
    return 0 if hits >= FOUND_AT_LEAST and not accused else 1


def _told(one: Outcome) -> Outcome:
    """Show that something happens: all of it takes minutes."""
    print(
        f"{one.trial.fault or 'correct':32} {one.trial.shape:24} {one.trial.model:20} {one.result}",
        flush=True,
    )
    return one


def _print(what: str, one: Outcome) -> None:
    trial = one.trial
    said = one.said and f": {one.said[:400]}"
    print(f"{what}: {trial.fault or one.promise} in {trial.shape} of {trial.model}{said}")


if __name__ == "__main__":
    sys.exit(main())
