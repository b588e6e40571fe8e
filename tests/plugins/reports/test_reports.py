"""Answers from the archive are the truth, from segments and from the copy alike."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from affidavit import LedgerUnavailableError, SettingsError
from affidavit_reports.ask import Answer, ask
from affidavit_reports.lake import compact, differences, parquet_of
from affidavit_reports.lake_index import INDEX, Lake, digest_of, read_lake
from affidavit_reports.names import read_names, tokens_of
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.record_table import connect, create, fill, rows
from affidavit_reports.report_command import as_csv, shown
from affidavit_reports.sealed import SealedSegment, read_log, sealed_segments
from archive_world import ArchiveWorld, Event, drawn, make_world

NOW_MS = 1_900_000_000_000
EVENTS = drawn(600, subjects=20, actors=8, years=6, seed=3)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """Six years of a ward, sealed."""
    return make_world(tmp_path_factory.mktemp("world"), EVENTS, segment=100)


@pytest.fixture(scope="module")
def lake(world: ArchiveWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The columnar copy of it."""
    folder = tmp_path_factory.mktemp("lake")
    compact(world.archive, world.verifier, folder, now_ms=NOW_MS)
    return folder


def _ask(world: ArchiveWorld, name: str, lake: Path | None = None, **said: str) -> Answer:
    values = {"from": "0000", "to": "9999", **said}
    return ask(
        QUESTIONS[name],
        values,
        archive=world.archive,
        verifier=world.verifier,
        now_ms=NOW_MS,
        lake=lake,
    )


def _requests(answer: Answer) -> set[str]:
    at = answer.question.columns.index("request")
    return {row[at] for row in answer.rows}


def _true(world: ArchiveWorld, holds: Callable[[Event], bool]) -> set[str]:
    return {f"00000000-0000-4000-8000-{e.number:012d}" for e in world.events if holds(e)}


def _outside_hours(event: Event) -> bool:
    at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
    return at.hour < 7 or at.hour >= 19 or at.isoweekday() >= 6


CASES: list[tuple[str, dict[str, tuple[str, str]], Callable[[Event], bool]]] = [
    ("subject", {"subject": ("subject", "patient-003")}, lambda e: e.subject == "patient-003"),
    ("actor", {"actor": ("actor", "staff-01")}, lambda e: e.actor == "staff-01"),
    ("period", {}, lambda e: True),
    ("refusals", {}, lambda e: e.outcome != "ok"),
    (
        "disclosures",
        {"recipient": ("", "insurer")},
        lambda e: e.recipient == "insurer" and e.outcome == "ok",
    ),
    ("looks", {}, lambda e: e.action == "LEDGER_WHO"),
    ("hours", {}, _outside_hours),
]


@pytest.mark.parametrize("copied", [False, True], ids=["segments", "copy"])
@pytest.mark.parametrize(("name", "said", "holds"), CASES, ids=[case[0] for case in CASES])
def test_an_answer_is_the_truth(
    world: ArchiveWorld,
    lake: Path,
    name: str,
    said: dict[str, tuple[str, str]],
    holds: Callable[[Event], bool],
    *,
    copied: bool,
) -> None:
    """Every event that happened, and no other, whichever form is asked."""
    values = {k: world.token(kind, v) if kind else v for k, (kind, v) in said.items()}

    answer = _ask(world, name, lake if copied else None, **values)

    assert _true(world, holds) == _requests(answer)
    assert answer.coverage.whole
    assert len(answer.rows) == len(_requests(answer))


def test_a_period_is_half_open(world: ArchiveWorld, lake: Path) -> None:
    """From is included, to is not; the year's edges fall on the right side."""
    answer = _ask(world, "period", lake, **{"from": "2022-01-01T", "to": "2023-01-01T"})

    assert _true(world, lambda e: e.at.startswith("2022")) == _requests(answer)


def test_readers_are_counted(world: ArchiveWorld, lake: Path) -> None:
    """Most accesses first, with how many people they touched."""
    counted = Counter(e.actor for e in EVENTS if e.outcome == "ok")
    answer = _ask(world, "readers", lake)

    told = {row[0]: row[2] for row in answer.rows}
    assert {world.token("actor", name): count for name, count in counted.items()} == told
    assert sorted(told.values(), reverse=True) == [row[2] for row in answer.rows]


