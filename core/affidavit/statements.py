"""Hold a SQL statement against what an audited source may run.

One statement; values as named binds only; a read that only reads. The check
reads the text once, when the `Query` is made, and skips quoted text and
comments, so that `':not a bind'` is not taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from affidavit.errors import StatementError

READS: Final = frozenset({"select", "with", "values"})
"""Words that a reading statement may start with."""

WRITES: Final = frozenset({"insert", "update", "delete", "merge"})
"""Words that a writing statement may start with. `call`, `begin`, DDL: never."""

_FIX = "See docs/sources.md for what a Query may hold"

# Alternatives in order: what is skipped whole, then what is looked at. `::` is
# PostgreSQL's cast, not a bind. Nothing here repeats a repetition, so the time
# is linear in the text.
_TOKEN: Final = re.compile(
    r"""
      (?P<comment>   --[^\n]*  |  /\*[\s\S]*?(?:\*/|\Z) )
    | (?P<quoted>    '(?:[^']|'')*(?:'|\Z)  |  "[^"]*(?:"|\Z)  |  `[^`]*(?:`|\Z) )
    | (?P<cast>      :: )
    | (?P<bind>      :[A-Za-z_]\w* )
    | (?P<position>  \?\d* | :\d+ | %s | \$\d+ | %\([A-Za-z_]\w*\)s | @\w+ )
    | (?P<end>       ; )
    | (?P<word>      [A-Za-z_][\w$\#]* )
    """,
    re.VERBOSE,
)


def check_statement(name: str, sql: str, binds: frozenset[str], *, write: bool) -> None:
    """Refuse a statement that a source must not run.

    Raises:
        StatementError: More than one statement, a positional placeholder, binds
            that differ from `binds`, or a verb that does not fit `write`.

    """
    found: set[str] = set()
    words: list[str] = []
    ended = False
    for kind, text in _tokens(sql):
        if kind == "end":
            ended = True
            continue
        if ended:
            raise _refused(name, "it holds more than one statement")
        if kind == "position":
            raise _refused(name, "it has a positional placeholder; binds are named")
        if kind == "bind":
            found.add(text[1:])
        else:
            words.append(text.lower())
    _check_verb(name, words, write=write)
    if found != binds:
        missing, unused = sorted(found - binds), sorted(binds - found)
        raise _refused(name, f"binds do not match: undeclared {missing}, unused {unused}")


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup
        if kind in {"word", "bind", "position", "end"}:
            yield str(kind), match.group()


def _check_verb(name: str, words: list[str], *, write: bool) -> None:
    verb = words[0] if words else ""
    allowed = WRITES if write else READS
    if verb not in allowed:
        raise _refused(name, f"it must start with one of {', '.join(sorted(allowed))}")
    # `with x as (delete ... returning ...) select ...` writes, and so does
    # `select ... for update`, which takes locks, and `select ... into`.
    if not write:
        hidden = sorted(WRITES.intersection(words) | {"into"}.intersection(words))
        if hidden:
            raise _refused(name, f"a read must not say {', '.join(hidden)}")


def _refused(name: str, why: str) -> StatementError:
    return StatementError(f"query {name} is refused", why=why, fix=_FIX)
