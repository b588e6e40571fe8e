"""`affidavit release status`, `history` and `report`: the line as it stands."""

from __future__ import annotations

from pathlib import Path

import click

from affidavit.plugin import CommandResult
from affidavit_ledger.session import ledger_option

rules_option = click.option(
    "--rules",
    "rules_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("release.toml"),
    show_default=True,
    help="The release policy.",
)


@click.command()
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where the page goes.",
)
@rules_option
@ledger_option
def report(to: Path, rules_file: Path, ledger: str | None) -> CommandResult:
    """Write the line as one HTML page: versions, environments, who decided what and why.

    The ledger is verified, and every byte in the vault compared with what was signed.
    """
    from affidavit_release.release_context import open_release_context  # noqa: PLC0415
    from affidavit_release.release_reports import write_report  # noqa: PLC0415

    return write_report(open_release_context(rules_file, ledger), to)


@click.command()
@rules_option
@ledger_option
def status(rules_file: Path, ledger: str | None) -> CommandResult:
    """Show what is live where. Exit code 1 if it is not what was released."""
    from affidavit_release.release_context import open_release_context  # noqa: PLC0415
    from affidavit_release.release_reports import show_status  # noqa: PLC0415

    return show_status(open_release_context(rules_file, ledger))


@click.command()
@rules_option
@ledger_option
def history(rules_file: Path, ledger: str | None) -> CommandResult:
    """Show every version: how far it came, and where and why it died."""
    from affidavit_release.release_context import open_release_context  # noqa: PLC0415
    from affidavit_release.release_reports import show_history  # noqa: PLC0415

    return show_history(open_release_context(rules_file, ledger))
