"""What a reference may call: the same words give the same value, and nothing else is code."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_harness.errors import UnresolvedError
from affidavit_harness.files.expressions import references, render
from affidavit_harness.files.json_schema import schema_problem, violations
from affidavit_harness.files.reference_functions import FUNCTIONS

BEGAN = 1_790_000_000
SCOPE: dict[str, Any] = {
    "run": {"id": "0" * 26, "started_at": BEGAN, "scenario": "s"},
    "env": "dev",
    "case": {"text": "a/b ü", "count": 5, "on": True},
    "inputs": {},
    "vars": {},
}


def told(text: str, scope: dict[str, Any] = SCOPE) -> Any:
    return render("${{ " + text + " }}", scope)


@given(offset=st.integers(0, 9999), sign=st.sampled_from("+-"), unit=st.sampled_from("smhdw"))
def test_time_is_counted_as_the_calendar_counts_it(offset: int, sign: str, unit: str) -> None:
    """From when the run began; checked against datetime."""
    name = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[unit]
    length = timedelta(**{name: offset if sign == "+" else -offset})
    wanted = datetime.fromtimestamp(BEGAN, UTC) + length

    assert wanted.strftime("%Y-%m-%dT%H:%M:%SZ") == told(f"now('{sign}{offset}{unit}')")
    assert wanted.date().isoformat() == told(f"now('{sign}{offset}{unit}', 'date')")
    assert int(wanted.timestamp()) == told(f"now('{sign}{offset}{unit}', 'epoch')")


def test_a_date_can_be_counted_on_from() -> None:
    """A leap day too, and in words of one's own."""
    assert "2028-02-29" == told("date('2028-02-28', '+1d', 'date')")
    assert "29 Feb" == told("date('2028-02-28T23:00:00+00:00', '+2h', '%d %b')")


@given(label=st.text(alphabet="abcxyz -", max_size=8), least=st.integers(-9, 9))
def test_chance_follows_from_the_run_and_the_words(label: str, least: int) -> None:
    """Twice the same, in another run something else, and within its bounds."""
    other = {**SCOPE, "run": {**SCOPE["run"], "id": "1" * 26}}
    made = told(f"uuid('{label}')")

    assert made == told(f"uuid('{label}')") != told(f"uuid('{label}')", other)
    assert 4 == uuid.UUID(made).version
    assert least <= told(f"random({least}, {least + 3}, '{label}')") <= least + 3


@given(text=st.text())
def test_texts_come_back(text: str) -> None:
    """Whatever they hold; checked against the standard library."""
    text = text.encode("utf-8", "replace").decode()
    scope = {**SCOPE, "case": {"text": text}}

    assert base64.b64encode(text.encode()).decode() == told("base64(case.text)", scope)
    assert text == told("from_base64(base64(case.text))", scope)


@pytest.mark.parametrize(
    "text",
    [
        "exec('x')",
        "now(",
        "now('+1d'",
        "now(case.text)",
        "now('tomorrow')",
        "now('+1d', 'nonsense')",
        "random(5, 1)",
        "from_base64('?')",
        "number('x')",
        "base64()",
        "base64(case.none)",
        "now().year",
        "uuid('a') + uuid('b')",
        "__import__('os')",
        "date(case.on)",
    ],
)
def test_what_is_no_call_or_does_not_fit_is_refused(text: str) -> None:
    """And the message holds no value."""
    with pytest.raises(UnresolvedError) as caught:
        told(text)
    assert "ü" not in str(caught.value)


def test_names_among_the_arguments_are_references_like_any_other() -> None:
    """So a name that is nowhere is a mistake before the run; an unknown function too."""
    text = "${{ base64(json(case.text)) }} ${{ nothing(case.text) }}"
    found = [(one.namespace, one.name) for one in references(text)]

    assert [("case", "text"), ("", "")] == found


def test_every_function_is_on_the_page() -> None:
    """With what it gives."""
    import repository as repo

    page = (repo.ROOT / "docs/scenarios.md").read_text()
    for name in FUNCTIONS:
        assert f"`{name}(" in page, name


def test_a_schema_says_where_it_is_broken_and_never_what_stood_there() -> None:
    """As the reference implementation judges; nothing is fetched."""
    schema = {"type": "object", "properties": {"a": {"items": {"type": "integer"}}}}

    assert [] == violations({"a": [1]}, schema)
    assert ["$.a[1]: type"] == violations({"a": [1, "secret"]}, schema)
    assert "" == schema_problem(schema)
    assert schema_problem({"type": "nonsense"})
    with pytest.raises(Exception, match="refers to something that is not in it"):
        violations({}, {"$ref": "https://example.com/elsewhere.json"})
