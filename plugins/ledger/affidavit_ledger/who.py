"""Answer "who did what to whom, and when?" from the ledger's indexes.

Names are turned into tokens here, with the ledger's own key: the ledger itself
holds no name, and without the key nobody can even test a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from affidavit import SettingsError
from affidavit.plugin import Entry, Json, Ledger, Phase, Record, SubjectTokens, Tokens

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?")
BEGINNING, END = "0000", "9999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One event as an auditor reads it: deliveries of one event are one access."""

    record: Record
    deliveries: int
    status: str
    place: str

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
            "reads": [f"{read['s']}.{read['n']}" for read in said.get("q", [])],
            "purpose": str(said.get("why", "")),
            "request_id": str(said.get("req", "")),
            "event": self.record.event,
            "deliveries": self.deliveries,
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
    tokens = Tokens(ledger.keys.token_key(), tenant)
    if subject is not None:
        known = SubjectTokens(lambda: tokens, ledger.subjects).known(subject)
        if known is None:
            return []  # nobody knows this subject, or it has been shredded
        wanted = None if actor is None else tokens.token("actor", actor)
        found = ledger.reader.by_subject(known.token, since, until)
        entries = iter([entry for entry in found if wanted in (None, entry.actor)])
    else:
        entries = ledger.reader.by_actor(tokens.token("actor", actor or ""), since, until)
    return list(_accesses(entries))


def window(on: str | None, since: str | None, until: str | None) -> tuple[str, str]:
    """Return the half-open window of time that the options ask for.

    Raises:
        SettingsError: One is not a date, or `--on` stands beside another.

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
    return _moment(since, "--from") or BEGINNING, _moment(until, "--to") or END


def _accesses(entries: Iterable[Entry]) -> Iterator[Access]:
    """Join the records of one attempt, and the attempts of one event."""
    events: dict[str, dict[str, list[tuple[Record, str]]]] = {}
    for entry in entries:
        record = Record.parse(entry.body)
        attempts = events.setdefault(record.event, {})
        attempts.setdefault(record.attempt, []).append((record, f"{entry.writer}/{entry.seq}"))
    for attempts in events.values():
        told = [_last(records) for records in attempts.values()]
        record, place = told[-1]
        yield Access(
            record=record, deliveries=len(told), status=record.status or "unknown", place=place
        )


def _last(records: list[tuple[Record, str]]) -> tuple[Record, str]:
    """Return the record that says how an attempt ended; that it was withheld counts most."""
    order = (Phase.INTENT, Phase.DISCLOSURE, Phase.OUTCOME, Phase.WITHHELD)
    rank = {phase.value: place for place, phase in enumerate(order)}
    return max(records, key=lambda pair: rank.get(pair[0].phase, -1))


def _moment(text: str | None, option: str) -> str | None:
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
