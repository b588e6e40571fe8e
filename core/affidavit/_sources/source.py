"""What a data source and a query are: fixed statements in, rows out, values as binds.

A source never runs without a `Permit`, and only an audited invocation makes
permits. So a read that nobody declared cannot be written by accident.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeAlias, final
from urllib.parse import SplitResult

from affidavit._sources.statements import check_statement, read_statement
from affidavit._types import Token
from affidavit.errors import StatementError, UnauditedAccessError

Scalar: TypeAlias = (
    str | int | float | Decimal | bytes | date | datetime | list[Any] | dict[str, Any] | None
)
"""One value in a row or in a bind. Lists and maps are for sources that keep documents."""

Row: TypeAlias = Mapping[str, Scalar]
"""One row, by lower-case column name."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One named statement, written once as a module constant.

    The record keeps `name` and the names in `binds`; bind values never leave
    the source. `write=True` is for statements that change data: they wait for
    the opening record whatever the policy says. `scan` is why a statement reads
    more than it returns, for sources that demand a reason.

    Raises:
        StatementError: The statement is not one that an audited source may run.

    """

    name: str
    sql: str
    binds: frozenset[str] = frozenset()
    write: bool = False
    scan: str = ""

    def __post_init__(self) -> None:
        """Check once, here, so that running a query costs nothing extra."""
        if not self.name.isidentifier() or not self.name.isascii():
            raise StatementError(
                "a query has no usable name",
                why="the record keeps the name, so it must be an ASCII identifier",
                fix='Name it after what it finds, e.g. "find_price"',
            )
        check_statement(self.name, self.sql, self.binds, write=self.write)

    @property
    def literals(self) -> int:
        """How many texts and numbers stand in the statement itself.

        0, 1 and the empty text are structure and do not count.
        """
        return read_statement(self.sql).literals

    def check_literals(self) -> None:
        """Refuse a statement that holds a literal, for policies that want binds only.

        Raises:
            StatementError: It does. The literal is not repeated.

        """
        if self.literals:  # before anything else: a service asks this for every query it runs
            check_statement(self.name, self.sql, self.binds, write=self.write, literals=False)

    def check_binds(self, binds: Mapping[str, Scalar]) -> None:
        """Refuse binds whose names are not exactly the declared ones.

        Raises:
            StatementError: Names differ. Values are not repeated.

        """
        if binds.keys() != self.binds:
            raise StatementError(
                f"query {self.name} got the wrong binds",
                why=f"missing {sorted(self.binds - binds.keys())}, "
                f"unknown {len(binds.keys() - self.binds)}",
                fix=f"Pass exactly {sorted(self.binds)}",
            )


@final
class Permit(NamedTuple):
    """Leave to read or write one source during one audited invocation.

    Only `invocation` makes permits. `deadline_s` is the most that a statement
    may take, in seconds; the rest lets a database's own audit join ours. `pid`
    is the process that the invocation runs in; 0 is any, for tests.
    """

    deadline_s: float
    request_id: str
    function: str
    actor: Token | None
    pid: int = 0


def check_permit(permit: Permit) -> None:
    """Refuse a read that no audited invocation allows. A source's `run` calls this first.

    Raises:
        UnauditedAccessError: `permit` is not a permit; something that looks like one is none.

    """
    if type(permit) is not Permit:
        raise UnauditedAccessError(
            "a source was used without a permit",
            why="only an audited invocation may read",
            fix="Use context.source(name) inside a handler",
        )
    if permit.pid not in {0, os.getpid()}:
        raise UnauditedAccessError(
            "a source was used in another process than its invocation's",
            why="what a forked child reads is on no record of its parent",
            fix="Read in the handler's own process, and hand the child what it needs",
        )


class Source(Protocol):
    """Somewhere data is read, and perhaps written."""

    @property
    def name(self) -> str:
        """The name that `context.source(name)` asks for."""
        ...

    def run(
        self, permit: Permit, query: Query, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Run `query` and return its rows, at most `max_rows` of them.

        One row more than `max_rows` is a `StatementError`: a result that is cut
        off silently is a wrong result.

        Raises:
            UnauditedAccessError: `permit` is not a permit.
            SourceError: One of its subclasses, without any value in its text.

        """
        ...


class TransactionalSource(Source, Protocol):
    """A source that changes several things or none."""

    def run_together(
        self, permit: Permit, steps: Sequence[tuple[Query, Mapping[str, Scalar]]]
    ) -> bool:
        """Run queries that write, all or none; False if a condition of one does not hold.

        Raises:
            UnauditedAccessError: `permit` is not a permit.
            SourceError: One of its subclasses, without any value in its text.

        """
        ...


class SourceFactory(NamedTuple):
    """A plugin's offer to open sources whose URL has this `scheme`.

    `open` gets the name and the URL. It connects lazily, on the first `run`.
    """

    scheme: str
    open: Callable[[str, SplitResult], Source]
