"""Plates of vehicles and postal codes behind a word for one."""

from __future__ import annotations

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(load_policy("hipaa").redaction)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("license plate", "7ABC123"),
        ("License plate", "ABC 123"),
        ("the number plate is", "AB51 ABC"),
        ("plate number", "ABJ-123XY"),
        ("plate no.", "12-AB-34"),
        ("my car reg is", "K1 ABC"),
        ("vehicle registration", "ABC 123D"),
        ("Kennzeichen", "B-MW 1234"),
        ("KFZ-Kennzeichen:", "M AB 123"),
        ("kenteken", "12-ABC-3"),
        ("plaka", "34 ABC 1234"),
        ("Ara\u00e7 plakas\u0131", "06 A 123"),
        ("Plaka numaras\u0131", "81 A 12"),
    ],
)
def test_a_plate_behind_its_word_goes(said: str, number: str) -> None:
    """Of whatever state, with whatever stands between its groups."""
    for end in ("", ".", ", next", " was seen", "\nand"):
        assert f"{said} [GOV_ID]{end}" == REDACTOR.text(f"{said} {number}{end}", Sink.LOG)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("postcode", "EC2A 1NT"),
        ("post code", "M11AA"),
        ("zip code", "94110"),
        ("ZIP Code is", "94110-1234"),
        ("postal code", "K1A 0B1"),
        ("postal code", "1012 AB"),
        ("PLZ", "10115"),
        ("Postleitzahl", "1010"),
        ("code postal", "75001"),
        ("c\u00f3digo postal", "4000-007"),
        ("postal code", "00-950"),
        ("postal code", "110 00"),
    ],
)
def test_a_postal_code_behind_its_word_goes(said: str, number: str) -> None:
    """Of whatever state."""
    for end in ("", ".", ", next", " was seen", "\nand"):
        assert f"{said} [ADDRESS]{end}" == REDACTOR.text(f"{said} {number}{end}", Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "postcode lookup failed 5000 times",
        "zip code table has 41000 rows",
        "postcode 2000ms",
        "zip code 2024-01-23",
        "zip code 12345.gz",
        "number plate recognition took 300 ms",
        "plate number required",
        "vehicle registration service v2 up",
        "template 3 of 4",
        "license plate N/A",
        "license plate reader 12 is down",
        "posted 12345 bytes",
        "zip 12345 files",
    ],
)
def test_what_only_has_such_a_word_stays(text: str) -> None:
    """A number close by is none."""
    assert text == REDACTOR.text(text, Sink.LOG)
