"""Words beside digits that say what they are."""

from __future__ import annotations

import pytest

from affidavit._redact.detect.number_words import (
    in_digest,
    is_count,
    is_part,
    is_part_number,
    numbers_a_thing,
)
from affidavit._redact.types.match import TextView

THINGS = [
    "order", "invoice", "tracking", "ticket", "batch", "trace", "span", "block", "sequence",
    "parcel",
    "shipment", "job", "ean", "gtin", "sku", "isbn", "part",
]  # fmt: skip
PARTS = [
    "part", "parts", "sku", "model", "p/n", "pn", "catalog", "catalogue", "item", "order",
    "invoice",
    "serial", "version", "revision",
]  # fmt: skip
NAMED = ["part", "parts", "sku", "model", "catalog", "catalogue", "item", "serial"]


def _before(text: str) -> tuple[TextView, int]:
    return TextView(text + "12"), len(text)


@pytest.mark.parametrize("thing", THINGS)
def test_the_number_of_a_thing(thing: str) -> None:
    """With or without `id` and its like, and a mark behind it."""
    for said in ("{}", "{} id", "{}_no", "{}-nr", "{} number", "{}ref", "{}_key"):
        for mark in (":", "=", "#", " #", " no.", '": "', "", " "):
            text = said.format(thing.title()) + mark
            assert numbers_a_thing(*_before(text)), text
    for text in (f"x{thing} ", f"{thing} of ", f"{thing}s "):
        assert not numbers_a_thing(*_before(text)), text


@pytest.mark.parametrize(("text", "expected"), [("blk_", True), ("blk_-", True), ("blk", False)])
def test_a_block_of_a_file_system(text: str, expected: bool) -> None:
    """Hadoop's are numbered so."""
    assert expected is numbers_a_thing(*_before(text))


@pytest.mark.parametrize("part", PARTS)
def test_the_number_of_a_part(part: str) -> None:
    """Behind a blank, a colon, an equals sign, a hash; in so many words, or by the name alone."""
    for said in (
        "{} ",
        "{}: ",
        "{}=",
        "{}#",
        '{}":',
        "{} no. ",
        "{} nr ",
        "{} number ",
        "{} id ",
        "{}#=",
    ):
        assert is_part(*_before(said.format(part.upper()))), said
    assert not is_part(*_before(f"x{part} "))
    assert not is_part(*_before(part))
    assert not is_part(*_before(f"{part} of "))


@pytest.mark.parametrize("part", NAMED)
def test_a_part_in_so_many_words(part: str) -> None:
    """Not by the name of a field alone, which a caller chooses."""
    for said in ("{} no. ", "{} nr: ", "{}number=", "{} #:"):
        assert is_part_number(*_before(said.format(part))), said
    assert not is_part_number(*_before(f"{part} "))
    assert not is_part_number(*_before(f"{part}="))


def test_what_has_no_name_but_that() -> None:
    """`p/n` and `pn` are those words."""
    assert is_part_number(*_before("P/N: "))
    assert is_part_number(*_before("pn "))
    assert not is_part_number(*_before("order no. "))
    assert not is_part_number(*_before("version no. "))


@pytest.mark.parametrize(
    "unit",
    ["byte", "bytes", "kb", "MB", "gib", "TiB", "b", "ms", "us", "ns", "s", "sec", "seconds",
    "rows",
     "lines", "items", "records", "events", "message", "messages", "chars"],
)  # fmt: skip
def test_digits_with_a_unit_are_a_count(unit: str) -> None:
    """Behind a plus sign, which a telephone number has too."""
    for text in (f"+123456789 {unit}", f"+123456789{unit}"):
        assert is_count(TextView(text), 1) is (unit != "message"), text
    assert not is_count(TextView(f"+123456789 {unit}x"), 1)
    assert not is_count(TextView("+123456789"), 1)


@pytest.mark.parametrize(
    "word",
    ["offset", "bytes", "size", "heap", "rss", "delta", "memory", "alloc", "allocated", "growth",
     "grew", "diff", "position", "length"],
)  # fmt: skip
def test_words_before_a_plus_that_count(word: str) -> None:
    """Such as `heap grew by +1234567`."""
    for between in (" ", "=", ": ", " by ", "(", ""):
        text = f"{word}{between}+1234567"
        assert is_count(TextView(text), text.index("1")), text
    text = f"{word} of +1234567"
    assert not is_count(TextView(text), text.index("1"))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a" * 10, "b" * 10, True), ("a" * 9, "b" * 10, False), ("a" * 20, "", True),
        ("", "f" * 20, True),
        ("a" * 10 + " ", "b" * 10, False), ("g" + "a" * 10, "b" * 10, False),
        ("a" * 10, "b" * 10 + "g", False), ("-" + "a" * 10, "b" * 10 + ".", True), ("", "", False),
        ("", " " + "f" * 30, False),
    ],
)  # fmt: skip
def test_digits_in_a_digest(left: str, right: str, expected: bool) -> None:
    """A hexadecimal word of 24 characters or more, whole."""
    text = f"{left}1234{right}"

    assert expected is in_digest(TextView(text), len(left), len(left) + 4)
