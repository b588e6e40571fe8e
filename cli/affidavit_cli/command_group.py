"""The group of all commands: each is imported when it is used, and gets `--output` then."""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
from collections.abc import Mapping
from typing import Any

import click

from affidavit import AffidavitError, PluginError
from affidavit.plugin import CommandResult, LazyCommand
from affidavit_cli.closed_pipe import unread
from affidavit_cli.render import show


class Commands(click.Group):
    """Commands that are here, those that are only named so far, and those that need an extra."""

    def __init__(
        self,
        offered: Mapping[str, click.Command | LazyCommand],
        lacking: Mapping[str, PluginError] | None = None,
        **settings: Any,
    ) -> None:
        """Import nothing yet. `lacking` says of commands why they cannot be used here."""
        here = {name: one for name, one in offered.items() if isinstance(one, click.Command)}
        super().__init__("affidavit", commands=here, **settings)
        self._named = {name: one for name, one in offered.items() if isinstance(one, LazyCommand)}
        self._lacking = dict(lacking or {})
        for command in here.values():
            add_output(command)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; help that nobody reads to its end is help all the same."""
        with unread():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, to its end or to where nobody reads on."""
        with unread():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name, imported or not."""
        return sorted({*super().list_commands(ctx), *self._named})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; import it, if nobody has used it yet.

        Raises:
            PluginError: It cannot be imported, or needs what is not installed.

        """
        named = self._named.pop(cmd_name, None)
        if named is not None:
            self.add_command(_imported(named))
        found = super().get_command(ctx, cmd_name)
        if found is None and cmd_name in self._lacking:
            raise self._lacking[cmd_name]
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; if there is none of that name, all names are near misses."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            known = {*self.list_commands(ctx), *self._lacking}
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=known, ctx=ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands. What they are for is known without an import."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names))
        rows = [(name, self._summary(name, width)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def load_all(self) -> None:
        """Import every command: for what describes them all."""
        for name in list(self._named):
            self.add_command(_imported(self._named.pop(name)))

    def _summary(self, name: str, width: int) -> str:
        named = self._named.get(name)
        return named.summary if named is not None else self.commands[name].get_short_help_str(width)


def _imported(named: LazyCommand) -> click.Command:
    module, _, attribute = named.place.partition(":")
    try:
        command = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # noqa: BLE001 - a plugin is foreign code
        failed = type(error).__name__
        if isinstance(error, ModuleNotFoundError) and error.name:
            failed = f"it needs {error.name}, which is not installed"
    else:
        if isinstance(command, click.Command) and command.name == named.name:
            add_output(command)
            return command
        failed = "what is there is not a command of this name"
    raise PluginError(
        f"the command {named.name} cannot be imported",
        why=f"{module}: {failed}",
        fix="Install the plugin again, or tell those who wrote it",
    )


def add_output(command: click.Command) -> None:
    """Give a command, and every command below it, `--output`, and show what it returns."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            add_output(below)
        return
    wrapped = command.callback
    if wrapped is None or getattr(wrapped, "__shown__", False):
        return

    @functools.wraps(wrapped)
    def callback(*args: Any, output: str, **kwargs: Any) -> int:
        try:
            result = wrapped(*args, **kwargs)
        except AffidavitError as error:
            raise _as_options(error, kwargs) from None
        if isinstance(result, CommandResult):
            with contextlib.suppress(BrokenPipeError):  # what was found stays found
                show(result, output)
            return result.exit_code
        return result if isinstance(result, int) else 0

    callback.__shown__ = True  # type: ignore[attr-defined]
    command.callback = callback
    command.params.append(
        click.Option(
            ["--output"],
            type=click.Choice(["table", "json"]),
            default="table",
            show_default=True,
            help="A table for people, or JSON for programs.",
        )
    )


def _as_options(error: AffidavitError, given: Mapping[str, Any]) -> AffidavitError:
    """Name the option where the error names the variable that it stands for.

    Whoever wrote `--ledger` would look in vain for an AFFIDAVIT_LEDGER of theirs.
    """
    for name, value in given.items():
        if value and isinstance(value, str | tuple):
            variable, option = f"AFFIDAVIT_{name.upper()}", f"--{name.replace('_', '-')}"
            error.what = _renamed(error.what, variable, option)
            error.why = _renamed(error.why, variable, option)
            error.fix = _renamed(error.fix, variable, option)
    return error


def _renamed(text: str, variable: str, option: str) -> str:
    return re.sub(rf"\b{variable}\b(?!_)", option, text)
