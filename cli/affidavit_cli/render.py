"""Show a printout: a table for people, JSON for programs. Results on stdout, the rest on stderr.

Rich is imported when something is shown: that takes longer than many commands do.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from affidavit import AffidavitError
from affidavit.plugin import CommandResult

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PLAIN_WIDTH = 160
"""Width of a table that does not go to a terminal."""


_COMMANDS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for first, last in ((0, 8), (11, 31), (0x7F, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069))
    for code in range(first, last + 1)
}
"""What a terminal obeys instead of showing it: controls of C0 and C1 but for tab and line feed, and
what turns the direction of a line around."""


def show(printout: CommandResult, output: str) -> None:
    """Write `printout` to stdout as `output` says: `table` or `json`."""
    if output == "json":
        sys.stdout.write(json.dumps(printout.data, indent=2, ensure_ascii=False) + "\n")
        return
    from rich.table import Table  # noqa: PLC0415 - heavy

    console = _console(stderr=False)
    if printout.text:
        sys.stdout.write(printout.text if printout.text.endswith("\n") else printout.text + "\n")
    elif printout.rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in printout.columns:
            table.add_column(column, overflow="fold")
        for row in printout.rows:
            table.add_row(*(_plain("" if cell is None else str(cell)) for cell in row))
        console.print(table)
    for note in printout.notes:
        console.print(_plain(note))


def show_error(error: AffidavitError) -> None:
    """Write what happened, why, and what to do next, to stderr."""
    from rich.text import Text  # noqa: PLC0415 - heavy

    console = _console(stderr=True)
    console.print(Text.assemble(("error: ", "bold red"), error.what))
    console.print(Text.assemble(("  why: ", "bold"), error.why))
    console.print(Text.assemble(("  next: ", "bold"), error.fix))


def _plain(text: str) -> Text:
    """Return a text that cannot command the terminal, whoever has written what stands in it."""
    from rich.text import Text  # noqa: PLC0415 - heavy

    return Text(text.translate(_COMMANDS))


def _console(*, stderr: bool) -> Console:
    """Return a console that uses colours on a terminal only."""
    from rich.console import Console  # noqa: PLC0415 - heavy

    class Piped(Console):
        def on_broken_pipe(self) -> None:  # theirs ends the program, with the code of a finding
            raise BrokenPipeError

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return Piped(
        file=stream, width=width, highlight=False, markup=False, soft_wrap=not stream.isatty()
    )
