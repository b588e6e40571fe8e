"""The auditor's side of a ledger: who did what, and is the evidence intact?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from affidavit import About, __version__, hookimpl
from affidavit.archives import Archive, ArchiveFactory, Signer, SignerFactory, Workspace

if TYPE_CHECKING:
    import click

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(summary="Ask a ledger who did what, and verify it")


@hookimpl
def affidavit_archives() -> Sequence[ArchiveFactory]:
    """Offer `file:///folder`."""
    return [ArchiveFactory(scheme="file", open=_open_folder)]


@hookimpl
def affidavit_signers() -> Sequence[SignerFactory]:
    """Offer `file:///sealer.key?name=origin`."""
    return [SignerFactory(scheme="file", open=_open_file)]


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `who` and `verify` for auditors, and what a ledger's keeper needs."""
    # For the command line only.
    from affidavit_ledger.commands import verify, who  # noqa: PLC0415
    from affidavit_ledger.seal_commands import (  # noqa: PLC0415
        export,
        prove,
        replay,
        seal,
        shred,
    )

    return [export, prove, replay, seal, shred, verify, who]


def _open_folder(url: SplitResult) -> tuple[Archive, Workspace]:
    from affidavit_ledger.archive import open_folder  # noqa: PLC0415 - sealers and auditors only

    return open_folder(url)


def _open_file(url: SplitResult) -> Signer:
    from affidavit_ledger.signing import open_file_signer  # noqa: PLC0415 - needs cryptography

    return open_file_signer(url)
