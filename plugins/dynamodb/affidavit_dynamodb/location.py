"""Read the URLs that name a ledger, an archive and a signing key on AWS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult

from affidavit.plugin import UrlParameters

_TABLE: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_KEY: Final = re.compile(r"(?:arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:)?[A-Za-z0-9/_:-]{1,300}")
_QUEUE: Final = re.compile(r"https?://[A-Za-z0-9.:-]+/[0-9]{12}/[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_BUS: Final = re.compile("[A-Za-z0-9._-]{1,256}")

DEFAULT_TIMEOUT_MS: Final = 250
"""What evidence may cost an invocation in the worst case, store and spill together."""

LONGEST_TIMEOUT_MS: Final = 900_000
"""As long as a function may run."""

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
        url, "key", "tokens", "region", "spill", "timeout_ms", "subjects", "context", "earlier"
    )
    table = url.netloc
    said.need(_names_table(url), "no table follows dynamodb://")
    keys, tokens = (tuple(said.text(name).split(",")) for name in ("key", "tokens"))
    said.need(all(map(_KEY.fullmatch, keys)), "key= does not name KMS keys")
    said.need(all(map(_KEY.fullmatch, tokens)), "tokens= does not name KMS HMAC keys")
    bound = tuple(said.text("context", usual=table).split(","))
    said.need(all(map(_TABLE.fullmatch, bound)), "context= does not name tables")
    return LedgerLocation(
        table,
        keys,
        tokens,
        bound,
        said.region(),
        said.text("spill", _QUEUE),
        said.number("timeout_ms", usual=DEFAULT_TIMEOUT_MS, least=0, most=LONGEST_TIMEOUT_MS),
        said.text("subjects", _TABLE),
        Path(said.text("earlier")) if "earlier" in said else None,
    )


def locate_archive(url: SplitResult) -> tuple[str, str, str]:
    """Read `s3://bucket/prefix?region=…`; return bucket, prefix and region.

    Raises:
        SettingsError: There is no bucket, or a parameter is not known.

    """
    bucket, prefix, said = _bucket(url, "region")
    return bucket, prefix, said.region()


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
    bucket, prefix, said = _bucket(url, "region", "limit")
    limit = said.number("limit", usual=DEFAULT_LIMIT, least=1, most=999_999_999)
    return BucketLocation(bucket, prefix, said.region(), limit)


def _bucket(url: SplitResult, *known: str) -> tuple[str, str, UrlParameters]:
    said = _parameters(url, *known)
    said.need(bool(re.fullmatch(r"[a-z0-9.-]{3,63}", url.netloc)), "no bucket follows s3://")
    prefix = url.path.strip("/")
    return url.netloc, f"{prefix}/" if prefix else "", said


def locate_signer(url: SplitResult) -> tuple[str, str, str]:
    """Read `kms://key-id?name=origin&region=…` or `kms:///alias/name?…`.

    Raises:
        SettingsError: There is no key or no origin.

    """
    said = _parameters(url, "name", "region")
    key = url.netloc + url.path if url.netloc else url.path.lstrip("/")
    name = said.text("name")
    said.need(bool(_KEY.fullmatch(key)), "no key follows kms://")
    good = bool(name) and name.isascii() and name.isprintable() and not set(name) & set(" +")
    said.need(good, "name= is not a log's origin, such as example.org/ledger")
    return key, name, said.region()


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
    said = _parameters(url, "region", "outbox", "flags")
    said.need(_names_table(url), "no table follows dynamodb://")
    names = frozenset(said.text("flags").split(",")) if "flags" in said else frozenset()
    said.need(all(names), "flags= is not a list of attributes")
    return TableLocation(url.netloc, said.region(), said.text("outbox", _TABLE), names)


def _names_table(url: SplitResult) -> bool:
    return bool(_TABLE.fullmatch(url.netloc)) and not url.path.strip("/")


def _parameters(url: SplitResult, *known: str) -> UrlParameters:
    fix = "See docs/dynamodb.md for the form of these URLs"
    return UrlParameters(url, known, what=f"a {url.scheme}: URL", fix=fix)


def locate_bus(url: SplitResult) -> tuple[str, str, str]:
    """Read `eventbridge://bus?source=affidavit&region=…`; return bus, source and region.

    Raises:
        SettingsError: There is no bus, or a parameter is not known.

    """
    said = _parameters(url, "region", "source")
    bus = bool(_BUS.fullmatch(url.netloc)) and not url.path.strip("/")
    said.need(bus, "no bus follows eventbridge://")
    source = said.text("source", _BUS, usual="affidavit")
    # EventBridge takes no such events from anybody but AWS itself.
    said.need(not source.startswith("aws."), "source= begins with aws.")
    return url.netloc, source, said.region()


def locate_stream(url: SplitResult) -> tuple[str, str]:
    """Read `firehose://stream?region=…`; return stream and region.

    Raises:
        SettingsError: There is no stream, or a parameter is not known.

    """
    said = _parameters(url, "region")
    stream = bool(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", url.netloc)) and not url.path.strip("/")
    said.need(stream, "no stream follows firehose://")
    return url.netloc, said.region()
