"""A foreign source: it answers every query with one row."""

from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult

from affidavit import StatementError
from affidavit.plugin import (
    Permit,
    Query,
    Row,
    Scalar,
    Source,
    SourceFactory,
    check_permit,
    hookimpl,
)


class Echo:
    def __init__(self, name: str) -> None:
        self.name = name

    def run(
        self, permit: Permit, query: Query, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        check_permit(permit)
        query.check_binds(binds)
        if max_rows < 1:
            raise StatementError("too many rows", why="there is one", fix="Ask for one")
        return [dict(binds)]


def _open(name: str, url: SplitResult) -> Source:
    return Echo(name)


@hookimpl
def affidavit_sources() -> Sequence[SourceFactory]:
    return [SourceFactory(scheme="acme-echo", open=_open)]
