"""What is bound to a statement: the columns say what each value is.

`[SQL: INSERT INTO users (name, password) VALUES (?, ?)] [parameters: ('jane', '...')]`, as
SQLAlchemy ends every error of a database, and as others write it into a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.detect.sql_inserts import COLUMN_QUOTES
from affidavit._redact.detect.value_forms import NOTHING
from affidavit._redact.types.match import Classification, Match

LONGEST: Final = 8192
"""Characters of the longest statement that is read."""

_BIND: Final = r"(\?[0-9]{0,3}|%s|\$[0-9]{1,3}|:[0-9]{1,3}|%\([\w]{1,60}\)s|[:@][A-Za-z_]\w{0,60})"
_COMPARED: Final = (
    r"(?i)([\w.\"`#$\[\]-]{1,128})\s{0,8}(?:=|<>|!=|<=|>=|<|>|,|\b(?:not\s{1,4})?i?like\b)\s{0,8}"
    rf"(?:[a-z_]{{1,32}}\(\s{{0,4}}(?:[\w.#]{{1,64}}\s{{0,4}},\s{{0,4}})?)?{_BIND}"
)
COMPARED: Final = lazy(_COMPARED)
"""A column and the bind that it is compared with, or set to."""

_ANY: Final = lazy(_BIND)
_BIND_NAME: Final = lazy(r"\w+")
_INTO: Final = lazy(
    r"(?i)\binto\s{1,8}[\w.\"`\[\]$-]{1,128}\s{0,8}\(([^()]{1,4096})\)\s{0,8}values\s{0,8}\("
)

_GIVEN: Final = lazy(
    r"(?i)\b(?:param(?:eter)?s|args|bind(?:s|ings|_?vars)?)\b[\"']?\s{0,4}[:=]\s{0,4}"
    r"(?=[\[({]|\$[0-9]|\w)"
)
_NUMBERED: Final = lazy(r"\$([0-9]{1,3})\s?=\s?'((?:[^']|'')*+)'(?:,\s?)?")
"""As PostgreSQL logs them: `parameters: $1 = 'jane', $2 = '...'`."""

_ITEM: Final = lazy(
    r"[bBuUrRnN]{0,2}'((?:[^'\\]|\\.)*+)'|[bB]?\"((?:[^\"\\]|\\.)*+)\""
    r"|([^\s,()\[\]{}'\"=][^,()\[\]{}'\"\r\n=]{0,256}+(?:\([^()]{0,256}\))?)"
)
"""A text, or a number, a word, a call: `datetime.date(1970, 1, 1)`, `jane(String)` of MyBatis."""

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_BREAKS: Final = frozenset("\r\n")
_MARK: Final = lazy(r"\s{0,4}[:=]\s{0,4}")
"""Behind the name of a bind: `{'b1': '...'}`, `@b1='...'`."""

_ALONE: Final = lazy(
    r"\[(?:generated in|cached since|no key) [0-9.]{1,12}s(?: ago)?\] (?=[\[({])"
    r"|\[raw sql\] (?=[\[({])|==> Parameters: (?=\S)|(?i:DETAIL: {1,2}parameters: )(?=\$)"
    r"|(?m:^)Row (?=\([^()\r\n]{1,400},)"
    r"|binding parameter (?:\[[0-9]{1,4}\] as|\([0-9]{1,4}:)[^-<\r\n]{1,40}(?:-|<-) (?=\[)"
)
"""What SQLAlchemy, MyBatis, PostgreSQL and Hibernate write before values in a line of their own."""
_EMPTY: Final = lazy(r"\(\)|\[\]|\{\}")
_REST: Final = lazy(r"[^\r\n]{1,16384}")


def columns_of(statement: str) -> dict[str, str]:
    """Return which column each bind variable belongs to, by its name or its place from 0."""
    before = {found.start(2): found[1] for found in COMPARED.finditer(statement)}
    into = _INTO.search(statement)
    columns = [one.strip(COLUMN_QUOTES) for one in into[1].split(",")] if into else []
    asked: dict[str, str] = {}
    for place, found in enumerate(_ANY.finditer(statement)):
        column = before.get(found.start(), "").rpartition(".")[2].strip(COLUMN_QUOTES)
        if into and found.start() > into.end() - 1 and columns:
            column = columns[place % len(columns)]
        said = _BIND_NAME.search(found[1]) if found[1] != "%s" else None
        bind = said.group() if said else ""
        where = str(int(bind) - 1) if bind.isdigit() else bind or str(place)
        asked[where] = column
    return asked


def find_binds(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add what is given to the sensitive columns of a statement that stands beside it."""
    known = len(hits)
    if "param" in lower or "args" in lower or "bind" in lower:
        _find_named(text, look, hits)
    if _may_stand_alone(lower):
        _find_lone(text, known, hits)


