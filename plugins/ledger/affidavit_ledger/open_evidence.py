"""Open archives and signers by their URLs, with whatever plugins offer."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import SplitResult

from affidavit import SettingsError
from affidavit.plugin import Archive, Plugins, PushTarget, Settings, Signer, Workspace

WEB: Final = frozenset({"http", "https"})
"""Schemes of witnesses that sign; those of archives keep copies."""


def open_archive(
    settings: Settings, plugins: Plugins, *, witness: bool = False
) -> tuple[Archive, Workspace]:
    """Open the archive that AFFIDAVIT_ARCHIVE (or AFFIDAVIT_WITNESS) names.

    Raises:
        SettingsError: It is not set, or no available plugin opens it.

    """
    variable = "AFFIDAVIT_WITNESS" if witness else "AFFIDAVIT_ARCHIVE"
    url = settings.witness if witness else settings.archive
    opened: tuple[Archive, Workspace] = _open(variable, url, "affidavit_archives", plugins)
    return opened


def open_witnesses(settings: Settings) -> tuple[Any, ...]:
    """Open the witness that AFFIDAVIT_WITNESS names by a web address; none if it is an archive.

    Raises:
        SettingsError: The address is not complete.
        LedgerKeyError: Its key is none.

    """
    url = settings.witness
    if url is None or url.scheme not in WEB:
        return ()
    from affidavit_ledger.witnesses import HttpWitness  # noqa: PLC0415 - for those who have one

    return (HttpWitness.open(url),)


def open_tsa(settings: Settings) -> Any:
    """Open the time-stamping authority that AFFIDAVIT_TSA names; None if it names none.

    Raises:
        SettingsError: The address is not complete, or its certificates cannot be read.

    """
    if settings.tsa is None:
        return None
    from affidavit_ledger.timestamps import TimestampAuthority  # noqa: PLC0415 - as above

    return TimestampAuthority.open(settings.tsa)


def open_signer(settings: Settings, plugins: Plugins) -> Signer:
    """Open the signer that AFFIDAVIT_SIGNER names.

    Raises:
        SettingsError: It is not set, or no available plugin opens it.

    """
    opened: Signer = _open("AFFIDAVIT_SIGNER", settings.signer, "affidavit_signers", plugins)
    return opened


def open_push_target(url: SplitResult, plugins: Plugins) -> PushTarget:
    """Open the target that `--to` names.

    Raises:
        SettingsError: No available plugin opens it.

    """
    opened: PushTarget = _open("--to", url, "affidavit_push_targets", plugins)
    return opened


def _open(variable: str, url: SplitResult | None, hook: str, plugins: Plugins) -> Any:
    if url is None:
        raise SettingsError(
            f"{variable} is not set",
            why="there is nothing to seal into or to check against",
            fix="Set it, e.g. to a file: URL; see docs/evidence.md",
        )
    return plugins.opener(hook)(variable, url).open(url)
