"""What the engine makes of some thousands of texts, as values and as keys, is written down.

Each stands at an edge of something: an example of another test here, or one with a character
more, less or other. Nobody has chosen what becomes of them; whoever changes it shows in the
difference of `readings.tsv` what else has changed, once they have run

    python tests/core/redact/test_readings.py

A line has the text, what is written instead (`=`: the same), and what a value below such a key
becomes; each as a JSON text without its quotes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor
from affidavit._redact.types.entities import SECRETS

SHEET: Final = Path(__file__).with_name("readings.tsv")
SAME: Final = "="
BELOW: Final = "Q7x9"
PARTS: Final = 100


@cache
def _redactor() -> Redactor:
    return Redactor(load_policy("baseline").redaction._replace(packs=tuple(Pack)))


def reading(text: str) -> str:
    """Return what stands in the sheet for a text."""
    clean = _redactor().clean(text, Sink.LOG)
    below = _redactor().clean({text: BELOW}, Sink.LOG).value
    assert isinstance(clean.value, str)
    assert isinstance(below, dict)
    secrets = [entity for entity, _ in clean.found if entity in SECRETS]
    said = SAME if clean.value == text else _cell(clean.value)
    (under,) = below.values()
    cells = [_cell(text), " ".join([said, *secrets]), SAME if under == BELOW else _cell(str(under))]
    while cells[-1] == SAME:
        cells.pop()
    return "\t".join(cells)


def _cell(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _texts(lines: Iterable[str]) -> list[str]:
    return [json.loads(f'"{line.partition(chr(9))[0]}"') for line in lines]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_text_reads_as_the_sheet_says(part: int) -> None:
    """If it is meant to read otherwise, the sheet is written anew, and its difference is read."""
    lines = SHEET.read_text("utf-8").splitlines()[part::PARTS]

    assert lines == [reading(text) for text in _texts(lines)]


def test_the_order_of_texts_changes_nothing() -> None:
    """A redactor remembers what it has read, and finds the same as if it did not."""
    lines = SHEET.read_text("utf-8").splitlines()[::-1][::7]
    _redactor.cache_clear()

    assert lines == [reading(text) for text in _texts(lines)]


if __name__ == "__main__":
    told = _texts(SHEET.read_text("utf-8").splitlines())
    SHEET.write_text("".join(reading(text) + "\n" for text in told), "utf-8")
