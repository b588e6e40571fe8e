"""The few statements that DynamoDB can run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import Query, StatementError
from affidavit_dynamodb.source_statement import Condition, PartiqlStatement, parse


def _parse(sql: str, *binds: str, write: bool = False) -> PartiqlStatement:
    return parse(Query(name="q", sql=sql, binds=frozenset(binds), write=write))


def test_a_select_is_read_with_all_its_parts() -> None:
    """Comments, quoted names and capitals included."""
    found = _parse(
        'SELECT a, "B b" -- two\n FROM t."by-x" /* an index */ WHERE x = :x'
        " AND y BETWEEN :low AND :high ORDER BY y DESC;",
        "x",
        "low",
        "high",
    )

    assert (
        PartiqlStatement(
            verb="select",
            table="t",
            through="by-x",
            fields=("a", "B b"),
            conditions=(
                Condition("x", "=", ("x",)),
                Condition("y", "between", ("low", "high")),
            ),
            order="y",
            descending=True,
        )
        == found
    )


def test_writes_are_read_with_all_their_parts() -> None:
    """Insert, update, delete."""
    assert (("a", "x"), ("b", "y")) == (
        _parse("insert into t (a, b) values (:x, :y)", "x", "y", write=True).assignments
    )
    update = _parse("update t set a = :x, b = :y where c = :z", "x", "y", "z", write=True)
    assert ((("a", "x"), ("b", "y")), (Condition("c", "=", ("z",)),)) == (
        update.assignments,
        update.conditions,
    )
    assert "delete" == _parse("delete from t where c = :z", "z", write=True).verb


@pytest.mark.parametrize(
    ("sql", "binds"),
    [
        pytest.param("select * from t where a = :a", "a", id="everything"),
        pytest.param("select count(a) from t where a = :a", "a", id="a function"),
        pytest.param("select a as b from t where a = :a", "a", id="another name"),
        pytest.param("select a, A from t where a = :a", "a", id="one name twice"),
        pytest.param("select a from t where a = 1", "", id="a literal"),
        pytest.param("select a from t where a = 'x'", "", id="a text"),
        pytest.param("select a from t where a = :a or b = :b", "a b", id="or"),
        pytest.param("select a from t where a = :a and a > :b", "a b", id="two on one"),
        pytest.param("select a from t where (a = :a)", "a", id="parentheses"),
        pytest.param("select a from t where a = :a limit 1", "a", id="a limit"),
        pytest.param("select a from t where a = :a order by a, b", "a", id="two orders"),
        pytest.param("select a from t, u where a = :a", "a", id="a join"),
        pytest.param("select a from t where a in (select b from u where b = :a)", "a", id="below"),
        pytest.param("select a from t where begins_with(a :a)", "a", id="no comma"),
        pytest.param("with x as (select 1) select a from x where a = :a", "a", id="with"),
        pytest.param("values (:a)", "a", id="values"),
    ],
)
def test_a_read_that_it_cannot_run_is_refused(sql: str, binds: str) -> None:
    """Not approximated."""
    with pytest.raises(StatementError, match="query q cannot be run"):
        _parse(sql, *binds.split())


@pytest.mark.parametrize(
    ("sql", "binds"),
    [
        pytest.param("insert into t values (:a)", "a", id="no names"),
        pytest.param("insert into t (a, b) values (:a)", "a", id="too few values"),
        pytest.param("insert into t (a, a) values (:a, :b)", "a b", id="one name twice"),
        pytest.param("insert into t (a) values (:a), (:b)", "a b", id="two rows"),
        pytest.param("update t set a = a + :a where b = :b", "a b", id="arithmetic"),
        pytest.param("update t set a = :a", "a", id="no condition"),
        pytest.param("update t set a = :a, a = :b where c = :c", "a b c", id="twice"),
        pytest.param("delete from t", "", id="everything"),
        pytest.param("delete from t where a = :a returning b", "a", id="returning"),
        pytest.param("merge into t using u on :a = 1", "a", id="merge"),
    ],
)
def test_a_write_that_it_cannot_run_is_refused(sql: str, binds: str) -> None:
    """Least of all one without a condition."""
    with pytest.raises(StatementError, match="query q cannot be run"):
        _parse(sql, *binds.split(), write=True)


@given(
    rest=st.lists(
        st.sampled_from(
            [
                "a",
                "b",
                ",",
                "from",
                "t",
                ".",
                "where",
                "=",
                ":x",
                "and",
                "between",
                "(",
                ")",
                "begins_with",
                "order",
                "by",
                "desc",
                "<",
                ">=",
                '"c"',
            ]
        ),
        max_size=14,
    )
)
def test_any_statement_is_read_or_refused(rest: list[str]) -> None:
    """Nothing else is raised, and what is read uses every bind."""
    sql = "select " + " ".join(rest)
    try:
        found = _parse(sql, *{"x"}.intersection(["x"] if ":x" in rest else []))
    except StatementError:
        return
    assert {"x"} == {bind for one in found.conditions for bind in one.binds}
    assert "where" in rest
