"""What a spilled item looks like on its way: one line of JSON.

The line of an entry holds the very bytes of body and MAC, so that replaying it
makes the very item that the store could not take, however often it is replayed.
The line of a salt holds no name: it says under which token the salt is looked up.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from affidavit._records.ledger import Entry, Spilled, SubjectSalt
from affidavit._types import Token, WriterId

_FORMAT: Final = 1
_TOKEN: Final = re.compile("[0-9a-f]{32}")


def pack_spilled(item: Spilled) -> str:
    """Return an entry or a salt as one line of JSON, without the line's end.

    >>> entry = Entry(WriterId("w"), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")
    >>> unpack_spilled(pack_spilled(entry)) == entry
    True
    """
    if isinstance(item, SubjectSalt):
        said: dict[str, Any] = {"lookup": item.lookup, "salt": item.salt, "at": item.at}
    else:
        said = {
            "writer": item.writer,
            "seq": item.seq,
            "body": item.body.decode(),
            "mac": item.mac.hex(),
            "exp": item.expires_at,
            "at": item.at,
            "actor": item.actor,
            "subject": item.subject,
        }
    return json.dumps({"v": _FORMAT, **said}, ensure_ascii=True)


def unpack_spilled(line: str) -> Spilled:
    """Read an entry or a salt back.

    Raises:
        ValueError: The line is neither. The message holds no value.

    >>> entry = Entry(WriterId("w"), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")
    >>> isinstance(unpack_spilled(pack_spilled(entry)), Entry)
    True
    """
    try:
        said: Any = json.loads(line)
        {_FORMAT: None}[said["v"]]
        return _salt(said) if "salt" in said else _entry(said)
    except (KeyError, TypeError, ValueError):
        raise ValueError("the line is not a spilled entry or salt") from None


def _entry(said: Any) -> Entry:
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


def _salt(said: Any) -> SubjectSalt:
    lookup, salt, at = str(said["lookup"]), str(said["salt"]), str(said["at"])
    if not _TOKEN.fullmatch(lookup) or not salt or not at:
        raise ValueError
    return SubjectSalt(Token(lookup), salt, at)
