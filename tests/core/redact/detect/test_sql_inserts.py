"""Values of SQL's `insert`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.detect.sql_inserts import find_inserts
from affidavit._redact.types.match import Match, TextView

LOOK = KeyClassifier(PolicyRules(my.rules(), "")).look


def _found(text: str) -> list[str]:
    hits: list[Match] = []
    find_inserts(TextView(text), LOOK, hits)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("insert into t (a, password) values (1, 'x')", ["x"]),
        ("INSERT INTO t(password,a)VALUES('x',1)", ["x"]),
        ("replace into t (password) values ('x')", ["x"]),
        ('insert into `d`.`t` (`a`, `password`) values (null, "x")', ["x"]),
        ("insert into [t] ([a], [password]) values (N'y', N'x')", ["x"]),
        ("insert into t (a, password)\n values\n (1, 'x'),\n (2, 'y')", ["x", "y"]),
        ("insert into patients (id, name) values (7, 'Jane O''Roe')", ["7", "Jane O''Roe"]),
        ("insert into t (password, a) values ('it\\'s, x', 1)", ["it\\'s, x"]),
        ("insert into t (password, a) values (lower('x'), 1)", ["lower('x')"]),
        ("insert into t (password, a) values (f('x', g(1, h(2))), 1)", ["f('x', g(1, h(2)))"]),
        ("insert into t (ssn) values (412681357)", ["412681357"]),
        ("insert into t (a, password) values (1, 'cut sho", ["cut sho"]),
        ("insert into t (a, password) values ('a' || 'b', 'x'); b", ["'a' || 'b', 'x'); b"]),
        ("insert into t (password) values ('x'); insert into t (ssn) values ('y')", ["x", "y"]),
    ],
)
def test_values_are_found_by_their_columns(text: str, expected: list[str]) -> None:
    """What cannot be read goes whole, with what follows."""
    assert expected == _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "insert into products (id, name) values (7, 'Chair')",
        "insert into t (password) values (:password)", "insert into t (password) values (?)",
        "insert into t (a, password) values (%(a)s, %(password)s)",
        "insert into t (password) values (null), (default), ($1), (@p)",
        "insert into t (a, password) values (1", "insert into t (password, a) values ()",
        "insert into t (password) select x", "insert into t values ('x')",
        "insert into t (password, a) values (null, f((((1)))))",
        "values are put into place (password) by hand",
    ],
)  # fmt: skip
def test_what_is_no_value_of_a_person_stays(text: str) -> None:
    """Binds, nothing, other columns, and statements without a list of columns."""
    assert [] == _found(text)


@given(
    values=st.lists(st.text(st.characters(codec="ascii"), max_size=12), min_size=1, max_size=3),
    rows=st.integers(1, 3),
)
def test_no_text_can_hide_the_value_beside_it(values: list[str], rows: int) -> None:
    """Quotes, brackets and commas inside the values before it."""
    columns = ", ".join(f"c{at}" for at in range(len(values)))
    written = ", ".join("'" + one.replace("\\", "").replace("'", "''") + "'" for one in values)
    row = f"({written}, 'hunter2-canary')"
    text = f"insert into t ({columns}, password) values {', '.join([row] * rows)}"  # noqa: S608

    assert "hunter2" not in Redactor(my.rules()).text(text, Sink.LOG)
