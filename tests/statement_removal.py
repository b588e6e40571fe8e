"""`make statements`: what the local round would notice if one statement of one role were gone.

Each request of the round was weighed, and the cloud remembers which statements allowed it. One
that was the only one to allow something is missed: without it the round ends with a denial. One
that is missed nowhere is unused, with a reason in tests/unused_rights.py, or it is spare: another
one allows the same, and one of the two is too many.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from terraform_tool import ROOT
from unused_rights import JUSTIFIED, SPARE, of_scenarios

REPORT: Final = ROOT / "build" / "local" / "rights.json"


class Removals(NamedTuple):
    """Statements by what becomes of the round without them."""

    missed: list[str]
    justified: list[str]
    unnoticed: list[str]


def removals(report: Iterable[Mapping[str, Any]]) -> Removals:
    """Judge every statement of every role in a report of rights."""
    found = Removals([], [], [])
    for one in report:
        unused = {(row["policy"], row["statement"]) for row in one["unused"]}
        for row in one["statements"]:
            name = f"{one['caller'].rpartition('/')[2]} {row['policy']} {row['statement']}"
            place = (row["policy"], row["statement"])
            explained = row["statement"] in SPARE or (
                place in unused
                and (row["statement"] in JUSTIFIED or of_scenarios(one["caller"], row["statement"]))
            )
            kind = found.missed if row["missed"] else found.justified
            (kind if row["missed"] or explained else found.unnoticed).append(name)
    return found


def main(path: Path = REPORT) -> int:
    """Say it; return 1 if there is a statement that nobody would miss and nobody explains."""
    try:
        report = json.loads(path.read_text())
    except OSError:
        sys.stdout.write("There is no report: run make local first.\n")
        return 1
    found = removals(report)
    for name in found.unnoticed:
        sys.stdout.write(f"nobody would miss: {name}\n")
    sys.stdout.write(
        f"{len(found.missed)} statements would be missed, {len(found.justified)} are not used in "
        f"the round and say why, {len(found.unnoticed)} are neither.\n"
    )
    return 1 if found.unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
