"""Names of fields that count for a number of a pack, and for nothing else."""

from __future__ import annotations

import random

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor
from affidavit._redact.classify.key_words import split
from affidavit._redact.classify.number_names import entity_of_number, number_names
from affidavit._redact.detect.national_ids.table import identifiers

WORLD = Redactor(load_policy("baseline").redaction._replace(packs=tuple(Pack)))
EVERY = number_names(frozenset(pack.value for pack in Pack))

NUMBERS = {
    "utr": "1955839661", "employeeUtr": "1955839661", "UTR_number": "1955839661",
    "ppsNo": "6433435F", "phn": "9698 658 215", "tax_file_number": "123 456 782",
    "abn": "83 914 571 673", "msp number": "9698658215", "idnr": "36574261809",
    "p_iva": "00743110157", "ak": "33309240064", "r.c.": "7103192745",
    "лнч": "7111042925", "\u00c4K": "33309240064", "vkn": "4540536920",
    "onderwijsnummer": "101222331",
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS, ids=range(len(NUMBERS)))
def test_a_number_goes_below_a_word_of_its_pack(name: str) -> None:
    """As a text, as a number, alone in a list, in JSON in a text."""
    number = NUMBERS[name]
    shapes: list[object] = [
        {name: number}, {"person": {name: [number]}}, f'{{"{name}": "{number}"}}',
    ]  # fmt: skip
    if number.isdigit() and number[0] != "0":
        shapes.append({name: int(number)})

    assert [] == [one for one in shapes if number in str(WORLD.clean(one, Sink.LOG).value)]


@pytest.mark.parametrize("name", NUMBERS, ids=range(len(NUMBERS)))
def test_anything_else_stays_below_it(name: str) -> None:
    """A word, a state, a number with a wrong digit."""
    wrong = NUMBERS[name][:-1] + ("1" if NUMBERS[name][-1] != "1" else "2")
    value = {name: "pending"}, {name: 3}, {name: None}, {name: {"state": "ok"}}, {name: [1, 2]}

    assert list(value) == WORLD.clean(value, Sink.LOG).value
    assert {name: wrong} == WORLD.clean({name: wrong}, Sink.LOG).value


def test_a_pack_that_is_not_on_announces_nothing() -> None:
    """`hipaa` lists the United States: a British tax reference is a number like any other."""
    hipaa = Redactor(load_policy("hipaa").redaction)

    assert {"utr": "1955839661"} == hipaa.clean({"utr": "1955839661"}, Sink.LOG).value


def test_every_word_of_every_kind_is_a_name() -> None:
    """Written as words, as one word, and with a filler behind it."""
    missed = [
        (one.name, spelled)
        for one in identifiers()
        for phrase in one.words
        for spelled in (phrase, phrase.replace(" ", "_"), f"{phrase} value")
        if one not in EVERY.read(split(spelled))
    ]

    assert [] == missed


def test_a_list_is_one_of_numbers_only_if_all_are() -> None:
    """One that is none leaves all of it to those who read it one by one."""
    kinds = EVERY.read(("utr",))
    rng = random.Random(1)  # noqa: S311
    numbers = ["1955839661"] * rng.randint(1, 9)

    assert entity_of_number(kinds, numbers) == "GOV_ID"
    assert entity_of_number(kinds, [*numbers, "x"]) == ""
    assert entity_of_number(kinds, []) == ""
    assert entity_of_number(kinds, numbers * 65) == ""


def test_a_large_number_may_be_one_of_a_pack() -> None:
    """It needs no quotes, as a card's does not; times in small units stay."""
    value = {"a": 7569217076985, "b": 110101199003074514, "c": [7569217076985]}
    times = {"us": 1767225600000000, "ns": 1767225600000000000, "id": 9007199254740993}

    assert "7569217076985" not in str(WORLD.clean(value, Sink.LOG).value)
    assert "110101199003074514" not in str(WORLD.clean(value, Sink.LOG).value)
    assert "110101199003074514" not in WORLD.text("110101199003074514", Sink.LOG)
    assert times == WORLD.clean(times, Sink.LOG).value
