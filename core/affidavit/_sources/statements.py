"""Hold a SQL statement against what an audited source may run.

One statement; values as named binds only; a read that only reads. The text is
read once and the reading is kept, so that a `Query` which is made again costs a
look-up. The reader knows no dialect. Where databases disagree about what is
text, comment or bind, it refuses: what it has checked is what every one of them
sees.
"""

from __future__ import annotations

import functools
import re
from itertools import pairwise
from typing import Final, NamedTuple

from affidavit._lazy import lazy
from affidavit.errors import StatementError

READS: Final = frozenset({"select", "with", "values"})
"""Words that a reading statement may start with."""

WRITES: Final = frozenset({"insert", "update", "delete", "merge"})
"""Words that a writing statement may start with. `call`, `begin`, DDL: never."""

_NOT_IN_A_READ: Final = WRITES | {"into", "nextval", "setval", "create", "alter", "drop"}
"""`with x as (delete … returning …) select …` writes; so do `select … for update`,
which takes locks, `select … into`, and a sequence that is asked for its next value.
SQL Server needs no semicolon before a second statement: `select 1 drop table t`."""

_PAIRS_NOT_IN_A_READ: Final = frozenset(
    {("for", "share"), ("in", "share"), ("key", "share"), ("next", "value")}
)
"""Two words that take locks: PostgreSQL's `for share`, MySQL's `lock in share mode`; and
standard SQL's `next value for`, which moves a sequence on."""

_FIX = "See docs/sources.md for what a Query may hold"
_KEPT: Final = 512
"""How many statements are remembered; a service has a few dozen."""

# Alternatives in order: what is skipped whole, then what is looked at. `::` is
# PostgreSQL's cast, not a bind. Nothing here repeats a repetition, so the time
# is linear in the text. Two quotes in a row are two texts: the same extent.
_PIECE: Final = lazy(
    r"""
      (?P<comment>   --[^\n]*  |  /\*[\s\S]*?(?:\*/|\Z) )
    | (?P<quoting>   (?<![\w$\#])[nN]?[qQ]'[\s\S]?[^']*(?:'|\Z) )
    | (?P<text>      '[^']*(?:'|\Z) )
    | (?P<unicode>   (?<![\w$\#])[uU]&" )
    | (?P<quoted>    "[^"]*(?:"|\Z)  |  `[^`]*(?:`|\Z) )
    | (?P<bracket>   \[[^\]]*(?:\]|\Z) )
    | (?P<cast>      :: )
    | (?P<bind>      :[A-Za-z_][\w$\#]*\(? )
    | (?P<operator>  @> | <@ | @@ | \(\s*\+\s*\) )
    | (?P<position>  \?\d* | :\d+ | %s | \$\d+ | %\([A-Za-z_]\w*\)s | @\w+ )
    | (?P<end>       ; )
    | (?P<word>      [A-Za-z_][\w$\#]* )
    | (?P<number>    \d+(?:\.\d+)? )
    | (?P<other>     \S )
    """,
    re.VERBOSE | re.ASCII,
)
"""Compiled with the first statement: a function without one pays nothing at its start."""

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PLAIN_NAME: Final = re.compile(r"\[[A-Za-z0-9_$\#\s]*\]")
_PLAIN_QUOTED: Final = re.compile(r'"[A-Za-z_][A-Za-z0-9_$\#]*"')
_PARTNERS: Final = {"[": "]", "{": "}", "<": ">", "(": ")"}
_SIGNS: Final = {
    ":": "a colon starts no bind",
    "@": "it holds an @ outside quotes, and Oracle reads from another database behind that",
    "$": "it holds a $ outside quotes, and PostgreSQL quotes with that",
    "#": "it holds a # outside quotes, and MySQL starts a comment with that",
}
_NEVER: Final = {
    "position": "it has a positional placeholder; binds are named",
    "unicode": 'a name begins with U&", and only some databases read the escapes in it',
}
_HIDDEN_BY_HASH: Final = frozenset({"comment", "text", "quoted", "quoting"})
"""Oracle has names such as `serial#`. MySQL starts a comment there, and would not see what
opens on the same line, and so would run what is in it."""

_OF_SEQUENCES: Final = frozenset({"nextval", "setval"})
"""Oracle takes the one for a pseudo column in quotes as well, PostgreSQL both for functions."""

_STRUCTURE: Final = frozenset({"0", "1", "''"})
"""Literals that say nothing: `1 = 1`, `rownum <= 1`, `coalesce(note, '')`."""


class StatementReading(NamedTuple):
    """What a statement says. `problem` is empty, or why no source may run it.

    `packages` says that it calls a function by the name of its package or schema.
    """

    words: tuple[str, ...]
    binds: frozenset[str]
    literals: int
    problem: str
    packages: bool = False


def check_statement(
    name: str, sql: str, binds: frozenset[str], *, write: bool, literals: bool = True
) -> None:
    """Refuse a statement that a source must not run.

    With `literals=False` it may hold no text and no number of its own except 0,
    1 and the empty text.

    Raises:
        StatementError: More than one statement, a positional placeholder, binds
            that differ from `binds`, a verb that does not fit `write`, something
            that databases read in different ways, or a literal.

    """
    reading = read_statement(sql)
    if reading.problem:
        raise _refused(name, reading.problem)
    _check_verb(name, reading.words, write=write)
    if reading.packages and not write:
        raise _refused(name, "a read calls a function of a package, which may do more than read")
    if reading.binds != binds:
        missing, unused = sorted(reading.binds - binds), sorted(binds - reading.binds)
        raise _refused(name, f"binds do not match: undeclared {missing}, unused {unused}")
    if reading.literals and not literals:
        raise _refused(name, f"it holds {reading.literals} literal(s); values are binds here")


