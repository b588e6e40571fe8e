"""What a manifest may look like: each member with a value of each kind, and without it."""

from __future__ import annotations

from typing import Any

import pytest

from affidavit.plugin import canonical_bytes
from affidavit_ledger.record_form import MAX_WHOLE, UnknownVersionError
from affidavit_ledger.segments import Manifest

WRITER = "w" * 22
GOOD: dict[str, Any] = {
    "bytes": 900,
    "count": 2,
    "key": "segments/2026/01/23/s-0-1-0123456789abcdef.ndjson",
    "kind": "segment",
    "note": "",
    "root": "r" * 43,
    "sha256": "s" * 43,
    "v": 2,
    "writers": {WRITER: [0, 1, 2]},
}
ALARM = {**GOOD, "bytes": 0, "count": 0, "key": "any name", "kind": "alarm"}
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
    "bytes": WHOLE,
    "count": WHOLE - {"zero"},
    "key": set(),
    "kind": set(),
    "note": {"text"},
    "root": {"text"},
    "sha256": {"text"},
    "writers": {"object"},
}
OF_ALARMS = FORMS | {"count": WHOLE, "key": {"text"}}


def _is_manifest(said: Any) -> bool:
    try:
        Manifest.parse(canonical_bytes(said))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", FORMS)
def test_a_member_has_a_value_of_its_kind(name: str) -> None:
    """Of a segment, and of an alarm, which has none."""
    for good, forms in ((GOOD, FORMS), (ALARM, OF_ALARMS)):
        assert _is_manifest(good)
        found = {kind for kind, value in VALUES.items() if _is_manifest({**good, name: value})}
        assert forms[name] == found


def test_no_member_is_missing_and_there_is_no_other() -> None:
    """A leaf says all of it, and nothing else."""
    for name in GOOD:
        assert not _is_manifest({key: said for key, said in GOOD.items() if key != name})
    assert not _is_manifest({**GOOD, "more": 1})
    assert not _is_manifest([*GOOD])


@pytest.mark.parametrize(
    ("kind", "fits"), [("segment", True), ("repair", True), ("alarm", True), ("segments", False)]
)
def test_a_manifest_is_of_one_of_three_kinds(kind: str, fits: bool) -> None:
    """Whoever reads one has to know what it stands for."""
    assert fits == _is_manifest({**GOOD, "kind": kind})


@pytest.mark.parametrize(
    ("span", "fits"),
    [
        ([0, 0, 0], True),
        ([5, 9, MAX_WHOLE], True),
        ([0, 1], False),
        ([0, 1, 2, 3], False),
        ([-1, 1, 2], False),
        ([0, "1", 2], False),
        ([0, 1, True], False),
        ({}, False),
        ("012", False),
        (None, False),
    ],
)
def test_a_span_has_three_whole_numbers(span: Any, fits: bool) -> None:
    """The first seq, the last one, and how many records."""
    assert fits == _is_manifest({**GOOD, "writers": {"a": [1, 2, 2], WRITER: span}})


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ("segments/2026/01/23/a.ndjson", True),
        ("segments/2026/01/23/A9._=-z.ndjson", True),
        ("segments/26/0101/23/a.ndjson", True),
        ("segments/2026/01/a.ndjson", False),
        ("segments/2026/01/23/04/a.ndjson", False),
        ("segments/2026/1/23/a.ndjson", False),
        ("segments/2026/01/23/.a.ndjson", False),
        ("segments/2026/01/23/a/b.ndjson", False),
        ("segments/2026/01/23/a.ndjson2", False),
        ("segments/2026/01/23/andjson", False),
        ("xsegments/2026/01/23/a.ndjson", False),
        ("segments/2026/01/23/a.ndjson\n", False),
    ],
)
def test_a_segments_name_has_one_form(key: str, fits: bool) -> None:
    """A name that leads elsewhere is none."""
    assert fits == _is_manifest({**GOOD, "key": key})


@pytest.mark.parametrize("version", [-1, 0, 1, 2, 3, MAX_WHOLE, True, "2", None])
def test_a_newer_version_is_not_known_and_anything_else_is_none(version: Any) -> None:
    """Of two versions there are manifests; a third one nobody can judge."""
    body = canonical_bytes({**GOOD, "v": version})
    if version in {1, 2} and version is not True:
        assert version == Manifest.parse(body).version
    else:
        with pytest.raises(ValueError, match=r".") as caught:
            Manifest.parse(body)
        newer = type(version) is int and version > 2
        assert newer == isinstance(caught.value, UnknownVersionError)


def test_a_manifest_is_written_as_it_is_read() -> None:
    """Each member in its place."""
    for good in (GOOD, ALARM, {**GOOD, "note": "n", "v": 1}):
        body = canonical_bytes(good)
        assert body == Manifest.parse(body).body()
