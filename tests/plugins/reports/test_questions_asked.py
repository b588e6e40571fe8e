"""What a question is asked with: people as tokens, and every value that it needs."""

from __future__ import annotations

from typing import Any

import pytest

from affidavit import SettingsError
from affidavit_reports.ask import named, values_of
from affidavit_reports.questions import QUESTIONS

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
