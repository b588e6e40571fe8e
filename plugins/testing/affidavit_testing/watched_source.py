"""A source that passes everything on, notes what was asked, and can be told to fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from affidavit import Query, Row, Scalar
from affidavit.plugin import Permit
from affidavit.testing import AnyQuery, AnySource, accounted_for, runner
from affidavit_testing.persons import MadeUpPerson


class WatchedRead(NamedTuple):
    """One statement that reached a source, and what was there when it did.

    `literals` counts the values in the statement itself; `rows` is -1 if it
    failed. `declared` says whether the ledger held an opening record then.
    """

    source: str
    query: str
    sql: str
    binds: Mapping[str, Scalar]
    write: bool
    literals: int
    rows: int
    declared: bool


@dataclass(slots=True)
class WatchedSource:
    """Stands before a source. What it finds is dressed up with a person's data.

    `dress` says how: `""` leaves rows alone, `"add"` adds columns that nobody
    asked for, `"replace"` puts personal data into columns of text, `"empty"`
    finds nothing, `"break"` finds rows whose values are all missing.
    """

    inner: AnySource
    declared: Callable[[], bool]
    name: str = ""
    person: MadeUpPerson | None = None
    dress: str = ""
    fault: BaseException | None = None
    asked: list[WatchedRead] = field(default_factory=list)

    def run(
        self, permit: Permit, query: AnyQuery, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Run `query` as the source behind would."""
        found, declared = -1, self.declared()
        try:
            if self.fault is not None:
                raise self.fault
            with accounted_for():
                rows = runner(self.inner, query)(permit, query, binds, max_rows=max_rows)
            rows = self._dressed(rows)
            found = len(rows)
        finally:
            told = WatchedRead(
                source=self.name,
                query=query.name,
                sql=query.sql if isinstance(query, Query) else query.line,
                binds=dict(binds),
                write=query.write,
                literals=query.literals,
                rows=found,
                declared=declared,
            )
            self.asked.append(told)
        return rows

    def run_request(
        self, permit: Permit, template: AnyQuery, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Send a request as the source behind would."""
        return self.run(permit, template, binds, max_rows=max_rows)

    def run_together(
        self, permit: Permit, steps: Sequence[tuple[Query, Mapping[str, Scalar]]]
    ) -> bool:
        """Run each step as the source behind would run it by itself."""
        rows = [self.run(permit, query, binds, max_rows=1000) for query, binds in steps]
        return all(row.get("changed", 1) != 0 for found in rows for row in found)

    def _dressed(self, rows: Sequence[Row]) -> Sequence[Row]:
        person = self.person
        if self.dress == "empty":
            return []
        if self.dress == "break":
            return [dict.fromkeys(row) for row in rows]
        if person is None or not self.dress:
            return rows
        if self.dress == "add":
            return [{**person.row, **row} for row in rows]
        return [_replaced(row, person) for row in rows]


def _replaced(row: Row, person: MadeUpPerson) -> dict[str, Any]:
    """Put a person's data where the row has text."""
    values = iter([canary.text for canary in person.canaries] * (1 + len(row)))
    return {name: next(values) if isinstance(value, str) else value for name, value in row.items()}
