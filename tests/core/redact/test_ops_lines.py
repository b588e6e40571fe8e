"""What systems write about themselves stays as it is: four hundred kinds of lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor

LINES: Final = Path(__file__).with_name("ops_lines.txt").read_text("utf-8").splitlines()
KINDS: Final = 400
POLICIES: Final = {
    **{name: Redactor(load_policy(name).redaction) for name in ("baseline", "pci", "part11")},
    "gdpr": Redactor(load_policy("gdpr").redaction),
    "every pack": Redactor(load_policy("baseline").redaction._replace(packs=tuple(Pack))),
}


def test_there_are_four_hundred_kinds() -> None:
    """A line that differs from another in its numbers only is of the same kind."""
    kinds = {re.sub(r"[0-9]+", "0", line) for line in LINES}

    assert KINDS <= len(kinds)
    assert len(kinds) == len(LINES)


@pytest.mark.parametrize("name", POLICIES)
def test_no_line_changes(name: str) -> None:
    """Nothing of a person's is in it, and no secret."""
    redactor = POLICIES[name]
    written = [(line, redactor.text(line, Sink.LOG)) for line in LINES]

    assert [] == [(line, redacted) for line, redacted in written if line != redacted]
