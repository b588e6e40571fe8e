"""A policy as it is held in memory."""

from __future__ import annotations

from enum import Enum

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Declare, RedactionAction, SinkMode


def test_a_label_says_which_text_was_in_force() -> None:
    """Name, version, and enough of the digest to find the file."""
    policy = load_policy("baseline")

    assert f"baseline@6#{policy.digest[:12]}" == policy.label


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(Declare, ["none", "overlap", "before"], id="declare"),
        pytest.param(
            RedactionAction, ["keep", "truncate", "mask", "token", "replace", "drop"], id="action"
        ),
        pytest.param(SinkMode, ["denylist", "allowlist"], id="mode"),
    ],
)
def test_choices_stand_from_weak_to_strict(kind: type[Enum], expected: list[str]) -> None:
    """The compiler compares places in this order; moving a line would loosen policies."""
    assert expected == [member.value for member in kind]
