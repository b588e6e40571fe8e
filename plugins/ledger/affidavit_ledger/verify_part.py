"""Check one part of an archive by itself: some checkpoints, what they sign, and the chains in it.

A part begins where it takes the log and each chain to stand, and says so. Whoever merges parts
sees whether that was true: what was not is read again, so a wrong guess costs time and nothing
else. Memory grows with the part, not with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from affidavit import LedgerMissingError
from affidavit.plugin import Archive, LedgerKeys
from affidavit_ledger.chain_point import ChainRun, LogPoint
from affidavit_ledger.findings import EvidenceFinding
from affidavit_ledger.log_check import (
    LeafReader,
    LogBeginning,
    begin_log,
    day_after,
    foreign,
    foreign_after,
)
from affidavit_ledger.log_span import leaves_between, note_at
from affidavit_ledger.log_walk import LogWalk, WalkState
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import (
    Checkpoint,
    KeyOrder,
    NoteError,
    UnknownNoteError,
    Verifier,
    check_note,
    note_hash,
)
from affidavit_ledger.part_chains import EarlierBirths, PartChains
from affidavit_ledger.places import SEGMENTS, checkpoint_key
from affidavit_ledger.tiles import TiledTree, edge_of, full_subtrees


class PartResult(NamedTuple):
    """What one part found, and where it began and ended.

    It holds the checkpoints from `first` to before `until`. `findings` are
    about the log, `objects` about segments. `runs` are the
    records of each chain that has nothing wrong in this part; `rough` names the other chains,
    which a merge walks again. `births` says which segments are said to hold a chain's first
    record; `strays` are segments on the part's days that no leaf of it names, and `away` those
    on other days that one does.
    """

    part: tuple[int, int]
    keyed: bool
    first: int
    until: int
    start: WalkState | None
    end: WalkState | None
    checkpoints: int = 0
    segments: int = 0
    records: int = 0
    findings: Sequence[EvidenceFinding] = ()
    objects: Sequence[EvidenceFinding] = ()
    runs: Sequence[ChainRun] = ()
    rough: Sequence[bytes] = ()
    births: Mapping[str, Sequence[str]] = {}
    strays: Sequence[str] = ()
    away: Sequence[str] = ()

    @property
    def days(self) -> tuple[str, str]:
        """The names between which the part lists segments."""
        return _day_of(self.start), _day_of(self.end)


def verify_part(
    archive: Archive,
    verifier: Verifier,
    keys: LedgerKeys | None,
    part: tuple[int, int],
    *,
    checkpoints: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> PartResult:
    """Check part `(number, of)` of a log, counted from 1.

    `checkpoints` is into how many the log is divided: all parts have to be told the same, or
    to be made while nothing is sealed. What is sealed later is left to the merge.

    Raises:
        LedgerUnavailableError: The archive cannot be read.

    """
    log = begin_log(archive, verifier)
    first, until = _bounds(archive, log.start.number, part, checkpoints)
    start = None if log.unread else taken_to_stand(archive, log, first)
    result = PartResult(part, keys is not None, first, until, start, None)
    if start is None:
        return result
    births = EarlierBirths(archive, log.start.size, start.size)
    chains = PartChains(archive, keys, log.start.chains, births, progress)
    walk = LogWalk(archive, log.verifier, log.start)
    if first > log.start.number:
        walk.jump(start)
    return _walked(result, archive, walk, chains)


def _walked(result: PartResult, archive: Archive, walk: LogWalk, chains: PartChains) -> PartResult:
    """Walk a part from its start, and add to it what was found."""
    leaves, before = LeafReader(chains.take), walk.state.size
    findings = [*walk.run(leaves.take, result.until), *leaves.findings]
    result = result._replace(end=walk.state)
    findings += foreign(archive, foreign_after(before), foreign_after(walk.state.size))
    low, high = result.days
    return result._replace(
        checkpoints=walk.checkpoints,
        segments=len(chains.logged),
        records=chains.records,
        findings=findings,
        objects=chains.findings,
        runs=list(chains.runs()),
        rough=sorted(chains.rough),
        births=chains.births,
        strays=[key for key in listed(archive, low, high) if key not in chains.logged],
        away=sorted(key for key in chains.logged if not low < key <= high),
    )


def checkpoints_in(archive: Archive, verifier: Verifier) -> int:
    """Return how many checkpoints there are to divide."""
    return _count(archive, begin_log(archive, verifier).start.number)


def listed(archive: Archive, low: str, high: str | None) -> Iterator[str]:
    """Yield the names of segments behind `low`, up to `high`."""
    for key in archive.keys(SEGMENTS, low):
        if high is not None and key > high:
            return
        yield key


def _bounds(
    archive: Archive, begun: int, part: tuple[int, int], checkpoints: int | None
) -> tuple[int, int]:
    """Return a part's first checkpoint, and the one before which it ends."""
    number, of = part
    total = max(begun, checkpoints or 0)
    if checkpoints is None or note_at(archive, total - 1) is None:  # as far as there is a log yet
        total = _count(archive, begun)
    first, until = (begun + (total - begun) * n // of for n in (number - 1, number))
    return first, until


def _count(archive: Archive, begun: int) -> int:
    """Return how many checkpoints follow each other, by halving: some dozen reads."""
    low, step = begun, 1
    while note_at(archive, low + step - 1) is not None:
        low, step = low + step, step * 2
    high = low + step - 1
    while low < high:
        middle = (low + high) // 2
        if note_at(archive, middle) is not None:
            low = middle + 1
        else:
            high = middle
    return low


def taken_to_stand(archive: Archive, log: LogBeginning, number: int) -> WalkState | None:
    """Return where a log stands before a checkpoint, if what lies before is as it should be.

    Nobody relies on it: a merge compares it with where the part before has ended.
    """
    if number == log.start.number:
        return LogWalk(archive, log.verifier, log.start).state
    order = KeyOrder(log.verifier)
    key = checkpoint_key(number - 1)
    try:
        data = archive.get(key)
        newest = check_note(data, order)
    except (LedgerMissingError, NoteError, UnknownNoteError):
        return None
    stack = _stack_of(archive, newest, log.start)
    if stack is None:
        return None
    prev = note_hash(data.decode())
    return WalkState(key, number, prev, newest, newest.size, stack, order.newest)


def _stack_of(archive: Archive, at: Checkpoint, start: LogPoint) -> tuple[bytes, ...] | None:
    """Return the frontier below a checkpoint: from tiles, or without them from all leaves."""
    edge = max(edge_of(at.size), start.size)
    leaves = {n: leaf_hash(line) for n, line in leaves_between(archive, edge, at.size).items()}
    tree = TiledTree(archive, at.size, leaves, start.stack, start.size)
    with suppress(LookupError):
        stack = [tree.between(first, first + count) for first, count in full_subtrees(at.size)]
        if Frontier(at.size, stack).root() == at.root:
            return tuple(stack)
    frontier = Frontier(start.size, start.stack)
    lines = leaves_between(archive, start.size, at.size)
    for number in range(start.size, min(at.size, start.size + len(lines))):
        frontier.add(leaf_hash(lines.get(number, b"")))
    return tuple(frontier.stack) if frontier.root() == at.root else None


def _day_of(state: WalkState | None) -> str:
    return day_after(state.newest.time) if state is not None and state.newest is not None else ""
