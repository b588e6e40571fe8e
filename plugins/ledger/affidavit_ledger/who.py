"""Answer "who did what to whom, and when?" from the ledger's indexes.

Names are turned into tokens here, with the ledger's own key: the ledger itself
holds no name, and without the key nobody can even test a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit.plugin import (
    Entry,
    Json,
    Ledger,
    LedgerReader,
    Phase,
    Record,
    WriterId,
)
from affidavit_ledger.token_keys import actor_tokens, subject_tokens

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{3})?)?Z?)?")
BEGINNING, END = "0000", "9999"


class RecordedAttempt(NamedTuple):
    """One attempt at an event: the record that says how it ended, and where that stands.

    `status` is `unknown` if nothing says how it ended: it was killed, timed out,
    or is still running. It may have read.
    """

    record: Record
    place: str

    @property
    def status(self) -> str:
        """How it ended."""
        return self.record.status or "unknown"

    @property
    def reads(self) -> list[str]:
        """Which queries of which sources it ran."""
        return [f"{read['s']}.{read['n']}" for read in self.record.document.get("q", [])]

    @property
    def off_record(self) -> list[str]:
        """What it reached past its sources: kinds and names."""
        listed = self.record.document.get("off")
        return [
            f"{one.get('k', '')}:{one.get('n', '')}"
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict)
        ]

    def disclosed(self) -> tuple[int, bool]:
        """Return how much it may have disclosed, for sorting: least first."""
        rows = any(_rows(read) for read in self.record.document.get("q", []))
        rank = ("deny", "withheld", "error", "unknown", "ok")
        return rank.index(self.status) if self.status in rank else len(rank), rows

    def json(self) -> dict[str, Json]:
        """Return the delivery for `--output json`."""
        return {
            "at": self.record.at,
            "outcome": self.status,
            "code": self.record.code,
            "reads": list(self.reads),
            "off_record": list(self.off_record),
            "place": self.place,
        }


class Access(NamedTuple):
    """One event as an auditor reads it: what one actor did to one subject by one action.

    Deliveries of one event are one access if all three are equal. The one that
    disclosed most comes first.
    """

    outcomes: tuple[RecordedAttempt, ...]

    @property
    def record(self) -> Record:
        """The record of the delivery that disclosed most."""
        return self.outcomes[0].record

    @property
    def status(self) -> str:
        """How the delivery ended that disclosed most."""
        return self.outcomes[0].status

    @property
    def place(self) -> str:
        """Where that delivery's record stands: writer and seq."""
        return self.outcomes[0].place

    @property
    def deliveries(self) -> int:
        """How often the event was delivered."""
        return len(self.outcomes)

    @property
    def reads(self) -> list[str]:
        """What all deliveries read, each query once."""
        return list(dict.fromkeys(read for one in self.outcomes for read in one.reads))

    @property
    def off_record(self) -> list[str]:
        """What all deliveries reached past their sources, each once."""
        return list(dict.fromkeys(one for each in self.outcomes for one in each.off_record))

    def json(self) -> dict[str, Json]:
        """Return the access for `--output json`."""
        said = self.record.document
        return {
            "at": self.record.at,
            "action": str(said.get("act", "")),
            "resource": str(said.get("obj", "")),
            "outcome": self.status,
            "code": self.record.code,
            "actor": self.record.actor,
            "known_by": str(said.get("actor", {}).get("auth", "")),
            "subject": self.record.subject,
            "reads": list(self.reads),
            "off_record": list(self.off_record),
            "purpose": str(said.get("why", "")),
            "request_id": str(said.get("req", "")),
            "event": self.record.event,
            "deliveries": self.deliveries,
            "outcomes": [one.json() for one in self.outcomes],
            "place": self.place,
        }


def find_accesses(
    ledger: Ledger,
    *,
    actor: str | None,
    subject: str | None,
    since: str,
    until: str,
    tenant: str = "",
) -> list[Access]:
    """Return what `actor` did, or what was done to `subject`; with both, their overlap.

    `since` is included, `until` is not. Oldest first.

    Raises:
        LedgerError: The ledger or its key cannot be read.

    """
    reader, wanted = ledger.reader, actor_tokens(ledger, tenant, actor or "")
    if subject is not None:
        # There is none if nobody knows this subject, or it has been shredded.
        tokens = subject_tokens(ledger, tenant, subject)
        found = [e for token in tokens for e in reader.by_subject(token, since, until)]
        entries = [entry for entry in found if actor is None or entry.actor in wanted]
    else:
        entries = [e for token in wanted for e in reader.by_actor(token, since, until)]
    return _accesses(reader, sorted(entries, key=lambda entry: entry.at))


