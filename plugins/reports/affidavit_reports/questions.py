"""The questions that an auditor asks, as SQL that DuckDB and Athena both read.

Each is one statement over the table of records with `?` for every value, in the
order of `parameters`. `from` and `to` bound the time, half open, and the months
before it: folders are named after those, so that Athena opens no others. A
person is every token that records may have for it, with spaces between.
Deliveries of one event are one access only if actor, subject and action are the
same; then every outcome is listed, and the most disclosing one comes first.
"""

from __future__ import annotations

from typing import Final, NamedTuple

LAST: Final = """
last AS (
  SELECT *, row_number() OVER (
    PARTITION BY event, attempt
    ORDER BY CASE phase WHEN 'W' THEN 3 WHEN 'O' THEN 2 WHEN 'D' THEN 1 ELSE 0 END DESC,
      event_time, seq
  ) AS place
  FROM records
  WHERE month >= substr(?, 1, 7) AND month <= substr(?, 1, 7)
    AND event_time >= ? AND event_time < ? AND writer IS NOT NULL{among}
)"""
"""The record that says how each attempt ended; that it was withheld counts most."""

AMONG: Final = """
    AND event IN (
      SELECT event FROM records
      WHERE month >= substr(?, 1, 7) AND month <= substr(?, 1, 7) AND ({condition})
    )"""
"""Of the events alone that have such a record: else each attempt of all these months is looked at
for the few that are asked for. Whatever the question shows has one, so nothing is left out."""

_TIME: Final = ("from", "to", "from", "to")

ACCESSES: Final = f"""
WITH {LAST.strip()},
access AS (
  SELECT min(event_time) AS event_time, actor, known_by, subject, action,
    max(resource) AS resource, max(purpose) AS purpose, max(recipient) AS recipient,
    max(on_behalf) AS on_behalf, max(data_class) AS data_class,
    array_join(array_sort(array_distinct(array_agg(outcome))), ' ') AS outcomes,
    min(CASE outcome WHEN 'ok' THEN 0 WHEN 'unknown' THEN 1 WHEN 'withheld' THEN 2
        WHEN 'error' THEN 3 ELSE 4 END) AS weight,
    max(reads) AS reads, sum(rows_read) AS rows_read, max(changes) AS changes,
    max(off_record) AS off_record,
    max(function) AS function, max(via) AS via, max(policy) AS policy,
    count(*) AS deliveries, max(request) AS request, event
  FROM last WHERE place = 1
  GROUP BY event, actor, known_by, subject, action
)
"""

SHOWN: Final = (
    *("at", "action", "resource", "outcome", "actor", "known_by", "on_behalf", "subject"),
    *("reads", "rows_read", "changes", "off_record", "purpose", "recipient", "data_class"),
    *("function", "via", "policy", "deliveries", "request", "event"),
)
"""Columns of a question that lists accesses."""

_LIST: Final = (
    "SELECT event_time, action, resource, outcomes, actor, known_by, on_behalf, subject, reads, "
    "rows_read, changes, off_record, purpose, recipient, data_class, function, via, policy, "
    "deliveries, request, event FROM access"
)
_IN_ORDER: Final = " ORDER BY weight, event_time, event"


class Question(NamedTuple):
    """One question: what it asks, its SQL, what it needs to know, and what it shows."""

    name: str
    asks: str
    sql: str
    parameters: tuple[str, ...]
    columns: tuple[str, ...] = SHOWN


def _listing(
    name: str, asks: str, where: str, *parameters: str, few: bool = False, also: str = ""
) -> Question:
    """Return a question that lists accesses; of `few` events, if `where` is said by records."""
    among = AMONG.format(condition=where) if few else ""
    accesses = ACCESSES.format(among=among)
    sql = f"{accesses}{_LIST}{f' WHERE ({where})' if where else ''}{also}{_IN_ORDER}"
    twice = ("from", "to", *parameters) if few else ()
    return Question(name, asks, sql, (*_TIME, *twice, *parameters))


def _counting(name: str, asks: str, select: str, columns: tuple[str, ...]) -> Question:
    return Question(name, asks, f"{ACCESSES.format(among='')}{select}", _TIME, columns)


QUESTIONS: Final = {
    question.name: question
    for question in (
        _listing(
            "subject",
            "Who touched the data of this person?",
            "contains(split(?, ' '), subject)",
            "subject",
            few=True,
        ),
        _listing(
            "actor",
            "What did this person or service do?",
            "contains(split(?, ' '), actor) OR contains(split(?, ' '), on_behalf)",
            "actor",
            "actor",
            few=True,
        ),
        _listing("period", "What happened in this time?", ""),
        _listing(
            "refusals",
            "What was refused, failed, or withheld?",
            "outcomes <> 'ok'",
        ),
        _listing(
            "disclosures",
            "What was disclosed to this recipient?",
            "recipient = ?",
            "recipient",
            few=True,
            also=" AND weight < 2",
        ),
        _listing(
            "looks",
            "Who read the trail itself?",
            "action LIKE 'LEDGER%'",
            few=True,
        ),
        _listing(
            "hours",
            "What happened outside office hours (before 07:00, from 19:00, at weekends; UTC)?",
            "substr(event_time, 12, 2) < '07' OR substr(event_time, 12, 2) >= '19'"
            " OR day_of_week(TRY_CAST(substr(event_time, 1, 10) AS DATE)) IN (6, 7)",
        ),
        _counting(
            "readers",
            "Who read most?",
            "SELECT actor, known_by, count(*) AS accesses, count(DISTINCT subject) AS subjects, "
            "sum(rows_read) AS rows_read, min(event_time) AS first_time, "
            "max(event_time) AS last_time FROM access "
            "WHERE weight = 0 GROUP BY actor, known_by ORDER BY accesses DESC, actor LIMIT 100",
            ("actor", "known_by", "accesses", "subjects", "rows_read", "first", "last"),
        ),
        _counting(
            "policies",
            "Which policy was in force, when?",
            "SELECT policy, function, min(event_time) AS first_time, "
            "max(event_time) AS last_time, count(*) AS accesses "
            "FROM access GROUP BY policy, function ORDER BY first_time, policy, function",
            ("policy", "function", "first", "last", "accesses"),
        ),
    )
}
"""Every question, by the name that `affidavit report` takes."""
