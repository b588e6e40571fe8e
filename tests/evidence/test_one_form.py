"""JSON has one form, and the quick reader of it judges as a slow one does."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit_ledger.record_form import MAX_WHOLE, read_canonical

TEXTS = st.text(st.characters(min_codepoint=1, max_codepoint=0x2FF), max_size=6)
WHOLE = st.integers(-(2**54), 2**54) | st.sampled_from([0, MAX_WHOLE, MAX_WHOLE + 1, -MAX_WHOLE])
VALUES = st.none() | st.booleans() | WHOLE | TEXTS | st.floats(-4, 4)
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _slowly(data: bytes) -> Any:
    """Read strictly with the standard library, and have another library write it anew."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs) or not all(key.isascii() for key, _ in pairs):
            raise ValueError
        return dict(pairs)

    def refuse(_: str) -> Any:
        raise ValueError

    document = json.loads(
        data.decode(), parse_float=refuse, parse_constant=refuse, object_pairs_hook=members
    )
    if rfc8785.dumps(document) != data:
        raise ValueError
    return document


def _verdict(read: Any, data: bytes) -> Any:
    try:
        return read(data)
    except ValueError:
        return "refused"


@given(
    DOCUMENTS, st.booleans(), st.sampled_from([(",", ":"), (", ", ":"), (",", ": ")]), st.booleans()
)
def test_the_quick_reader_judges_as_the_slow_one(
    document: Any, in_order: bool, separators: tuple[str, str], ascii_only: bool
) -> None:
    """In any order, with blanks, escapes, fractions and numbers that are too large."""
    data = json.dumps(
        document, sort_keys=in_order, separators=separators, ensure_ascii=ascii_only
    ).encode("utf-8", "surrogatepass")

    wanted, found = _verdict(_slowly, data), _verdict(read_canonical, data)
    assert (type(wanted), wanted) == (type(found), found)


@given(st.text("{}[]:,\"' 0123456789.eE+-ab\\truefalsn\n", max_size=14))
@example('{"a":1,"a":1}')
@example('{"b":1,"a":1}')
@example('{"a":{"c":1,"b":1}}')
@example('[{"c":1,"b":1}]')
@example("[-0]")
@example("[1.0]")
@example("[1e3]")
@example("[9007199254740992]")
@example("[-9007199254740992]")
@example("[99999999999999999999999999]")
@example("[NaN]")
@example("[Infinity]")
@example("[01]")
@example('["a\tb"]')
@example('["\x7f"]')
@example("[1] ")
@example("\ufeff[1]")
@example("")
def test_whatever_the_bytes_both_say_the_same(text: str) -> None:
    """Also what is no JSON at all."""
    data = text.encode()

    assert _verdict(_slowly, data) == _verdict(read_canonical, data)


@pytest.mark.parametrize("depth", [31, 32, 33, 100_000])
def test_depth_has_an_end(depth: int) -> None:
    """Thirty-two levels are read, more are not."""
    data = b"[" * depth + b"]" * depth

    assert (depth > 32) == (_verdict(read_canonical, data) == "refused")
