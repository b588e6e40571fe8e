"""Segments: a batch of records as newline-delimited JSON, and its manifest.

A line is `{"b":<body>,"m":"<mac>"}`: the body stands there byte for byte as it
was hashed, so nothing has to be serialised again to check it. A manifest says
what a segment holds; its canonical bytes are a leaf of the log.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64, hexlify, unhexlify
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from affidavit.plugin import MAC_BYTES, Entry, Json, WriterId, canonical_bytes
from affidavit_ledger.merkle import leaf_hash, root_of
from affidavit_ledger.record_form import (
    SEGMENT_FORM,
    UnknownVersionError,
    is_whole,
    read_canonical,
)

FORMAT: Final = 2
"""Version of manifests. Those of version 1 differ in the names of the objects that hold them."""

KINDS: Final = frozenset({"segment", "repair", "alarm"})

MAX_RECORDS: Final = 10_000
"""Records in one segment at most; one object per record would cost 1,000 times as much."""

MAX_BYTES: Final = 1 << 24
"""Bytes of records in one segment at most, unless a single record has more."""

HEAD: Final = b'{"b":'
_MIDDLE: Final = b',"m":"'
_TAIL: Final = b'"}'
_REST: Final = 2 * MAC_BYTES + len(_TAIL)
CUT: Final = len(_MIDDLE) + _REST
"""How many bytes of a line follow the body: the MAC is in hexadecimal."""
_FIXED: Final = [
    (at % CUT, bytes([byte]))
    for part, begin in ((_MIDDLE, 0), (_TAIL, -2))
    for at, byte in enumerate(part, begin)
]
_LINE: Final = re.compile(rb'\{"b":.*,"m":"[0-9a-f]{32}"\}')

WRITER: Final = slice(-24, -2)
"""Where a body names its writer: `wid` is the last of its sorted keys."""


class BrokenSegmentError(ValueError):
    """A line is not framed as a segment's lines are. Holds the line's number."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not framed as a segment's lines are")
        self.line = line


class Manifest(NamedTuple):
    """What one leaf of the log says.

    `kind` is `segment`, `repair` (records that the stream had lost) or `alarm`.
    `writers` maps a writer to the first and last seq and the number of its
    records. `digest` is the SHA-256 of the object, `root` the Merkle root over
    its records.
    """

    kind: str
    key: str
    records: int
    size: int
    digest: str
    root: str
    writers: Mapping[str, tuple[int, int, int]]
    note: str = ""
    version: int = FORMAT

    def body(self) -> bytes:
        """Return the canonical bytes: what the log's leaf hashes."""
        told: dict[str, Json] = {
            "bytes": self.size,
            "count": self.records,
            "key": self.key,
            "kind": self.kind,
            "note": self.note,
            "root": self.root,
            "sha256": self.digest,
            "v": self.version,
            "writers": {name: list(span) for name, span in self.writers.items()},
        }
        return canonical_bytes(told)

    @classmethod
    def parse(cls, line: bytes) -> Manifest:
        """Read a manifest back from its canonical bytes.

        Raises:
            UnknownVersionError: It has a version that is not known.
            ValueError: It is not one.

        """
        said = read_canonical(line)
        if not isinstance(said, dict) or type(said.get("v")) is not int:
            raise ValueError("this is not a manifest")
        if said["v"] > FORMAT:
            raise UnknownVersionError
        if not _is_manifest(said):
            raise ValueError("this is not a manifest")
        return cls(
            said["kind"],
            said["key"],
            said["count"],
            said["bytes"],
            said["sha256"],
            said["root"],
            {
                writer: (first, last, count)
                for writer, (first, last, count) in said["writers"].items()
            },
            said["note"],
            said["v"],
        )


def line_of(entry: Entry) -> bytes:
    """Frame one entry."""
    return HEAD + entry.body + _MIDDLE + hexlify(entry.mac) + _TAIL + b"\n"


def parts_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return body and MAC of every line.

    Raises:
        BrokenSegmentError: A byte stands outside the framing, at the end too.

    """
    lines = data.split(b"\n")
    last, count = lines.pop(), len(lines)
    # All lines at once, which costs a tenth of looking at each: what is no body is known.
    heads = b"".join([line[: len(HEAD)] for line in lines])
    tails = b"".join([line[-CUT:] for line in lines])
    framed = not last and heads == HEAD * count and len(tails) == CUT * count
    framed = framed and all(tails[at::CUT] == byte * count for at, byte in _FIXED)
    digits = tails.translate(None, _MIDDLE + _TAIL)
    try:
        macs = unhexlify(digits)
    except ValueError:
        framed = False
    if not framed or len(macs) != MAC_BYTES * count or hexlify(macs) != digits:
        raise BrokenSegmentError(_first_broken(data))
    at = range(0, len(macs), MAC_BYTES)
    return [
        (line[len(HEAD) : -CUT], macs[n : n + MAC_BYTES]) for line, n in zip(lines, at, strict=True)
    ]


def _first_broken(data: bytes) -> int:
    *lines, _ = data.split(b"\n")
    broken = (n for n, line in enumerate(lines, 1) if _LINE.fullmatch(line) is None)
    return next(broken, len(lines) + 1)


def holds(manifest: Manifest, data: bytes, parts: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether a segment is what its manifest says, but for who its writers are."""
    root = root_of([sha256(b"\x00" + body + mac).digest() for body, mac in parts])
    said = (manifest.size, manifest.records, manifest.digest, manifest.root)
    return said == (
        len(data),
        len(parts),
        encode(sha256(data).digest()).decode(),
        encode(root).decode(),
    )


