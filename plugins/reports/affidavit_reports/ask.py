"""Answer a question from an archive, or from its columnar copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit.plugin import Archive, Json, Ledger
from affidavit_ledger.coverage import TableCoverage
from affidavit_ledger.key_succession import all_keys
from affidavit_ledger.ledger_profile import WHOLE, profile_of
from affidavit_ledger.notes import Verifier
from affidavit_ledger.token_keys import actor_tokens, salted_tokens, subject_tokens
from affidavit_ledger.who import BEGINNING, END
from affidavit_reports.loaded import Loaded, load
from affidavit_reports.names import SHOWN, tokens_of
from affidavit_reports.pictures import HOUR
from affidavit_reports.questions import Question
from affidavit_reports.record_table import rows
from affidavit_reports.sealed import Coverage

MOST: Final = 1_000_000
"""Rows of one answer; a larger one is refused rather than cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question, and what it rests on.

    `asked` are the values that the question was asked with, as tokens; `names`
    are people that the answer may show in place of tokens.
    """

    question: Question
    asked: Mapping[str, str]
    rows: Sequence[tuple[Any, ...]]
    coverage: Coverage
    names: Mapping[str, str]

    def table(self) -> list[tuple[object, ...]]:
        """Return the rows with names where they are known."""
        places = [at for at, column in enumerate(self.question.columns) if column in SHOWN]
        return [
            tuple(
                self.names.get(value, value) if at in places else value
                for at, value in enumerate(row)
            )
            for row in self.rows
        ]

    def json(self) -> dict[str, Json]:
        """Return it for `--output json`: tokens, and names beside them."""
        told: list[Json] = []
        for row in self.rows:
            one = dict(zip(self.question.columns, row, strict=True))
            named = {
                f"{column}_name": self.names[value]
                for column, value in one.items()
                if column in SHOWN and value in self.names
            }
            told.append({**one, **named})
        return {
            "question": self.question.name,
            "asks": self.question.asks,
            "asked": dict(self.asked),
            "rests_on": self.coverage.json(),
            "rows": told,
        }


def ask(
    question: Question,
    values: Mapping[str, str],
    *,
    archive: Archive,
    verifier: Verifier,
    now_ms: int,
    lake: Path | None = None,
    names: Mapping[str, str] | None = None,
    gaps: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Answer:
    """Ask one question of verified records only.

    `values` are by the names of the question's parameters, people as tokens.
    With `lake` the copy is asked; what was sealed after it was made is read from
    the archive besides, so the answer is as new as the archive.

    Raises:
        LedgerUnavailableError: The archive or the copy cannot be read.
        SettingsError: The answer would have more than a million rows.

    """
    window = {"since": values["from"], "until": values["to"]}
    loaded = load(archive, verifier, now_ms=now_ms, lake=lake, progress=progress, **window)
    return answer(loaded, question, values, names or {}, gaps)


def answer(
    loaded: Loaded,
    question: Question,
    values: Mapping[str, str],
    names: Mapping[str, str],
    gaps: Sequence[str] = (),
) -> Answer:
    """Ask one question of what is loaded; `gaps` say what cannot be in it, see `uncovered`.

    Raises:
        SettingsError: The answer would have more than a million rows.

    """
    found = _page(loaded, question, values, 0, MOST + 1)
    if len(found) > MOST:
        raise SettingsError(
            "the answer is too long",
            why=f"it has more than {MOST} rows",
            fix="Ask for a shorter time with --from and --to",
        )
    return _told(loaded, question, values, names, gaps, found=found)


class AnswerPage(NamedTuple):
    """Some rows of an answer, how many it has, and how many of those are of each hour."""

    answer: Answer
    total: int
    by_hour: Mapping[str, int]


def answer_page(
    loaded: Loaded,
    question: Question,
    values: Mapping[str, str],
    names: Mapping[str, str],
    gaps: Sequence[str],
    *,
    start: int,
    size: int,
) -> AnswerPage:
    """Ask one question for `size` rows from `start` on: memory does not grow with the answer."""
    found = _page(loaded, question, values, start, size)
    hour = f"substr(event_time, 1, {HOUR})" if "at" in question.columns else "''"
    counted = f"SELECT {hour}, count(*) FROM ({question.sql}) GROUP BY 1"
    bound = [values[name] for name in question.parameters]
    by_hour = dict(rows(loaded.engine.cursor(), counted, bound))
    told = _told(loaded, question, values, names, gaps, found=found)
    return AnswerPage(told, sum(by_hour.values()), by_hour if "at" in question.columns else {})


def _told(
    loaded: Loaded,
    question: Question,
    values: Mapping[str, str],
    names: Mapping[str, str],
    gaps: Sequence[str],
    *,
    found: Sequence[tuple[Any, ...]],
) -> Answer:
    return Answer(
        question=question,
        asked=dict(values),
        rows=found,
        coverage=replace(loaded.coverage, gaps=list(gaps)),
        names=names,
    )


def _page(
    loaded: Loaded, question: Question, values: Mapping[str, str], start: int, size: int
) -> list[tuple[Any, ...]]:
    # A question that is limited itself is so to a number of rows that any page holds.
    limited = " LIMIT " in question.sql
    sql = question.sql if limited else f"{question.sql} LIMIT {size} OFFSET {start}"
    bound = [values[name] for name in question.parameters]
    found = list(rows(loaded.engine.cursor(), sql, bound))
    return found[start : start + size] if limited else found


def values_of(
    question: Question,
    ledger: Ledger | None,
    tenant: str,
    *,
    since: str,
    until: str,
    said: Mapping[str, str | None],
) -> dict[str, str]:
    """Return the values that a question is asked with: people become tokens.

    Raises:
        SettingsError: One that the question needs is missing, or nobody can make its token.

    """
    values = {"from": since, "to": until}
    for name in dict.fromkeys(question.parameters):
        if name in values:
            continue
        text = said.get(name)
        if not text:
            raise SettingsError(
                f"report {question.name} needs --{name}",
                why="the question is about one",
                fix=f"Say --{name}",
            )
        values[name] = text if name == "recipient" else _token(name, text, ledger, tenant)
    return values


def uncovered(
    question: Question,
    archive: Archive,
    verifier: Verifier,
    ledger: Ledger | None,
    *,
    tenant: str,
    said: Mapping[str, str | None],
) -> list[str]:
    """Say which records about those who are asked for by name no token at hand can find.

    Raises:
        SettingsError: There can be none at all: other keys, another tenant, or no salts.

    """
    asked = [kind for kind in ("subject", "actor") if kind in question.parameters]
    named = [kind for kind in asked if not str(said.get(kind)).startswith("token:")]
    if ledger is None or not named:
        return []
    profile = profile_of(archive, all_keys(archive, verifier))
    known = TableCoverage(ledger, (), BEGINNING, END, profile, "", 0)
    if WHOLE in profile:  # else the table would be asked, which has let go of most
        known.refuse_what_cannot_match(tenant, about_subject="subject" in named)
    return list(known.not_covered(about_subject="subject" in named))


def _token(kind: str, text: str, ledger: Ledger | None, tenant: str) -> str:
    if text.startswith("token:"):
        return text.removeprefix("token:")
    if ledger is None:
        raise SettingsError(
            f"--{kind} cannot be looked up",
            why="a name becomes a token with the ledger's key, and no ledger is named",
            fix=f"Say --ledger, or --{kind} token:<the token>",
        )
    if kind == "actor":
        return " ".join(actor_tokens(ledger, tenant, text))
    if ledger.subjects is not None and not salted_tokens(ledger, tenant, text):
        raise SettingsError(
            "the ledger does not know this subject",
            why="no record was ever made about it under this tenant, or it was forgotten",
            fix="Check the spelling and --tenant; what `affidavit shred` forgot stays forgotten",
        )
    return " ".join(subject_tokens(ledger, tenant, text))


def named(
    names: Mapping[str, str], ledger: Ledger | None, tenants: Iterable[str]
) -> dict[str, str]:
    """Return names by their tokens; none without a ledger's key.

    Raises:
        SettingsError: There are names and no ledger.

    """
    if not names:
        return {}
    if ledger is None:
        raise SettingsError(
            "--names needs the ledger's key",
            why="tokens are made with it, and no ledger is named",
            fix="Say --ledger; only its key is used",
        )
    return tokens_of(names, ledger, tenants)
