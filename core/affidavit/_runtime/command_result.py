"""What a command of the command line returns: data, and how to show it.

Commands come from plugins, and plugins do not print: the command line renders
every printout the same way, as a table for people or as JSON for programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from affidavit._types import Json


class CommandResult(NamedTuple):
    """One command's result.

    `data` is the whole of it as JSON. `columns` and `rows` are the table for
    people, `notes` the sentences below it. `exit_code` is 0 for "as it should
    be" and 1 for "look at this"; see docs/cli.md.

    >>> CommandResult(data=[], notes=("Nothing was found.",), exit_code=1).exit_code
    1
    """

    data: Json
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    notes: Sequence[str] = ()
    exit_code: int = 0
    text: str = ""
    """Shown instead of a table, as it is; for what is neither rows nor columns."""
