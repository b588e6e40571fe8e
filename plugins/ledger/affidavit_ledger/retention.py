"""What happens when the time of sealed records is over.

The oldest part of a log goes as a whole: checkpoints, manifests and segments up
to one checkpoint, once the longest time that any record in them demands is over.
What stays is a signed statement, from which every check goes on. It is written
before anything is removed, so that a removal that was cut off can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol, runtime_checkable

from affidavit import LedgerConflictError, LedgerMissingError, LedgerRefusedError
from affidavit.plugin import Archive, Signer, iso_utc
from affidavit_ledger.chain_point import BEGINNING, LogPoint
from affidavit_ledger.key_succession import all_keys
from affidavit_ledger.log_begin import (
    LogBegin,
    begin_key,
    begin_of,
    need_readable,
    sign_begin,
)
from affidavit_ledger.log_check import Log, check_log
from affidavit_ledger.log_span import first_from, time_text
from affidavit_ledger.log_state import LogState, SealedUpTo
from affidavit_ledger.mark import Mark
from affidavit_ledger.notes import Verifier, read_note
from affidavit_ledger.places import (
    CHECKPOINTS,
    COSIGNATURES,
    MANIFESTS,
    SEGMENTS,
    TIMESTAMPS,
    checkpoint_key,
    cosignatures_key,
    timestamps_key,
)
from affidavit_ledger.record_days import days_of, policies_of
from affidavit_ledger.sealer_state import held_in
from affidavit_ledger.segments import BrokenSegmentError, Manifest, parts_of
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import Evidence, verify

LOOK_BACK: Final = 60
"""How many checkpoints back a place is looked for at which no record was on its way."""


@runtime_checkable
class Shedding(Archive, Protocol):
    """An archive that lets go of objects whose lock has ended."""

    def remove(self, key: str) -> bool:
        """Remove an object for good; False if it is locked still."""
        ...


class RetentionReport(NamedTuple):
    """What of a log has outlived its time: up to which checkpoint, and how much.

    `point` is None if nothing has. `days` is the longest time that a record in
    it, or the keeper's own policy, demands; `unknown` are policies that nobody
    here knows.
    """

    point: LogPoint | None
    manifests: tuple[Manifest, ...]
    days: int
    unknown: tuple[str, ...]

    @property
    def records(self) -> int:
        """How many records are past their time."""
        return sum(manifest.records for manifest in self.manifests)


class UpTo:
    """An archive as it was when a checkpoint was the newest."""

    def __init__(self, archive: Archive, number: int) -> None:
        self._archive = archive
        self._last = checkpoint_key(number)

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:  # noqa: ARG002
        """Refuse: the past is only looked at."""
        raise LedgerRefusedError(f"{key} cannot be written", why="this is the past", fix="Do not")

    def get(self, key: str) -> bytes:
        """Read an object."""
        return self._archive.get(key)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """List objects, and of checkpoints those up to the last."""
        for key in self._archive.keys(prefix, after):
            if key.startswith(CHECKPOINTS) and key > self._last:
                return
            yield key


def outlived(archive: Archive, verifier: Verifier, *, now_ms: int, days: int) -> RetentionReport:
    """Find what has outlived its time, if that is at least `days`.

    Reads what would be removed, and checks it: what is not clean stays.

    Raises:
        LedgerConflictError: It is not clean.
        LedgerUnavailableError: The archive cannot be read.

    """
    verifier = all_keys(archive, verifier)
    begin, _ = begin_of(archive, verifier)
    start = begin.point if begin is not None else BEGINNING
    unknown: set[str] = set()
    while True:
        now = datetime.fromisoformat(iso_utc(now_ms))
        number = first_from(archive, time_text(now - timedelta(days=days)), start.number) - 1
        if number < start.number:
            return RetentionReport(None, (), days, tuple(sorted(unknown)))
        log = check_log(UpTo(archive, number), verifier, now_ms=now_ms, max_age_s=None, start=start)
        names = policies_of(_bodies(archive, log.manifests))
        unknown = {name for name in names if days_of(name) is None}
        demanded = max([days, *(days_of(name) or 0 for name in names)])
        if demanded == days:
            break
        days = demanded
    point = _quiet(archive, verifier, log, number)
    if point is None:
        return RetentionReport(None, (), days, tuple(sorted(unknown)))
    gone = tuple(log.manifests[: point.size - start.size])
    return RetentionReport(point, gone, days, tuple(sorted(unknown)))


def shed(
    archive: Archive, signer: Signer, report: RetentionReport, *, now_ms: int, keep_s: int
) -> tuple[int, int]:
    """State where the log begins, and remove what is older. Return removed and locked objects.

    Raises:
        LedgerRefusedError: The archive removes nothing, or nobody could read the statement.

    """
    if not isinstance(archive, Shedding):
        raise LedgerRefusedError(
            "nothing is removed", why="this archive keeps everything", fix="Remove it by hand"
        )
    point = report.point
    if point is None:
        before, _ = begin_of(archive, all_keys(archive, PublicKey.load(signer.public_pem())))
        point = before.point if before is not None else None
    else:
        begin = LogBegin(point, report.days, iso_utc(now_ms))
        signed = sign_begin(begin, signer)
        need_readable(signed)
        archive.put(begin_key(begin), signed, retain_until=now_ms // 1000 + keep_s)
    if point is None:
        return 0, 0
    return _remove_before(archive, point, [manifest.key for manifest in report.manifests])


def _remove_before(archive: Shedding, point: LogPoint, segments: list[str]) -> tuple[int, int]:
    """Remove segments, then the manifests and the checkpoints that lead to them.

    What an earlier removal left behind goes by its date: a segment is named for
    the day of its first record, and none is sealed more than 30 days later.
    """
    day = datetime.fromisoformat(point.time) - timedelta(days=30)
    left = _below(archive, SEGMENTS, f"{SEGMENTS}{day:%Y/%m/%d}")
    first = f"{MANIFESTS}{point.size:012d}"
    keys = [*dict.fromkeys([*segments, *left]), *_below(archive, MANIFESTS, first)]
    keys += _below(archive, CHECKPOINTS, checkpoint_key(point.number - 1))
    keys += _below(archive, COSIGNATURES, cosignatures_key(point.number - 1))
    keys += _below(archive, TIMESTAMPS, timestamps_key(point.number - 1))
    keys += _below(archive, "states/", f"states/{point.number - 1:012d}")
    removed = [archive.remove(key) for key in keys]
    return sum(removed), len(removed) - sum(removed)


def _below(archive: Archive, prefix: str, limit: str) -> list[str]:
    found = []
    for key in archive.keys(prefix):
        if key >= limit:
            break
        found.append(key)
    return found


def _quiet(archive: Archive, verifier: Verifier, log: Log, number: int) -> LogPoint | None:
    """Return the newest place, at most some checkpoints back, where no record was on its way.

    Where that is, the manifests say; only that place is then checked, once.

    Raises:
        LedgerConflictError: What is to be removed is not clean.

    """
    start, sizes = log.start, _quiet_sizes(archive, log)
    for last in range(number, max(start.number, number - LOOK_BACK) - 1, -1):
        signed = read_note(archive.get(checkpoint_key(last)).decode())
        if signed.size in sizes:
            break
    else:
        return None
    found = verify(
        Evidence(archive=UpTo(archive, last), verifier=verifier),
        now_ms=int(datetime.fromisoformat(signed.time).timestamp() * 1000),
        max_age_s=None,
        mark=Mark(start, {}),
        workers=1,
    )
    if found.clean:
        return found.mark.log if found.mark is not None else None
    raise LedgerConflictError(
        "what has outlived its time is not removed",
        why=f"{len(found.findings)} finding(s) are open about it",
        fix="Run affidavit verify; what is not clean is evidence of something",
    )


def _quiet_sizes(archive: Archive, log: Log) -> set[int]:
    """Return the sizes of a log at which no chain lacked a record that is sealed later.

    An alarm is a leaf and not among the manifests, so behind one a size is off by
    one: nothing is removed then in any case.
    """
    state = LogState()
    state.writers = {w: SealedUpTo(point.next_seq, 0) for w, point in log.start.chains.items()}
    sizes = {log.start.size}
    for size, manifest in enumerate(log.manifests, log.start.size + 1):
        state.take([manifest], 0, lambda one: held_in(archive, one))
        if not state.gaps:
            sizes.add(size)
    return sizes


def _bodies(archive: Archive, manifests: list[Manifest]) -> Iterator[bytes]:
    for manifest in manifests:
        with suppress(LedgerMissingError, BrokenSegmentError):
            for body, _ in parts_of(archive.get(manifest.key)):
                yield body
