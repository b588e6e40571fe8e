"""`mail.read`: what was sent by mail, from the bucket into which the receiving service puts it.

Amazon SES keeps what it receives for a domain as one object per message: the
message itself, as it came (a receipt rule with an S3 action).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Annotated, Any, Final

from pydantic import Field

from affidavit.plugin import ActionContext, ActionParams, ActionResult, AtomicAction, Grant

MOST: Final = 50
"""Messages that are opened, the newest first."""

LARGEST: Final = 1_048_576
"""Bytes of a message that are read."""

EARLY_S: Final = 60
"""A bucket's clock may be that much behind ours."""

_LINK: Final = re.compile(r"https?://[^\s\"'<>]+")


class MailRead(ActionParams):
    """Where mail arrives, and to whom. Only mail that names this run, unless `any_run`."""

    bucket: str
    prefix: Annotated[str, Field(description="What the keys of received mail start with.")] = ""
    to: Annotated[str | None, Field(description="One of the recipients.")] = None
    any_run: Annotated[bool, Field(description="Also mail that does not hold the run's id.")] = (
        False
    )


def read(params: MailRead, context: ActionContext) -> ActionResult:
    """Return the `messages` that came since the run began, newest first, and their `count`."""
    messages = [
        told
        for data in _received(params, context)
        if params.any_run or context.run.id.encode() in data
        for told in [_told(data)]
        if params.to is None or params.to.lower() in told["to"]
    ]
    return {"messages": messages, "count": len(messages)}


def _received(params: MailRead, context: ActionContext) -> Iterator[bytes]:
    client = context.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=params.bucket, Prefix=params.prefix
    )
    began = datetime.fromtimestamp(context.run.started_ms / 1000 - EARLY_S, UTC)
    objects = [one for page in pages for one in page.get("Contents", [])]
    fresh = [one for one in objects if one["LastModified"] >= began]
    for one in sorted(fresh, key=lambda one: one["LastModified"], reverse=True)[:MOST]:
        with client.get_object(Bucket=params.bucket, Key=one["Key"])["Body"] as stream:
            yield stream.read(LARGEST)


def _told(data: bytes) -> dict[str, Any]:
    message = message_from_bytes(data, _class=EmailMessage, policy=default)
    headers = message.get_all("to", []) + message.get_all("cc", [])
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    return {
        "from": str(message.get("from", "")),
        "to": [address.lower() for _, address in getaddresses(list(map(str, headers)))],
        "subject": str(message.get("subject", "")),
        "text": text,
        "html": html,
        "links": list(dict.fromkeys(_LINK.findall(f"{text or ''} {html or ''}"))),
    }


def _part(message: EmailMessage, kind: str) -> str | None:
    found = message.get_body(preferencelist=(kind,))
    try:
        return None if found is None else str(found.get_content())
    except (LookupError, UnicodeError):
        # A charset that nobody knows; whoever looks for text then finds none.
        return None


ACTIONS = (
    AtomicAction(
        name="mail.read",
        summary="Look at the mail that this run has caused",
        params=MailRead,
        run=read,
        grants=(Grant("buckets", ("s3:GetObject",)), Grant("bucket_lists", ("s3:ListBucket",))),
    ),
)