def _may_stand_alone(lower: str) -> bool:
    """Tell whether a part of what `_ALONE` looks for is there: most texts have none."""
    return (
        "s ago] " in lower
        or "[generated in " in lower
        or "[no key " in lower
        or "[raw sql]" in lower
        or "==> param" in lower
        or "detail:" in lower
        or "binding param" in lower
        or "row (" in lower
    )


def _find_named(text: str, look: Look, hits: list[Match]) -> None:
    done = 0
    for given in _GIVEN.finditer(text):
        if given.start() < done:
            continue
        before = text[max(done, given.start() - LONGEST) : given.start()]
        verdicts = _verdicts(before, look)
        if not verdicts and not done:  # some say the values first
            verdicts = _verdicts(text[given.end() : given.end() + LONGEST], look)
        done = _values(text, given.end(), verdicts, hits) if verdicts else given.end()


def _find_lone(text: str, known: int, hits: list[Match]) -> None:
    """Add values whose statement stands in another line: nothing names them, so all go.

    Unless a statement has named one: those are the `hits` behind the first `known`.
    """
    done = 0
    for said in _ALONE.finditer(text):
        rest = _REST.match(text, said.end()) if said.start() >= done else None
        if rest is None:
            continue
        done = rest.end()
        named = any(rest.start() <= one.start < done for one in hits[known:])
        if not named and not _EMPTY.fullmatch(rest.group()):
            hits.append(Match(*rest.span(), "UNKNOWN", RedactionAction.REPLACE))


def _verdicts(statement: str, look: Look) -> dict[str, Classification]:
    return looked(columns_of(statement), look)


def looked(names: Mapping[str, str], look: Look) -> dict[str, Classification]:
    """Return what the names that mean something mean, by the same places."""
    return {where: verdict for where, name in names.items() if name and (verdict := look(name))}


def _values(text: str, at: int, verdicts: dict[str, Classification], hits: list[Match]) -> int:
    """Add values from `at` on by their places, in one list or in rows; return where they end."""
    while numbered := _NUMBERED.match(text, at):
        _add(text, numbered.span(2), verdicts.get(str(int(numbered[1]) - 1)), hits)
        at = numbered.end()
    place = depth = 0
    name = ""
    while at < len(text):
        letter = text[at]
        if letter in _OPENING:
            depth, place = depth + 1, 0
        elif letter in _CLOSING:
            depth -= 1
            if depth <= 0:
                return at + 1
        elif letter == ",":
            place += 1
        elif letter in _BREAKS and depth == 0:
            return at
        elif item := _ITEM.match(text, at):
            value = item.span(item.lastindex or 0)
            mark = _MARK.match(text, item.end())
            if mark is None:
                _add(text, value, verdicts.get(name or str(place)), hits)
            name = text[slice(*value)].strip("@:") if mark else ""
            at = mark.end() if mark else item.end()
            continue
        at += 1
    return at


def _add(
    text: str, value: tuple[int, int], verdict: Classification | None, hits: list[Match]
) -> None:
    if verdict is not None and text[slice(*value)].lower() not in NOTHING:
        hits.append(Match(*value, *verdict))
