"""Values of SQL's `insert`, whose names stand in a list of their own before them."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.types.match import Classification, Match, TextView

_NAME: Final = r"[\w$.\"`\[\]-]{1,128}+"
_INTO: Final = lazy(
    rf"(?i)\binto\s{{1,8}}({_NAME})\s{{0,8}}\(([^()]{{1,4096}}+)\)\s{{0,8}}"
    r"(?:overriding\s{1,8}\w{1,16}\s{1,8}value\s{1,8}|output\s[^()]{1,256})?values\s{0,8}"
)
"""SQL:2016, 14.11, `<insert statement>`: the table, its columns, and then rows of values."""

_VALUE: Final = lazy(
    r"\s{0,8}(?:[nN]?'((?:[^'\\]|''|(?s:\\.))*+)(?:'|\Z)|\"((?:[^\"\\]|\"\"|(?s:\\.))*+)(?:\"|\Z)"
    r"|(%\(\w{1,64}\)s|[^\s,()'\"][^,()'\"]{0,256}+))(?:::\w{1,32})?\s{0,8}"
)
"""A text in quotes, or anything up to a comma. A log may have cut the text short."""

_FLAT: Final = r"[^()']|'[^']*+'"
_CALL: Final = lazy(
    rf"\((?:{_FLAT}|\((?:{_FLAT}|\((?:{_FLAT})*+\))*+\))*+\)(?:::\w{{1,32}})?\s{{0,8}}"
)
"""What a function is given, with calls in it, two deep."""

_NEXT: Final = lazy(r"\)\s{0,8},\s{0,8}(?=\()")
_NO_VALUE: Final = lazy(r"(?i)(?:null|default|true|false|\?[0-9]*|[:@$]\w+|%s|%\(\w+\)s)\s*")
"""What is no value of a person: a marker where a bind goes, or nothing."""

COLUMN_QUOTES: Final = ' \t\r\n"`[]'
"""What stands around the name of a column in a statement."""


def find_inserts(seen: TextView, look: Look, hits: list[Match]) -> None:
    """Add the values whose columns are sensitive."""
    if "values" not in seen.lower:
        return
    done = 0
    for head in _INTO.finditer(seen.text):
        if head.start() < done:
            continue
        table = head[1].rpartition(".")[2].strip(COLUMN_QUOTES).removesuffix("s")
        columns = [one.strip(COLUMN_QUOTES) for one in head[2].split(",")]
        # `name` means something in a table of patients only.
        verdicts = [look(one) or look(f"{table} {one}") for one in columns]
        if any(verdicts):
            done = _rows(seen.text, head.end(), verdicts, hits)


def _rows(text: str, at: int, verdicts: list[Classification | None], hits: list[Match]) -> int:
    """Add what stands in the rows that begin at `at`; return where they end."""
    while text[at : at + 1] == "(":
        at = _row(text, at + 1, verdicts, hits)
        more = _NEXT.match(text, at)
        at = more.end() if more else at + 1
        if more is None:
            break
    return at


def _row(text: str, at: int, verdicts: list[Classification | None], hits: list[Match]) -> int:
    """Add what stands in one row; return where it ends.

    What cannot be read goes whole, with the rest of the text, unless no column from there
    on is sensitive.
    """
    for place, verdict in enumerate(verdicts):
        value = _VALUE.match(text, at)
        call = _CALL.match(text, value.end()) if value else None
        begin, end = value.span(value.lastindex or 0) if value else (at, at)
        if value and call:
            begin, end = value.start(), call.end()
        after = call.end() if call else value.end() if value else at
        if text[after : after + 1] not in {",", ")", ""}:
            rest = next(filter(None, verdicts[place:]), None)
            if rest is not None:
                hits.append(Match(at, len(text), *rest))
            return len(text)
        if verdict is not None and begin < end and not _NO_VALUE.fullmatch(text, begin, end):
            hits.append(Match(begin, end, *verdict))
        at = after
        if text[at : at + 1] != ",":
            return at
        at += 1
    return at
