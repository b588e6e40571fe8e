"""What a record, a manifest and a name may look like: the rules of docs/evidence.md, once.

A sealer refuses to seal what does not keep them, and a verifier says so.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import PydanticSerializationError, from_json, to_json

from affidavit.plugin import MAC_BYTES, RECORD_FORMAT, Entry, Record, canonical_bytes

MAX_DEPTH: Final = 32
MAX_BODY: Final = 1 << 20
MAX_WHOLE: Final = 2**53 - 1
WRITER_FORM: Final = re.compile(r"[A-Za-z0-9_-]{22}")
SEGMENT_FORM: Final = re.compile(r"segments(?:/[0-9]{2,4}){3}/[A-Za-z0-9][A-Za-z0-9._=-]*\.ndjson")
CHECKPOINT_FORM: Final = re.compile(r"checkpoints/[0-9]{12}")
MANIFESTS_FORM: Final = re.compile(r"manifests/[0-9]{12}-[0-9]{6}(?:-[0-9a-f]{16})?\.ndjson")

_TEXTS: Final = ("ph", "subj", "ts")


class UnknownVersionError(ValueError):
    """A document of a version that did not exist when this was written: nobody can judge it.

    Of a record, `record` holds what every version says: its place and its link.
    """

    def __init__(self, record: Record | None = None) -> None:
        super().__init__("the version is not known")
        self.record = record


def read_json(data: bytes) -> Any:
    """Read JSON of whole numbers, of keys in ASCII that are there once, and of 32 levels at most.

    Raises:
        ValueError: It is something else. The message holds no value.

    """
    try:
        document = json.loads(
            data.decode(),
            parse_int=_whole,
            parse_float=_refuse,
            parse_constant=_refuse,
            object_pairs_hook=_members,
        )
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON of the one form") from None
    if _depth(document) > MAX_DEPTH:
        raise ValueError("this is nested too deeply")
    return document


def read_canonical(data: bytes) -> Any:
    """Read JSON that is written the one way that is hashed, at most 1 MiB and 32 levels of it.

    Raises:
        ValueError: It is something else.

    """
    if len(data) > MAX_BODY:
        raise ValueError("this is longer than anything that is hashed")
    if data.isascii() and b"\\" not in data and data.count(b"{") + data.count(b"[") < MAX_DEPTH:
        return _read_plain(data)
    document = read_json(data)
    if canonical_bytes(document) != data:
        raise ValueError("this is not canonical JSON")
    return document


def _read_plain(data: bytes) -> Any:
    """Read canonical JSON of ASCII without escapes, too flat to be nested too deeply.

    Nearly everything is. What is written anew and is the same has no key twice, no
    blank and no number in another form, whatever the reader lets pass.
    """
    try:
        document = from_json(data, allow_inf_nan=False, cache_strings="keys")
        same = to_json(document) == data and _is_sorted(document)
    except (ValueError, PydanticSerializationError):
        same = False
    if not same:
        raise ValueError("this is not canonical JSON")
    return document


def _is_sorted(document: Any) -> bool:
    """Tell whether every key stands in its order, and every number is whole and not too large."""
    level = [document]
    for value in level:
        kind = type(value)
        if kind is dict:
            keys = list(value)
            if keys != sorted(keys):
                return False
            level += value.values()
        elif kind is list:
            level += value
        elif kind is float or (kind is int and not -MAX_WHOLE <= value <= MAX_WHOLE):
            return False
    return True


@functools.lru_cache(maxsize=4)  # a verifier asks for one record several times in a row
def read_record(body: bytes) -> Record:
    """Read a record, and hold it to the form that the specification gives.

    Raises:
        UnknownVersionError: It has a version that is not known.
        ValueError: It is not a record.

    """
    said = read_canonical(body)
    if not isinstance(said, dict) or not _has_a_place(said):
        raise ValueError("this is not a record")
    if said["v"] != RECORD_FORMAT:
        raise UnknownVersionError(Record(said))
    if not _is_record(said):
        raise ValueError("this is not a record")
    return Record(said)


def place_of(body: bytes) -> int:
    """Return the seq of a record of any version.

    Raises:
        ValueError: It is not a record.

    """
    try:
        return int(read_record(body).document["seq"])
    except UnknownVersionError as unknown:
        if unknown.record is None:
            raise
        return int(unknown.record.document["seq"])


def is_fit(entry: Entry) -> bool:
    """Tell whether an entry can be sealed: it is a record, and stands where it says."""
    try:
        said = read_record(entry.body).document
    except ValueError:
        return False
    return len(entry.mac) == MAC_BYTES and (said["wid"], said["seq"]) == (entry.writer, entry.seq)


def index_matches(entry: Entry, record: Record | None = None) -> bool:
    """Tell whether what a store indexes is what the record says."""
    try:
        said = from_json(entry.body, cache_strings="keys") if record is None else record.document
        indexed = (said.get("exp"), said.get("ts"), said.get("actor", {}).get("id"))
        return (*indexed, said.get("subj")) == (
            entry.expires_at,
            entry.at,
            entry.actor,
            entry.subject,
        )
    except (ValueError, AttributeError):
        return False


def is_whole(value: object, *, least: int = 0) -> bool:
    """Tell whether `value` is an integer that every JSON reader keeps exactly."""
    return type(value) is int and least <= value <= MAX_WHOLE


def _has_a_place(said: Mapping[str, Any]) -> bool:
    """Tell whether a record of any version says which one it is."""
    return (
        is_whole(said.get("v"), least=-MAX_WHOLE)
        and isinstance(said.get("wid"), str)
        and WRITER_FORM.fullmatch(said["wid"]) is not None
        and max(said) == "wid"
        and is_whole(said.get("seq"))
        and isinstance(said.get("prev"), str)
    )


def _is_record(said: Mapping[str, Any]) -> bool:
    reads, out, actor = said.get("q", []), said.get("out", {}), said.get("actor", {})
    return (
        "ph" in said
        and all(isinstance(said.get(name, ""), str) for name in _TEXTS)
        and is_whole(said.get("exp", 0))
        and isinstance(actor, dict)
        and isinstance(actor.get("id", ""), str)
        and isinstance(out, dict)
        and is_whole(out.get("code", 0))
        and isinstance(reads, list)
        and all(isinstance(read, dict) and {"n", "s"} <= read.keys() for read in reads)
    )


def _depth(document: Any) -> int:
    level, depth = [document], 0
    while level:
        depth += 1
        level = [
            part
            for value in level
            if isinstance(value, dict | list)
            for part in (value.values() if isinstance(value, dict) else value)
        ]
        if depth > MAX_DEPTH:
            break
    return depth


def _refuse(_: str) -> Any:
    raise ValueError


def _whole(digits: str) -> int:
    number = int(digits)
    if not -MAX_WHOLE <= number <= MAX_WHOLE:
        raise ValueError
    return number


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs) or not all(map(str.isascii, members)):
        raise ValueError
    return members