def entries_of(parts: Iterable[tuple[bytes, bytes]]) -> Iterator[Entry]:
    """Return a segment's records as entries, as far as their own bytes say it."""
    for body, mac in parts:
        writer = WriterId(body[WRITER].decode("utf-8", "replace"))
        yield Entry(writer, seq_of(body), body, mac, expiry_of(body), "")


def in_batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Part entries into what one segment holds."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == MAX_RECORDS or size + len(entry.body) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += len(entry.body)
    if batch:
        yield batch


def record_leaf(body: bytes, mac: bytes) -> bytes:
    """Return the leaf hash of one record in its segment's tree."""
    return leaf_hash(body + mac)


def segment_of(entries: Sequence[Entry], *, kind: str, shard: str) -> tuple[bytes, Manifest]:
    """Return a segment's bytes and its manifest. `shard` is the first part of its name."""
    data = b"".join(map(line_of, entries))
    digest = sha256(data).digest()
    day = entries[0].at[:10].replace("-", "/")
    first, last = entries[0], entries[-1]
    key = f"segments/{day}/{shard}-{first.seq}-{last.seq}-{digest.hex()[:16]}.ndjson"
    root = root_of([record_leaf(entry.body, entry.mac) for entry in entries])
    return data, Manifest(
        kind,
        key,
        len(entries),
        len(data),
        encode(digest).decode(),
        encode(root).decode(),
        spans_of(entries),
    )


def alarm_of(what: str, writer: str, seq: int, at: str) -> Manifest:
    """Return the leaf that says that somebody touched the table."""
    name = f"alarms/{at[:10].replace('-', '/')}/{what}-{writer}-{seq}"
    return Manifest("alarm", name, 0, 0, "", "", {writer: (seq, seq, 0)}, f"{what} at {at}")


def spans_of(entries: Iterable[Entry]) -> dict[str, tuple[int, int, int]]:
    """Return first and last seq and the number of records, by writer."""
    spans: dict[str, tuple[int, int, int]] = {}
    for entry in entries:
        first, last, count = spans.get(entry.writer, (entry.seq, entry.seq, 0))
        spans[entry.writer] = (min(first, entry.seq), max(last, entry.seq), count + 1)
    return spans


def spans_in(parts: Iterable[tuple[bytes, bytes]]) -> dict[str, tuple[int, int, int]]:
    """Return the same of a segment's records, as their own bytes say it."""
    spans: dict[bytes, list[int]] = {}
    for body, _ in parts:
        seq = seq_of(body)
        span = spans.get(body[WRITER])
        if span is None:
            spans[body[WRITER]] = [seq, seq, 1]
        else:
            if seq > span[1]:
                span[1] = seq
            elif seq < span[0]:
                span[0] = seq
            span[2] += 1
    return {
        name.decode("utf-8", "replace"): (first, last, count)
        for name, (first, last, count) in spans.items()
    }


def seq_of(body: bytes) -> int:
    """Return the number that a body gives itself; -1 if it gives none."""
    at = body.find(b'"seq":', max(0, body.find(b'"prev":"'))) + 6
    digits = body[at : body.find(b",", at)]
    return int(digits) if at > 5 and digits.isdigit() and len(digits) <= _DIGITS else -1  # noqa: PLR2004


def expiry_of(body: bytes) -> int:
    """Return when a record expires, in seconds since 1970; 0 if it does not say."""
    return max(0, _number_after(body, b'"exp":', 0))


def _number_after(body: bytes, name: bytes, start: int) -> int:
    at = body.find(name, max(0, start))
    if at < 0:
        return -1
    digits = body[at + len(name) : at + len(name) + 16].partition(b",")[0]
    return int(digits) if digits.isdigit() else -1


def encode(raw: bytes) -> bytes:
    """Write bytes as base64url without padding."""
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(_URLSAFE)


def decode(text: bytes) -> bytes:
    """Read base64url without padding; empty if it is not that."""
    try:
        return a2b_base64(text.translate(_PLAIN) + b"=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        return b""


_URLSAFE = bytes.maketrans(b"+/", b"-_")
_PLAIN = bytes.maketrans(b"-_", b"+/")


_SPAN = 3
_DIGITS = 16
_MEMBERS = frozenset({"bytes", "count", "key", "kind", "note", "root", "sha256", "v", "writers"})


def _is_manifest(said: Mapping[str, Any]) -> bool:
    if said.keys() != _MEMBERS or said["v"] < 1:
        return False
    alarm, writers = said["kind"] == "alarm", said["writers"]
    return (
        all(isinstance(said[name], str) for name in ("key", "kind", "note", "root", "sha256"))
        and said["kind"] in KINDS
        and is_whole(said["bytes"])
        and is_whole(said["count"], least=0 if alarm else 1)
        and isinstance(writers, dict)
        and all(
            isinstance(span, list) and len(span) == _SPAN and all(map(is_whole, span))
            for span in writers.values()
        )
        and (alarm or SEGMENT_FORM.fullmatch(said["key"]) is not None)
    )
