"""What a URL of a setting may say: read strictly, by one rule for every plugin."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import SettingsError
from affidavit.plugin import UrlParameters

KNOWN = ("depth", "region", "room")
CANARY = "hunter2"


def _said(query: str) -> UrlParameters:
    url = urlsplit(f"shelf://main?{query}")
    return UrlParameters(url, KNOWN, what="a shelf's URL", fix="Write shelf://name")


@given(values=st.dictionaries(st.sampled_from(KNOWN), st.text(min_size=1)))
def test_what_is_known_is_returned_as_it_was_written(values: dict[str, str]) -> None:
    """Decoded; what is not said is what is usual."""
    said = _said(urlencode(values))
    assert values == {name: said.text(name) for name in KNOWN if name in said}
    assert "usual" == _said("").text("depth", usual="usual")
    assert "" == _said("").region()


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (f"{CANARY}=1", "1 of its parameters are not known; known are depth, region, room"),
        (f"depth={CANARY}&depth={CANARY}", "said twice"),
        ("depth=", "is empty"),
        (f"depth={CANARY}#fragment", "follows a #"),
    ],
)
def test_a_url_that_says_something_else_is_refused(query: str, why: str) -> None:
    """Three parts, and nothing of what it said."""
    with pytest.raises(SettingsError, match=why) as caught:
        _said(query)
    assert "a shelf's URL cannot be used" == caught.value.what
    assert "Write shelf://name" == caught.value.fix
    assert CANARY not in str(caught.value)


@given(number=st.integers(-(10**16), 10**16), least=st.integers(0, 99), more=st.integers(0, 10**15))
def test_a_number_is_within_its_bounds(number: int, least: int, more: int) -> None:
    """Or it is refused."""
    bounds: dict[str, Any] = {"usual": 7, "least": least, "most": least + more}
    said = _said(f"depth={number}")
    if least <= number <= least + more and number < 10**15:
        assert number == said.number("depth", **bounds)
    else:
        with pytest.raises(SettingsError, match=f"from {least} to {least + more}"):
            said.number("depth", **bounds)


@pytest.mark.parametrize("text", ["1.5", "1e3", "+1", " 1", "1_0", "٣", "9" * 5000, CANARY])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Python reads more than that as one."""
    with pytest.raises(SettingsError, match="depth is not a whole number") as caught:
        _said(f"depth={quote(text)}").number("depth", usual=1, least=0, most=10**20)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("region", ["eu_west_one!", "nowhere", "eu-west-1\n", "EU-WEST-1"])
def test_a_region_is_one_of_aws(region: str) -> None:
    """By its form: there are new ones each year."""
    assert "us-gov-west-1" == _said("region=us-gov-west-1").region()
    with pytest.raises(SettingsError, match="region has not the right form"):
        _said(f"region={quote(region)}").region()


def test_a_form_is_held_against_the_whole_of_it() -> None:
    """Not against how it begins."""
    with pytest.raises(SettingsError, match="room has not the right form"):
        _said("room=ab").text("room", re.compile("a"))
