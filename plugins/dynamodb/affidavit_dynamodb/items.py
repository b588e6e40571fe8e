"""Entry ↔ DynamoDB item, both ways. Attribute names are short because names are billed.

    pk  S  `W#` and the writer         b  B  the hashed bytes
    sk  N  the sequence number         m  B  the MAC
    x   N  when it expires, seconds    t  S  when it was written
    a   S  actor and month, for one index; s  S  subject and month, for the other

Numbers are only where DynamoDB cannot change them: it trims `1.10` to `1.1`,
and hashed numbers are inside `b`. A closing record has neither `a` nor `s`: the
record that opened the invocation is found instead, also if nothing ever closed
it, and two index writes are saved. What is first in its chain has both, for its
opening record stands in another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zlib import crc32

from affidavit.plugin import Entry, Record, Token, Trust, WriterId

PREFIX: Final = "W#"
ACTOR_INDEX: Final = "by_actor"
SUBJECT_INDEX: Final = "by_subject"

SHARDS: Final = 16
"""Over how many index keys a machine's records of one month are spread: one key
takes 1,000 writes a second, and an index that is throttled throttles the table.
A search asks for every key of every month, so more shards make `who` slower."""

_MACHINES: Final = (Trust.SERVICE.value, Trust.IAM.value)


def item_of(entry: Entry) -> dict[str, Any]:
    """Return an entry as an item."""
    item: dict[str, Any] = {
        "pk": {"S": PREFIX + entry.writer},
        "sk": {"N": str(entry.seq)},
        "b": {"B": entry.body},
        "m": {"B": entry.mac},
        "x": {"N": str(entry.expires_at)},
        "t": {"S": entry.at},
    }
    if not _is_found_by_its_opening(entry.seq, entry.body):
        if entry.actor is not None:
            item["a"] = {"S": actor_key(entry)}
        if entry.subject is not None:
            item["s"] = {"S": subject_key(entry.subject, entry.at)}
    return item


def entry_of(item: Mapping[str, Any]) -> Entry:
    """Read an item back.

    Raises:
        ValueError: It is not an entry. The message holds no value.

    """
    try:
        body = bytes(item["b"]["B"])
        actor, subject = _indexed(item, int(item["sk"]["N"]), body)
        return Entry(
            WriterId(str(item["pk"]["S"]).removeprefix(PREFIX)),
            int(item["sk"]["N"]),
            body,
            bytes(item["m"]["B"]),
            int(item["x"]["N"]),
            str(item["t"]["S"]),
            actor,
            subject,
        )
    except (KeyError, TypeError, ValueError):
        raise ValueError("an item of the table is not an entry") from None


def actor_key(entry: Entry) -> str:
    """Return the index key of an entry's actor in its month."""
    base = f"A#{entry.actor}#{_month(entry.at)}"
    if any(f'"auth":"{word}"'.encode() in entry.body for word in _MACHINES):
        return f"{base}#{crc32(entry.body) % SHARDS:x}"
    return base


def actor_keys(actor: Token, month: str) -> Iterator[str]:
    """Yield every index key that an actor's records of one month (`YYYY-MM`) may have."""
    base = f"A#{actor}#{_month(month)}"
    yield base
    for shard in range(SHARDS):
        yield f"{base}#{shard:x}"


def subject_key(subject: Token, at: str) -> str:
    """Return the index key of a subject in the month of `at`."""
    return f"S#{subject}#{_month(at)}"


def _month(at: str) -> str:
    return at[:7].replace("-", "")


def _is_found_by_its_opening(seq: int, body: bytes) -> bool:
    """Tell whether a search comes to a record from an earlier one of its chain."""
    return seq > 1 and b'"ph":"O"' in body


def _indexed(item: Mapping[str, Any], seq: int, body: bytes) -> tuple[Token | None, Token | None]:
    """Return what the indexes say; of a closing record, what it says itself."""
    if _is_found_by_its_opening(seq, body) and "a" not in item and "s" not in item:
        record = Record.parse(body)
        return record.actor, record.subject
    return _token(item.get("a")), _token(item.get("s"))


def _token(value: Mapping[str, Any] | None) -> Token | None:
    return None if value is None else Token(str(value["S"]).split("#")[1])
