"""The check of a statement's text; `compliance/test_binds_only.py` has what it must refuse."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import StatementError
from affidavit.statements import READS, WRITES, check_statement

ID = frozenset({"id"})


@pytest.mark.parametrize("verb", sorted(WRITES))
def test_a_verb_that_writes_is_for_a_query_that_writes(verb: str) -> None:
    """`write=True` is what makes it wait for the opening record."""
    sql = f"{verb} from t where id = :id"
    check_statement("q", sql, ID, write=True)
    check_statement("q", sql.upper().replace(":ID", ":id"), ID, write=True)
    with pytest.raises(StatementError, match="must start with one of select"):
        check_statement("q", sql, ID, write=False)


@pytest.mark.parametrize("verb", sorted(READS))
def test_a_verb_that_reads_is_for_a_query_that_reads(verb: str) -> None:
    """A read that claims to write would wait for nothing."""
    sql = f"{verb} :id"
    check_statement("q", sql, ID, write=False)
    with pytest.raises(StatementError, match="must start with one of delete, insert"):
        check_statement("q", sql, ID, write=True)


@pytest.mark.parametrize(
    ("sql", "hidden"),
    [
        pytest.param("select 1 where :id in (insert into t)", "insert, into", id="two words"),
        pytest.param("with x as (UPDATE t set a = :id) select 1", "update", id="in capitals"),
        pytest.param("select :id; -- delete", "", id="in a comment"),
        pytest.param("select 'delete' where 1 = :id", "", id="in quotes"),
        pytest.param('select "update" from t where 1 = :id', "", id="in a quoted name"),
        pytest.param("select `merge` from t where 1 = :id", "", id="in another quoted name"),
        pytest.param("select /* insert */ :id", "", id="in a block comment"),
        pytest.param("select delete_at, insert$1 from t where 1 = :id", "", id="in a longer word"),
    ],
)
def test_a_read_does_not_hide_a_write(sql: str, hidden: str) -> None:
    """Words count where a database would read them, and nowhere else."""
    if not hidden:
        check_statement("q", sql, ID, write=False)
        return
    with pytest.raises(StatementError, match=f"must not say {hidden}"):
        check_statement("q", sql, ID, write=False)


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select ':id'", id="in quotes that end"),
        pytest.param("select ':id", id="in quotes that do not end"),
        pytest.param("select 'it''s :id'", id="behind a doubled quote"),
        pytest.param("select 1 -- :id", id="in a comment"),
        pytest.param("select 1 /* :id", id="in a comment that does not end"),
        pytest.param("select a::id from t", id="in a cast"),
    ],
)
def test_what_looks_like_a_bind_and_is_none(sql: str) -> None:
    """The statement would run without the value that it seems to ask for."""
    with pytest.raises(StatementError, match=r"unused \['id'\]"):
        check_statement("q", sql, ID, write=False)


@given(end=st.text(" \n\t;", max_size=6))
def test_a_statement_may_end_with_a_semicolon(end: str) -> None:
    """One statement stays one, however it is finished."""
    check_statement("q", f"select :id;{end}", ID, write=False)


def test_a_second_statement_is_one_even_if_it_is_only_a_bind() -> None:
    """Nothing follows the end."""
    with pytest.raises(StatementError, match="more than one statement"):
        check_statement("q", "select 1; :id", ID, write=False)


@pytest.mark.parametrize("part", ["'", '"', "/*", "--", ":", ":a", "a::", "%s'", "(("])
def test_time_grows_with_the_text_and_no_faster(part: str) -> None:
    """A pattern that backtracks would take minutes for this."""
    started = time.monotonic()
    with pytest.raises(StatementError):
        check_statement("q", "select " + part * 100_000, ID, write=False)

    assert time.monotonic() - started < 5
