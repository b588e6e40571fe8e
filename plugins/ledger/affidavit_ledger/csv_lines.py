"""Lines of CSV that a spreadsheet shows and does not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

_FORMULA: Final = frozenset("=+-@\t\r")
"""What a formula begins with (CSV injection, OWASP)."""


def csv_line(cells: Iterable[object]) -> str:
    r"""Return one line; a text that a spreadsheet would run begins with an apostrophe.

    >>> csv_line(["=1+1", -1, None])
    "'=1+1,-1,\r\n"
    """
    out = io.StringIO()
    # As RFC 4180 ends a line; with another end, Python leaves a return in a cell without quotes.
    csv.writer(out, lineterminator="\r\n").writerow(map(_shown, cells))
    return out.getvalue()


def _shown(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell
