"""Verdicts whole, as files of tests hold them: `# name` of each case, and below what is said.

Cases of which the same is said stand together; a blank line ends each block.
"""

from __future__ import annotations

import re
from pathlib import Path

from affidavit_ledger.time_basis import TimeBasis
from affidavit_ledger.verify import VerificationResult


def whole(found: VerificationResult) -> list[str]:
    """Return a verdict in lines; what the chance of keys decides is left out.

    Its word, then chains, records, sealed ones, checkpoints and what runs still.
    """
    counts = (found.chains, found.records, found.sealed, found.checkpoints, found.running)
    told = [
        f"{one.kind.value} {one.where} {one.count} {one.event}".rstrip() for one in found.findings
    ]
    lines = [f"{found.word.value} {' '.join(map(str, counts))}", *sorted(told)]
    if found.time != TimeBasis():
        lines.append(found.time.sentence())
    return [re.sub(r"-[0-9a-f]{16}\b", "-D", line) for line in lines]


def read_verdicts(path: Path) -> dict[str, list[str]]:
    """Read what is said of each case."""
    found = {}
    for block in path.read_text().split("\n\n"):
        lines = block.splitlines()
        said = [line for line in lines if not line.startswith("# ")]
        found.update({line[2:]: said for line in lines if line.startswith("# ")})
    return found
