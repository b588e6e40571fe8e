"""Read the URL of AFFIDAVIT_NOTIFY: who sends, from which templates, to whom, on which bus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from affidavit import SettingsError

_KNOWN: Final = frozenset({"bus", "domains", "region", "source", "templates", "version"})
_AUDIENCE: Final = re.compile(r"to\.([a-z][a-z0-9_-]{0,31})")
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"
)
"""A mailbox in plain ASCII, without quotes, spaces or comments (RFC 5321, section 4.1.2)."""


class NotifierLocation(NamedTuple):
    """What the URL says. `bucket` and `prefix` hold the templates of `version`, if any."""

    sender: str
    bucket: str
    prefix: str
    version: str
    bus: str
    source: str
    region: str
    audiences: Mapping[str, tuple[str, ...]]
    domains: frozenset[str]


def domain_of(address: str) -> str | None:
    """Return the domain of a plain mail address, in lower case; None if it is none."""
    found = _ADDRESS.fullmatch(address)
    return found.group(1).lower() if found else None


def locate_mail(url: SplitResult) -> NotifierLocation:
    """Read `ses://sender@example.org?…`; without templates a mail is its `subject` and its `text`.

    Raises:
        SettingsError: It has another form. What it holds is not repeated.

    """
    said, audiences = _parameters(url)
    bucket, prefix = _templates(said["templates"]) if "templates" in said else ("", "")
    if domain_of(url.netloc) is None or url.path.strip("/"):
        raise _refused("the sender is not a mail address", "ses://sender@example.org?…")
    version = said.get("version", "")
    if bool(bucket) != bool(version) or (bucket and not _WORD.fullmatch(version)):
        raise _refused("version is missing or not a word, or has no templates", "…&version=2026-01")
    domains = frozenset(filter(None, said.get("domains", "").lower().split(",")))
    return NotifierLocation(
        sender=url.netloc,
        bucket=bucket,
        prefix=prefix,
        version=version,
        bus=said.get("bus", ""),
        source=said.get("source", "affidavit"),
        region=said.get("region", ""),
        audiences=audiences,
        domains=domains,
    )


def locate_bus(url: SplitResult) -> NotifierLocation:
    """Read `eventbridge://bus?source=…`.

    Raises:
        SettingsError: It has another form.

    """
    said, audiences = _parameters(url)
    if audiences or said.keys() - {"region", "source"}:
        raise _refused("a bus takes `region` and `source` only", "eventbridge://bus")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,256}", url.netloc) or url.path.strip("/"):
        raise _refused("it names no bus", "eventbridge://default")
    source, region = said.get("source", "affidavit"), said.get("region", "")
    return NotifierLocation("", "", "", "", url.netloc, source, region, {}, frozenset())


def _parameters(url: SplitResult) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    said: dict[str, str] = {}
    audiences: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        audience = _AUDIENCE.fullmatch(name)
        if name in said or (audience and audience.group(1) in audiences):
            raise _refused("a parameter stands twice", "say it once")
        if audience:
            audiences[audience.group(1)] = _addresses(value)
        elif name in _KNOWN and value:
            said[name] = value
        else:
            raise _refused("a parameter is empty or not known", ", ".join(sorted(_KNOWN)))
    if url.fragment:
        raise _refused("it has a fragment", "write a plus in an address as %2B")
    return said, audiences


def _addresses(value: str) -> tuple[str, ...]:
    addresses = tuple(value.split(","))
    if any(domain_of(address) is None for address in addresses):
        raise _refused("an audience holds what is no mail address", "to.ops=ops@example.org")
    return addresses


def _templates(value: str) -> tuple[str, str]:
    url = urlsplit(value)
    if url.scheme != "s3" or not url.netloc or url.query:
        raise _refused("templates are not in a bucket", "…&templates=s3://bucket/prefix")
    return url.netloc, url.path.strip("/")


def _refused(why: str, example: str) -> SettingsError:
    return SettingsError(
        "AFFIDAVIT_NOTIFY cannot be used",
        why=why,
        fix=f"See docs/notify.md; in short: {example}",
    )
