"""The ledger on AWS: DynamoDB for records, S3 for sealed ones, KMS for keys, SQS for a bad day."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult

from affidavit import __version__
from affidavit.plugin import (
    About,
    Archive,
    ArchiveFactory,
    Ledger,
    LedgerFactory,
    PushTarget,
    PushTargetFactory,
    RequestSource,
    Signer,
    SignerFactory,
    Source,
    SourceFactory,
    Workspace,
    hookimpl,
)

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(
        summary="Ledger in DynamoDB, sealed into S3 Object Lock, keyed by KMS",
        extra="dynamodb",
        needs=("boto3",),
    )


@hookimpl
def affidavit_ledgers() -> Sequence[LedgerFactory]:
    """Offer `dynamodb://table?key=alias/…&tokens=alias/…`."""
    return [LedgerFactory(scheme="dynamodb", open=_open_ledger)]


@hookimpl
def affidavit_sources() -> Sequence[SourceFactory]:
    """Offer `dynamodb://table` and `s3://bucket/prefix`."""
    return [
        SourceFactory(scheme="dynamodb", open=_open_source),
        SourceFactory(scheme="s3", open=_open_bucket),
    ]


@hookimpl
def affidavit_archives() -> Sequence[ArchiveFactory]:
    """Offer `s3://bucket/prefix`."""
    return [ArchiveFactory(scheme="s3", open=_open_archive)]


@hookimpl
def affidavit_signers() -> Sequence[SignerFactory]:
    """Offer `kms://key-id?name=origin`."""
    return [SignerFactory(scheme="kms", open=_open_signer)]


@hookimpl
def affidavit_push_targets() -> Sequence[PushTargetFactory]:
    """Offer `eventbridge://bus` and `firehose://stream`."""
    return [
        PushTargetFactory(scheme="eventbridge", open=_open_bus),
        PushTargetFactory(scheme="firehose", open=_open_stream),
    ]


# boto3 takes a hundred milliseconds to import: only when one of these is opened.


def _open_ledger(url: SplitResult) -> Ledger:
    from affidavit_dynamodb.ledger import open_ledger  # noqa: PLC0415

    return open_ledger(url)


def _open_source(name: str, url: SplitResult) -> Source:
    from affidavit_dynamodb.source import open_source  # noqa: PLC0415

    return open_source(name, url)


def _open_bucket(name: str, url: SplitResult) -> RequestSource:
    from affidavit_dynamodb.object_source import open_bucket  # noqa: PLC0415

    return open_bucket(name, url)


def _open_archive(url: SplitResult) -> tuple[Archive, Workspace]:
    from affidavit_dynamodb.archive import open_archive  # noqa: PLC0415

    return open_archive(url)


def _open_signer(url: SplitResult) -> Signer:
    from affidavit_dynamodb.signer import open_signer  # noqa: PLC0415

    return open_signer(url)


def _open_bus(url: SplitResult) -> PushTarget:
    from affidavit_dynamodb.push_targets import open_bus  # noqa: PLC0415

    return open_bus(url)


def _open_stream(url: SplitResult) -> PushTarget:
    from affidavit_dynamodb.push_targets import open_stream  # noqa: PLC0415

    return open_stream(url)
