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
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, final
from urllib.parse import SplitResult

from affidavit._sources.statements import check_statement, read_statement
from affidavit._types import Token
from affidavit.errors import StatementError, UnauditedAccessError

if TYPE_CHECKING:
    from affidavit._sources.request_template import RequestTemplate

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

    >>> find = Query(name="find", sql="select note from notes where id = :id", binds={"id"})
    >>> sorted(find.binds)
    ['id']
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
        refuse_other_binds(f"query {self.name}", self.binds, binds)


def refuse_other_binds(what: str, declared: frozenset[str], binds: Mapping[str, Scalar]) -> None:
    """Refuse binds whose names are not exactly the declared ones.

    Raises:
        StatementError: Names differ. Values are not repeated.

    """
    if binds.keys() != declared:
        raise StatementError(
            f"{what} got the wrong binds",
            why=f"missing {sorted(declared - binds.keys())}, "
            f"unknown {len(binds.keys() - declared)}",
            fix=f"Pass exactly {sorted(declared)}",
        )


def _not_kept(_: str) -> None:
    """Keep no reference: for permits that no invocation made."""


@final
class Permit(NamedTuple):
    """Leave to read or write one source during one audited invocation.

    Only `invocation` makes permits. `deadline_s` is the most that a statement
    may take, in seconds; the rest lets a database's own audit join ours. `pid`
    is the process that the invocation runs in; 0 is any, for tests. `refer` takes
    the id under which the other side has logged the request: it goes on record.

    >>> check_permit(Permit(1.0, "r-1", "prices", None)) is None
    True
    """

    deadline_s: float
    request_id: str
    function: str
    actor: Token | None
    pid: int = 0
    refer: Callable[[str], object] = _not_kept


def check_permit(permit: Permit) -> None:
    """Refuse a read that no audited invocation allows. A source's `run` calls this first.

    Raises:
        UnauditedAccessError: `permit` is not a permit; something that looks like one is none.

    >>> check_permit(None)
    Traceback (most recent call last):
    UnauditedAccessError: ...
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
    """Somewhere data is read, and perhaps written.

    >>> isinstance(MemorySource("notes").name, str)
    True
    """

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
    """A source that changes several things or none.

    >>> sorted(n for n in vars(TransactionalSource) if not n.startswith("_"))
    ['run_together']
    """

    def run_together(
        self, permit: Permit, steps: Sequence[tuple[Query, Mapping[str, Scalar]]]
    ) -> bool:
        """Run queries that write, all or none; False if a condition of one does not hold.

        Raises:
            UnauditedAccessError: `permit` is not a permit.
            SourceError: One of its subclasses, without any value in its text.

        """
        ...


class RequestSource(Protocol):
    """Somewhere that is asked by request: a service behind HTTP, a bucket.

    >>> sorted(n for n in vars(RequestSource) if not n.startswith("_"))
    ['name', 'run_request']
    """

    @property
    def name(self) -> str:
        """The name that `context.source(name)` asks for."""
        ...

    def run_request(
        self,
        permit: Permit,
        template: RequestTemplate,
        binds: Mapping[str, Scalar],
        *,
        max_rows: int,
    ) -> Sequence[Row]:
        """Send the request and return what it finds, as `Source.run` does.

        Nothing there is no row. The id under which the other side has logged the
        request goes to `permit.refer`, also if the request failed.

        Raises:
            UnauditedAccessError: `permit` is not a permit.
            SourceError: One of its subclasses, without any value in its text.

        """
        ...


AnySource: TypeAlias = Source | RequestSource
"""What `context.source(name)` may lead to."""

AnyQuery: TypeAlias = "Query | RequestTemplate"
"""What a handler may have a source do. A function without a request imports none."""


def runner(source: AnySource, query: AnyQuery) -> Callable[..., Sequence[Row]]:
    """Return the method of `source` that runs `query`.

    Raises:
        StatementError: The source takes the other kind.

    >>> runner(MemorySource("notes"), Query(name="q", sql="select 1")).__name__
    'run'
    """
    found = getattr(source, "run" if type(query) is Query else "run_request", None)
    if found is None:
        raise StatementError(
            f"query {query.name} cannot be run",
            why="a database takes a Query; a service behind HTTP and a bucket a RequestTemplate",
            fix="Write it as the source wants it; see docs/sources.md",
        )
    act: Callable[..., Sequence[Row]] = found
    return act


class SourceFactory(NamedTuple):
    """A plugin's offer to open sources whose URL has this `scheme`.

    `open` gets the name and the URL. It connects lazily, on the first `run`.

    >>> SourceFactory("shelf", open=lambda name, url: MemorySource(name)).scheme
    'shelf'
    """

    scheme: str
    open: Callable[[str, SplitResult], AnySource]