@functools.lru_cache(maxsize=_KEPT)
def read_statement(sql: str) -> StatementReading:
    """Read a statement's words, binds and literals. Time is linear in its length."""
    words: list[str] = []
    found: set[str] = set()
    literals = 0
    problem = "it holds a control character" if _CONTROLS.search(sql) else ""
    ended = False
    before, digit = "", -1
    packages, tail = False, ("", "", "")
    hash_end = 0
    for match in _PIECE.finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        problem = problem or _ambiguity(kind, text, before)
        if hash_end and kind in _HIDDEN_BY_HASH:
            problem = problem or ("" if "\n" in sql[hash_end : match.start()] else _SIGNS["#"])
            hash_end = 0
        if kind == "comment":
            continue
        if ended:  # an empty one, `;;`, is one too
            problem = problem or "it holds more than one statement"
        if kind == "end":
            ended = True
            continue
        if kind == "bind":
            found.add(text[1:])
        elif kind == "word":
            words.append(text.lower())
            hash_end = match.end() if "#" in text else hash_end
        elif kind == "quoted" and text[1:-1].lower() in _OF_SEQUENCES:
            words.append(text[1:-1].lower())
        packages = packages or (text == "(" and tail[1:] == (".", "name"))
        tail = (*tail[1:], "name" if kind in {"word", "quoted", "bracket"} else text)
        literals += _is_literal(kind, text, glued=match.start() == digit)
        digit = match.end() if kind == "number" and text in _STRUCTURE else -1
        before = kind
    if len({name.lower() for name in found}) != len(found):
        problem = problem or "two of its binds differ in case only, and Oracle takes them for one"
    return StatementReading(tuple(words), frozenset(found), literals, problem, packages)


def _is_literal(kind: str, text: str, *, glued: bool) -> bool:
    """Tell whether this is a value; `glued` says that a 0 or a 1 stands right before it."""
    if kind == "word":
        return glued  # the rest of 0xF0 and of 1e9
    if kind == "quoted":
        # MySQL takes "…" for a text, and SQLite does if no column has that name.
        return text[0] == '"' and not _PLAIN_QUOTED.fullmatch(text)
    return kind in {"text", "number", "quoting"} and text not in _STRUCTURE


def _ambiguity(kind: str, text: str, before: str) -> str:
    """Say what databases would read in different ways; empty if nothing."""
    if kind == "comment":
        return _about_comment(text)
    if kind in {"text", "quoted", "quoting"}:
        return _about_quotes(kind, text)
    if kind == "bind":
        return _about_bind(text[1:], before)
    if kind == "bracket" and not _PLAIN_NAME.fullmatch(text):
        return "square brackets hold more than a name"
    return _about_sign(text) if kind == "other" else _NEVER.get(kind, "")


def _about_sign(text: str) -> str:
    if not text.isascii():
        return "outside quotes and comments it is not plain ASCII"
    return _SIGNS.get(text, "")


def _about_bind(name: str, before: str) -> str:
    if before in {"text", "quoting"}:
        return "a bind follows a text at once, and Oracle takes that for JSON"
    if name.endswith("("):
        return "a bracket follows a bind at once, and SQLite takes that for a part of its name"
    if name.isidentifier() and name[0] != "_":
        return ""
    return "a bind is not named by ASCII letters, digits and _, beginning with a letter"


def _about_comment(text: str) -> str:
    if text.startswith("--"):
        # Some databases, and Oracle's driver, end a line where others do not.
        if len(text.rstrip("\r").splitlines()) != 1:
            return "a comment holds a line break"
        plain = text[2:3].isspace() or text[2:3] in {"", "-"}
        return "" if plain else "no space follows --, and MySQL takes that for two minus signs"
    if len(text) < 4 or not text.endswith("*/"):  # noqa: PLR2004 - the shortest is /**/
        return "a comment has no end"
    if "/*" in text[2:]:
        return "a comment opens within a comment, and only some databases nest them"
    return "a comment is one that MySQL runs" if text.startswith(("/*!", "/*M!")) else ""


def _about_quotes(kind: str, text: str) -> str:
    body = text.partition("'")[2] if kind == "quoting" else text[1:]
    if not body or body[-1] != (text[0] if kind == "quoted" else "'"):
        return "a text has no end"
    inside = body[:-1]
    if (len(inside) - len(inside.rstrip("\\"))) % 2:
        return "a backslash stands before a closing quote, and MySQL reads on there"
    if kind == "quoting":
        # Oracle's q'[…]': everybody sees the same text if no quote is in it.
        opened, closed = inside[:1], inside[1:][-1:]
        if not opened.strip() or closed != _PARTNERS.get(opened, opened):
            return "a q-quoted text holds a quote, and only Oracle reads on there"
    return ""


def _check_verb(name: str, words: tuple[str, ...], *, write: bool) -> None:
    verb = words[0] if words else ""
    allowed = WRITES if write else READS
    if verb not in allowed:
        raise _refused(name, f"it must start with one of {', '.join(sorted(allowed))}")
    if not write:
        hidden = sorted(_NOT_IN_A_READ.intersection(words))
        hidden += sorted(
            " ".join(two) for two in _PAIRS_NOT_IN_A_READ.intersection(pairwise(words))
        )
        if hidden:
            raise _refused(name, f"a read must not say {', '.join(hidden)}")


def _refused(name: str, why: str) -> StatementError:
    return StatementError(f"query {name} is refused", why=why, fix=_FIX)
