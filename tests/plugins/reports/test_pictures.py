"""Pictures of an answer: each bar and cell is what was counted, and as large as that says."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_reports.pictures import bars, hours, timeline


def _drawn(figure: str) -> ET.Element:
    return ET.fromstring(figure)  # noqa: S314 - of our own making


def _titled(figure: str) -> dict[str, dict[str, float]]:
    """Return the rectangles by their titles, with their numbers."""
    return {
        str(one.findtext("title")): {name: float(text) for name, text in one.attrib.items()}
        for one in _drawn(figure).iter("rect")
    }


def _words(figure: str) -> list[str]:
    return [str(one.text) for one in _drawn(figure).iter("text")]


def _months(first_year: int, count: int) -> list[str]:
    return [f"{first_year + at // 12:04}-{at % 12 + 1:02}" for at in range(count)]


@pytest.mark.parametrize("count", [1, 2, 13, 72])
def test_a_line_of_up_to_six_years_has_a_bar_for_each_month(count: int) -> None:
    """Months without an access among them; side by side from edge to edge."""
    span = _months(2021, count)
    told = {f"{span[0]}-03T08": 2, f"{span[-1]}-28T23": 4, f"{span[-1]}-01T00": 4}
    drawn = _titled(timeline(told))
    counts = dict.fromkeys(span, 0) | {span[0]: 2} | {span[-1]: 8 + 2 * (count == 1)}

    assert [f"{name}: {number}" for name, number in counts.items()] == list(drawn)
    for at, (one, number) in enumerate(zip(drawn.values(), counts.values(), strict=True)):
        height = 120 * number / max(counts.values())
        assert (height, 120 - height) == (pytest.approx(one["height"]), pytest.approx(one["y"]))
        assert one["x"] == pytest.approx(at * 720 / count, abs=0.05)
        assert one["width"] == pytest.approx(720 / count - 2, abs=0.05)
    assert [span[0], span[-1], f"most: {max(counts.values())}"] == _words(timeline(told))


def test_a_longer_line_has_a_bar_for_each_year() -> None:
    """Seventy-three months are one too many; years without an access stay."""
    drawn = _titled(timeline({"2019-01-01T00": 1, "2025-01-31T00": 3, "2025-12-31T23": 1}))

    assert [
        f"{year}: {1 if year == 2019 else 4 * (year == 2025)}" for year in range(2019, 2026)
    ] == (list(drawn))


@pytest.mark.parametrize(("last", "shown"), [(1971, 72), (1972, 2)])
def test_of_more_years_than_fit_those_are_drawn_that_have_any(last: int, shown: int) -> None:
    """A record may say any year, and no clock has meant that."""
    drawn = _titled(timeline({"1900-06-01T10": 1, f"{last}-06-01T10": 1}))

    assert shown == len(drawn)
    assert {"1900: 1", f"{last}: 1"} <= drawn.keys()
    assert all(one["width"] >= 1 for one in drawn.values())


@given(st.dictionaries(st.tuples(st.integers(1, 28), st.integers(0, 23)), st.integers(1, 9)))
def test_a_week_has_a_cell_for_each_hour(counted: dict[tuple[int, int], int]) -> None:
    """Darker, the more there was; the first of June 2026 is a Monday."""
    figure = hours({f"2026-06-{day:02}T{hour:02}": n for (day, hour), n in counted.items()})
    if not counted:
        assert "" == figure
        return
    counts: dict[tuple[int, int], int] = {}
    for (day, hour), number in counted.items():
        counts[(day - 1) % 7, hour] = counts.get(((day - 1) % 7, hour), 0) + number
    days = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    drawn = _titled(figure)

    assert [
        f"{name} {hour:02}:00 UTC: {counts.get((day, hour), 0)}"
        for day, name in enumerate(days)
        for hour in range(24)
    ] == list(drawn)
    for place, one in enumerate(drawn.values()):
        day, hour = divmod(place, 24)
        share = counts.get((day, hour), 0) / max(counts.values())
        assert (30 + hour * 24, day * 24, 22, 22) == tuple(
            one[name] for name in ("x", "y", "width", "height")
        )
        assert one["opacity"] == pytest.approx(0.08 + 0.92 * share, abs=0.0051)
    assert [*days, "00", "06", "12", "18"] == _words(figure)


@pytest.mark.parametrize(
    "at", ["", "2026", "2026-02-30T10", "2026-01-01T24", "2026-01-01T10:", "x"]
)
def test_what_is_no_hour_is_not_drawn(at: str) -> None:
    """A record may say anything."""
    assert ("", "") == (timeline({at: 1}), hours({at: 1}))
    assert ["2026-01: 1"] == list(_titled(timeline({at: 1, "2026-01-01T10": 1})))


def test_the_largest_ten_are_drawn_by_their_size() -> None:
    """Of equal ones the first by name; the longest bar leaves room for its number."""
    told = {f"n{number:02}": 10 - number // 2 for number in range(12)}
    figure = bars("Who", told)
    rows = list(_drawn(figure).iter("rect"))
    names = [f"n{number:02}" for number in range(10)]

    assert [word for name in names for word in (name, str(told[name]))] == _words(figure)
    for at, (name, one) in enumerate(zip(names, rows, strict=True)):
        length = 400 * told[name] / 10
        assert (260, at * 24, 18) == tuple(float(one.attrib[word]) for word in ("x", "y", "height"))
        assert float(one.attrib["width"]) == pytest.approx(length, abs=0.05)
    assert "0 0 720 240" == _drawn(figure)[1].attrib["viewBox"]
    assert "" == bars("Who", {})


@pytest.mark.parametrize(("length", "shown"), [(34, "n" * 34), (35, "n" * 33 + "…")])
def test_a_name_is_cut_where_the_bar_begins(length: int, shown: str) -> None:
    """With a sign that says so."""
    assert shown == _words(bars("Who", {"n" * length: 1}))[0]


def test_a_title_and_a_name_stay_text() -> None:
    """Whatever a record says."""
    evil: Any = "<b>\"&'"
    figure = bars(evil, {evil: 1})

    assert [evil, "1"] == _words(figure)
    assert evil == _drawn(figure)[0].text == _drawn(figure)[1].attrib["aria-label"]
    assert not re.search("<b>", figure)
