"""Values whose names stand in another field: rows below columns, binds beside a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from affidavit._redact.classify.key_classifier import KeyClass, KeyClassifier
from affidavit._redact.detect.statement_binds import COMPARED, LONGEST, columns_of, looked
from affidavit._redact.types.match import Classification

_COLUMNS: Final = (
    "columns", "Columns", "column_names", "columnNames", "fields", "headers", "header", "names",
    "ColumnInfo", "columnMetadata",
)  # fmt: skip
_STATEMENTS: Final = ("sql", "query", "statement", "Statement", "Sql", "SQL", "sqlText", "text")

_MOST: Final = 512

Verdicts = Mapping[str, Classification]
"""By the place of a value, or by its name: what it is."""


def verdicts(name: KeyClass, source: Mapping[object, object], names: KeyClassifier) -> Verdicts:
    """Return what the values below `name` are, by place or name; nothing if nothing says."""
    if name.role == "rows":
        return _of_columns(source, names)
    if name.role == "expression":
        return _of_expression(source, names)
    return _of_statement(source, names)


def _of_columns(source: Mapping[object, object], names: KeyClassifier) -> Verdicts:
    columns = next((source[one] for one in _COLUMNS if one in source), None)
    if not isinstance(columns, (list, tuple)) or len(columns) > _MOST:
        return {}
    return looked({str(at): _column(one) for at, one in enumerate(columns)}, names.look)


def _column(one: object) -> str:
    """Return the name of a column, which may be described by an object or a tuple."""
    if isinstance(one, Mapping):
        one = one.get("name") or one.get("Name") or one.get("label")
    elif isinstance(one, Sequence) and not isinstance(one, str) and one:
        one = one[0]
    return one if isinstance(one, str) else ""


def _of_expression(source: Mapping[object, object], names: KeyClassifier) -> Verdicts:
    """Read DynamoDB's expressions: `SET #p = :p` with the names beside them."""
    held = source.get("ExpressionAttributeNames")
    aliases = held if isinstance(held, Mapping) else {}
    asked: dict[str, str] = {}
    for key, text in source.items():
        if not (isinstance(key, str) and key.endswith("Expression") and isinstance(text, str)):
            continue
        for found in COMPARED.finditer(text[:LONGEST]):
            path = found[1].rpartition(".")[2]
            alias = aliases.get(path, path)
            asked[found[2]] = alias if isinstance(alias, str) else path
    return looked(asked, names.look)


def _of_statement(source: Mapping[object, object], names: KeyClassifier) -> Verdicts:
    """Read which column each bind variable of a statement belongs to."""
    statement = next((source[one] for one in _STATEMENTS if one in source), None)
    if not isinstance(statement, str) or len(statement) > LONGEST:
        return {}
    return looked(columns_of(statement), names.look)
