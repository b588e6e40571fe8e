"""Pictures of an answer as inline SVG: no script, no font, no network, readable in the dark."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Any, Final

WIDTH: Final = 720
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MOST_BARS: Final = 72
HOUR: Final = len("2026-01-01T00")
"""How much of a time names its hour."""

_HOUR: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])")


def timeline(told: Mapping[str, int]) -> str:
    """Draw accesses, counted by hour, by month, or by year if that is more than six years.

    Of more than 72 years, which no clock has meant, those are drawn that have any.
    """
    counts = _added((at[:7], count) for at, count in told.items() if _is_time(at))
    if not counts:
        return ""
    span = _months(min(counts), max(counts))
    if len(span) > _MOST_BARS:
        counts = _added((at[:4], count) for at, count in counts.items())
        years = [f"{year:04}" for year in range(int(min(counts)), int(max(counts)) + 1)]
        span = years if len(years) <= _MOST_BARS else sorted(counts)
    most, height = max(counts.values()), 120
    step = WIDTH / len(span)
    bars = [
        f'<rect x="{at * step:.1f}" y="{height - height * counts[name] / most:.1f}" '
        f'width="{max(step - 2, 1):.1f}" height="{height * counts[name] / most:.1f}">'
        f"<title>{name}: {counts[name]}</title></rect>"
        for at, name in enumerate(span)
    ]
    words = (
        f'<text x="0" y="{height + 16}">{span[0]}</text>'
        f'<text x="{WIDTH}" y="{height + 16}" text-anchor="end">{span[-1]}</text>'
        f'<text x="{WIDTH}" y="10" text-anchor="end">most: {most}</text>'
    )
    return _svg("Accesses over time", height + 22, "".join(bars) + words)


def hours(told: Mapping[str, int]) -> str:
    """Draw accesses, counted by hour, by hour and day of the week, in UTC."""
    known = ((at, count) for at, count in told.items() if _is_time(at))
    counts = _added(((_weekday(at), int(at[11:13])), count) for at, count in known)
    if not counts:
        return ""
    most, side, left = max(counts.values()), 22, 30
    cells = [
        f'<rect x="{left + hour * (side + 2)}" y="{day * (side + 2)}" width="{side}" '
        f'height="{side}" opacity="{0.08 + 0.92 * counts[day, hour] / most:.2f}">'
        f"<title>{_DAYS[day]} {hour:02}:00 UTC: {counts[day, hour]}</title></rect>"
        for day in range(7)
        for hour in range(24)
    ]
    words = [f'<text x="0" y="{day * (side + 2) + 16}">{_DAYS[day]}</text>' for day in range(7)]
    words += [
        f'<text x="{left + hour * (side + 2)}" y="{7 * (side + 2) + 14}">{hour:02}</text>'
        for hour in range(0, 24, 6)
    ]
    return _svg("Accesses by hour and weekday (UTC)", 7 * (side + 2) + 20, "".join(cells + words))


def bars(title: str, counts: Mapping[str, int], most: int = 10) -> str:
    """Draw the largest counts as bars, each with its name."""
    told = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:most]
    if not told:
        return ""
    largest, left = told[0][1], 260
    rows = []
    for at, (name, count) in enumerate(told):
        y, length = at * 24, (WIDTH - left - 60) * count / largest
        short = name if len(name) <= 34 else name[:33] + "…"  # noqa: PLR2004 - what fits beside a bar
        rows.append(
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(short)}</text>'
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="18"></rect>'
            f'<text x="{left + length + 6:.1f}" y="{y + 15}">{count}</text>'
        )
    return _svg(title, len(told) * 24, "".join(rows))


def _svg(title: str, height: int, inner: str) -> str:
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{inner}</svg></figure>"
    )


def _added(pairs: Iterable[tuple[Any, int]]) -> Counter[Any]:
    counts: Counter[Any] = Counter()
    for name, count in pairs:
        counts[name] += count
    return counts


def _months(first: str, last: str) -> list[str]:
    year, month = int(first[:4]), int(first[5:7])
    found = []
    while (name := f"{year:04}-{month:02}") <= last:
        found.append(name)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004
    return found


def _is_time(at: str) -> bool:
    """Tell whether this is an hour as records say it; a hostile record may say anything."""
    try:
        date.fromisoformat(at[:10])
    except ValueError:
        return False
    return _HOUR.fullmatch(at) is not None


def _weekday(at: str) -> int:
    return date.fromisoformat(at[:10]).weekday()
