"""Rows of a table: `cases: {csv: orders.csv}`, and `for_each`. They travel with the scenario."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path as File
from typing import Any, Final

from affidavit_harness.errors import Problem, ScenarioError
from affidavit_policy.strict_yaml import Path, YamlDocument

MOST: Final = 500
"""Rows of one table. More than that is a load test, or several scenarios."""


def with_rows(document: YamlDocument, file: str) -> YamlDocument:
    """Return the document with its tables read; as it is if it names none.

    A cell that is a JSON number, `true`, `false` or `null` is that, anything else is
    text. A row without an `id` column is called `row-1`, `row-2` and so on.

    Raises:
        ScenarioError: A table cannot be read.

    """
    value = document.value
    if not isinstance(value, dict):
        return document

    def read(held: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
        named = held.get(name)
        if not isinstance(named, dict) or named.keys() != {"csv"}:
            return held
        return {**held, name: _table(named["csv"], file, document.of_value((*path, name, "csv")))}

    def step(held: Any, path: Path) -> Any:
        if not isinstance(held, dict):
            return held
        if isinstance(held.get("parallel"), list):
            inner = enumerate(held["parallel"])
            return {**held, "parallel": [step(one, (*path, "parallel", n)) for n, one in inner]}
        return read(held, "for_each", path)

    value = read(value, "cases", ())
    if isinstance(value.get("actions"), list):
        steps = enumerate(value["actions"])
        value = {**value, "actions": [step(one, ("actions", number)) for number, one in steps]}
    return replace(document, value=value)


def _table(name: Any, file: str, where: tuple[int, int]) -> list[dict[str, Any]]:
    try:
        with (File(file).parent / str(name)).open(encoding="utf-8-sig", newline="") as table:
            rows = list(csv.DictReader(table))
    except (OSError, UnicodeDecodeError, csv.Error):
        mend = "name a file beside the scenario, in UTF-8, with a line of names"
        raise ScenarioError(file, [Problem(*where, "the table cannot be read", mend)]) from None
    # A cell too many stands under no name, and one that is missing is no text.
    if not 0 < len(rows) <= MOST or any(None in row or None in row.values() for row in rows):
        mend = f"give each row as many cells as there are names, and at most {MOST} rows"
        raise ScenarioError(file, [Problem(*where, "the table is not one of cases", mend)])
    return [_row(number, row) for number, row in enumerate(rows, 1)]


def _row(number: int, row: dict[str, str]) -> dict[str, Any]:
    read = {name: _cell(text) for name, text in row.items()}
    return {**read, "id": row.get("id") or f"row-{number}"}


def _cell(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if found is None or isinstance(found, bool | int | float) else text
