"""Columns whose names stand in the line above: what databases, data frames and CSV write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.contradictions import contradicts
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.detect.network import addresses_of
from affidavit._redact.detect.value_forms import NOTHING
from affidavit._redact.types.match import Classification, Match

Span = tuple[int, int]
"""Where a line or a cell begins and ends."""

_BAR: Final = lazy("[|\u2502\u2503\u2506\u2551]{1,2}")
"""What parts the cells of a table that is drawn; some draw the names' line with two."""

_TIGHT: Final = ",;"
"""What parts the cells of CSV; in a sentence a blank follows it."""

_NAME: Final = lazy(r"|[A-Za-z_][\w.#-]{0,40}(?:[ ][\w.#()/-]{1,20}){0,3}")
_CELL: Final = (
    r"[ \t\"'|,;\u2502\u2503\u2506\u2551]*+[A-Za-z_][\w.#()/-]*+(?:[ ][\w.#()/-]++){0,3}+[\"']?"
    r"(?:[,;](?![ \n])|[ ]?[\t|\u2502\u2503\u2506\u2551]|[ ]{2})"
)
_QUOTED_CELL: Final = rf"(?:[^\n\"']{{0,60}}[\"']){{0,5}}{_CELL}"
_FIRST: Final = (lazy(_CELL), lazy(rf"\n{_CELL}"))
_FIRST_QUOTED: Final = (lazy(_QUOTED_CELL), lazy(rf"\n{_QUOTED_CELL}"))
"""The first name of a table and what parts it from the next: most lines have none."""

_RULE: Final = lazy(r"[\s|+:=\u2500-\u257f-]+")
"""The line between the names and the rows."""

_ROW: Final = lazy(r"<tr\b(?:[^<]|<(?!/?tr\b))*+")
_ELEMENT: Final = lazy(r"<t[hd](?:\s[^<>]{0,200})?>([^<]{0,2000})</t[hd]>")
_SERIES: Final = lazy(r"(?m)^Name: ([\w.-]{1,60}), (?:Length: [0-9]{1,12}, )?dtype: ")
_RECORDED: Final = lazy(r"(?m)^[ ]?([A-Za-z_][\w.]{0,62})[ ]{1,64}\|[ ]([^\r\n]{1,2000})$")
_ALIGNED: Final = lazy(r"\S{1,200}(?:[ ]\S{1,200}){0,40}")
_QUOTED: Final = {
    mark: lazy(rf"[ ]*\"(?:[^\"]|\"\")*+\"[ ]*(?={mark}|\Z)|[^{mark}]*+") for mark in ",;\t"
}
_AROUND: Final = " \t\"'"
_MOST: Final = 256
"""Columns of the widest table."""


class _Column:
    """A name, and what it means."""

    __slots__ = ("name", "verdict")

    def __init__(self, name: str, verdict: Classification | None) -> None:
        self.name = name
        self.verdict = verdict


class _Head:
    """The names of a table; `mark` parts them, nothing if they stand in columns of blanks.

    A bar stands for any. `by_edge` says where each begins (0) and ends (1) in its line.
    """

    __slots__ = ("by_edge", "columns", "look", "mark")

    def __init__(
        self, mark: str, columns: list[_Column], by_edge: dict[Span, _Column], look: Look
    ) -> None:
        self.mark = mark
        self.columns = columns
        self.by_edge = by_edge
        self.look = look


def find_tables(text: str, look: Look, hits: list[Match], *, once: bool = False) -> None:
    """Add what stands in rows below the names of something sensitive.

    `once`: the first table is enough, for who asks whether there is any.
    """
    if "</th>" in text:
        _find_elements(text, look, hits)
    first = _FIRST
    if "\\n" in text:  # as a repr writes it, each part as long as it was
        text = text.replace("\\n", " \n").replace("\\t", " \t")
        first = _FIRST_QUOTED
    if "\n" not in text:
        return
    text = _plain(text)
    if "[ RECORD " in text:
        _find_records(text, look, hits)
        return
    if "dtype: " in text:
        _find_series(text, look, hits)
    done = 0
    for start in _starts(text, *first):
        end = text.find("\n", start)
        if start < done or end < 0:
            continue
        head = _head(text, (start, end), look)
        if head is not None:
            done = _rows(text, end + 1, head, hits)
            if once and hits:
                return


def _plain(text: str) -> str:
    """Return a table of LaTeX's or of a wiki's with the bars of others, each part where it was."""
    if " & " in text and "\\\\" in text:
        return text.replace(" & ", " | ").replace("\\\\", "  ")
    if "!!" in text:
        return text.replace("!!", "||").replace("\n!", "\n|")
    return text


def _starts(text: str, first: re.Pattern[str], other: re.Pattern[str]) -> Iterator[int]:
    """Yield where the lines begin that may have names."""
    if first.match(text):
        yield 0
    for found in other.finditer(text):
        yield found.start() + 1


def _find_elements(text: str, look: Look, hits: list[Match]) -> None:
    """Add what stands in a table of HTML, below the names in its head."""
    head: list[_Column] = []
    for row in _ROW.finditer(text):
        cells = list(islice(_ELEMENT.finditer(text, *row.span()), _MOST))
        if "<td" not in row.group():
            head = [_Column(name := found[1].strip(), look(name)) for found in cells]
            continue
        for column, found in zip(head, cells, strict=False):
            _add(text, column, _bare(text, *found.span(1)), hits)


