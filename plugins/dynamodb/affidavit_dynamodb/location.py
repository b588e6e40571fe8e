"""Read the URLs that name a ledger, an archive and a signing key on AWS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl

from affidavit import SettingsError

_TABLE: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_KEY: Final = re.compile(r"(?:arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:)?[A-Za-z0-9/_:-]{1,300}")
_QUEUE: Final = re.compile(r"https?://[A-Za-z0-9.:-]+/[0-9]{12}/[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_BUS: Final = re.compile("[A-Za-z0-9._-]{1,256}")

DEFAULT_TIMEOUT_MS: Final = 250
"""What evidence may cost an invocation in the worst case, store and spill together."""

COLD_TIMEOUT_MS: Final = 3_000
"""What the first append may take: it connects, and asks KMS for a key."""

DEFAULT_LIMIT: Final = 1_048_576
"""Bytes of an object that a source fetches unless its URL says otherwise."""


class LedgerLocation(NamedTuple):
    """What a `dynamodb:` URL says. Of several keys the first is the newest."""

    table: str
    keys: tuple[str, ...]
    tokens: tuple[str, ...]
    bound: tuple[str, ...]
    region: str
    spill: str
    timeout_ms: int
    subjects: str
    earlier: Path | None


def locate_ledger(url: SplitResult) -> LedgerLocation:
    """Read `dynamodb://table?key=alias/chain&tokens=alias/tokens`, and more parameters.

    `region`, `spill` (the URL of an SQS queue), `subjects` (a table for the
    salts of subjects) and `timeout_ms` may follow. `key` and `tokens` may name those
    of earlier times too, behind commas; `context` the tables to which keys are
    bound, if that is not this one; `earlier` the key file of a ledger in a file.

    Raises:
        SettingsError: A part is missing, unknown, or not of the right form.

    """
    said = _parameters(
        url, {"key", "tokens", "region", "spill", "timeout_ms", "subjects", "context", "earlier"}
    )
    table = url.netloc
    _need(bool(_TABLE.fullmatch(table)) and not url.path.strip("/"), "no table follows dynamodb://")
    keys, tokens = (tuple(said.get(name, "").split(",")) for name in ("key", "tokens"))
    _need(all(map(_KEY.fullmatch, keys)), "key= does not name KMS keys")
    _need(all(map(_KEY.fullmatch, tokens)), "tokens= does not name KMS HMAC keys")
    bound = tuple(said.get("context", table).split(","))
    _need(all(map(_TABLE.fullmatch, bound)), "context= does not name tables")
    spill = said.get("spill", "")
    _need(not spill or bool(_QUEUE.fullmatch(spill)), "spill= is not the URL of a queue")
    subjects = said.get("subjects", "")
    _need(not subjects or bool(_TABLE.fullmatch(subjects)), "subjects= does not name a table")
    timeout = said.get("timeout_ms", str(DEFAULT_TIMEOUT_MS))
    _need(timeout.isascii() and timeout.isdigit(), "timeout_ms is not a whole number")
    return LedgerLocation(
        table,
        keys,
        tokens,
        bound,
        _region(said),
        spill,
        int(timeout),
        subjects,
        Path(said["earlier"]) if said.get("earlier") else None,
    )


def locate_archive(url: SplitResult) -> tuple[str, str, str]:
    """Read `s3://bucket/prefix?region=…`; return bucket, prefix and region.

    Raises:
        SettingsError: There is no bucket, or a parameter is not known.

    """
    bucket, prefix, said = _bucket(url, {"region"})
    return bucket, prefix, _region(said)


class BucketLocation(NamedTuple):
    """A source: its bucket, what its keys begin with, and the bytes that an object may have."""

    bucket: str
    prefix: str
    region: str
    limit: int


def locate_bucket(url: SplitResult) -> BucketLocation:
    """Read `s3://bucket/prefix?region=…&limit=1048576`, a source.

    Raises:
        SettingsError: There is no bucket, or a parameter is not known.

    """
    bucket, prefix, said = _bucket(url, {"region", "limit"})
    limit = said.get("limit", str(DEFAULT_LIMIT))
    _need(bool(re.fullmatch("[1-9][0-9]{0,8}", limit)), "limit is not a whole number of bytes")
    return BucketLocation(bucket, prefix, _region(said), int(limit))


def _bucket(url: SplitResult, known: set[str]) -> tuple[str, str, dict[str, str]]:
    said = _parameters(url, known)
    _need(bool(re.fullmatch(r"[a-z0-9.-]{3,63}", url.netloc)), "no bucket follows s3://")
    prefix = url.path.strip("/")
    return url.netloc, f"{prefix}/" if prefix else "", said


def locate_signer(url: SplitResult) -> tuple[str, str, str]:
    """Read `kms://key-id?name=origin&region=…` or `kms:///alias/name?…`.

    Raises:
        SettingsError: There is no key or no origin.

    """
    said = _parameters(url, {"name", "region"})
    key = url.netloc + url.path if url.netloc else url.path.lstrip("/")
    name = said.get("name", "")
    _need(bool(_KEY.fullmatch(key)), "no key follows kms://")
    good = bool(name) and name.isascii() and name.isprintable() and not set(name) & set(" +")
    _need(good, "name= is not a log's origin, such as example.org/ledger")
    return key, name, _region(said)


class TableLocation(NamedTuple):
    """A source: its table, the one for its events if there is one, truth values kept as numbers."""

    table: str
    region: str
    outbox: str = ""
    flags: frozenset[str] = frozenset()


def locate_table(url: SplitResult) -> TableLocation:
    """Read `dynamodb://table?region=…&outbox=table&flags=active,paid`, a source.

    Raises:
        SettingsError: There is no table, or a parameter is not known.

    """
    said = _parameters(url, {"region", "outbox", "flags"})
    table = bool(_TABLE.fullmatch(url.netloc)) and not url.path.strip("/") and not url.fragment
    _need(table, "no table follows dynamodb://")
    outbox, flags = said.get("outbox", ""), said.get("flags", "")
    _need(not outbox or bool(_TABLE.fullmatch(outbox)), "outbox= does not name a table")
    names = frozenset(flags.split(",")) if flags else frozenset()
    _need(all(names), "flags= is not a list of attributes")
    return TableLocation(url.netloc, _region(said), outbox, names)


def _region(said: dict[str, str]) -> str:
    region = said.get("region", "")
    _need(not region or bool(_REGION.fullmatch(region)), "region= does not name a region")
    return region


def _parameters(url: SplitResult, known: set[str]) -> dict[str, str]:
    pairs = parse_qsl(url.query, keep_blank_values=True)
    said = dict(pairs)
    _need(len(said) == len(pairs), "a parameter is said twice")
    unknown = sorted(said.keys() - known)
    _need(not unknown, f"unknown parameters: {', '.join(unknown)}")
    return said


def _need(holds: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise SettingsError(
            "a URL cannot be used", why=why, fix="See docs/dynamodb.md for the form of these URLs"
        )


def locate_bus(url: SplitResult) -> tuple[str, str, str]:
    """Read `eventbridge://bus?source=affidavit&region=…`; return bus, source and region.

    Raises:
        SettingsError: There is no bus, or a parameter is not known.

    """
    said = _parameters(url, {"region", "source"})
    bus = bool(_BUS.fullmatch(url.netloc)) and not url.path.strip("/")
    _need(bus, "no bus follows eventbridge://")
    source = said.get("source", "affidavit")
    _need(bool(_BUS.fullmatch(source)), "source= is not a name")
    # EventBridge takes no such events from anybody but AWS itself.
    _need(not source.startswith("aws."), "source= begins with aws.")
    return url.netloc, source, _region(said)


def locate_stream(url: SplitResult) -> tuple[str, str]:
    """Read `firehose://stream?region=…`; return stream and region.

    Raises:
        SettingsError: There is no stream, or a parameter is not known.

    """
    said = _parameters(url, {"region"})
    stream = bool(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", url.netloc)) and not url.path.strip("/")
    _need(stream, "no stream follows firehose://")
    return url.netloc, _region(said)
