"""A data source in memory: answers by query name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from affidavit._sources.source import AnyQuery, Permit, Query, Row, Scalar, check_permit
from affidavit.errors import StatementError

Answer = Sequence[Row] | Callable[[Mapping[str, Scalar]], Sequence[Row]] | Exception


@dataclass(slots=True)
class MemorySource:
    """Returns what `answers` holds under a query's name.

    An answer is a list of rows, a function of the binds, or an exception to
    raise. `asked` keeps what was run, as (query name, binds).

    >>> source = MemorySource("notes", {"find_note": {"note": "fine"}})
    >>> source.asked
    []
    """

    name: str = "memory"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Scalar]]] = field(default_factory=list)

    def run(
        self, permit: Permit, query: AnyQuery, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Answer `query`."""
        check_permit(permit)
        query.check_binds(binds)
        self.asked.append((query.name, dict(binds)))
        answer = self.answers.get(query.name, ())
        if isinstance(answer, Exception):
            raise answer
        rows = list(answer(binds) if callable(answer) else answer)
        if len(rows) > max_rows:
            raise StatementError(
                f"query {query.name} found too much",
                why=f"more than {max_rows} rows",
                fix="Narrow it, or raise max_rows",
            )
        return rows

    def run_request(
        self, permit: Permit, template: AnyQuery, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Answer a request, as any other query."""
        return self.run(permit, template, binds, max_rows=max_rows)

    def run_together(
        self, permit: Permit, steps: Sequence[tuple[Query, Mapping[str, Scalar]]]
    ) -> bool:
        """Answer each; the whole holds if no answer says `changed: 0`."""
        rows = [self.run(permit, query, binds, max_rows=1000) for query, binds in steps]
        return all(row.get("changed", 1) != 0 for found in rows for row in found)
