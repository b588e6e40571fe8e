"""What is left out says nothing: no default of the engine does, but for these."""

from __future__ import annotations

from typing import Final

import repository as repo
from left_out import defaults

SAYS: Final = {
    "replace/hidden_names.HiddenNames.replace(rounds)": "ROUNDS",
    "traverse/mappings.Walker.walk(place)": "NOWHERE",
    "traverse/scanner.Scanner.find(place)": "NOWHERE",
    "traverse/text.Texts.clean(place)": "NOWHERE",
}


def test_what_is_left_out_says_nothing_but_for_these() -> None:
    """Of a field and of an argument: another default would be another promise."""
    assert SAYS == defaults(repo.KERNEL / "_redact")