def test_the_copy_is_the_archive(world: ArchiveWorld, lake: Path) -> None:
    """Made anew it has the same records, and it is smaller by a factor of five at least."""
    coverage, found = differences(world.archive, world.verifier, lake, now_ms=NOW_MS)

    assert [] == found
    assert coverage.records == sum(one.records for one in read_lake(lake).files()) + 5


def test_the_copy_follows_the_archive(tmp_path: Path) -> None:
    """What is sealed later is in the answer at once, and in the copy after the next run."""
    events = drawn(200, subjects=5, actors=3, years=1, seed=5)
    older = make_world(tmp_path / "w", events[:100], segment=50)
    lake = tmp_path / "lake"
    compact(older.archive, older.verifier, lake, now_ms=NOW_MS)
    before = read_lake(lake)
    world = make_world(tmp_path / "w", [e._replace(number=e.number + 500) for e in events[100:]])

    assert 200 == len(_ask(world, "period", lake).rows)
    after, _, new = compact(world.archive, world.verifier, lake, now_ms=NOW_MS)
    assert new > 0
    assert set(before.segments) < set(after.segments)
    assert [] == differences(world.archive, world.verifier, lake, now_ms=NOW_MS)[1]
    assert 200 == len(_ask(world, "period", lake).rows)
    assert {lake / one.file for one in after.files()} == set(lake.glob("month=*/*.parquet"))


