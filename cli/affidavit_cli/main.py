"""Collect the commands, run one, and turn what comes of it into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from affidavit import AffidavitError, PluginError
from affidavit.plugin import VERSION, LazyCommand, Plugins, by_name, load_plugins
from affidavit_cli.command_group import Commands
from affidavit_cli.render import show_error

EXIT_CODES: Final = {
    0: "as it should be",
    1: "something was found that somebody should look at",
    2: "the command was not used rightly",
    3: "it could not be done: settings, a plugin, the ledger or a source",
    4: "it cannot be judged: evidence of a version that is not known, a key that proves nothing",
    130: "interrupted",
}
"""What the command line's exit codes mean. docs/cli.md repeats them."""

OWN: Final = (
    LazyCommand(
        "demo",
        "Show the example service, the evidence it leaves, and what tampering looks like.",
        "affidavit_cli.demo.command:demo",
    ),
    LazyCommand(
        "docs",
        "Print the page TOPIC, or list all pages.",
        "affidavit_cli.docs_command:docs",
    ),
    LazyCommand(
        "doctor",
        "Say what is configured, what is missing, and how to mend it.",
        "affidavit_cli.doctor_command:doctor",
    ),
    LazyCommand(
        "plugins", "Look at the installed plugins.", "affidavit_cli.plugin_commands:plugins"
    ),
    LazyCommand(
        "redact",
        "Redact stdin to stdout, as handlers' logs are redacted.",
        "affidavit_cli.redact_command:redact",
    ),
    LazyCommand(
        "schema",
        "Print the contracts that affidavit publishes.",
        "affidavit_cli.schema_command:schema",
    ),
)
"""Commands that no plugin brings. Like those of plugins, each is imported when it is used."""

EPILOG: Final = "Exit codes: " + "; ".join(f"{code} {means}" for code, means in EXIT_CODES.items())


def build(plugins: Plugins) -> Commands:
    """Return the command line with its own commands and those of `plugins`.

    Commands of plugins are imported when they are used.

    Raises:
        PluginError: Two of them have one name.

    """
    own = [("affidavit", command) for command in OWN]
    offered = [*own, *plugins.collect("affidavit_commands")]
    return Commands(
        by_name("command", offered, "name"),
        dict(_lacking(plugins)),
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


def _lacking(plugins: Plugins) -> Iterator[tuple[str, PluginError]]:
    """Yield commands of plugins that lack something, and how to install it."""
    for plugin, one in plugins.withheld("affidavit_commands"):
        if isinstance(one, click.Command | LazyCommand) and one.name:
            yield (
                one.name,
                PluginError(
                    f"the command {one.name} needs more than is installed",
                    why=f"plugin {plugin} lacks {', '.join(plugins.unavailable()[plugin])}",
                    fix=plugins.install_hint(plugin),
                ),
            )


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. No exception ever leaves it."""
    try:
        group = build(load_plugins())
        result: Any = group.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="affidavit",
            standalone_mode=False,
        )
    except (Exception, SystemExit, KeyboardInterrupt) as raised:  # noqa: BLE001 - every one is told
        return _told(raised)
    return result if isinstance(result, int) else 0


def _told(raised: BaseException) -> int:
    """Say what was raised in words for people; return the exit code."""
    from affidavit_cli.foreign_errors import explain, with_remedy  # noqa: PLC0415 - beside its use

    code = 3
    if isinstance(raised, AffidavitError):
        show_error(with_remedy(raised))
    elif isinstance(raised, click.exceptions.Exit):
        code = raised.exit_code
    elif isinstance(raised, click.ClickException):
        raised.show()
        code = raised.exit_code
    elif isinstance(raised, click.Abort | KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        code = 130
    elif isinstance(raised, SystemExit):
        code = 1
    elif isinstance(raised, Exception):
        show_error(with_remedy(explain(raised)))
    return code


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls it
    if value:
        click.echo(f"affidavit {VERSION}")
        context.exit(0)
