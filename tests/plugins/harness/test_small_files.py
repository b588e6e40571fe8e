"""Files beside a scenario: tables of cases, inputs, and where environments are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit_harness.console.inputs_file import from_file
from affidavit_harness.errors import ScenarioError
from affidavit_harness.files.case_rows import MOST, with_rows
from affidavit_harness.files.environments_file import find_environment, outside
from affidavit_harness.files.literal_secrets import literal_secrets
from affidavit_policy.strict_yaml import read_yaml

CELLS = [
    ("7", 7),
    ("-1.5", -1.5),
    ("true", True),
    ("false", False),
    ("null", None),
    ("", ""),
    ("x", "x"),
    ('"7"', '"7"'),
    ("[7]", "[7]"),
    ("{}", "{}"),
    (" 7", 7),
]


def _rows(folder: Path, table: str | bytes, text: str = "cases: {csv: rows.csv}") -> Any:
    data = table if isinstance(table, bytes) else table.encode()
    (folder / "rows.csv").write_bytes(data)
    return with_rows(read_yaml(text), str(folder / "scenario.yaml")).value


@pytest.mark.parametrize(("cell", "value"), CELLS)
def test_a_cell_is_a_number_a_word_or_text(cell: str, value: Any, tmp_path: Path) -> None:
    """What JSON says it is, if that is one value; anything else is text."""
    quoted = '"' + cell.replace('"', '""') + '"'
    told = _rows(tmp_path, f"\ufeffname,other\n{quoted},x\n")

    assert {"cases": [{"name": value, "other": "x", "id": "row-1"}]} == told


def test_a_row_has_the_name_that_it_says_or_its_number(tmp_path: Path) -> None:
    """As text, from 1 on."""
    told = _rows(tmp_path, "id,n\nfirst,1\n,2\n3,3\n")

    assert [("first", 1), ("row-2", 2), ("3", 3)] == [
        (one["id"], one["n"]) for one in told["cases"]
    ]


def test_tables_are_read_wherever_rows_may_stand(tmp_path: Path) -> None:
    """As cases, for each of an action, and in a block; what names no table stays as it is."""
    table = "for_each: {csv: rows.csv}"
    text = (
        f"actions:\n- {{id: a, {table}}}\n- parallel:\n  - {{id: b, {table}}}\n  - {{id: c}}\n- 7\n"
        "cases: {csv: rows.csv, more: 1}\n"
    )
    rows = [{"n": 1, "id": "row-1"}]

    assert {
        "actions": [
            {"id": "a", "for_each": rows},
            {"parallel": [{"id": "b", "for_each": rows}, {"id": "c"}]},
            7,
        ],
        "cases": {"csv": "rows.csv", "more": 1},
    } == _rows(tmp_path, "n\n1\n", text)
    assert [7] == _rows(tmp_path, "n\n1\n", "[7]")


@pytest.mark.parametrize(
    ("table", "what"),
    [
        pytest.param("n\n", "the table is not one of cases", id="no row"),
        pytest.param("n,m\n1\n", "the table is not one of cases", id="a cell too few"),
        pytest.param("n\n1,2\n", "the table is not one of cases", id="a cell too many"),
        pytest.param("n\n" + "1\n" * (MOST + 1), "the table is not one of cases", id="501 rows"),
        pytest.param(b"n\n\xff\n", "the table cannot be read", id="no UTF-8"),
    ],
)
def test_a_table_that_is_none_is_named_with_its_place(
    table: str | bytes, what: str, tmp_path: Path
) -> None:
    """The line that names it."""
    with pytest.raises(ScenarioError) as caught:
        _rows(tmp_path, table, "name: x\ncases: {csv: rows.csv}")
    assert [(2, 14, what)] == [(one.line, one.column, one.what) for one in caught.value.problems]
    assert MOST == len(_rows(tmp_path, "n\n" + "1\n" * MOST)["cases"])


def test_inputs_keep_their_types(tmp_path: Path) -> None:
    """A file of names and values, YAML or JSON; without a file there are none."""
    file = tmp_path / "inputs.yaml"
    file.write_text('a: 7\nb: "7"\nc: [1, true]\n')

    assert {"a": 7, "b": "7", "c": [1, True]} == from_file(file)
    assert {} == from_file(None)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (None, "the file cannot be read"),
        (b"\xff", "the file cannot be read"),
        (b"[1]", "this is no mapping"),
        (b"7", "this is no mapping"),
    ],
)
def test_inputs_that_are_none_are_named(data: bytes | None, what: str, tmp_path: Path) -> None:
    """With the file, and in its first line."""
    file = tmp_path / "inputs.yaml"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        from_file(file)
    assert str(file) == caught.value.file
    assert [(1, 1, what)] == [(one.line, one.column, one.what) for one in caught.value.problems]


def test_an_environment_is_in_the_nearest_file_above(tmp_path: Path) -> None:
    """Or in the one that is named; its folder is where names of files start."""
    near = tmp_path / "a" / "b"
    near.mkdir(parents=True)
    for folder, env in ((tmp_path, "dev"), (near.parent, "qa")):
        text = f"schema: affidavit-harness/v1\nenvironments: {{{env}: {{}}, prod: {{}}}}\n"
        (folder / "harness.yaml").write_text(text)
    scenario = near / "one.yaml"
    scenario.write_text("x")

    for start in (scenario, near):
        found = find_environment("qa", None, start)
        assert ("qa", near.parent.resolve()) == (found.env, found.folder)
    named = find_environment("dev", tmp_path / "harness.yaml", scenario)
    assert ("dev", tmp_path.resolve()) == (named.env, named.folder)
    with pytest.raises(SettingsError) as caught:
        find_environment("dev", None, scenario)
    assert "it knows prod, qa" == caught.value.why


def test_without_a_file_there_is_this_machine(tmp_path: Path) -> None:
    """And no other environment."""
    scenario = tmp_path / "one.yaml"
    scenario.write_text("x")

    for start in (scenario, tmp_path):
        assert ("local", tmp_path) == find_environment("local", None, start)[::2]
    with pytest.raises(SettingsError, match="nobody says where dev is"):
        find_environment("dev", None, scenario)


def test_what_is_outside_is_a_variable_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the file's last line feed; nothing if it is not there."""
    monkeypatch.setenv("TOLD", "x\n")
    (tmp_path / "told").write_text("y\n\n")
    (tmp_path / "bytes").write_bytes(b"\xff")

    assert ("x\n", "y\n") == (outside(tmp_path, "env", "TOLD"), outside(tmp_path, "file", "told"))
    for source, name in (("env", "NOT_TOLD"), ("file", "missing"), ("file", "bytes")):
        assert outside(tmp_path, source, name) is None