def _find_series(text: str, look: Look, hits: list[Match]) -> None:
    """Add the values of a column that pandas prints alone, with its name below them."""
    done = 0
    for found in _SERIES.finditer(text):
        column = _Column(found[1], look(found[1]))
        if column.verdict:
            for start, end in _lines(text, done, found.start()):
                blank = text.rfind("  ", start, end)
                if blank > start:
                    _add(text, column, _bare(text, blank, end), hits)
        done = found.end()


def _find_records(text: str, look: Look, hits: list[Match]) -> None:
    """Add what stands beside the names of columns, one to a line, as psql can print them."""
    for found in _RECORDED.finditer(text):
        _add(text, _Column(found[1], look(found[1])), _bare(text, *found.span(2)), hits)


def _lines(text: str, start: int, stop: int) -> list[Span]:
    found: list[Span] = []
    while (end := text.find("\n", start, stop)) >= 0:
        found.append((start, end))
        start = end + 1
    return [*found, (start, stop)]


def _head(text: str, line: Span, look: Look) -> _Head | None:
    """Return the names that a line holds; None if it holds anything else, or none that counts."""
    start, end = line
    mark = _mark(text, start, end)
    if mark is None:
        return None
    cells = _cells(text, line, mark)
    if len(cells) > _MOST or (len(cells) == 1 and mark != "|"):
        return None
    opened = max(text.rfind(one, *cells[0]) for one in "\"'")
    if opened >= 0:  # of a repr, behind the name of a variable
        start = opened + 1
        cells[0] = start, max(start, cells[0][1])
    columns: list[_Column] = []
    by_edge: dict[Span, _Column] = {}
    for cell in cells:
        name = text[slice(*cell)]
        if not _NAME.fullmatch(name):
            return None
        column = _Column(name, look(name))
        columns.append(column)
        by_edge[0, cell[0] - start] = by_edge[1, cell[1] - start] = column
    if not any(one.verdict for one in columns):
        return None
    return _Head(mark, columns, by_edge, look)


def _mark(text: str, start: int, end: int) -> str | None:
    """Return what parts the cells of a line; nothing for blanks, None if nothing does."""
    if _BAR.search(text, start, end):
        return "|"
    for mark in ("\t", *_TIGHT):
        at = text.find(mark, start, end)
        if at >= 0:
            return None if mark in _TIGHT and text[at + 1 : at + 2] in {" ", "\n"} else mark
    return "" if text.find("  ", start, end) >= 0 else None


def _cells(text: str, line: Span, mark: str) -> list[Span]:
    """Return where the cells of a line stand, without blanks and quotes around them."""
    start, end = line
    if not mark:
        return [one.span() for one in _ALIGNED.finditer(text, start, end)]
    if mark == "|":
        return _between_bars(text, start, end)
    found: list[Span] = []
    form = _QUOTED[mark] if mark in _QUOTED and '"' in text[start:end] else None
    while start <= end:
        quoted = form.match(text, start, end) if form else None
        stop = quoted.end() if quoted else text.find(mark, start, end)
        stop = stop if stop >= 0 else end
        found.append(_bare(text, start, stop))
        start = stop + 1
    return found


def _between_bars(text: str, start: int, end: int) -> list[Span]:
    bars = [one.span() for one in _BAR.finditer(text, start, end)]
    edges = [(start, start), *bars, (end, end)]
    found = [_bare(text, left[1], right[0]) for left, right in pairwise(edges)]
    first = bool(bars) and not text[start : bars[0][0]].strip()
    last = len(bars) > 1 and not text[bars[-1][1] : end].strip()
    return found[first : len(found) - last]


def _bare(text: str, start: int, end: int) -> Span:
    cell = text[start:end].rstrip("\r")
    left = len(cell) - len(cell.lstrip(_AROUND))
    return start + left, start + max(left, len(cell.rstrip(_AROUND)))


def _rows(text: str, at: int, head: _Head, hits: list[Match]) -> int:
    """Add what the rows hold that begin at `at`; return where they end."""
    while at < len(text):
        end = text.find("\n", at)
        line = (at, end if end >= 0 else len(text))
        if not text[slice(*line)].strip():
            return at
        if not _RULE.fullmatch(text, *line):
            below = _below(head, _cells(text, line, head.mark), at)
            if not below and _head(text, line, head.look):
                return at
            for column, cell in below:
                _add(text, column, cell, hits)
        at = line[1] + 1
    return at


def _below(head: _Head, cells: list[Span], start: int) -> list[tuple[_Column, Span]]:
    """Return the cells of a line that begins at `start` with their columns; none if it is no row.

    Without a mark a cell begins or ends where the name of its column does.
    """
    if head.mark:
        fits = len(cells) == len(head.columns)
        return list(zip(head.columns, cells, strict=True)) if fits else []
    by_edge = head.by_edge
    found = [
        (by_edge.get((0, cell[0] - start)) or by_edge.get((1, cell[1] - start)), cell)
        for cell in cells
    ]
    return [(column, cell) for column, cell in found if column is not None]


def _add(text: str, column: _Column, cell: Span, hits: list[Match]) -> None:
    """Add a cell that may be what its column's name says."""
    if column.verdict is None:
        return
    entity = column.verdict.entity
    places = addresses_of(entity, text, *cell)
    if places is not None:
        hits.extend(Match(*one, "IP") for one in places)
        return
    value = text[slice(*cell)]
    if value.lower() not in NOTHING and not contradicts(column.name, entity, value, spaced=False):
        hits.append(Match(*cell, *column.verdict))
