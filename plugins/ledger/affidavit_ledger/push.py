"""Hand what is sealed to a SIEM, in the order of the log, from a mark on.

Nothing passes but what a signed checkpoint covers. The mark moves only once a target
has taken a batch, so that after any crash the same events come again and none is missed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import LedgerError, LedgerUnavailableError, SettingsError
from affidavit.plugin import Archive, Json, PushTarget
from affidavit_ledger.chain_point import BEGINNING, LogPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.heads import save_json
from affidavit_ledger.log_check import Log, check_log
from affidavit_ledger.mark import document_of, point_of
from affidavit_ledger.notes import Verifier
from affidavit_ledger.ocsf import event_of
from affidavit_ledger.segment_read import altered, read_segment
from affidavit_ledger.segments import Manifest, entries_of, holds

FORMAT: Final = "affidavit push mark 1"

BATCH: Final = 500
"""Events between two movements of the mark, and so at most what comes twice after a crash."""

_PASSED: Final = frozenset(
    {
        *(FindingKind.ALARM, FindingKind.BEGINS, FindingKind.BEGINS_EARLY),
        *(FindingKind.CLOCK_BACK, FindingKind.OBJECT_FOREIGN),
    }
)
"""Findings behind which the log is read on; behind others it is read again from before them."""


class PushMark(NamedTuple):
    """How far was pushed: a place in the log, whole segments behind it, records of the next."""

    log: LogPoint = BEGINNING
    segments: int = 0
    records: int = 0


@dataclass(slots=True)
class PushReport:
    """What one round has pushed, and what it could not.

    `sealed_at` is when the newest checkpoint was signed whose records the target has all
    taken; empty if there is none.
    """

    origin: str = ""
    sealed_at: str = ""
    pushed: int = 0
    left_out: list[str] = field(default_factory=list)
    findings: list[EvidenceFinding] = field(default_factory=list)

    def json(self) -> dict[str, Json]:
        """Return it for `--output json`."""
        return {
            "origin": self.origin,
            "sealed_at": self.sealed_at,
            "pushed": self.pushed,
            "left_out": list(self.left_out),
            "findings": [f"{found.kind.value} {found.where}" for found in self.findings],
        }


def push_new(
    archive: Archive,
    verifier: Verifier,
    target: PushTarget,
    mark: PushMark,
    keep: Callable[[PushMark], None],
    *,
    now_ms: int,
    version: str,
    batch: int = BATCH,
) -> PushReport:
    """Push what was sealed behind `mark`; `keep` saves each mark that is reached.

    Raises:
        LedgerError: The archive cannot be read, or the target does not take an event.

    """
    log = check_log(archive, verifier, now_ms=now_ms, max_age_s=None, start=mark.log)
    report = PushReport(findings=list(log.findings))
    if log.start != mark.log:  # what lay between was removed from the archive, lawfully or not
        mark = PushMark(log.start)
    events: list[dict[str, Json]] = []

    def deliver(reached: PushMark) -> None:
        if events:
            _send(target, tuple(events))
            report.pushed += len(events)
            events.clear()
        keep(reached)

    for event, place in _events(archive, log.manifests, mark, version, report):
        events.append(event)
        if len(events) == batch:
            deliver(place)
    deliver(_end(log, mark))
    report.origin = log.newest.origin if log.newest is not None else mark.log.origin
    report.sealed_at = log.newest.time if log.newest is not None else mark.log.time
    return report


def _send(target: PushTarget, events: Sequence[Mapping[str, Json]]) -> None:
    """Hand events to a target, a plugin's code; repeat no text that it did not promise."""
    try:
        target.send(events)
    except LedgerError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin is foreign code
        failed = type(error).__name__
    else:
        return
    raise LedgerUnavailableError(
        "the push target failed",
        why=f"it raised {failed}, whose text is not repeated",
        fix="See the target's own documentation, or report this to its author",
    )


def _events(
    archive: Archive,
    manifests: Sequence[Manifest],
    mark: PushMark,
    version: str,
    report: PushReport,
) -> Iterator[tuple[dict[str, Json], PushMark]]:
    """Yield events behind a mark, each with the mark that stands behind it."""
    for number in range(mark.segments, len(manifests)):
        manifest = manifests[number]
        found = read_segment(archive, manifest)
        if not isinstance(found, EvidenceFinding) and not holds(manifest, *found):
            found = altered(manifest)
        if isinstance(found, EvidenceFinding):
            report.left_out.append(manifest.key)
            report.findings.append(found)
            continue
        begin = mark.records if number == mark.segments else 0
        for at, entry in enumerate(entries_of(found[1][begin:]), begin + 1):
            try:
                event = event_of(entry, version)
            except ValueError:
                report.left_out.append(f"{manifest.key}:{at}")
                continue
            if event is not None:
                yield event, PushMark(mark.log, number, at)


def _end(log: Log, mark: PushMark) -> PushMark:
    """Return the mark behind all that a log has; where it is broken, it is read there again."""
    if log.point is not None and all(found.kind in _PASSED for found in log.findings):
        return PushMark(log.point)
    return PushMark(mark.log, max(len(log.manifests), mark.segments))


def save_push_mark(path: Path, mark: PushMark, target: str) -> None:
    """Write a mark, which is of one target, to a file, whole or not at all."""
    place = {"segments": mark.segments, "records": mark.records}
    save_json(path, {"format": FORMAT, "to": target, **document_of(mark.log), **place})


def load_push_mark(path: Path, target: str) -> PushMark:
    """Read a mark; that of the beginning if there is no file yet.

    Raises:
        SettingsError: The file is no mark, or one of another target.

    """
    try:
        if not path.exists():
            return PushMark()
        said: Any = json.loads(path.read_text())
        mark = PushMark(point_of(said), int(said["segments"]), int(said["records"]))
        why = "" if said["format"] == FORMAT else "it has another format"
        why = why or ("" if said["to"] == target else "it is of another target")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"reading it raised {type(error).__name__}"
    if why:
        raise SettingsError(
            "the mark cannot be used",
            why=why,
            fix="Name another file with --mark; what is not there yet begins at the beginning",
        )
    return mark
