"""Compare a warm invocation, and metrics alone, with what a Powertools user has for the same.

    python -m benchmarks.invocation [--turns N] [--json FILE]

Equal work stands beside equal work: (a) our wrap without the event in the log, and their logger,
metrics and parser; (b) both with the event in the log, redacted or masked; (c) theirs with
idempotency on a store in memory as well, the nearest thing to a record. Ours keeps two sealed
records in all of them.
"""

from __future__ import annotations

import sys

from benchmarks.report import Figure, alternate, paired, program
from benchmarks.steps import sections

KINDS = ("pure", "compiled")


def figures(turns: int) -> list[Figure]:
    """Measure both forms of the kernel, and the peer, in turns."""
    found = alternate(
        {
            **{kind: (kind, "ours_invoke.py", "15") for kind in KINDS},
            "peer": ("peer", "peer_invoke.py", "15"),
        },
        turns,
    )
    pure, compiled, peer = found["pure"], found["compiled"], found["peer"]
    print("\n" + sections(turns))
    told = []
    for kind in KINDS:
        mine, goals = found[kind], (2.0, 15.0) if kind == "compiled" else (None, None)
        told += [
            paired(f"(a) warm, {kind}", mine["plain"], peer["stack"], "us", goals[0]),
            paired(
                f"(b) warm with the event, {kind}", mine["logged"], peer["masked"], "us", goals[1],
                at_most=False,
            ),
            paired(
                f"(c) and with idempotency, {kind}", mine["logged"], peer["recorded"], "us",
                at_most=False,
            ),
        ]  # fmt: skip
    return [
        *told,
        paired("warm, compiled to pure", compiled["plain"], pure["plain"], "us", 0.6),
        paired("the same with the event", compiled["logged"], pure["logged"], "us", 0.6),
        *_metrics(turns),
    ]


def _metrics(turns: int) -> list[Figure]:
    """Add and flush 1, 10 and 100 metrics."""
    found = alternate(
        {
            **{kind: (kind, "ours_metrics.py", "15") for kind in KINDS},
            "peer": ("peer", "peer_metrics.py", "15"),
        },
        turns,
    )
    return [
        paired(
            f"{number} metrics, {kind}", found[kind][number], found["peer"][number], "us",
            8.0 if kind == "compiled" else None, at_most=False,
        )
        for kind in KINDS
        for number in ("1", "10", "100")
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(program(__doc__, figures))
