"""A data source in Oracle Database, read through python-oracledb without client libraries."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult

from affidavit import __version__
from affidavit.plugin import About, Source, SourceFactory, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(
        summary="Data source in Oracle Database, tagged for Oracle's own audit",
        extra="oracle",
        needs=("oracledb", "boto3"),
    )


@hookimpl
def affidavit_sources() -> Sequence[SourceFactory]:
    """Offer `oracle://host:1521/service?secret=name`."""
    return [SourceFactory(scheme="oracle", open=_open_source)]


def _open_source(name: str, url: SplitResult) -> Source:
    # Neither oracledb (150 ms) nor boto3 comes with this: the first query imports them.
    from affidavit_oracle.source import open_source  # noqa: PLC0415

    return open_source(name, url)