@pytest.mark.parametrize("error", [OSError, duckdb.IOException])
def test_a_copy_that_cannot_be_written_is_said(
    error: type[Exception], world: ArchiveWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the type of the error: its text may name anything."""

    def fails(*_: object, **__: object) -> Any:
        raise error("where jane keeps it")

    monkeypatch.setattr("affidavit_reports.lake._copied", fails)
    with pytest.raises(SettingsError) as caught:
        compact(world.archive, world.verifier, tmp_path, now_ms=NOW_MS)
    assert ("the columnar copy cannot be written", f"writing raised {error.__name__}") == (
        *(caught.value.what, caught.value.why),
    )


def test_a_copy_in_portions_is_the_same_and_goes_on(
    world: ArchiveWorld, lake: Path, tmp_path: Path
) -> None:
    """Memory holds a portion; what was written before a run was broken off is not made again."""
    told: list[int] = []

    def stop(records: int) -> None:
        told.append(records)
        if len(told) == 3:
            raise KeyboardInterrupt

    def made(**more: Any) -> tuple[Lake, int]:
        done, _, new = compact(
            world.archive, world.verifier, tmp_path, now_ms=NOW_MS, portion=200, **more
        )
        return done, new

    with pytest.raises(KeyboardInterrupt):
        made(progress=stop)
    half = read_lake(tmp_path)
    whole, new = made()
    assert half.segments
    assert half.segments.items() < whole.segments.items()
    assert read_lake(lake).segments == whole.segments
    assert 0 < new < sum(one.records for one in whole.files())
    assert [] == differences(world.archive, world.verifier, tmp_path, now_ms=NOW_MS)[1]
    assert 600 == len(_ask(world, "period", tmp_path).rows)


def test_a_copy_that_was_written_by_somebody_else_is_found(
    world: ArchiveWorld, tmp_path: Path
) -> None:
    """A record less, one more, one of no segment: nothing signs a copy, and `check` compares it."""
    folder = tmp_path / "lake"
    compact(world.archive, world.verifier, folder, now_ms=NOW_MS)
    lake = read_lake(folder)
    (month, (whole,)) = next(iter(lake.months.items()))

    def forged(sql: str) -> list[str]:
        path = folder / f"month={month}" / "forged.parquet"
        source = parquet_of([folder / whole.file])
        connect().execute(f"COPY ({sql.format(source)}) TO '{path}' (FORMAT parquet)")
        one = whole._replace(file=path.relative_to(folder).as_posix(), digest=digest_of(path))
        text = lake._replace(months={**lake.months, month: (one,)}).text()
        (folder / INDEX).write_text(text)
        return differences(world.archive, world.verifier, folder, now_ms=NOW_MS)[1]

    assert [f"month {month}: lacks 1 record(s)"] == forged("SELECT * FROM {0} OFFSET 1")
    assert [f"month {month}: has besides {whole.records} record(s)"] == forged(
        "SELECT * FROM {0} UNION ALL SELECT * FROM {0}"
    )
    assert [f"month={month}/forged.parquet: its index does not say all that is in it"] == forged(
        "SELECT * FROM {0} UNION ALL "
        "(SELECT * REPLACE ('segments/2020/01/01/none.ndjson' AS segment) FROM {0} LIMIT 1)"
    )


def test_a_full_file_of_a_month_is_not_written_anew(tmp_path: Path) -> None:
    """A month of many portions has many files; what is not full yet takes what is new."""
    world = make_world(tmp_path / "w", drawn(120, subjects=5, actors=3, years=1, seed=5), segment=5)
    lake = tmp_path / "lake"
    whole, _, _ = compact(world.archive, world.verifier, lake, now_ms=NOW_MS, portion=10)

    assert max(map(len, whole.months.values())) > 1
    assert [] == differences(world.archive, world.verifier, lake, now_ms=NOW_MS)[1]
    assert 120 == len(_ask(world, "period", lake).rows)
    for files in whole.months.values():
        assert all(one.records >= 10 for one in files[:-1])
        assert sum(one.records for one in files) == whole.records(files[0].file[6:13])


def test_a_changed_segment_is_left_out_and_named(tmp_path: Path) -> None:
    """The rest is answered, the answer says that it is not whole, and the exit code too."""
    world = make_world(tmp_path, EVENTS[:200], segment=50)
    path = min((tmp_path / "archive" / "segments").rglob("*.ndjson"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"CHART_READ", b"CHART_SEEN", 1))

    answer = _ask(world, "period")

    assert 1 == len(answer.coverage.left_out)
    assert 0 < len(answer.rows) < 200
    assert 1 == shown(answer).exit_code
    assert any("left out" in note for note in shown(answer).notes)


def test_a_segment_has_the_lines_that_were_signed(tmp_path: Path) -> None:
    """Each is one record of the answer; a row with a line feed in it would be two."""
    world = make_world(tmp_path, EVENTS[:20], segment=50)
    coverage, (manifest,) = read_log(world.archive, world.verifier, NOW_MS)

    assert 1 == len([*sealed_segments(world.archive, [manifest], coverage)])
    other = manifest._replace(records=manifest.records - 1)
    assert [] == [*sealed_segments(world.archive, [other], coverage)]
    assert [manifest.key] == coverage.left_out


def test_a_checkpoint_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    """The newest too, as long as what it signed still lies there; beyond that a witness helps."""
    world = make_world(tmp_path, EVENTS[:100], segment=50)
    max((tmp_path / "archive" / "checkpoints").iterdir()).unlink()

    answer = _ask(world, "period")

    assert 50 == len(answer.rows)
    assert 1 == shown(answer).exit_code
    assert any("behind the newest checkpoint" in note for note in shown(answer).notes)


def test_a_changed_copy_is_refused(world: ArchiveWorld, tmp_path: Path) -> None:
    """One byte, or one file less; and a copy that claims more than the log has."""
    folder = tmp_path / "lake"
    compact(world.archive, world.verifier, folder, now_ms=NOW_MS)
    file = sorted(folder.glob("month=*/*.parquet"))[3]
    held = file.read_bytes()
    file.write_bytes(held[:-9] + bytes([held[-9] ^ 1]) + held[-8:])

    with pytest.raises(LedgerUnavailableError, match="not the one that was written"):
        _ask(world, "period", folder)
    assert differences(world.archive, world.verifier, folder, now_ms=NOW_MS)[1]
    file.write_bytes(held)
    said = json.loads((folder / INDEX).read_text())
    said["segments"]["segments/2020/01/01/x-0-1-0.ndjson"] = "0" * 43
    (folder / INDEX).write_text(json.dumps(said))
    with pytest.raises(LedgerUnavailableError, match="1 of its segments are not signed"):
        _ask(world, "period", folder)
    (folder / INDEX).write_text(json.dumps(said | {"origin": "example.org/other"}))
    with pytest.raises(LedgerUnavailableError, match="it is of example.org/other, the archive is"):
        _ask(world, "period", folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 3}', '{"format": 2, "months": 7}'])
def test_an_index_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """In words, with what to do."""
    (tmp_path / INDEX).write_text(text)

    with pytest.raises(LedgerUnavailableError, match="copy cannot be used"):
        read_lake(tmp_path)


def test_an_index_cannot_lead_outside(world: ArchiveWorld, lake: Path, tmp_path: Path) -> None:
    """A file of a copy lies in its folder."""
    said = json.loads((lake / INDEX).read_text())
    month = next(iter(said["months"].values()))
    month[0]["file"] = "../../elsewhere.parquet"
    (tmp_path / INDEX).write_text(json.dumps(said))

    with pytest.raises(LedgerUnavailableError, match="copy cannot be used"):
        read_lake(tmp_path)


@pytest.mark.parametrize("key", ["/written.ndjson", "/../written.ndjson"])
def test_a_key_cannot_lead_outside(world: ArchiveWorld, tmp_path: Path, key: str) -> None:
    """An alarm may have any; whoever has the sealer's key could name a file of the auditor's."""
    _, manifests = read_log(world.archive, world.verifier, NOW_MS)
    data = world.archive.get(manifests[0].key)
    outside = manifests[0]._replace(kind="alarm", key=f"{tmp_path}{key}")
    engine = connect()
    create(engine)

    fill(engine, [SealedSegment(outside, data)])

    assert not Path(outside.key).exists()
    assert {outside.key} == {one for (one,) in rows(engine, "SELECT segment FROM records")}


def test_names_are_shown_and_never_kept(world: ArchiveWorld, tmp_path: Path) -> None:
    """An identifier of the list becomes a token here; the archive has no name in it."""
    file = tmp_path / "staff.csv"
    file.write_text('id,name\nstaff-01,"Ada, Example"\npatient-003,Bob Example\n')
    names = tokens_of(read_names(file), world.ledger, [""])

    answer = _ask(world, "actor", actor=world.token("actor", "staff-01"))
    told = Answer(
        question=answer.question,
        asked=answer.asked,
        rows=answer.rows,
        coverage=answer.coverage,
        names=names,
    )

    at = told.question.columns.index("actor")
    assert {"Ada, Example"} == {row[at] for row in told.table()}
    assert any(
        row["subject_name"] == "Bob Example" for row in told.json()["rows"] if "subject_name" in row
    )  # type: ignore[index, union-attr]
    assert b"Example" not in b"".join(path.read_bytes() for path in _files(world))


def _files(world: ArchiveWorld) -> Iterator[Path]:
    return (path for path in world.key_file.parent.rglob("*") if path.is_file())


def test_a_list_of_names_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """With the line, and without what stands in it."""
    file = tmp_path / "staff.csv"
    file.write_text("staff-01,Ada\nstaff-02\n")

    with pytest.raises(SettingsError, match="line 2 has one column"):
        read_names(file)
    with pytest.raises(SettingsError, match="FileNotFoundError"):
        read_names(tmp_path / "missing.csv")


def test_csv_is_read_back_and_runs_nothing(world: ArchiveWorld) -> None:
    """A cell that a spreadsheet would take for a formula is text."""
    answer = _ask(world, "period")
    hostile = (answer.rows[0][0], "=cmd|'/c calc'!A0", *answer.rows[0][2:])
    told = as_csv(
        Answer(
            question=answer.question,
            asked={},
            rows=[hostile],
            coverage=answer.coverage,
            names={},
        )
    )

    lines = list(csv.reader(io.StringIO(told)))
    assert list(answer.question.columns) == lines[0]
    assert "'=cmd|'/c calc'!A0" == lines[1][1]


def test_an_archive_without_a_signature_answers_nothing(
    world: ArchiveWorld, tmp_path: Path
) -> None:
    """Another key has signed none of it."""
    other = make_world(tmp_path, EVENTS[:10])

    answer = ask(
        QUESTIONS["period"],
        {"from": "0000", "to": "9999"},
        archive=world.archive,
        verifier=other.verifier,
        now_ms=NOW_MS,
    )

    assert not answer.rows
    assert not answer.coverage.whole


def test_nothing_unfinished_is_left_in_a_copy(lake: Path) -> None:
    """Files of a copy are written beside their place and moved there."""
    assert [] == [name for _, _, names in os.walk(lake) for name in names if name.startswith(".")]
