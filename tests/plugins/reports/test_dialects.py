"""The questions are one SQL text for DuckDB and for Athena: parsers of others say so.

sqlglot reads Athena's dialect and translates it to DuckDB's; with `make trino` the grammar of
Trino, which Athena's engine is, reads every question, too.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

import lake_module
import repository as repo
from affidavit_reports.lake import compact, parquet_of
from affidavit_reports.questions import QUESTIONS, Question
from affidavit_reports.record_table import connect, rows
from archive_world import ArchiveWorld, drawn, make_world

NOW_MS = 1_900_000_000_000
NAMES = sorted(QUESTIONS)
TRINO = repo.ROOT / "build" / "trino"
READ = """
const { TrinoSQL } = require("./trino.cjs");
const said = JSON.parse(require("fs").readFileSync(0, "utf8"));
const parser = new TrinoSQL();
console.log(JSON.stringify(said.map((sql) => parser.validate(sql).map((one) => one.message))));
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """Three years of a ward, sealed."""
    events = drawn(400, subjects=12, actors=5, years=3, seed=11)
    return make_world(tmp_path_factory.mktemp("world"), events)


@pytest.fixture(scope="module")
def lake(world: ArchiveWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The columnar copy of it."""
    folder = tmp_path_factory.mktemp("lake")
    compact(world.archive, world.verifier, folder, now_ms=NOW_MS)
    return folder


def _values(world: ArchiveWorld, question: Question, **times: str) -> list[str]:
    said = {
        "from": "2020-02-11",
        "to": "2022-06-03T12",
        "subject": world.token("subject", "patient-003"),
        "actor": world.token("actor", "staff-01"),
        "recipient": "insurer",
        **times,
    }
    return [said[name] for name in question.parameters]


def _view(engine: duckdb.DuckDBPyConnection, lake: Path, how: str = "SELECT * FROM {}") -> None:
    """Show the copy as `records`."""
    files = parquet_of(sorted(lake.glob("month=*/*.parquet")))
    engine.execute(f"CREATE VIEW records AS {how.format(files)}")


@pytest.mark.parametrize("name", NAMES)
def test_athena_reads_a_question(name: str) -> None:
    """As one statement that reads, with functions that Athena has, and a value for each `?`."""
    (tree,) = sqlglot.parse(QUESTIONS[name].sql, read="athena")

    assert isinstance(tree, exp.Select)
    assert [] == [one.name for one in tree.find_all(exp.Anonymous)], "functions it does not know"
    assert len(QUESTIONS[name].parameters) == len(list(tree.find_all(exp.Placeholder)))
    assert {"records", "last", "access"} == {one.name for one in tree.find_all(exp.Table)}


@pytest.mark.parametrize("name", NAMES)
def test_what_athena_reads_has_the_same_answer(name: str, world: ArchiveWorld, lake: Path) -> None:
    """Translated by sqlglot and run without our macros: they mean what Athena's functions mean."""
    ours, theirs = connect(), duckdb.connect()
    _view(ours, lake)
    _view(theirs, lake)
    question = QUESTIONS[name]
    (translated,) = sqlglot.transpile(question.sql, read="athena", write="duckdb")
    values = _values(world, question)

    found = list(rows(ours, question.sql, values))
    assert found
    assert found == list(rows(theirs, translated, values))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_there_twice_changes_no_answer(
    name: str, world: ArchiveWorld, lake: Path
) -> None:
    """While a copy is brought to a bucket, a month's old file and its new one lie side by side."""
    once, twice = connect(), connect()
    _view(once, lake)
    _view(twice, lake, "SELECT * FROM {0} UNION ALL SELECT * FROM {0}")
    question = QUESTIONS[name]
    values = _values(world, question)

    assert list(rows(once, question.sql, values)) == list(rows(twice, question.sql, values))


MIXED = (
    "SELECT * REPLACE (substr(sha256(event), 1, 1) AS event, "
    "substr(attempt, 22) AS attempt) FROM {}"
)
"""Few events, each of many people's: what no writer of ours makes, and another one may."""


@pytest.mark.parametrize("how", ["SELECT * FROM {}", MIXED], ids=["as it is", "mixed"])
@pytest.mark.parametrize("name", ["subject", "actor", "disclosures", "looks"])
def test_looking_at_some_events_leaves_nothing_out(
    name: str, how: str, world: ArchiveWorld, lake: Path
) -> None:
    """The answer is the one of the same question that looks at every event."""
    engine = connect()
    _view(engine, lake, how)
    question = QUESTIONS[name]
    values = _values(world, question)
    whole, left = re.subn(r"\n +AND event IN \(.*?\n +\)", "", question.sql, flags=re.DOTALL)
    asked = whole.count("?")

    assert 1 == left
    found = list(rows(engine, whole, [*values[:4], *values[len(values) - asked + 4 :]]))
    assert found
    assert found == list(rows(engine, question.sql, values))


@given(st.text("0129-T:.Z", max_size=12), st.text("0129-T:.Z", max_size=12), st.text("0129-T:.Z"))
def test_the_months_leave_nothing_out(since: str, until: str, at: str) -> None:
    """Whatever time a question is asked with: what is in it is in a month that is opened."""
    if since <= at < until:
        assert since[:7] <= at[:7] <= until[:7]


@pytest.mark.parametrize("name", NAMES)
def test_a_question_opens_no_other_months(name: str, world: ArchiveWorld, lake: Path) -> None:
    """By folder, as Athena projects them; DuckDB says how many files it read."""
    engine = connect()
    folders = f"read_parquet('{lake}/month=*/*.parquet', hive_partitioning = true)"
    engine.sql(f"SELECT * FROM {folders}").create_view("records")  # noqa: S608 - a test's folder
    question = QUESTIONS[name]
    values = _values(world, question, **{"from": "2021-03-05", "to": "2021-05-01"})
    ((_, plan),) = rows(engine, f"EXPLAIN ANALYZE {question.sql}", values)

    assert "Scanning Files: 3/36" in plan or "Total Files Read: 3" in plan, plan


def test_the_module_asks_what_the_reports_ask() -> None:
    """Columns and SQL of `evidence_lake` are the plugin's: `make modules` writes them."""
    held = json.loads(lake_module.FILE.read_text())

    assert lake_module.contents() == lake_module.FILE.read_text()
    assert {name: one.sql.strip() for name, one in QUESTIONS.items()} == {
        name: one["sql"] for name, one in held["questions"].items()
    }
    assert all(len(one["sql"]) < 262_144 for one in held["questions"].values()), "Athena's limit"


def test_trinos_own_grammar_reads_every_question() -> None:
    """Of dt-sql-parser, which is made from Trino's; something that is no Trino it refuses."""
    if not (TRINO / ".ready").exists() or shutil.which("node") is None:
        pytest.skip("no grammar of Trino here: make trino installs it")
    wrong = "SELECT list_transform(a, lambda x: x + 1) FROM records"
    told: list[list[Any]] = json.loads(
        subprocess.run(
            ["node", "-e", READ],  # noqa: S607 - whichever Node.js there is
            cwd=TRINO,
            input=json.dumps([*(QUESTIONS[name].sql for name in NAMES), wrong]),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
    )

    assert [[]] * len(NAMES) == told[:-1]
    assert told[-1]
