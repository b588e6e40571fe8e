"""Read the few statements that DynamoDB can run, written in SQL with named binds.

    select a, b from t where k = :k and s between :from and :until order by s desc
    select a, b from t.an_index where k = :k and begins_with(s, :prefix)
    select a, b from t where a = :a limit :most          a scan, if the query says why
    insert into t (k, a) values (:k, :a)
    insert into t (k, a) values (:k, :a) on conflict (k) do update set a = excluded.a
    update t set a = :a, version = :next where k = :k and version = :seen
    delete from t where k = :k

The same text runs on SQLite, so that a handler is tried out without a cloud.
The URL says which table it is; its name in the statement is for the reader, but
for `outbox`, which is the table that the URL names so. Everything else is
refused, not emulated: a filter reads, and bills, what it throws away.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from affidavit import Query, StatementError

Verb = Literal["select", "insert", "update", "delete"]

_TOKEN: Final = re.compile(
    r"""
      --[^\n]* | /\*.*?\*/ | \s+
    | (?P<token> "[^"]+" | :?[A-Za-z_]\w* | <= | >= | <> | [=<>(),.;] | \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME: Final = re.compile(r'"[^"]+"|[A-Za-z_]\w*')
_BIND: Final = re.compile(r":[A-Za-z_]\w*")
_COMPARISONS: Final = frozenset({"=", "<", "<=", ">", ">=", "<>"})


class Condition(NamedTuple):
    """One condition: an attribute, an operator, the names of its binds.

    The operator is `=`, `<>`, `<`, `<=`, `>`, `>=`, `between`, `begins_with`,
    `is null` or `is not null`; the last two have no bind.
    """

    attribute: str
    operator: str
    binds: tuple[str, ...]


class PartiqlStatement(NamedTuple):
    """What a statement asks for.

    `fields` are what a `select` returns, in order. `assignments` are pairs of
    attribute and bind that an `insert` or `update` writes. `through` is an
    index, or empty for the table itself. `limit` is a bind. `conflict` are the
    attributes of an `on conflict`, and `updates` those that it sets; without any
    it does nothing.
    """

    verb: Verb
    table: str = ""
    through: str = ""
    fields: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()
    order: str = ""
    descending: bool = False
    limit: str = ""
    conflict: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()


def parse(query: Query) -> PartiqlStatement:
    """Read a query's statement.

    Raises:
        StatementError: DynamoDB cannot run it.

    """
    reader = _Reader(query)
    statement = _VERBS[reader.one_of(_VERBS)](reader)
    reader.may(";")
    reader.end()
    return statement


class _Reader:
    """Tokens, one after the other."""

    def __init__(self, query: Query) -> None:
        found = (match["token"] for match in _TOKEN.finditer(query.sql))
        self._tokens = [token for token in found if token]
        self._at = 0
        self._query = query

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def may(self, *words: str) -> bool:
        """Take all of `words`, or nothing."""
        ahead = self._tokens[self._at : self._at + len(words)]
        if [token.lower() for token in ahead] != list(words):
            return False
        self._at += len(words)
        return True

    def must(self, *words: str) -> None:
        if not self.may(*words):
            raise self.refused(f"{' '.join(words)} is missing")

    def one_of(self, words: object) -> str:
        token = self.take().lower()
        if token not in words:  # type: ignore[operator]
            raise self.refused("it has a part that DynamoDB does not know")
        return token

    def name(self) -> str:
        token = self.take()
        if not _NAME.fullmatch(token):
            raise self.refused("the name of an attribute or a table is missing")
        return token.strip('"')

    def bind(self) -> str:
        token = self.take()
        if not _BIND.fullmatch(token):
            raise self.refused("values are binds here, without arithmetic")
        return token[1:]

    def end(self) -> None:
        if self.peek():
            raise self.refused("it goes on after what DynamoDB can run")

    def refused(self, why: str) -> StatementError:
        return refused(self._query, why)


def _select(reader: _Reader) -> PartiqlStatement:
    fields = [reader.name()]
    while reader.may(","):
        fields.append(reader.name())
    reader.must("from")
    table = reader.name()
    index = reader.name() if reader.may(".") else ""
    conditions = _where(reader) if reader.peek().lower() == "where" else ()
    order, descending = "", False
    if reader.may("order", "by"):
        order = reader.name()
        descending = reader.may("desc")
        if not descending:
            reader.may("asc")
    limit = reader.bind() if reader.may("limit") else ""
    if len({field.lower() for field in fields}) != len(fields):
        raise reader.refused("two of its columns have one name")
    return PartiqlStatement(
        "select", table, index, tuple(fields), (), conditions, order, descending, limit
    )


def _insert(reader: _Reader) -> PartiqlStatement:
    reader.must("into")
    table = reader.name()
    names = _listed(reader, reader.name)
    reader.must("values")
    binds = _listed(reader, reader.bind)
    if len(names) != len(binds) or len(set(names)) != len(names):
        raise reader.refused("its names and its values do not match")
    pairs = tuple(zip(names, binds, strict=True))
    conflict, updates = _on_conflict(reader, set(names))
    return PartiqlStatement("insert", table, assignments=pairs, conflict=conflict, updates=updates)


def _on_conflict(reader: _Reader, names: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read what happens if the item is there: nothing, or some attributes are set as inserted."""
    if not reader.may("on", "conflict"):
        return (), ()
    conflict = tuple(_listed(reader, reader.name))
    reader.must("do")
    if reader.may("nothing"):
        return conflict, ()
    reader.must("update", "set")
    updates = [_excluded(reader)]
    while reader.may(","):
        updates.append(_excluded(reader))
    if set(updates) - names or set(updates) & set(conflict):
        raise reader.refused("it sets what it does not insert, or a key")
    return conflict, tuple(updates)


def _excluded(reader: _Reader) -> str:
    name = reader.name()
    reader.must("=", "excluded", ".")
    if reader.name() != name:
        raise reader.refused("an upsert sets each attribute as it would insert it")
    return name


def _update(reader: _Reader) -> PartiqlStatement:
    table = reader.name()
    reader.must("set")
    pairs = [_assignment(reader)]
    while reader.may(","):
        pairs.append(_assignment(reader))
    if len({name for name, _ in pairs}) != len(pairs):
        raise reader.refused("it sets an attribute twice")
    where = _where(reader)
    return PartiqlStatement("update", table, assignments=tuple(pairs), conditions=where)


def _delete(reader: _Reader) -> PartiqlStatement:
    reader.must("from")
    table = reader.name()
    return PartiqlStatement("delete", table, conditions=_where(reader))


_VERBS: Final = {"select": _select, "insert": _insert, "update": _update, "delete": _delete}


def _assignment(reader: _Reader) -> tuple[str, str]:
    name = reader.name()
    reader.must("=")
    return name, reader.bind()


def _listed(reader: _Reader, part: object) -> list[str]:
    reader.must("(")
    found = [part()]  # type: ignore[operator]
    while reader.may(","):
        found.append(part())  # type: ignore[operator]
    reader.must(")")
    return found


def _where(reader: _Reader) -> tuple[Condition, ...]:
    reader.must("where")
    found = [_condition(reader)]
    while reader.may("and"):
        found.append(_condition(reader))
    if len({one.attribute for one in found}) != len(found):
        raise reader.refused("it has two conditions on one attribute; between takes two bounds")
    return tuple(found)


def _condition(reader: _Reader) -> Condition:
    if reader.may("begins_with", "("):
        attribute = reader.name()
        reader.must(",")
        binds = (reader.bind(),)
        reader.must(")")
        return Condition(attribute, "begins_with", binds)
    attribute = reader.name()
    for words in (("is", "null"), ("is", "not", "null")):
        if reader.may(*words):
            return Condition(attribute, " ".join(words), ())
    if reader.may("between"):
        first = reader.bind()
        reader.must("and")
        return Condition(attribute, "between", (first, reader.bind()))
    return Condition(attribute, reader.one_of(_COMPARISONS), (reader.bind(),))


def refused(query: Query, why: str) -> StatementError:
    """Return the error of a query that cannot be run."""
    return StatementError(
        f"query {query.name} cannot be run", why=why, fix="See docs/dynamodb-source.md"
    )
