"""What a question is asked with: people as tokens, and every value that it needs."""

from __future__ import annotations

from typing import Any, cast

import pytest

from affidavit import SettingsError
from affidavit_reports import ask as asking
from affidavit_reports.ask import named, values_of
from affidavit_reports.loaded import Loaded
from affidavit_reports.questions import QUESTIONS, Question
from affidavit_reports.record_table import connect
from affidavit_reports.sealed import Coverage

SPAN = {"since": "2026-01-01", "until": "2026-02-01"}
SAID = {"subject": "token:s1", "actor": "token:a1", "recipient": "token:not one"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_asked_with_these(name: str) -> None:
    """Whoever is asked for is a token; a recipient is a word of the record."""
    people = {"subject": "s1", "actor": "a1", "recipient": "token:not one"}
    question = QUESTIONS[name]
    wanted = {one: people[one] for one in people if one in question.parameters}
    span = {"from": "2026-01-01", "to": "2026-02-01"}

    assert {**span, **wanted} == values_of(question, None, "", **SPAN, said=SAID)
    for one in wanted:
        for nothing in ({**SAID, one: ""}, {**SAID, one: None}):
            assert (
                f"report {name} needs --{one}",
                "the question is about one",
                f"Say --{one}",
            ) == _refused(
                lambda nothing=nothing: values_of(question, None, "", **SPAN, said=nothing)
            )


def test_a_name_needs_the_ledgers_key() -> None:
    """Without it nobody can be looked up, and nobody is shown by name."""
    said = {"subject": "P-1", "actor": "jane"}
    for one in ("subject", "actor"):
        assert (
            f"--{one} cannot be looked up",
            "a name becomes a token with the ledger's key, and no ledger is named",
            f"Say --ledger, or --{one} token:<the token>",
        ) == _refused(
            lambda one=one: values_of(
                QUESTIONS[one], None, "", **SPAN, said={**SAID, one: said[one]}
            )
        )
    assert {} == named({}, None, [])
    assert (
        "--names needs the ledger's key",
        "tokens are made with it, and no ledger is named",
        "Say --ledger; only its key is used",
    ) == _refused(lambda: named({"jane": "Jane"}, None, []))


def _refused(act: Any) -> tuple[str, str, str]:
    with pytest.raises(SettingsError) as caught:
        act()
    return caught.value.what, caught.value.why, caught.value.fix


def test_a_row_of_another_form_is_no_row() -> None:
    """Rather an error than a value below the name of another."""
    question = Question("q", "q?", "", (), ("a", "b"))
    told = asking.Answer(question=question, asked={}, rows=[(1,)], coverage=Coverage(), names={})
    with pytest.raises(ValueError, match="shorter"):
        told.json()


@pytest.mark.parametrize("count", [3, 4])
def test_an_answer_of_more_than_its_most_rows_is_refused(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than cut; one more than that is asked for, so that it shows."""
    monkeypatch.setattr(asking, "MOST", 3)
    question = Question("q", "q?", "SELECT * FROM range(?)", ("n",), ("a",))
    loaded = Loaded(connect(), Coverage(), None, ())  # type: ignore[arg-type]
    values: Any = {"n": count}
    if count == 3:
        found = asking.answer(loaded, question, values, {}, ["a gap"])
        assert ([(0,), (1,), (2,)], ["a gap"]) == (found.rows, found.coverage.gaps)
        assert (question, values, {}) == (found.question, found.asked, found.names)
        return
    assert (
        "the answer is too long",
        "it has more than 3 rows",
        "Ask for a shorter time with --from and --to",
    ) == _refused(lambda: asking.answer(loaded, question, values, {}))


def test_a_page_of_an_answer_has_so_many_rows_from_there_on() -> None:
    """Of a question that is limited itself as well; how many there are is told beside."""
    loaded = Loaded(connect(), Coverage(), None, ())  # type: ignore[arg-type]
    for sql in ("SELECT * FROM range(?)", "SELECT * FROM range(?) LIMIT 8"):
        question = Question("q", "q?", sql, ("n",), ("a",))
        for start, size, rows in ((0, 2, [0, 1]), (3, 2, [3, 4]), (7, 9, [7])):
            found = asking.answer_page(
                loaded, question, cast(Any, {"n": 8}), {}, [], start=start, size=size
            )
            assert ([(one,) for one in rows], 8, {}) == (found.answer.rows, *found[1:])
    hours = Question(
        "q", "q?", "SELECT '2026-01-01T0' || n || ':00' AS event_time FROM range(?) t(n)", ("n",),
        ("at",),
    )  # fmt: skip
    found = asking.answer_page(loaded, hours, cast(Any, {"n": 2}), {}, [], start=0, size=1)
    assert (2, {"2026-01-01T00": 1, "2026-01-01T01": 1}) == found[1:]