A, B = "A", "a1"
CREDENTIALS = [
    ("AKI" + "A", A * 16, A * 15),
    ("ASI" + "A", A * 16, A * 15),
    ("eyJ" + B * 5, "." + B * 2, "." + "a1b"),
    ("-----BEGIN ", "EC PRIVATE KE" + "Y", "EC PRIVATE"),
    ("Bear" + "er ", B * 8, B * 7),
    ("bas" + "ic  ", B * 6, B * 5),
    *(
        (kind + mark, B * 6, B * 5)
        for kind in (
            "gh" + "p",
            "gh" + "o",
            "github" + "_pat",
            "xox" + "a",
            "xox" + "b",
            "xox" + "p",
        )
        for mark in "_-"
    ),
    ("sk_li" + "ve_", B * 6, B * 5),
    ("glp" + "at-", B * 6, B * 5),
    ("postgres://me:", "pw" + "@db", "pw-db"),
]
NAMED = "password passwd secret api_key api-key apikey authorization token Token"


@pytest.mark.parametrize("row", range(len(CREDENTIALS)))
def test_what_looks_like_a_credential_is_found_at_its_shortest(row: int) -> None:
    """Wherever it stands; a character less is none, nor is a reference."""
    begins, ends, short = CREDENTIALS[row]
    assert [("a", 0)] == list(
        literal_secrets({"a": [f"x {begins}{ends}"], "b": [f"{begins}{short}"]})
    )
    assert [] == list(literal_secrets([f"{begins}{ends} ${{{{ env }}}}"]))


@pytest.mark.parametrize("name", NAMED.split())
def test_what_is_called_a_credential_is_one_from_six_characters_on(name: str) -> None:
    """By the end of its name; of something else of that name there is nothing to say."""
    for held, found in (("sesame", True), ("sesam", False), (1234567, False)):
        assert ([(f"my{name}",)] if found else []) == list(literal_secrets({f"my{name}": held}))
    assert [] == list(literal_secrets({f"{name}s": "sesame", "other": "sesame"}))
