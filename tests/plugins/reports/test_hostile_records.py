"""Records that hold markup, formulas, commands and paths are answered, and nothing of them runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from affidavit_ledger.verify import Evidence, verify
from affidavit_reports.ask import ask
from affidavit_reports.console.pages import PAGE
from affidavit_reports.lake import compact, differences
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.record_table import NO_MONTH
from affidavit_reports.shown_cells import LONGEST
from archive_world import ArchiveWorld
from command_line import Terminal
from hostile_records import EVIL, TIMES, hostile_bodies, make_hostile
from running_console import Running

NOW_MS = 1_900_000_000_000
COUNT = 400
UNFIT = sum(at in TIMES and not at.startswith("2024") for _, at in hostile_bodies(COUNT))
TAGS = """
html head meta title link style body a header strong nav main section h1 h2 p form label select
option div input button figure figcaption svg rect text table thead tbody tr th td ol li code pre
footer dl dt dd br small details summary script
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """An archive that a sealer has sealed as it seals every other."""
    return make_hostile(tmp_path_factory.mktemp("hostile"), COUNT)


@pytest.fixture(scope="module")
def lake(world: ArchiveWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The columnar copy of it."""
    folder = tmp_path_factory.mktemp("around") / "lake"
    compact(world.archive, world.verifier, folder, now_ms=NOW_MS)
    return folder


class Tags(HTMLParser):
    """Notes every tag and every attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {str(value) for name, value in attrs if name in {"href", "src", "action"}}


def hold(page: str, *, scripts: int) -> None:
    """Hold that a page has our tags and no others, and leads nowhere else."""
    told = Tags(page)
    assert scripts == told.tags.count("script")
    assert set(told.tags) <= set(TAGS.split())
    assert not [name for name in told.attributes if name.startswith("on")]
    away = [one for one in told.links if not one.startswith("/") or one.startswith("//")]
    assert {"#content"} >= set(away)


def test_the_archive_is_one_that_verifies(world: ArchiveWorld) -> None:
    """Nothing is wrong with it but what its records say."""
    found = verify(
        Evidence(archive=world.archive, verifier=world.verifier),
        now_ms=NOW_MS,
        max_age_s=None,
        workers=1,
    )

    assert COUNT == found.records
    assert {"chain-start"} >= {one.kind.value for one in found.findings}


def test_the_copy_stays_in_its_folder(world: ArchiveWorld, lake: Path) -> None:
    """A record's time names a folder of the copy, if it is one."""
    assert [lake] == list(lake.parent.iterdir())
    assert {*(f"month=2020-{number:02}" for number in range(1, 13)), "month=2024-02"} == {
        path.name for path in lake.glob("month=*") if path.name != f"month={NO_MONTH}"
    }
    assert [] == differences(world.archive, world.verifier, lake, now_ms=NOW_MS, portion=100)[1]
    _, coverage, new = compact(world.archive, world.verifier, lake, now_ms=NOW_MS)
    unfit = [f"unfit {UNFIT} record(s) that say no time or no phase"]
    assert (unfit, 0) == (coverage.findings, new)


@pytest.mark.parametrize("copied", [False, True], ids=["segments", "copy"])
@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_every_question_is_answered(
    name: str, world: ArchiveWorld, lake: Path, *, copied: bool
) -> None:
    """What has no time is in no answer that asks for one, and the answer says so."""
    values = {"from": "0000", "to": "9999", "subject": EVIL[8], "actor": EVIL[2]}
    answer = ask(
        QUESTIONS[name],
        {**values, "recipient": EVIL[2]},
        archive=world.archive,
        verifier=world.verifier,
        now_ms=NOW_MS,
        lake=lake if copied else None,
    )

    assert not answer.coverage.whole
    assert [f"unfit {UNFIT} record(s) that say no time or no phase"] == answer.coverage.findings
    if name == "period":
        assert COUNT - UNFIT == len(answer.rows)


@pytest.mark.parametrize("form", ["table", "json", ".json", ".csv", ".html"])
def test_every_form_of_an_answer_holds(
    form: str, world: ArchiveWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal obeys nothing, a spreadsheet computes nothing, a browser runs nothing."""
    where = ("--archive", world.url, "--public-key", str(world.key_file))
    file = tmp_path / f"answer{form}"
    more = ("--to-file", str(file)) if form.startswith(".") else ("--output", form)
    said = Terminal(capsys, tmp_path)("report", "period", *where, *more)

    assert 1 == said.code
    assert not {"\x1b", "\0", "\x9b", "\r", "\u202e"} & set(said.out if form != "json" else "")
    if form == "json":
        assert COUNT - UNFIT == len(said.data["rows"])
    elif form == ".json":
        assert COUNT - UNFIT == len(json.loads(file.read_text())["rows"])
    elif form == ".csv":
        with file.open(newline="") as lines:
            table = list(csv.reader(lines))
        assert COUNT - UNFIT + 1 == len(table)
        assert not [cell for row in table for cell in row if cell[:1] in set("=+-@\t\r")]
    elif form == ".html":
        hold(file.read_text(), scripts=1)


@pytest.fixture(scope="module")
def console(world: ArchiveWorld) -> Iterator[Running]:
    """A console over it, opened."""
    running = Running(world)
    running.open()
    yield running
    running.stop()


@pytest.mark.parametrize(
    "path",
    [
        *(f"/?question={name}" for name in sorted(QUESTIONS)),
        *("/?question=period&start=200", "/?question=period&start=" + "9" * 30),
        *("/proof/" + quote(f"{EVIL[8]}0", safe=""), f"/proof/{1:032x}", f"/record/{'w' * 22}/1"),
        f"/record/{'w' * 22}/{10**40}",
        "/record/%3Cscript%3E/1",
    ],
)
def test_every_page_of_the_console_holds(console: Running, path: str) -> None:
    """Whatever stands in a record is text on it, and a page does not grow with what it shows."""
    params = (
        f"&subject=token:{quote(EVIL[8])}&actor=token:{quote(EVIL[2])}&recipient={quote(EVIL[2])}"
    )
    page = console.get(path + params if "question" in path else path)

    assert page.status in {200, 400, 404, 500}
    assert "Traceback" not in page.text
    hold(page.text, scripts=0)
    assert len(page.text) < PAGE * 21 * (LONGEST * 6 + 100)
    assert "x" * (LONGEST + 1) not in page.text or "question" not in path


def test_what_raises_is_a_page(console: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its type, and not what it says."""

    def fails(*_: object) -> None:
        raise RuntimeError(EVIL[0])

    monkeypatch.setattr(console.console, "_answer", fails)
    page = console.get("/?question=period")

    assert 500 == page.status
    assert "RuntimeError" in page.text
    assert "alert" not in page.text
