"""What the front page says is true."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

import click
import pytest

import recordings
import repository as repo
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.settings import VARIABLES
from affidavit.testing import MemorySource, api_gateway_v1, make_runtime, run
from affidavit_cli.main import build
from affidavit_cli.main import run as command_line

README = (repo.ROOT / "README.md").read_text()
PICTURES = repo.DOCS / "pictures"
USER = "550e8400-e29b-41d4-a716-446655440000"

DIFFERENT = (
    (re.compile(r"[\w-]{22}(?=/\d)"), "WRITER"),
    (re.compile(r"(?<=[:=])[0-9a-f]{12}\b"), "TOKEN"),
)
"""What differs from one demonstration to the next."""


@pytest.fixture
def handler() -> Any:
    """The handler of the front page."""
    (block,) = repo.blocks(README, "python")
    said: dict[str, Any] = {"__name__": "readme"}
    exec(compile(block, "README.md", "exec", dont_inherit=True), said)  # noqa: S102 - our own page
    return said["handler"]


def _ask(handler: Any, **query: str) -> tuple[Any, Any, MemorySource]:
    rows = [{"price": Decimal("99.99"), "currency": "USD"}] if query["id"] == "PROD-101" else []
    source = MemorySource("prices", {"find_price": rows})
    bench = make_runtime(sources=[source])
    answer: Any = run(handler, api_gateway_v1(query=query), bench)
    return answer, bench, source


def test_the_example_answers_and_leaves_evidence(handler: Any) -> None:
    """As the text below it says."""
    answer, bench, source = _ask(handler, id="PROD-101", userId=USER)

    assert 200 == answer["statusCode"]
    assert {"price": "99.99", "currency": "USD"} == json.loads(answer["body"])
    assert ["I", "O"] == [record.phase for record in bench.records]
    assert "PRICE_FETCH" == bench.records[-1].document["act"]
    assert bench.records[-1].actor is not None
    assert bench.records[-1].subject is not None
    assert [("find_price", {"id": "PROD-101"})] == source.asked


def test_an_invalid_request_never_reaches_the_body(handler: Any) -> None:
    """It is answered with 400 and is on record."""
    answer, bench, source = _ask(handler, id="123-45-6789", userId=USER)

    assert 400 == answer["statusCode"]
    assert [] == source.asked
    assert ["deny"] == [record.status for record in bench.records]


def test_none_becomes_404(handler: Any) -> None:
    """And is on record, too."""
    answer, bench, _ = _ask(handler, id="PROD-999", userId=USER)

    assert 404 == answer["statusCode"]
    assert 404 == bench.records[-1].code


def test_the_example_is_short() -> None:
    """Twenty lines of code, or somebody will not read them."""
    (block,) = repo.blocks(README, "python")
    lines = [line for line in block.splitlines() if line.strip()]

    assert 26 >= len(lines)


def test_the_two_commands_exist_and_are_run_elsewhere() -> None:
    """Continuous integration runs both on a fresh clone, first.

    What it leaves out of the second it runs right afterwards, under coverage.
    """
    _, block = repo.blocks(README, "sh")
    commands = [line.partition("#")[0].strip() for line in block.splitlines()]
    ci = (repo.ROOT / ".ci" / "run").read_text()

    assert ["make demo", "make test"] == commands
    for command in commands:
        assert command.removeprefix("make ") in repo.targets()
        assert re.search(rf"^step .* {command}(?: SKIP=tests/core)?$", ci, flags=re.MULTILINE)


def test_the_demonstration_prints_what_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line and in order; `python tests/recordings.py` draws it anew."""
    assert 0 == command_line(["demo"])
    again = recordings.demonstration(capsys.readouterr().out)
    then = recordings.DEMONSTRATION.read_text()

    assert list(map(_steady, recordings.drawn(again))) == list(map(_steady, recordings.drawn(then)))
    assert not re.search(r"https?://(?!www\.w3\.org/)", then)


@pytest.mark.parametrize("name", ["architecture", "invocation"])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_diagram_is_drawn_as_its_text_says(name: str, look: str) -> None:
    """In both looks, by `make pictures`; a viewer asks nobody for anything."""
    text = {
        "architecture": (PICTURES / "architecture.mmd").read_text(),
        "invocation": repo.blocks((repo.DOCS / "architecture.md").read_text(), "mermaid")[0],
    }[name]
    picture = (PICTURES / f"{name}-{look}.svg").read_text()

    assert hashlib.sha256(text.encode()).hexdigest() in picture.partition("\n")[0]
    assert not re.search(r"https?://(?!www\.w3\.org/)|<script|<foreignObject", picture)


def test_every_picture_of_the_front_page_is_there_and_says_what_it_shows() -> None:
    """In light and dark, and to whom cannot see it."""
    shown = re.findall(r'(?:srcset|src)="([^"]+)"|!\[[^\]]+\]\(([^)]+)\)', README)
    files = [one or other for one, other in shown]

    assert 5 == len(files)
    assert [] == [file for file in files if not (repo.ROOT / file).is_file()]
    assert README.count("<img ") == README.count("<img alt=")


def _steady(text: str) -> str:
    for pattern, word in DIFFERENT:
        text = pattern.sub(word, text)
    return text


def test_commands_of_the_command_line_exist() -> None:
    """`affidavit something` can be typed."""
    group = build(load_plugins())
    asked = set(re.findall(r"`affidavit ([a-z]+)", README))

    assert asked
    assert set() == asked - set(group.list_commands(click.Context(group)))


def test_variables_exist() -> None:
    """In the spelling of the settings."""
    named = set(re.findall(r"AFFIDAVIT_[A-Z_]+", README))
    sources = {name for name in named if name.startswith("AFFIDAVIT_SOURCE_")}

    assert sources
    assert set() == named - sources - VARIABLES.keys()


def test_the_front_page_can_be_read_at_a_sitting() -> None:
    """What is longer belongs into docs/."""
    assert 130 >= len(README.splitlines())
