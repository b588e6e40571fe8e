"""Where the log of manifests stands: what a sealer has to know to go on.

It follows from the archive alone. A sealer keeps it, signed, so that it need
not read every manifest again; what it kept may be old, or gone, and is brought
up to the newest checkpoint by walking those that came after it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from affidavit import LedgerConflictError, LedgerError, LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.log_tree import LogTree
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import (
    FIRST,
    NoteError,
    UnknownNoteError,
    Verifier,
    check_note,
    note_hash,
)
from affidavit_ledger.places import CHECKPOINTS, checkpoint_key
from affidavit_ledger.record_form import CHECKPOINT_FORM
from affidavit_ledger.segments import Manifest
from affidavit_ledger.spans import Span, minus, plus
from affidavit_ledger.tiles import TileEdge

FORMAT: Final = 3

FORGET_AFTER_S: Final = 30 * 86_400
"""A chain lives a week at most and waits in a queue for two; then its writer is forgotten."""

RECENT_S: Final = 25 * 3_600
"""A stream delivers a batch again within a day; its segment must not be taken twice."""

SNAPSHOT_EVERY: Final = 250
"""How many checkpoints lie between two states that are archived, for a sealer that lost its own:
with three reads of 20 ms each, walking them takes 15 s of the 60 that a function may have."""

Held = Callable[[Manifest], Mapping[str, list[Span]]]
"""Tells which records a segment holds, writer by writer."""


class SealedUpTo(NamedTuple):
    """How far a writer's chain has been sealed: the next seq, and when that was."""

    next_seq: int
    at_s: int


class LogState:
    """The log's frontier, its newest checkpoint, and how far each writer has come."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.edge = TileEdge()
        """The tree's hashes that are in no full tile yet."""
        self.index = 0
        """Where the next checkpoint goes."""
        self.prev = FIRST
        self.time = ""
        """When the newest checkpoint was signed."""
        self.writers: dict[str, SealedUpTo] = {}
        self.gaps: dict[str, list[Span]] = {}
        """Records that are in no segment although later ones of their chain are."""
        self.recent: dict[str, int] = {}
        """Names of the newest segments, and when they were taken."""
        self.present: set[str] = set()
        """Writers of whom the table holds records, as far as it was looked at; not kept."""
        self.profile: dict[str, dict[str, str]] = {}
        """What is known of the ledger: kinds, names, and since when."""
        self.stamp = ""
        """What the table looked like when it was read last, and when that was."""
        self.read_s = 0

    def take(self, manifests: Iterable[Manifest], now_s: int, held: Held) -> None:
        """Note what manifests, which the tree has taken in, say of their writers."""
        for manifest in manifests:
            self.recent[manifest.key] = now_s
            if manifest.kind == "alarm":
                continue
            for writer, spans in held(manifest).items():
                if manifest.kind == "repair" and writer not in self.writers:
                    continue  # it was sealed as it expired: nothing of its chain will follow
                next_seq = self.writers.get(writer, SealedUpTo(0, 0)).next_seq
                reach = max(last for _, last in spans) + 1
                missing = self.gaps.get(writer, [])
                if reach > next_seq:
                    missing = plus(missing, (next_seq, reach - 1))
                self.writers[writer] = SealedUpTo(max(reach, next_seq), now_s)
                self.gaps[writer] = minus(missing, spans)
                if not self.gaps[writer]:
                    del self.gaps[writer]

    def forget(self, now_s: int) -> None:
        """Let go of writers whose chain has ended and of whom the table holds nothing."""
        self.writers = {
            writer: seen
            for writer, seen in self.writers.items()
            if now_s - seen.at_s < FORGET_AFTER_S or writer in self.present
        }
        self.gaps = {w: spans for w, spans in self.gaps.items() if w in self.writers}
        self.recent = {k: at for k, at in self.recent.items() if now_s - at < RECENT_S}

    def dump(self) -> bytes:
        """Write the state."""
        document = {
            "format": FORMAT,
            "size": self.frontier.size,
            "stack": [b64encode(node).decode() for node in self.frontier.stack],
            "edge": self.edge.dump(),
            "index": self.index,
            "prev": self.prev,
            "time": self.time,
            "writers": {writer: list(seen) for writer, seen in self.writers.items()},
            "gaps": {writer: [list(span) for span in spans] for writer, spans in self.gaps.items()},
            "recent": self.recent,
            "profile": self.profile,
            "stamp": self.stamp,
            "read": self.read_s,
        }
        return json.dumps(document, sort_keys=True).encode()

    @classmethod
    def load(cls, data: bytes) -> LogState:
        """Read a state back, which the sealer itself has signed.

        Raises:
            ValueError: It is not one, or of another version; build it anew.

        """
        try:
            document: Any = json.loads(data)
            if document["format"] != FORMAT:
                raise ValueError  # noqa: TRY301 - the handler below says it
            state = cls()
            state.frontier = Frontier(document["size"], map(b64decode, document["stack"]))
            state.edge = TileEdge.load(document["size"], document["edge"])
            state.index, state.prev = document["index"], document["prev"]
            state.time = document["time"]
            state.writers = {w: SealedUpTo(*seen) for w, seen in document["writers"].items()}
            state.gaps = {w: [(a, b) for a, b in spans] for w, spans in document["gaps"].items()}
            state.recent, state.profile = dict(document["recent"]), document["profile"]
            state.stamp, state.read_s = document["stamp"], document["read"]
        except (KeyError, TypeError, ValueError):
            raise ValueError("this is not a log's state") from None
        return state


