"""`affidavit dev`: serve the functions of functions.toml on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--service", "path", type=FILE, default=Path("functions.toml"), help="The file.")
@click.option("--environment", default="local", show_default=True, help="Which one.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="0: any."
)
@click.option("--ledger", default="ledger.db", show_default=True, help="A file for the records.")
@click.option(
    "--claims", type=FILE, help="Who calls without saying so; claims.json if it is there."
)
@click.option("--cors", "origins", multiple=True, metavar="ORIGIN", help="May call, too.")
@click.option("--debug", is_flag=False, flag_value="5678", metavar="PORT", help="Wait for it.")
def dev(path: Path, environment: str, port: int, **options: Any) -> CommandResult:
    """Serve the functions on http://127.0.0.1:3000, started anew on save, until Ctrl-C.

    affidavit dev --debug

    Routes are served over HTTP. Everything else is started by a line in the
    terminal (the function's name, and what the event carries), by the form at
    /_affidavit, or by affidavit event send.
    """
    from affidavit_devserver.dev_session import DevSession  # noqa: PLC0415 - beside its use

    DevSession(path.resolve(), environment, port, **options).run()
    return CommandResult(data={"stopped": True}, notes=("Stopped.",))
