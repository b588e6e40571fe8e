"""Tables that other commands make: scenario runs and releases as their own commands tell them.

Plugins do not know each other; a command is what each of them offers to whoever asks, and it
returns a table instead of printing. So a page says what the command line says.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import click

from affidavit import AffidavitError
from affidavit.plugin import CommandResult, LazyCommand, Plugins, by_name

MOST: Final = 500
"""Rows that a page shows of one table; the command itself shows all."""


class CommandTable(NamedTuple):
    """What a command has told, or why it could not."""

    title: str
    command: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    notes: Sequence[str] = ()
    good: bool = True
    problem: str = ""
    fix: str = ""


def ask_command(
    plugins: Plugins, title: str, words: Sequence[str], options: Sequence[str] = ()
) -> CommandTable:
    """Return what the command `words` tells, asked with `options`; a problem is part of it."""
    asked = CommandTable(title, " ".join(("affidavit", *words)))
    try:
        told = _result(plugins, words, options)
    except AffidavitError as error:
        return asked._replace(good=False, problem=f"{error.what}: {error.why}", fix=error.fix)
    except Exception as error:  # noqa: BLE001 - a plugin is foreign code, and may quote anything
        problem = f"it raised {type(error).__name__}, whose text is not repeated"
        return asked._replace(good=False, problem=problem, fix="Run the command itself")
    notes = list(told.notes)
    if len(told.rows) > MOST:
        notes.append(f"{len(told.rows)} rows, of which {MOST} are shown.")
    rows = told.rows[:MOST]
    good = told.exit_code == 0
    return asked._replace(columns=told.columns, rows=rows, notes=notes, good=good)


def _result(plugins: Plugins, words: Sequence[str], options: Sequence[str]) -> CommandResult:
    offers = by_name("command", plugins.collect("affidavit_commands"), "name")
    command: Any = offers.get(words[0])
    if command is None:
        lacking = plugins.withheld("affidavit_commands")
        name = next((plugin for plugin, one in lacking if one.name == words[0]), "")
        raise AffidavitError(
            "this cannot be shown",
            why=f"the command {words[0]} is not installed",
            fix=plugins.install_hint(name) if name else "Install the plugin that offers it",
        )
    if isinstance(command, LazyCommand):
        module, _, attribute = command.place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
    for word in words[1:]:
        command = command.commands[word]
    with command.make_context(words[-1], list(options)) as context:
        given = {name: value for name, value in context.params.items() if name != "output"}
        # The command line wraps what commands return into what it prints.
        told = click.Context.invoke(context, inspect.unwrap(command.callback), **given)
    if not isinstance(told, CommandResult):
        raise TypeError("a command returns a table")
    return told
