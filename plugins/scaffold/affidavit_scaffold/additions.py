"""Add to a service: text in functions.toml, files beside it. What is not right is taken back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from affidavit_scaffold.errors import ScaffoldError
from affidavit_scaffold.project_template import render_function
from affidavit_scaffold.write_files import write_all
from affidavit_service.functions import function_of
from affidavit_service.read import Service, read_service

NEEDS: Final = ("dynamodb", "oracle", "sqlite")
"""Schemes of sources that are plugins of the same name."""
TABLE: Final = r"^\[functions\.{}\]\s*$"


def add_function(path: Path, name: str) -> list[str]:
    """Add a function; return the files that were written or changed.

    Raises:
        ScaffoldError: There is one of that name, or a file of it.
        ServiceError: The definition would not be right with it.

    """
    service = read_service(path)
    if name in service.functions:
        raise ScaffoldError(
            "there is a function of that name",
            why="a name stands for one function",
            fix="Choose another",
        )
    files = render_function(_package(service), name)
    text = files.pop("functions.toml")
    before = path.read_text("utf-8")
    _replace(path, before, before.rstrip("\n") + "\n" + text)
    try:
        write_all(service.folder, files)
    except ScaffoldError:
        path.write_text(before, "utf-8")
        raise
    return [path.name, *files]


def add_source(
    path: Path, name: str, url: str, *, function: str | None, environment: str | None
) -> str:
    """Let a function read another source; return the function's name.

    Raises:
        ScaffoldError: It reads one of that name already.
        ServiceError: There is no such function, or the definition would not be right.

    """
    service = read_service(path, environment or "dev")
    chosen = function or next(iter(service.functions))
    if name in function_of(service, chosen).sources and environment is None:
        raise ScaffoldError(
            f"{chosen} reads a source of that name",
            why="a name stands for one source",
            fix="Change its URL in functions.toml",
        )
    before = path.read_text("utf-8")
    table = f"{chosen}.environments.{environment}" if environment else chosen
    after = _with_source(before, table, name, url)
    plugin, held = urlsplit(url).scheme, function_of(service, chosen).plugins
    if plugin in NEEDS and plugin not in held:
        after = _with_plugins(after, table, sorted({*held, plugin}))
    _replace(path, before, after)
    return chosen


def _with_plugins(text: str, table: str, plugins: list[str]) -> str:
    """Return the definition with these plugins, in the table of a function."""
    start, end = _part(text, table)
    part = re.sub(r"^plugins\s*=\s*\[[^\]]*\]\n", "", text[start:end], flags=re.MULTILINE)
    return f"{text[:start]}\nplugins = {json.dumps(plugins)}{part}{text[end:]}"


def _part(text: str, table: str) -> tuple[int, int]:
    """Return where the lines of a table that is there begin and end."""
    head = re.search(TABLE.format(re.escape(table)), text, re.MULTILINE)
    start = head.end() if head else len(text)
    after = re.search(r"^\[", text[start:], re.MULTILINE)
    return start, start + after.start() if after else len(text)


def _with_source(text: str, table: str, name: str, url: str) -> str:
    """Return the definition with a source more, in the table of a function."""
    if re.search(TABLE.format(re.escape(table)), text, re.MULTILINE) is None:
        return f'{text.rstrip()}\n\n[functions.{table}]\nsources.{name} = "{url}"\n'
    start, end = _part(text, table)
    part = text[start:end]
    inline = re.search(r"^(sources\s*=\s*\{)(.*)\}", part, re.MULTILINE)
    if inline is not None:
        rest = inline[2].strip().rstrip(",")
        more = f'{inline[1]} {rest}, {name} = "{url}" }}'
        part = part[: inline.start()] + more + part[inline.end() :]
    else:
        part = f'\nsources.{name} = "{url}"{part}'
    return text[:start] + part + text[end:]


def _replace(path: Path, before: str, after: str) -> None:
    """Write the definition, and take it back if it is not right."""
    path.write_text(after, "utf-8")
    try:
        read_service(path)
    except BaseException:
        path.write_text(before, "utf-8")
        raise


def _package(service: Service) -> str:
    return next(iter(service.functions.values())).handler.partition(".")[0].partition(":")[0]
