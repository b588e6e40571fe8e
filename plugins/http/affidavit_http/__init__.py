"""A service behind HTTP as a data source: named requests, one host, bounded answers."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult

from affidavit import __version__
from affidavit.plugin import About, RequestSource, SourceFactory, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(summary="Data source behind HTTP, asked by named requests", needs=())


@hookimpl
def affidavit_sources() -> Sequence[SourceFactory]:
    """Offer `https://host/base`, and `http://localhost/base` for a laptop."""
    return [SourceFactory(scheme, _open_source) for scheme in ("https", "http")]


def _open_source(name: str, url: SplitResult) -> RequestSource:
    # ssl and http.client take some milliseconds: only when a source is opened.
    from affidavit_http.source import open_source  # noqa: PLC0415

    return open_source(name, url)
