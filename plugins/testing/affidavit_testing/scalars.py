"""Draw single values that fit a part of a JSON Schema: texts, numbers, days and times."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from affidavit import SetupError

Part = Mapping[str, Any]

_WORDS: Final = "abcdefghijklmnopqrstuvwxyz"
_FIRST, _LAST = datetime(1950, 1, 1), datetime(2049, 12, 31)  # noqa: DTZ001 - the zone follows
_SECOND: Final = timedelta(microseconds=1)
_STEP: Final[Mapping[type, timedelta]] = {date: timedelta(days=1), datetime: _SECOND}


class CannotDrawError(SetupError):
    """A model asks for what nothing can be drawn for without a hint of its author."""


def words(least: int, most: int) -> st.SearchStrategy[str]:
    """Draw plain lower-case letters."""
    return st.text(_WORDS, min_size=least, max_size=most)


def texts(part: Part) -> st.SearchStrategy[Any]:
    """Draw text that fits `pattern`, `format`, `minLength` and `maxLength`."""
    least, most = part.get("minLength", 0), part.get("maxLength")
    if "pattern" in part:
        return _matching(part["pattern"], least, most)
    if "contentSchema" in part:
        raise AssertionError("its caller draws what it holds")
    form = part.get("format", "")
    if form in _TIMES:
        return _TIMES[form](part)
    if form in _FORMATS:
        return _FORMATS[form]()
    least = max(least, 1)
    return words(least, max(least, min(most or least + 12, least + 12)))


def _matching(pattern: str, least: int, most: int | None) -> st.SearchStrategy[str]:
    try:
        compiled = re.compile(pattern)
    except re.error:
        compiled = None
    if compiled is None:
        raise CannotDrawError(
            f"nothing can be drawn for the pattern {pattern}",
            why="Python's re does not read it",
            fix="Give valid values with samples={…}",
        )
    anchored = pattern.startswith("^") and pattern.endswith("$")
    # Printable and ASCII first: what a person would type is what most validators expect.
    plain = st.characters(min_codepoint=32, max_codepoint=126)
    found = st.from_regex(compiled, fullmatch=anchored, alphabet=plain)
    return found.filter(lambda text: len(text) >= least and (most is None or len(text) <= most))


def numbers(part: Part, *, whole: bool) -> st.SearchStrategy[Any]:
    """Draw numbers within their bounds, with few digits behind the point."""
    least, most = part.get("minimum"), part.get("maximum")
    over, under = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    places = 2 if part.get("x-places") is None else min(part["x-places"], 2)
    step = part.get("multipleOf") or (1 if whole else 10**-places)
    low = _first(least, over, step)
    high = _last(most, under, step)
    if low is None:
        low = min(0, high or 0)
    if high is None:
        high = low + math.ceil(1000 / step)
    if low > high and not whole:
        return st.floats(*(float(one) for one in (least or over or 0, most or under or 1)),
                         exclude_min=over is not None, exclude_max=under is not None)  # fmt: skip
    if whole:
        return st.integers(low, high).map(lambda count: int(count * step))
    return st.integers(low, high).map(lambda count: round(count * step, 6))


def _first(least: float | None, over: float | None, step: float) -> int | None:
    """Return the first multiple of `step` that is allowed."""
    if over is not None:
        return math.floor(over / step + 1e-9) + 1
    return None if least is None else math.ceil(least / step - 1e-9)


def _last(most: float | None, under: float | None, step: float) -> int | None:
    if under is not None:
        return math.ceil(under / step - 1e-9) - 1
    return None if most is None else math.floor(most / step + 1e-9)


def _bounded(part: Part, first: Any, last: Any) -> tuple[Any, Any]:
    """Return the first and the last value that `part` allows; two others where it says nothing."""
    step = _STEP[type(first)]
    low = _plain(part.get("x-ge", part.get("x-gt", first))) + step * ("x-gt" in part)
    high = _plain(part.get("x-le", part.get("x-lt", last))) - step * ("x-lt" in part)
    # Without a clock: long ago and far away are past and future whenever it runs.
    if part.get("x-now_op") == "past":
        high = min(high, first.replace(year=2020))
    if part.get("x-now_op") == "future":
        low, high = max(low, first.replace(year=2150)), max(high, first.replace(year=2190))
    return low, max(low, high)


def _plain(value: Any) -> Any:
    """Return a time without its zone, as UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _dates(part: Part) -> st.SearchStrategy[str]:
    return st.dates(*_bounded(part, _FIRST.date(), _LAST.date())).map(str)


