"""The embedded default: a data source and a ledger in SQLite files."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LedgerFactory, SourceFactory, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(
        summary="Ledger and data source in a local SQLite file",
        needs=("_sqlite3",),  # what `sqlite3` is made of; that one is there without it as well
        remedy="Use a Python that was built with SQLite: those of python.org and most systems are",
    )


@hookimpl
def affidavit_ledgers() -> Sequence[LedgerFactory]:
    """Offer `sqlite:///path/to/ledger.db`."""
    from affidavit_sqlite.ledger import open_ledger  # noqa: PLC0415 - not every Python has SQLite

    return [LedgerFactory(scheme="sqlite", open=open_ledger)]


@hookimpl
def affidavit_sources() -> Sequence[SourceFactory]:
    """Offer `sqlite:///path/to/data.db`, read-only unless the URL says `mode=rw`."""
    from affidavit_sqlite.source import open_source  # noqa: PLC0415

    return [SourceFactory(scheme="sqlite", open=open_source)]
