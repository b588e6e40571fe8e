"""Values whose names stand in another field: columns of rows, binds of a statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.classify.key_classifier import KeyClass, KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.classify.tables import verdicts

NAMES = KeyClassifier(PolicyRules(my.rules(), ""))
REDACTOR = Redactor(my.rules())


def _name(key: str) -> KeyClass:
    found = NAMES.read(key)
    assert found is not None
    return found


def _said(key: str, source: Mapping[object, object]) -> dict[str, str]:
    return {where: one.entity for where, one in verdicts(_name(key), source, NAMES).items()}


@pytest.mark.parametrize(
    "columns",
    ["columns", "Columns", "column_names", "columnNames", "fields", "headers", "header", "names",
     "ColumnInfo", "columnMetadata"],
)  # fmt: skip
@pytest.mark.parametrize(
    "written",
    [("id", "ssn"), ({"name": "id"}, {"name": "ssn"}), ({"Name": "id"}, {"Name": "ssn"}),
     ({"label": "id"}, {"label": "ssn"}), (("id", 3), ("ssn", 3)), (["id"], ["ssn"])],
    ids=["texts", "name", "Name", "label", "tuples", "lists"],
)  # fmt: skip
def test_columns_name_the_cells_of_rows(columns: str, written: Any) -> None:
    """Ten names that clients give them, in six ways to describe a column."""
    value = {columns: list(written), "rows": [["a7", "b8"]]}
    clean: Any = REDACTOR.clean(value, Sink.LOG).value

    assert {"1": "US_SSN"} == _said("rows", value)
    assert [["a7", "[US_SSN]"]] == clean["rows"]


@pytest.mark.parametrize("columns", [None, "ssn", {"ssn": 1}, [None, 7, {}, [], {"name": 1}]])
def test_what_describes_no_columns_says_nothing(columns: Any) -> None:
    """No error either."""
    assert {} == _said("rows", {"columns": columns, "rows": [["a"]]})


def test_columns_are_counted() -> None:
    """Up to 512 of them."""
    assert {"511": "US_SSN"} == _said("rows", {"columns": ["x"] * 511 + ["ssn"]})
    assert {} == _said("rows", {"columns": ["x"] * 512 + ["ssn"]})


@pytest.mark.parametrize(
    "key", ["sql", "query", "statement", "Statement", "Sql", "SQL", "sqlText", "text"]
)
def test_a_statement_names_its_binds(key: str) -> None:
    """Under eight names, up to 8,192 characters."""
    said = "select 1 from t where ssn = ?"

    assert {"0": "US_SSN"} == _said("binds", {key: said})
    assert {"0": "US_SSN"} == _said("binds", {key: said + " " * (8192 - len(said))})
    assert {} == _said("binds", {key: said + " " * (8193 - len(said))})
    assert {} == _said("binds", {key: said.encode()})


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select 1 from t where a = ? and ssn = ?", {"1": "US_SSN"}),
        ("where ssn = ?1 and email = ?2", {"0": "US_SSN", "1": "EMAIL"}),
        ("where email = $2 and ssn = $1", {"1": "EMAIL", "0": "US_SSN"}),
        ("where ssn = :1", {"0": "US_SSN"}), ("where x = :1 and ssn = %s", {"1": "US_SSN"}),
        ("where ssn = :number", {"number": "US_SSN"}), ("where ssn = @n", {"n": "US_SSN"}),
        ("where ssn = %(n)s", {"n": "US_SSN"}), ("where t.ssn <> :n", {"n": "US_SSN"}),
        ('where t."ssn" like :n', {"n": "US_SSN"}), ("where [ssn] not like :n", {"n": "US_SSN"}),
        ("where `ssn` ilike :n", {"n": "US_SSN"}), ("where ssn>=:n", {"n": "US_SSN"}),
        ("where ssn < :n or ssn<= :m", {"n": "US_SSN", "m": "US_SSN"}),
        ("where ssn != lower(:n)", {"n": "US_SSN"}), ("where ssn > :n", {"n": "US_SSN"}),
        ("where contains(ssn, :n)", {"n": "US_SSN"}),
        ("insert into t (id, ssn) values (?, ?)", {"1": "US_SSN"}),
        ("insert into t (id, ssn) values (?, ?), (?, ?)", {"1": "US_SSN", "3": "US_SSN"}),
        ('INSERT INTO s."t" ( "ssn" , [id] ) VALUES (:a, :b)', {"a": "US_SSN"}),
        ("select a from t where id = ?", {}), ("select a from t", {}),
    ],
)  # fmt: skip
def test_which_column_a_bind_belongs_to(statement: str, expected: dict[str, str]) -> None:
    """By its place, its number or its name."""
    assert expected == _said("binds", {"sql": statement})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"UpdateExpression": "SET #p = :p", "ExpressionAttributeNames": {"#p": "ssn"}},
         {":p": "US_SSN"}),
        ({"KeyConditionExpression": "user.ssn = :p"}, {":p": "US_SSN"}),
        ({"FilterExpression": "begins_with(ssn, :p)"}, {":p": "US_SSN"}),
        ({"FilterExpression": "ssn = :p", "ExpressionAttributeNames": {"ssn": 7}},
         {":p": "US_SSN"}),
        ({"FilterExpression": "ssn = :p", "ExpressionAttributeNames": "none"}, {":p": "US_SSN"}),
        ({"Filter": "ssn = :p"}, {}), ({"FilterExpression": 7}, {}), ({7: "ssn = :p"}, {}),
        ({"FilterExpression": " " * 8182 + "ssn = :p"}, {":p": "US_SSN"}),
        ({"FilterExpression": " " * 8187 + "ssn = :p"}, {}),
    ],
)  # fmt: skip
def test_dynamodb_names_its_values(
    source: Mapping[object, object], expected: dict[str, str]
) -> None:
    """By the expression, and by the names beside it."""
    assert expected == _said("ExpressionAttributeValues", source)
