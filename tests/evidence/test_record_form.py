"""What a record may look like: each member with a value of each kind, and without it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from affidavit.plugin import Entry, Token, WriterId, canonical_bytes
from affidavit_ledger.record_form import (
    MAX_WHOLE,
    UnknownVersionError,
    index_matches,
    is_fit,
    place_of,
    read_record,
)

WRITER = "w" * 22
GOOD: dict[str, Any] = {
    "actor": {"auth": "iam", "id": "a" * 32},
    "exp": 9,
    "out": {"code": 200, "s": "ok"},
    "ph": "D",
    "prev": "p" * 43,
    "q": [{"n": "find", "s": "prices"}],
    "seq": 3,
    "subj": "s" * 32,
    "ts": "2026-01-23T12:00:00.000Z",
    "v": 1,
    "wid": WRITER,
}
VALUES: dict[str, Any] = {
    "text": "x",
    "whole": 7,
    "zero": 0,
    "largest": MAX_WHOLE,
    "below zero": -1,
    "truth": True,
    "null": None,
    "list": [],
    "object": {},
}
WHOLE = {"whole", "zero", "largest"}
FORMS: dict[str, set[str]] = {
    "actor": {"object"},
    "actor/auth": set(VALUES),
    "actor/id": {"text"},
    "exp": WHOLE,
    "out": {"object"},
    "out/code": WHOLE,
    "out/s": set(VALUES),
    "ph": {"text"},
    "prev": {"text"},
    "q": {"list"},
    "q/0": set(),
    "q/0/n": set(VALUES),
    "q/0/s": set(VALUES),
    "seq": WHOLE,
    "subj": {"text"},
    "ts": {"text"},
    "wid": set(),
}
"""Which kinds of value each member may have; a writer's name has a form of its own."""
NEEDED = {"ph", "prev", "q/0/n", "q/0/s", "seq", "v", "wid"}


def _changed(path: str, value: Any = ..., /) -> dict[str, Any]:
    """Return the good record with another value at a path, or without one."""
    said = copy.deepcopy(GOOD)
    *ways, last = (int(name) if name.isdigit() else name for name in path.split("/"))
    place: Any = said
    for name in ways:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return said


def _is_record(said: Any) -> bool:
    try:
        read_record(canonical_bytes(said))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("path", FORMS)
def test_a_member_has_a_value_of_its_kind(path: str) -> None:
    """What others build on is checked before; of the rest a record may say what it likes."""
    assert _is_record(GOOD)
    found = {kind for kind, value in VALUES.items() if _is_record(_changed(path, value))}
    assert FORMS[path] == found


@pytest.mark.parametrize("path", sorted(FORMS.keys() | NEEDED))
def test_a_member_may_be_missing_unless_it_is_needed(path: str) -> None:
    """A record says what, where and behind which other one it is."""
    assert (path not in NEEDED) == _is_record(_changed(path))


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("a_-Z" * 5 + "09", True),
        ("w" * 21, False),
        ("w" * 23, False),
        ("w" * 21 + "+", False),
        ("w" * 21 + "\n", False),
    ],
)
def test_a_writers_name_has_one_form(name: str, fits: bool) -> None:
    """Twenty-two letters, digits, lines and dashes."""
    assert fits == _is_record(_changed("wid", name))


@pytest.mark.parametrize("extra", ["wie", "x", "wid2"])
def test_the_writers_name_is_the_last_member(extra: str) -> None:
    """It stands at the end of the bytes, where it is looked for."""
    assert not _is_record({**GOOD, extra: 1})
    assert _is_record({**GOOD, "wic": 1})


@pytest.mark.parametrize("version", [0, 2, -1, MAX_WHOLE, -MAX_WHOLE])
def test_of_another_version_only_the_place_is_known(version: int) -> None:
    """Nobody can judge the rest, whatever it is."""
    body = canonical_bytes({**GOOD, "v": version, "out": 7})
    with pytest.raises(UnknownVersionError) as caught:
        read_record(body)
    assert caught.value.record is not None
    assert (3, 3) == (caught.value.record.document["seq"], place_of(body))
    for path in ("seq", "prev", "wid"):
        with pytest.raises(ValueError, match="not a record") as refused:
            read_record(canonical_bytes(_changed(path) | {"v": version}))
        assert not isinstance(refused.value, UnknownVersionError)


@pytest.mark.parametrize("version", ["1", None, True, [], {}])
def test_a_version_is_a_number(version: Any) -> None:
    """Anything else is no record of whichever version."""
    with pytest.raises(ValueError, match="not a record") as caught:
        read_record(canonical_bytes({**GOOD, "v": version}))
    assert not isinstance(caught.value, UnknownVersionError)


@pytest.mark.parametrize("said", [[], "x", 1, None, {}])
def test_a_record_is_an_object(said: Any) -> None:
    """And has members."""
    assert not _is_record(said)


def _entry(**changes: Any) -> Entry:
    entry = Entry(
        WriterId(WRITER),
        3,
        canonical_bytes(GOOD),
        b"m" * 16,
        9,
        GOOD["ts"],
        actor=Token("a" * 32),
        subject=Token("s" * 32),
    )
    return entry._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"mac": b"m" * 15}, False),
        ({"mac": b"m" * 17}, False),
        ({"seq": 4}, False),
        ({"writer": WriterId("x" * 22)}, False),
        ({"body": b"{}"}, False),
    ],
)
def test_an_entry_fits_where_it_says(changes: dict[str, Any], fits: bool) -> None:
    """With a MAC of its length."""
    assert fits == is_fit(_entry(**changes))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"expires_at": 8}, False),
        ({"at": "2026-01-23T12:00:00.001Z"}, False),
        ({"actor": None}, False),
        ({"subject": Token("t" * 32)}, False),
        ({"body": b"{"}, False),
        ({"body": b"[]"}, False),
        ({"body": b'{"actor":1}'}, False),
    ],
)
def test_what_is_indexed_is_what_the_record_says(changes: dict[str, Any], same: bool) -> None:
    """Each of four; from the bytes, or from what was read of them."""
    entry = _entry(**changes)
    assert same == index_matches(entry)
    if "body" not in changes:
        assert same == index_matches(entry, read_record(entry.body))
