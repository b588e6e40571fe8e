"""Leaves of a log to be proved, and how each leads to a signed root: all of them, or an hour's.

For an hour's worth the checkpoint is looked for by its time, and the hashes on
the way to its root come from tiles: some dozen reads, however long the log is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from affidavit import LedgerError, LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.chain_point import BEGINNING, LogPoint
from affidavit_ledger.log_tree import LogTree, ManifestListing
from affidavit_ledger.merkle import Frontier, inclusion_path, leaf_hash
from affidavit_ledger.notes import Checkpoint, NoteError, read_note
from affidavit_ledger.places import CHECKPOINTS, count_of, is_named_for, manifests_prefix
from affidavit_ledger.places import checkpoint_key as key_of
from affidavit_ledger.record_form import CHECKPOINT_FORM, MANIFESTS_FORM
from affidavit_ledger.tiles import WIDTH, TiledTree, edge_of

EARLIER: Final = timedelta(minutes=5)
"""How far a sealer's clock may be behind the one that a record was written by."""

LATER: Final = timedelta(hours=1)
"""When a record must be sealed: an invocation takes 15 minutes at most, sealing some more."""


class ProofError(LedgerError):
    """A proof cannot be made, cannot be read, or does not hold."""


class LogSpan(NamedTuple):
    """Some leaves by their numbers, a checkpoint over them, and the path of each to its root."""

    note: str
    checkpoint: Checkpoint
    leaves: dict[int, bytes]
    path: Callable[[int], list[bytes]]


def whole_log(archive: Archive, start: LogPoint = BEGINNING) -> LogSpan:
    """Return every leaf from `start` on, with the newest checkpoint.

    Raises:
        ProofError: Nothing is signed.
        LedgerUnavailableError: The archive lacks some of its manifests.

    """
    after = key_of(start.number - 1) if start.number else ""
    notes = [key for key in archive.keys(CHECKPOINTS, after) if CHECKPOINT_FORM.fullmatch(key)]
    frontier = Frontier(start.size, start.stack)
    tree = LogTree(archive, ManifestListing(archive, start.size), frontier)
    leaves: list[bytes] = []
    newest: tuple[str, Checkpoint] | None = None
    for key in notes:
        with suppress(NoteError, ValueError):
            note = archive.get(key).decode()
            checkpoint = read_note(note)
            lines = tree.extend(checkpoint.size, checkpoint.root)
            if lines is not None:
                newest = note, checkpoint
                leaves += lines
    if newest is None:
        raise _nothing("nothing is sealed yet")
    if start.size:
        found = dict(enumerate(leaves, start.size))
        known = {number: leaf_hash(leaf) for number, leaf in found.items()}
        edge = TiledTree(archive, newest[1].size, known, start.stack, start.size)
        return LogSpan(*newest, found, edge.path)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return LogSpan(*newest, dict(enumerate(leaves)), lambda number: inclusion_path(hashes, number))


def sealed_from(archive: Archive, at: str, start: LogPoint) -> LogSpan:
    """Return the leaves that were sealed in the hour from `at` on, and the checkpoint after it.

    `at` is as `who.moment` returns it; a day ends with its `T`.

    Raises:
        ProofError: Nothing was, or the log cannot be followed there.

    """
    since = datetime.fromisoformat(at.removesuffix("T"))
    until = since + (timedelta(days=1) if at.endswith("T") else timedelta(0)) + LATER
    first = first_from(archive, time_text(since - EARLIER), start.number)
    last = max(first_from(archive, time_text(until), first), 1)
    found = note_at(archive, last) or note_at(archive, last - 1)
    before = note_at(archive, first - 1) if first else None
    if found is None:
        raise _nothing("nothing is sealed yet")
    note, checkpoint = found
    begin = before[1].size if before is not None else 0
    leaves = leaves_between(archive, begin, checkpoint.size)
    for edge in (begin, max(0, edge_of(checkpoint.size) - WIDTH)):
        lines = leaves_between(archive, edge, begin) | leaves
        known = {number: leaf_hash(leaf) for number, leaf in lines.items()}
        tree = TiledTree(archive, checkpoint.size, known, start.stack, start.size)
        with suppress(LookupError):
            if tree.root() == checkpoint.root:
                return LogSpan(note, checkpoint, leaves, tree.path)
    # Tiles are missing, or are not this log's: they are no evidence, so all is read.
    whole = whole_log(archive, start)
    return whole._replace(leaves={n: whole.leaves[n] for n in leaves if n in whole.leaves})


def first_from(archive: Archive, time: str, start: int) -> int:
    """Return the number of the first checkpoint that was signed at `time` or later.

    If there is none, the number after the newest. Checkpoints follow each other
    without gaps and in time, so halving finds it; where they do not, the proof
    that is made from what is found does not lead to the root, and all is read.
    """
    low, step = start, 1
    while (found := note_at(archive, low + step - 1)) is not None and found[1].time < time:
        low, step = low + step, step * 2
    high = low + step - 1
    while low < high:
        middle = (low + high) // 2
        found = note_at(archive, middle)
        if found is not None and found[1].time < time:
            low = middle + 1
        else:
            high = middle
    return low


def note_at(archive: Archive, number: int) -> tuple[str, Checkpoint] | None:
    """Return a checkpoint and its note, whoever has signed it; None if there is none."""
    try:
        note = archive.get(key_of(number)).decode()
        return note, read_note(note)
    except (LedgerMissingError, NoteError, ValueError):
        return None


def leaves_between(archive: Archive, first: int, last: int) -> dict[int, bytes]:
    """Read the leaves from `first` to before `last`; what is not there is left out."""
    found: dict[int, bytes] = {}
    # An object may begin before `first`: a checkpoint over several is rare, so one listing is.
    after = manifests_prefix(first)[:-1]
    for key in archive.keys("manifests/", after):
        at = int(key[10:22]) if MANIFESTS_FORM.fullmatch(key) else -1
        if at >= last:
            break
        if at < 0 or at + count_of(key) > last:
            continue
        with suppress(LedgerMissingError):
            data = archive.get(key)
            if is_named_for(key, data):
                for number, line in enumerate(data.split(b"\n")[:-1], at):
                    found.setdefault(number, line)
    return found


def time_text(moment: datetime) -> str:
    """Return a moment in UTC as checkpoints say it, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _nothing(why: str) -> ProofError:
    return ProofError("this event cannot be proved", why=why, fix="Run affidavit seal")
