"""`affidavit local rights`: what each role used, was denied, and was granted for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from affidavit import SettingsError
from affidavit.plugin import CommandResult

COLUMNS = ("role", "", "action", "resource", "")


def show_rights(told: Sequence[Mapping[str, Any]], role: str, *, policy: bool) -> CommandResult:
    """Return the report of all callers, or of those whose ARN ends with `role`.

    Raises:
        SettingsError: There is nobody of that name, or a policy is wanted of several.

    """
    found = [one for one in told if not role or one["caller"].endswith(role)]
    if role and not found:
        raise SettingsError(
            "there is no such role",
            why="nobody of that name is deployed or has asked for anything",
            fix="See the names with: affidavit local rights",
        )
    if policy:
        if len(found) != 1:
            raise SettingsError(
                "a policy is one role's",
                why=f"{len(found)} are meant",
                fix="Name one with --role",
            )
        proposal = found[0]["policy"]
        return CommandResult(data=proposal, text=json.dumps(proposal, indent=2))
    denied = sum(len(one["denied"]) for one in found)
    return CommandResult(
        data=json.loads(json.dumps(found)),
        columns=COLUMNS,
        rows=[row for one in found for row in _rows(one)],
        notes=(f"{denied} right(s) were denied." if denied else "Nothing was denied.",),
        exit_code=1 if denied else 0,
    )


def _rows(one: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    name = one["caller"].rpartition(":")[2]
    for row in one["denied"]:
        yield name, "denied", row["action"], row["resource"], row["why"]
    for row in one["used"]:
        yield name, "used", row["action"], row["resource"], f"{row['count']} times"
    for row in one["unused"]:
        where = f"{row['policy']}: {row['statement']}"
        yield name, "unused", row["action"], ", ".join(row["resources"]), where
