"""Collect the commands, run one, and turn what comes of it into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from affidavit import AffidavitError
from affidavit.plugin import VERSION, Plugins, by_name, load_plugins
from affidavit_cli.commands import Commands
from affidavit_cli.demo.command import demo
from affidavit_cli.doctor_command import doctor
from affidavit_cli.plugin_commands import plugins as plugins_group
from affidavit_cli.redact_command import redact
from affidavit_cli.render import show_error
from affidavit_cli.schema_command import schema

EXIT_CODES: Final = {
    0: "as it should be",
    1: "something was found that somebody should look at",
    2: "the command was not used rightly",
    3: "it could not be done: settings, a plugin, the ledger or a source",
    130: "interrupted",
}
"""What the command line's exit codes mean. docs/cli.md repeats them."""

EPILOG: Final = "Exit codes: " + "; ".join(f"{code} {means}" for code, means in EXIT_CODES.items())


def build(plugins: Plugins) -> Commands:
    """Return the command line with its own commands and those of `plugins`.

    Commands of plugins are imported when they are used.

    Raises:
        PluginError: Two of them have one name.

    """
    own = [("affidavit", command) for command in (demo, doctor, plugins_group, redact, schema)]
    offered = [*own, *plugins.collect("affidavit_commands")]
    return Commands(
        by_name("command", offered, "name"),
        help="Sworn evidence for AWS Lambda handlers: ask it, verify it, hold code to it.",
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_version,
                help="Show the version and exit.",
            )
        ],
    )


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        group = build(load_plugins())
        result: Any = group.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="affidavit",
            standalone_mode=False,
        )
    except AffidavitError as error:
        show_error(error)
        return 3
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        error.show()
        return int(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        return 130
    except BrokenPipeError:
        return 0
    return result if isinstance(result, int) else 0


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls it
    if value:
        click.echo(f"affidavit {VERSION}")
        context.exit(0)
