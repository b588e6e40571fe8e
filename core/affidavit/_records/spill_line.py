"""What a spilled entry looks like on its way: one line of JSON.

The line holds the very bytes of body and MAC, so that replaying it makes the
very item that the store could not take, however often it is replayed.
"""

from __future__ import annotations

import json
from typing import Any, Final

from affidavit._records.ledger import Entry
from affidavit._types import Token, WriterId

_FORMAT: Final = 1


def pack_entry(entry: Entry) -> str:
    """Return an entry as one line of JSON, without the line's end.

    >>> entry = Entry(WriterId("w"), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")
    >>> unpack_entry(pack_entry(entry)) == entry
    True
    """
    return json.dumps(
        {
            "v": _FORMAT,
            "writer": entry.writer,
            "seq": entry.seq,
            "body": entry.body.decode(),
            "mac": entry.mac.hex(),
            "exp": entry.expires_at,
            "at": entry.at,
            "actor": entry.actor,
            "subject": entry.subject,
        },
        ensure_ascii=True,
    )


def unpack_entry(line: str) -> Entry:
    """Read an entry back.

    Raises:
        ValueError: The line is not a spilled entry. The message holds no value.

    >>> entry = Entry(WriterId("w"), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")
    >>> unpack_entry(pack_entry(entry)).seq
    0
    """
    try:
        said: Any = json.loads(line)
        {_FORMAT: None}[said["v"]]
        actor, subject = said["actor"], said["subject"]
        return Entry(
            WriterId(str(said["writer"])),
            int(said["seq"]),
            str(said["body"]).encode(),
            bytes.fromhex(said["mac"]),
            int(said["exp"]),
            str(said["at"]),
            None if actor is None else Token(str(actor)),
            None if subject is None else Token(str(subject)),
        )
    except (KeyError, TypeError, ValueError):
        raise ValueError("the line is not a spilled entry") from None
