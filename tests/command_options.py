"""What commands take: each option and argument as one line, by the command's own definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

import click

from affidavit.plugin import LazyCommand

OUTPUT = "--output"
"""The command line gives it to every command."""


def offered_options(offers: Iterable[LazyCommand]) -> list[str]:
    """Return what offered commands take, in the order in which their help says it."""
    commands = {}
    for offered in offers:
        module, _, name = offered.place.partition(":")
        commands[offered.name] = getattr(import_module(module), name)
    return [line for name, command in commands.items() for line in taken(name, command)]


def taken(name: str, command: click.Command) -> Iterator[str]:
    """Yield what a command takes, or those of a group.

    A star: again and again. An exclamation mark: it must be there. Brackets: what it is
    unless somebody says otherwise.
    """
    if isinstance(command, click.Group):
        for below, inner in command.commands.items():
            yield from taken(f"{name} {below}", inner)
    for parameter in command.params:
        if OUTPUT not in parameter.opts:
            yield f"{name}: {_told(parameter)}"


def _told(parameter: click.Parameter) -> str:
    option = isinstance(parameter, click.Option)
    names = [*parameter.opts, *parameter.secondary_opts] if option else [str(parameter.name)]
    many = (option and parameter.multiple) or parameter.nargs != 1
    words = [f"{' '.join(names)} {_kind(parameter)}", "*" * many, "!" * parameter.required]
    default = parameter.to_info_dict()["default"]
    said = not callable(default) and str(default) not in {"None", "False", "()", ""}
    return "".join([*words, f" [{default}]" * said])


def _kind(parameter: click.Parameter) -> str:
    match parameter.type:
        case click.IntRange() | click.FloatRange() as within:
            ends = ("" if end is None else f"{end:g}" for end in (within.min, within.max))
            return (">" if within.min_open else "") + "..".join(ends)
        case click.Choice(choices=choices):
            return "|".join(map(str, choices))
        case click.Path(exists=exists, file_okay=files, dir_okay=folders):
            what = {(True, False): "file", (False, True): "folder", (True, True): "path"}
            return what[files, folders] + " that is there" * exists
    flag = isinstance(parameter, click.Option) and parameter.is_flag
    return "yes" if flag else parameter.type.name
