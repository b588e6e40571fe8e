"""Where the log of manifests stands: what a sealer has to know to go on.

It can always be built anew from the archive; keeping it saves reading every
manifest at each step.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from affidavit import LedgerConflictError
from affidavit.plugin import Archive
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import FIRST, note_hash
from affidavit_ledger.segments import Manifest

FORMAT = 1
CHECKPOINTS = "checkpoints/"
MANIFESTS = "manifests/"
FORGET_AFTER_S = 9 * 86_400
"""A chain lives a week at most; two days later its writer is forgotten."""


class Seen(NamedTuple):
    """How far a writer's chain has been sealed: the next seq, and when that was."""

    next_seq: int
    at_s: int


class LogState:
    """The log's frontier, its newest checkpoint, and how far each writer has come."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.index = 0
        """Number of checkpoints so far."""
        self.prev = FIRST
        self.writers: dict[str, Seen] = {}
        self.batch: tuple[str, ...] = ()
        """Keys of the newest manifests: a sealer that stopped may see them again."""

    def take(self, manifests: Iterable[Manifest], now_s: int) -> None:
        """Add manifests to the log."""
        for manifest in manifests:
            self.frontier.add(leaf_hash(manifest.body()))
            if manifest.kind != "alarm":
                for writer, (_, last, _) in manifest.writers.items():
                    held = self.writers.get(writer)
                    self.writers[writer] = Seen(max(last + 1, held.next_seq if held else 0), now_s)

    def forget(self, now_s: int) -> None:
        """Let go of writers whose chain must have ended."""
        self.writers = {
            writer: seen
            for writer, seen in self.writers.items()
            if now_s - seen.at_s < FORGET_AFTER_S
        }

    def dump(self) -> bytes:
        """Write the state."""
        document = {
            "format": FORMAT,
            "size": self.frontier.size,
            "stack": [b64encode(node).decode() for node in self.frontier.stack],
            "index": self.index,
            "prev": self.prev,
            "writers": {writer: list(seen) for writer, seen in self.writers.items()},
            "batch": list(self.batch),
        }
        return json.dumps(document, sort_keys=True).encode()

    @classmethod
    def load(cls, data: bytes) -> LogState:
        """Read a state back.

        Raises:
            ValueError: It is not one; build it anew.

        """
        try:
            document: Any = json.loads(data)
            state = cls()
            state.frontier = Frontier(document["size"], map(b64decode, document["stack"]))
            state.index, state.prev = document["index"], document["prev"]
            state.writers = {w: Seen(*seen) for w, seen in document["writers"].items()}
            state.batch = tuple(document["batch"])
        except (KeyError, TypeError, ValueError):
            raise ValueError("this is not a log's state") from None
        return state


def checkpoint_key(index: int) -> str:
    """Return the name of the checkpoint number `index`, counted from 0."""
    return f"{CHECKPOINTS}{index:012d}"


def manifests_key(first: int, count: int) -> str:
    """Return the name of the object with `count` manifests from leaf `first` on."""
    return f"{MANIFESTS}{first:012d}-{count:06d}.ndjson"


def span_of(key: str) -> tuple[int, int]:
    """Return the first leaf and the number of manifests that a key names."""
    first, _, count = key.removeprefix(MANIFESTS).removesuffix(".ndjson").partition("-")
    return int(first), int(count)


def read_manifests(data: bytes) -> list[Manifest]:
    """Read the manifests of one object.

    Raises:
        ValueError: It holds something else.

    """
    return [Manifest.parse(json.loads(line)) for line in data.splitlines()]


def rebuild(archive: Archive, now_s: int) -> LogState:
    """Build the state from what is archived.

    Manifests without a checkpoint over them, which a sealer left behind when it
    stopped, are not taken.

    Raises:
        LedgerConflictError: The archive does not hold a log.

    """
    state = LogState()
    notes = list(archive.keys(CHECKPOINTS))
    state.index = len(notes)
    size = 0
    if notes:
        newest = archive.get(notes[-1]).decode()
        size, state.prev = int(newest.split("\n")[1]), note_hash(newest)
    for key, count in _covering(archive, size):
        found = read_manifests(archive.get(key))
        state.take(found, now_s)
        state.batch = tuple(manifest.key for manifest in found)
        assert len(found) == count  # noqa: S101 - `take` has just counted them
    if state.frontier.size != size:
        raise LedgerConflictError(
            "the archive does not hold the log that its newest checkpoint signs",
            why=f"{state.frontier.size} of {size} manifests are there",
            fix="Run affidavit verify on the archive",
        )
    return state


def _covering(archive: Archive, size: int) -> Iterator[tuple[str, int]]:
    """Yield the objects that hold the first `size` manifests, in order."""
    at = 0
    for key in archive.keys(MANIFESTS):
        first, count = span_of(key)
        if first == at and at + count <= size:
            yield key, count
            at += count
