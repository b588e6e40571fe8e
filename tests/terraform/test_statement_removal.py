"""A statement that nobody would miss is too many, or says why it is there."""

from __future__ import annotations

from typing import Any

import pytest

from statement_removal import removals


def _report(statement: str, *, missed: bool, unused: bool, caller: str = "r") -> list[Any]:
    place = {"policy": "p", "statement": statement}
    return [
        {
            "caller": f"arn:aws:iam::123456789012:role/{caller}",
            "statements": [{**place, "missed": missed}],
            "unused": [{**place, "action": "s3:GetObject"}] if unused else [],
        }
    ]


@pytest.mark.parametrize(
    ("statement", "missed", "unused", "caller", "kind"),
    [
        ("AppendRecords", True, False, "r", "missed"),
        ("Trace", False, True, "r", "justified"),
        ("3", False, True, "prices-harness-action", "justified"),
        ("3", False, True, "prices-price", "unnoticed"),
        ("Surprise", False, True, "r", "unnoticed"),
        ("Trace", False, False, "r", "unnoticed"),
        ("DecryptThroughTheTable", False, False, "r", "justified"),
    ],
)
def test_each_statement_is_judged(
    statement: str, missed: bool, unused: bool, caller: str, kind: str
) -> None:
    """One that was used beside another that allows the same is found, too."""
    found = removals(_report(statement, missed=missed, unused=unused, caller=caller))

    assert {kind: 1} == {name: len(held) for name, held in found._asdict().items() if held}
