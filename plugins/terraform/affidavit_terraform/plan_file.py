"""Read what Terraform plans: each resource that would be there, and what of it is known already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from affidavit import SettingsError


class PlannedResource(NamedTuple):
    """One resource as it would be after the apply."""

    address: str
    kind: str
    values: Mapping[str, Any]
    """What is known before the apply; what is not is missing."""

    created: bool
    """True if it is made by this apply."""

    def text(self, name: str) -> str:
        """Return an argument that is a text, or an empty one if it is not known."""
        found = self.values.get(name)
        return found if isinstance(found, str) else ""


class TerraformPlan(NamedTuple):
    """The resources of a plan."""

    resources: tuple[PlannedResource, ...]

    def of(self, *kinds: str) -> Iterator[PlannedResource]:
        """Yield the resources of these kinds."""
        return (one for one in self.resources if one.kind in kinds)


def read_plan(path: Path) -> TerraformPlan:
    """Read a plan as `terraform show -json` prints it.

    Raises:
        SettingsError: It is no such file.

    """
    try:
        told = json.loads(path.read_text("utf-8"))
        changes = told["resource_changes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"reading it raised {type(error).__name__}"
    else:
        return plan_from(changes)
    raise SettingsError(
        f"{path.name} is no plan",
        why=why,
        fix="Write one: terraform plan -out=plan.bin, then terraform show -json plan.bin",
    )


def plan_from(changes: object) -> TerraformPlan:
    """Return the plan of a list of changes; entries that are none are left out."""
    listed = changes if isinstance(changes, list) else []
    return TerraformPlan(tuple(_resources(listed)))


def _resources(changes: list[Any]) -> Iterator[PlannedResource]:
    for one in changes:
        change = one.get("change", {}) if isinstance(one, dict) else {}
        after = change.get("after")
        if one.get("mode") == "managed" and isinstance(after, dict):
            created = "create" in change.get("actions", ())
            yield PlannedResource(str(one["address"]), str(one["type"]), after, created)
