"""Read the URL of AFFIDAVIT_NOTIFY: who sends, from which templates, to whom, on which bus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from affidavit.plugin import UrlParameters

_WHAT: Final = "AFFIDAVIT_NOTIFY"
_FIX: Final = (
    "Write ses://sender@example.org?to.ops=ops@example.org or eventbridge://default; "
    "see docs/notify.md, and write a plus in an address as %2B"
)
_KNOWN: Final = ("bus", "domains", "region", "source", "templates", "version")
_BUS: Final = re.compile(r"[A-Za-z0-9._-]{1,256}")
_SOURCE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
"""EventBridge takes any text, with blanks, too."""

_AUDIENCE: Final = re.compile(r"to\.[a-z][a-z0-9_-]{0,31}")
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
    audiences = tuple(filter(_AUDIENCE.fullmatch, dict(parse_qsl(url.query))))
    said = UrlParameters(url, (*_KNOWN, *audiences), what=_WHAT, fix=_FIX)
    sender = domain_of(url.netloc) is not None and not url.path.strip("/")
    said.need(sender, "the sender is not a mail address")
    templates = urlsplit(said.text("templates"))
    bucket, prefix = templates.netloc, templates.path.strip("/")
    place = templates.scheme == "s3" and bool(bucket) and not templates.query
    said.need(place or "templates" not in said, "templates are not in a bucket")
    version = said.text("version", _WORD)
    said.need(bool(bucket) == bool(version), "version is missing, or has no templates")
    domains = frozenset(filter(None, said.text("domains").lower().split(",")))
    to = {name.removeprefix("to."): tuple(said.text(name).split(",")) for name in audiences}
    mailboxes = all(domain_of(one) is not None for those in to.values() for one in those)
    said.need(mailboxes, "an audience holds what is no mail address")
    return NotifierLocation(
        sender=url.netloc,
        bucket=bucket,
        prefix=prefix,
        version=version,
        bus=said.text("bus", _BUS),
        source=said.text("source", _SOURCE, usual="affidavit"),
        region=said.region(),
        audiences=to,
        domains=domains,
    )


def locate_bus(url: SplitResult) -> NotifierLocation:
    """Read `eventbridge://bus?source=…`.

    Raises:
        SettingsError: It has another form.

    """
    said = UrlParameters(url, ("region", "source"), what=_WHAT, fix=_FIX)
    said.need(bool(_BUS.fullmatch(url.netloc)) and not url.path.strip("/"), "it names no bus")
    source = said.text("source", _SOURCE, usual="affidavit")
    return NotifierLocation("", "", "", "", url.netloc, source, said.region(), {}, frozenset())
