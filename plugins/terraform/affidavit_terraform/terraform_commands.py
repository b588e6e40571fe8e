"""`affidavit terraform`."""

from __future__ import annotations

from pathlib import Path

import click

from affidavit.plugin import CommandResult


@click.group()
def terraform() -> None:
    """Take the modules along, and check a plan before anything is created."""


@terraform.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Write over what is there, changed or not.")
def export(folder: Path, *, replace: bool) -> CommandResult:
    """Write modules and policies into FOLDER, with a file that says of which version they are.

    A newer export replaces an older one that nobody has changed. Modules are then found below
    FOLDER/terraform/modules, each with a README that shows how it is called.
    """
    from affidavit_terraform.export_modules import export_modules  # noqa: PLC0415 - when asked

    told = export_modules(folder, replace=replace)
    data = {"version": told["version"], "files": len(told["files"])}
    return CommandResult(
        data=data,
        text=f"{data['files']} files of version {data['version']}.\n",
    )


@terraform.command("preflight")
@click.argument("plan", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--var-file",
    "var_files",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Let Terraform plan with this file, and check that plan.",
)
@click.option(
    "--root",
    default=Path("terraform"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where it plans.",
)
@click.option("--account", is_flag=True, help="Ask the account of your credentials, too.")
def preflight(
    plan: Path | None, var_files: tuple[Path, ...], root: Path, *, account: bool
) -> CommandResult:
    """Say what is wrong with a plan before anything is created.

    PLAN is what `terraform show -json` prints of one. From the plan alone: sizes of policies,
    names, keys that nobody could change again, issuers. With --account also quotas, names that are
    taken, endpoints that the network has, and whether the issuer answers. Exit code 1 if anything
    is found.
    """
    from affidavit_terraform.account_checks import check_account  # noqa: PLC0415 - when asked
    from affidavit_terraform.make_plan import make_plan  # noqa: PLC0415
    from affidavit_terraform.plan_checks import check_plan  # noqa: PLC0415
    from affidavit_terraform.plan_file import read_plan  # noqa: PLC0415

    if (plan is None) is (not var_files):
        raise click.UsageError("Name either a plan, or files for Terraform with --var-file.")
    planned = read_plan(plan) if plan is not None else make_plan(root, var_files)
    found = [*check_plan(planned), *(check_account(planned) if account else ())]
    asked = "the plan and the account" if account else "the plan; --account asks the account, too"
    return CommandResult(
        data=[one._asdict() for one in found],
        columns=("check", "where", "what", "what to do"),
        rows=[tuple(one) for one in found],
        notes=(f"{len(found)} finding(s) in {len(planned.resources)} resources, from {asked}.",),
        exit_code=1 if found else 0,
    )