def window(on: str | None, since: str | None, until: str | None) -> tuple[str, str]:
    """Return the half-open window of time that the options ask for.

    Raises:
        SettingsError: One is not a date, `--on` stands beside another, or there is no time between.

    """
    if on is not None:
        if since is not None or until is not None:
            raise SettingsError(
                "--on stands beside --from or --to",
                why="a day is a window already",
                fix="Use one or the other",
            )
        day = _day(on, "--on")
        return f"{day.isoformat()}T", f"{(day + timedelta(days=1)).isoformat()}T"
    start, end = moment(since, "--from") or BEGINNING, moment(until, "--to") or END
    if start >= end:
        raise SettingsError(
            "there is no time between --from and --to",
            why="what begins at --from ends before --to",
            fix="Name the earlier one with --from",
        )
    return start, end


def _accesses(reader: LedgerReader, entries: Iterable[Entry]) -> list[Access]:
    """Join the records of one attempt, and the attempts at one event that agree."""
    attempts: dict[str, list[RecordedAttempt]] = {}
    for entry in entries:
        try:
            told = RecordedAttempt(Record.parse(entry.body), f"{entry.writer}/{entry.seq}")
        except ValueError:
            continue  # somebody else wrote it; verify names it
        attempts.setdefault(told.record.attempt or told.place, []).append(told)
    events: dict[tuple[str, ...], list[RecordedAttempt]] = {}
    for found in attempts.values():
        last = _last(_with_its_end(reader, found))
        record = last.record
        same = (record.event, record.actor or "", record.subject or "")
        events.setdefault((*same, str(record.document.get("act", ""))), []).append(last)
    # Sorting is stable: of equals the earlier delivery stays first.
    return [
        Access(tuple(sorted(told, key=RecordedAttempt.disclosed, reverse=True)))
        for told in events.values()
    ]


def _with_its_end(reader: LedgerReader, found: list[RecordedAttempt]) -> list[RecordedAttempt]:
    """Add what closed an attempt of which a search has found the opening alone."""
    (first, *more) = found
    if more or first.record.phase != Phase.INTENT.value:
        return found
    writer, _, seq = first.place.rpartition("/")
    for entry in reader.entries(WriterId(writer), int(seq) + 1):
        if first.record.attempt.encode() in entry.body:
            return [first, RecordedAttempt(Record.parse(entry.body), f"{writer}/{entry.seq}")]
    return found


def _last(records: list[RecordedAttempt]) -> RecordedAttempt:
    """Return the record that says how an attempt ended; that it was withheld counts most."""
    order = (Phase.INTENT, Phase.DISCLOSURE, Phase.OUTCOME, Phase.WITHHELD)
    rank = {phase.value: place for place, phase in enumerate(order)}
    return max(records, key=lambda told: rank.get(told.record.phase, -1))


def _rows(read: Mapping[str, Any]) -> bool:
    """Tell whether a read brought rows, or does not say."""
    rows = read.get("r")
    return not isinstance(rows, int) or rows > 0


def moment(text: str | None, option: str) -> str | None:
    """Return a date, with a `T` behind it, or a time as records are written; None for none.

    Raises:
        SettingsError: It is neither.

    """
    if text is None:
        return None
    if not _MOMENT.fullmatch(text):
        raise _not_a_date(option)
    if "T" not in text:
        return f"{_day(text, option).isoformat()}T"
    return text.removesuffix("Z")


def _day(text: str, option: str) -> date:
    if text == "today":
        return datetime.now(UTC).date()  # noqa: TID251 - the word means now
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    raise _not_a_date(option)


def _not_a_date(option: str) -> SettingsError:
    return SettingsError(
        f"{option} is not a date",
        why="it is not of the form 2026-01-23 or 2026-01-23T12:00Z",
        fix="Times are UTC",
    )