def _datetimes(part: Part) -> st.SearchStrategy[str]:
    zone = "" if part.get("x-tz_constraint") == "naive" else "Z"
    low, high = _bounded(part, _FIRST, _LAST)
    return st.datetimes(low, high).map(lambda at: at.isoformat() + zone)


def _clock_times(part: Part) -> st.SearchStrategy[str]:
    low = part.get("x-ge", part.get("x-gt", time.min))
    high = part.get("x-le", part.get("x-lt", time.max))
    edge = {part.get("x-gt"), part.get("x-lt")}
    zone = "Z" if part.get("x-tz_constraint") == "aware" or low.tzinfo else ""
    found = st.times(low.replace(tzinfo=None), high.replace(tzinfo=None))
    return found.filter(lambda at: at not in edge).map(lambda at: at.isoformat() + zone)


def _durations(part: Part) -> st.SearchStrategy[str]:
    low = part.get("x-ge", part.get("x-gt", timedelta(0)))
    high = part.get("x-le", part.get("x-lt", max(low, timedelta(0)) + timedelta(days=1)))
    first = math.ceil(low.total_seconds()) + ("x-gt" in part)
    last = math.floor(high.total_seconds()) - ("x-lt" in part)
    return st.integers(first, max(first, last)).map(
        lambda seconds: f"{'-' if seconds < 0 else ''}PT{abs(seconds)}S"
    )


_TIMES: Final[Mapping[str, Callable[[Part], st.SearchStrategy[str]]]] = {
    "date": _dates,
    "date-time": _datetimes,
    "time": _clock_times,
    "duration": _durations,
}


def _encoded(encode: Callable[[bytes], bytes]) -> Callable[[], st.SearchStrategy[str]]:
    return lambda: words(1, 12).map(lambda text: encode(text.encode()).decode())


def _uri(scheme: str) -> Callable[[], st.SearchStrategy[str]]:
    return lambda: words(4, 10).map(lambda name: f"{scheme}://{name}.example.org/")


_FORMATS: Final[Mapping[str, Callable[[], st.SearchStrategy[Any]]]] = {
    "uuid": lambda: st.uuids(version=4).map(str),
    **{
        f"uuid{version}": lambda version=version: st.uuids(version=version).map(str)  # type: ignore[misc]
        for version in (1, 3, 4, 5)
    },
    "email": lambda: words(4, 10).map(lambda name: f"{name}@example.org"),
    "name-email": lambda: words(4, 10).map(lambda name: f"{name} <{name}@example.org>"),
    "uri": _uri("https"),
    "ipv4": lambda: st.ip_addresses(v=4).map(str),
    "ipv6": lambda: st.ip_addresses(v=6).map(str),
    "ipvanyaddress": lambda: st.ip_addresses().map(str),
    "ipv4interface": lambda: st.ip_addresses(v=4).map(lambda one: f"{one}/24"),
    "ipv6interface": lambda: st.ip_addresses(v=6).map(lambda one: f"{one}/64"),
    "ipvanyinterface": lambda: st.ip_addresses(v=4).map(lambda one: f"{one}/24"),
    "ipv4network": lambda: st.integers(0, 255).map(lambda one: f"10.{one}.0.0/16"),
    "ipv6network": lambda: st.integers(0, 0xFFFF).map(lambda one: f"fd00:{one:x}::/32"),
    "ipvanynetwork": lambda: st.integers(0, 255).map(lambda one: f"10.{one}.0.0/16"),
    "base64": _encoded(base64.standard_b64encode),
    "base64url": _encoded(base64.urlsafe_b64encode),
    "binary": lambda: words(1, 12),
    "json-string": lambda: st.integers(0, 99).map(json.dumps),
    "password": lambda: words(8, 16),
    "path": lambda: words(4, 10).map(lambda name: f"/{name}/{name}.txt"),
    "regex": lambda: words(3, 8),
}
