"""Measure affidavit against a peer, and say which goals are reached.

    python -m benchmarks [--turns N] [--json FILE]

Every figure is a ratio of medians that were taken in one run, in turns. Exit
code 0 if all goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import cold_start
from benchmarks.report import Figure, alternate, as_json, table


def invocation(turns: int) -> list[Figure]:
    """Warm overhead of the full wrap, against what a Powertools user has."""
    found = alternate(
        {
            "ours": ("ours", "ours_invoke.py", "15"),
            "peer": ("peer", "peer_invoke.py", "15"),
        },
        turns,
    )
    ours, stack, masked = found["ours"]["full"], found["peer"]["stack"], found["peer"]["masked"]
    return [
        Figure(
            "warm, against logger + metrics + parser", ours, stack, "us", ours / stack, 1.3, True
        ),
        Figure(
            "warm, against the same with masking", ours, masked, "us", masked / ours, 20.0, False
        ),
    ]


def metrics(turns: int) -> list[Figure]:
    """Add and flush 1, 10 and 100 metrics."""
    found = alternate(
        {
            "ours": ("ours", "ours_metrics.py", "15"),
            "peer": ("peer", "peer_metrics.py", "15"),
        },
        turns,
    )
    return [
        Figure(f"metrics, {n}", ours, peer, "us", peer / ours, 4.0, False)
        for n, ours, peer in ((n, found["ours"][n], found["peer"][n]) for n in ("1", "10", "100"))
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="turns of each pair (default 5)")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    figures = [
        *invocation(options.turns),
        *cold_start.figures(options.turns * 4),
        *metrics(options.turns),
    ]
    print(table(figures))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
