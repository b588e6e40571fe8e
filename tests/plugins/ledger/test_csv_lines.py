"""Lines of CSV are read by others as they were meant, and by no spreadsheet as a formula."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit_ledger.csv_lines import csv_line

CELLS = st.text(st.sampled_from("ab 1=+-@\t\r\n\",;'é\\"), min_size=1, max_size=6)


@pytest.mark.parametrize("sign", list("=+-@\t\r"))
def test_a_text_that_begins_as_a_formula_is_shown(sign: str) -> None:
    """Spreadsheets take an apostrophe for a text's beginning and do not show it; numbers count."""
    assert f"'{sign}1" in csv_line([f"{sign}1"])
    assert "-1,0.5\r\n" == csv_line([-1, 0.5])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4))
def test_another_reader_finds_the_same_cells(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]]
) -> None:
    """DuckDB's reader of CSV: returns, quotes, commas and line feeds stay inside of their cell."""
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    Path(file).write_bytes("".join(map(csv_line, table)).encode())
    found = duckdb.execute(
        "SELECT * FROM read_csv(?, header = false, all_varchar = true, delim = ',', quote = '\"',"
        " escape = '\"', columns = {'a': 'VARCHAR', 'b': 'VARCHAR', 'c': 'VARCHAR'},"
        " new_line = '\\r\\n')",
        [str(file)],
    ).fetchall()
    assert [[cell.lstrip("'") for cell in row] for row in table] == [
        [cell.lstrip("'") for cell in row] for row in found
    ]
