"""Entry ↔ DynamoDB item, both ways. Attribute names are short because names are billed.

    pk  S  `W#` and the writer         b  B  the hashed bytes
    sk  N  the sequence number         m  B  the MAC
    x   N  when it expires, seconds    t  S  when it was written
    s   S  subject and month, the index's key; of a record without a subject, its writer
    a   S  the actor, which the index repeats

Numbers are only where DynamoDB cannot change them: it trims `1.10` to `1.1`,
and hashed numbers are inside `b`. A closing record has neither `a` nor `s`: the
record that opened the invocation is found instead, also if nothing ever closed
it, and an index write is saved. What is first in its chain has both, for its
opening record stands in another one.

Each index entry is a write that is paid for, so there is one: found by its
subject at once, and by its actor by looking through. ADR 0041 has the sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from affidavit.plugin import Entry, Record, Token, WriterId

PREFIX: Final = "W#"
INDEX: Final = "by_subject"


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
        key = _index_key(entry.writer, entry.at, entry.actor, entry.subject)
        if key is not None:
            item["s"] = {"S": key}
        if entry.actor is not None:
            item["a"] = {"S": entry.actor}
    return item


def entry_of(item: Mapping[str, Any]) -> Entry:
    """Read an item back.

    Raises:
        ValueError: It is not an entry. The message holds no value.

    """
    try:
        entry = Entry(
            WriterId(str(item["pk"]["S"]).removeprefix(PREFIX)),
            int(item["sk"]["N"]),
            bytes(item["b"]["B"]),
            bytes(item["m"]["B"]),
            int(item["x"]["N"]),
            str(item["t"]["S"]),
        )
        actor, subject = _indexed(item, entry)
        return entry._replace(actor=actor, subject=subject)
    except (KeyError, TypeError, ValueError):
        raise ValueError("an item of the table is not an entry") from None


def subject_key(subject: Token, at: str) -> str:
    """Return the index key of a subject in the month of `at`."""
    return f"S#{subject}#{_month(at)}"


def _month(at: str) -> str:
    return at[:7].replace("-", "")


def _is_found_by_its_opening(seq: int, body: bytes) -> bool:
    """Tell whether a search comes to a record from an earlier one of its chain."""
    return seq > 1 and b'"ph":"O"' in body


def _index_key(writer: WriterId, at: str, actor: Token | None, subject: Token | None) -> str | None:
    """Return under which key the index has a record; None if it has to be found by nobody.

    One key takes 1,000 writes a second, and an index that is throttled throttles the
    table: subjects are many, and a writer is one process.
    """
    if subject is not None:
        return subject_key(subject, at)
    return PREFIX + writer if actor is not None else None


def _indexed(item: Mapping[str, Any], entry: Entry) -> tuple[Token | None, Token | None]:
    """Return actor and subject as the index has them; of a closing record, as it says itself."""
    key, actor = _text(item.get("s")), _text(item.get("a"))
    if key is actor is None and _is_found_by_its_opening(entry.seq, entry.body):
        record = Record.parse(entry.body)
        return record.actor, record.subject
    token = None if actor is None else Token(actor)
    subject = Token(key.split("#")[1]) if key is not None and key.startswith("S#") else None
    if key != _index_key(entry.writer, entry.at, token, subject):
        # Under another key no search finds it; a verifier sees that its body says otherwise.
        return None, Token("")
    return token, subject


def _text(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else str(value["S"])
