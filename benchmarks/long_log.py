"""Measure what a log of years costs to keep and to check: calls, at 20 ms each, and computing.

    python -m benchmarks.long_log [--checkpoints N]

Six years of minutes are 3,155,760 checkpoints. They are signed when somebody
reads them; their hashes are computed first, which takes some minutes. Exit code
0 if a recovery fits into the 60 seconds that a sealer's function has.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from cryptography.hazmat.primitives.asymmetric import ed25519

from affidavit import LedgerMissingError
from affidavit.plugin import Entry, WriterId, iso_utc
from affidavit_ledger.chain_point import LogPoint
from affidavit_ledger.log_state import SNAPSHOT_EVERY, LogState
from affidavit_ledger.mark import Mark
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import FIRST, Checkpoint, sign_note
from affidavit_ledger.places import checkpoint_key, manifests_key
from affidavit_ledger.prove import check_proof, prove
from affidavit_ledger.seal import Sealer
from affidavit_ledger.sealer_state import SNAPSHOTS
from affidavit_ledger.segments import Manifest, segment_of
from affidavit_ledger.signing import FileSigner
from affidavit_ledger.tiles import TileEdge
from affidavit_ledger.verify import Evidence, verify
from affidavit_ledger.workspace import Notes
from benchmarks.report import Figure, as_json
from evidence_world import DictWorkspace

SIX_YEARS: Final = 3_155_760
CALL_S: Final = 0.020
LIMIT_S: Final = 60
ORIGIN: Final = "example.org/ledger"
BEGIN_MS: Final = 1_577_836_800_000
PAGE: Final = 1000
_FIRST_LINK: Final = "A" * 43


def entry_of(number: int) -> Entry:
    """Return the one record of a minute."""
    at = iso_utc(BEGIN_MS + number * 60_000)
    body = (
        f'{{"eid":"{number:032x}","exp":4102444800,"ph":"D","prev":"{_FIRST_LINK}","seq":0,'
        f'"ts":"{at}","v":1,"wid":"{number:022d}"}}'
    )
    return Entry(WriterId(f"{number:022d}"), 0, body.encode(), bytes(16), 4102444800, at)


class LongLog:
    """An archive of so many checkpoints, a leaf each. What is read is made when it is read."""

    def __init__(self, checkpoints: int) -> None:
        self.size = checkpoints
        key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.signer = FileSigner(ORIGIN, key)
        self.objects: dict[str, bytes] = {}
        self.calls = 0
        self._roots, self._hashes = bytearray(), bytearray()
        self.states: dict[int, LogState] = {}
        frontier, edge, prev = Frontier(), TileEdge(), FIRST
        wanted = {checkpoints - SNAPSHOT_EVERY, checkpoints - 10, checkpoints - 1}
        for number in range(checkpoints):
            if number in wanted:
                self.states[number] = _state(frontier, edge, number, prev)
            leaf = leaf_hash(self.manifest(number)[1].body())
            frontier.add(leaf)
            edge.add(leaf)
            if edge.full:
                self.objects.update(edge.full)
                edge.full.clear()
            root = frontier.root()
            at = iso_utc(BEGIN_MS + number * 60_000)
            text = Checkpoint(ORIGIN, number + 1, root, at, prev).text()
            digest = sha256(text.encode()).digest()
            prev = base64.b64encode(digest).decode()
            self._roots += root
            self._hashes += digest
        self.states[checkpoints] = _state(frontier, edge, checkpoints, prev)

    def manifest(self, number: int) -> tuple[bytes, Manifest]:
        """Return a minute's segment and what the log says of it."""
        return segment_of([entry_of(number)], kind="segment", shard="s")

    def note(self, number: int) -> str:
        """Return a signed checkpoint."""
        root = bytes(self._roots[32 * number : 32 * number + 32])
        before = bytes(self._hashes[32 * number - 32 : 32 * number])
        prev = base64.b64encode(before).decode() if number else FIRST
        at = iso_utc(BEGIN_MS + number * 60_000)
        return sign_note(Checkpoint(ORIGIN, number + 1, root, at, prev), self.signer)

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        """Keep an object."""
        self.calls += 1
        self.objects[key] = data

    def get(self, key: str) -> bytes:
        """Return an object, made now if it is one of the log's."""
        self.calls += 1
        if key in self.objects:
            return self.objects[key]
        kind, _, name = key.partition("/")
        number = -1
        if kind == "checkpoints" and name.isdigit():
            number = int(name)
        elif kind == "manifests":
            number = int(name[:12])
        elif kind == "segments":
            number = self._minute(name)
        if not 0 <= number < self.size:
            raise LedgerMissingError(f"{key} is not there", why="x", fix="x")
        data, manifest = self.manifest(number)
        if kind == "checkpoints":
            return self.note(number).encode()
        return data if kind == "segments" else manifest.body() + b"\n"

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Name objects; each thousand names are a call."""
        self.calls += 1
        for given, key in enumerate(self._names(prefix, after), 1):
            self.calls += given % PAGE == 0
            yield key

    def _names(self, prefix: str, after: str) -> Iterator[str]:
        kind = prefix.partition("/")[0]
        start = 0
        if kind == "checkpoints":
            start = int(after[-12:]) + 1 if after else 0
            yield from (checkpoint_key(number) for number in range(start, self.size))
            start = self.size
        elif kind == "manifests":
            digits = max(prefix, after).partition("/")[2][:12]
            for number in range(int(digits or 0), self.size):
                key = manifests_key(number, 1, self.manifest(number)[1].body() + b"\n")
                if not key.startswith(prefix):
                    return
                yield key
            start = self.size
        elif kind == "segments":
            day = after.removeprefix("segments/").removesuffix("/~")
            start = self._day(day) if day else 0
            yield from (self.manifest(number)[1].key for number in range(start, self.size))
        more = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        yield from more

    def _day(self, day: str) -> int:
        """Return the first minute after a day."""
        for number in count():
            at = iso_utc(BEGIN_MS + number * 86_400_000)[:10].replace("-", "/")
            if at > day:
                return number * 1440
        return 0

    def _minute(self, name: str) -> int:
        """Return which minute a segment is of: a day has 1,440, and each name its digest."""
        for number in range(self._day(name[:10]) - 1440, self._day(name[:10])):
            if self.manifest(number)[1].key == f"segments/{name}":
                return number
        return -1


def _state(frontier: Frontier, edge: TileEdge, index: int, prev: str) -> LogState:
    state = LogState()
    state.frontier = Frontier(frontier.size, frontier.stack)
    state.edge = TileEdge.load(frontier.size, edge.dump())
    state.index, state.prev = index, prev
    state.time = iso_utc(BEGIN_MS + (index - 1) * 60_000)
    return state


def measure(log: LongLog, what: str, act: Callable[[], Any]) -> float:
    """Print what something costs, and return the seconds of its calls."""
    before, started = log.calls, time.perf_counter()
    act()
    calls, computing = log.calls - before, time.perf_counter() - started
    print(f"{what:52} {calls:6} calls {calls * CALL_S:7.1f} s + {computing:6.2f} s computing")
    return calls * CALL_S


def main() -> int:
    """Measure; 1 if a recovery takes longer than a function may."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--checkpoints", type=int, default=SIX_YEARS)
    options.add_argument("--json", type=Path, help="write the figure to this file, too")
    asked = options.parse_args()
    log = LongLog(asked.checkpoints)
    now_ms = BEGIN_MS + log.size * 60_000
    print(f"{log.size:,} checkpoints, {CALL_S * 1000:.0f} ms a call")

    def sealer(state: LogState | None) -> Sealer:
        notes = Notes(DictWorkspace(), log.signer)
        if state is not None:
            notes.write(state.dump())
        return Sealer(log, log.signer, notes, now_ms=lambda: now_ms, archive_days=2192)

    def seal(state: LogState | None) -> None:
        sealer(state).checkpoint()
        log.objects.pop(checkpoint_key(log.size))

    costs = [measure(log, "idle seal", lambda: seal(log.states[log.size]))]
    costs += [measure(log, "seal after a crash", lambda: seal(log.states[log.size - 1]))]
    for key in [key for key in log.objects if key.startswith(SNAPSHOTS)]:
        del log.objects[key]
    oldest = log.size - SNAPSHOT_EVERY
    signed = Notes(DictWorkspace(), log.signer).sign(SNAPSHOTS, log.states[oldest].dump())
    log.objects[f"{SNAPSHOTS}{oldest:012d}"] = signed
    costs += [measure(log, "seal without notes, from the newest state", lambda: seal(None))]
    at = log.states[log.size - 10]
    mark = Mark(
        LogPoint(
            at.index, ORIGIN, at.frontier.size, tuple(at.frontier.stack), at.prev, at.time, {}
        ),
        {},
    )
    evidence = Evidence(archive=log, verifier=log.signer.public)

    def check() -> None:
        found = verify(evidence, now_ms=now_ms, mark=mark, workers=1)
        assert (found.clean, found.checkpoints) == (True, 10), found.findings

    measure(log, "verify ten minutes from a mark", check)
    for name, number in (("first", 5), ("middle", log.size // 2 + 77), ("newest", log.size - 3)):
        entry = entry_of(number)

        def show(entry: Entry = entry, number: int = number) -> None:
            (proof,) = prove(log, f"{number:032x}", entry.at.removesuffix("Z"))
            check_proof(proof, log.signer.public)

        measure(log, f"prove an event of the {name} hour", show)
    slowest = max(costs)
    what = f"slowest recovery, {log.size} checkpoints"
    figure = Figure(what, slowest, LIMIT_S, "s", slowest / LIMIT_S, 1.0)
    if asked.json is not None:
        asked.json.write_text(json.dumps(as_json([figure]), indent=1) + "\n")
    return int(not figure.reached)


if __name__ == "__main__":
    sys.exit(main())
