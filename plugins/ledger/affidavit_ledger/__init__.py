"""The auditor's side of a ledger: who did what, and is the evidence intact?"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult

from affidavit import SettingsError, __version__
from affidavit.plugin import (
    About,
    Archive,
    ArchiveFactory,
    LazyCommand,
    PushTarget,
    PushTargetFactory,
    Signer,
    SignerFactory,
    Workspace,
    hookimpl,
)

__all__ = ["__version__"]

_COMMANDS = (
    (
        "attest",
        "Put the digest of FILE on record, for instance of a compliance report.",
        "attest_command:attest",
    ),
    (
        "erasure",
        "Show that somebody was forgotten, and see that it stays so.",
        "erasure_commands:erasure",
    ),
    (
        "export",
        "Hand the records of a ledger, or of several, to other tools.",
        "seal_commands:export",
    ),
    (
        "ledger",
        "Say what a ledger is made of, change its keys, fill its table, move it or merge others.",
        "ledger_commands:ledger",
    ),
    (
        "prove",
        "Prove that the records of EVENT stand in the sealed log.",
        "seal_commands:prove",
    ),
    (
        "push",
        "Push what is sealed to a SIEM, as OCSF events, from where the mark stands.",
        "push_command:push",
    ),
    (
        "replay",
        "Put records and salts that were spilled beside a local ledger where they belong.",
        "seal_commands:replay",
    ),
    (
        "retention",
        "Say what has outlived its time, let go of it, or keep it longer.",
        "retention_commands:retention",
    ),
    (
        "seal",
        "Archive what is new in a local ledger, and sign a checkpoint.",
        "seal_commands:seal",
    ),
    (
        "shred",
        "Forget whom the records about SUBJECT are about.",
        "erasure_commands:shred",
    ),
    (
        "verify",
        "Check that no record was changed, moved, inserted or removed.",
        "verify_command:verify",
    ),
    ("who", "Say who accessed what, and when.", "who_command:who"),
)


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
def affidavit_push_targets() -> Sequence[PushTargetFactory]:
    """Offer `file:///events.ndjson` and `syslog://host:6514`."""
    return [
        PushTargetFactory(scheme="file", open=_open_events),
        PushTargetFactory(scheme="syslog", open=_open_syslog),
    ]


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `who` and `verify` for auditors, and what a ledger's keeper needs."""
    return [
        LazyCommand(name, summary, f"affidavit_ledger.{place}")
        for name, summary, place in _COMMANDS
    ]


def _open_folder(url: SplitResult) -> tuple[Archive, Workspace]:
    from affidavit_ledger.archive import open_folder  # noqa: PLC0415 - sealers and auditors only

    return open_folder(url)


def _open_events(url: SplitResult) -> PushTarget:
    from affidavit_ledger.push_file import open_file  # noqa: PLC0415 - for those who push

    return open_file(url)


def _open_syslog(url: SplitResult) -> PushTarget:
    from affidavit_ledger.push_syslog import open_syslog  # noqa: PLC0415 - for those who push

    return open_syslog(url)


def _open_file(url: SplitResult) -> Signer:
    # Commands that only ask need no key; the extra `ledger` brings what a sealer needs.
    try:
        from affidavit_ledger.signing import open_file_signer  # noqa: PLC0415
    except ModuleNotFoundError:
        raise SettingsError(
            "a key in a file cannot sign here",
            why="cryptography is not installed",
            fix="Install it, or sign by KMS",
        ) from None
    return open_file_signer(url)