def catch_up(
    state: LogState,
    archive: Archive,
    verifier: Verifier,
    *,
    now_s: int,
    held: Held,
    keep: Callable[[LogState], None],
) -> None:
    """Walk the checkpoints that came after a state, each with its manifests.

    `keep` is called on the way, so that whoever runs out of time goes on from
    there. An object in a checkpoint's place that the sealer's key has not signed is
    left where it is, and the log goes on behind it.

    Raises:
        LedgerConflictError: The archive does not hold the log that was signed.

    """
    tree = LogTree(archive, frontier=state.frontier)
    while (data := _read(archive, checkpoint_key(state.index))) is not None:
        try:
            checkpoint = check_note(data, verifier)
        except (NoteError, UnknownNoteError):
            state.index += 1
            continue
        lines = tree.extend(checkpoint.size, checkpoint.root)
        if checkpoint.prev != state.prev or lines is None:
            raise _broken(f"checkpoint {state.index} does not go on where the log stands")
        try:
            manifests = list(map(Manifest.parse, lines))
        except ValueError:
            raise _broken("a leaf of the log is not a manifest that this version knows") from None
        state.take(manifests, now_s, held)
        for line in lines:
            state.edge.add(leaf_hash(line))
        state.frontier, state.time = tree.frontier, checkpoint.time
        state.index, state.prev = state.index + 1, note_hash(data.decode())
        if state.index % SNAPSHOT_EVERY == 0:
            keep(state)


def rebuild(
    archive: Archive,
    verifier: Verifier,
    *,
    now_s: int,
    held: Held,
    start: LogState | None,
    keep: Callable[[LogState], None],
) -> LogState:
    """Build the state from what is archived: from zero, or from a state that was kept.

    Manifests without a checkpoint over them, which a sealer left behind when it
    stopped, are not taken.

    Raises:
        LedgerConflictError: The archive does not hold a log.

    """
    state = start or LogState()
    catch_up(state, archive, verifier, now_s=now_s, held=held, keep=keep)
    later = archive.keys(CHECKPOINTS, checkpoint_key(state.index))
    if any(map(CHECKPOINT_FORM.fullmatch, later)):
        raise _broken(f"checkpoint {state.index} is not there, and later ones are")
    return state


def _read(archive: Archive, key: str) -> bytes | None:
    try:
        return archive.get(key)
    except LedgerMissingError:
        return None


def _broken(why: str) -> LedgerError:
    return LedgerConflictError(
        "the archive does not hold the log that was signed",
        why=why,
        fix="Run affidavit verify on the archive",
    )
