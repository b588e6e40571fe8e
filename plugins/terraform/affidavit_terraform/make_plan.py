"""Let Terraform make a plan, for who has none in a file yet."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from affidavit import SettingsError
from affidavit_terraform.plan_file import TerraformPlan, plan_from


def make_plan(root: Path, var_files: Sequence[Path]) -> TerraformPlan:
    """Plan a root that is initialised already; nothing is applied, and the plan is not kept.

    Raises:
        SettingsError: There is no Terraform, or it cannot plan.

    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.bin"
        options = [f"-var-file={path.resolve()}" for path in var_files]
        _terraform(root, "plan", "-input=false", "-lock=false", f"-out={file}", *options)
        return plan_from(
            json.loads(_terraform(root, "show", "-json", str(file)))["resource_changes"]
        )


def _terraform(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no word of it is a stranger's
            ["terraform", f"-chdir={root}", *arguments],  # noqa: S607 - the one on the path
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        done = None
    if done is not None and done.returncode == 0:
        return done.stdout
    raise SettingsError(
        "there is no plan",
        why="terraform is not installed" if done is None else f"terraform {arguments[0]} failed",
        fix="Run terraform init and terraform plan there yourself, and mend what they say",
    )
