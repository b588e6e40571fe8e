"""What was measured, by second, for as long as an alarm may look back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

KEPT_S: Final = 3 * 3600


class Series(NamedTuple):
    """Which metric of which thing."""

    account: str
    region: str
    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]


class Summary(NamedTuple):
    """What a time adds up to."""

    samples: float
    total: float
    least: float
    most: float

    def plus(self, other: Summary) -> Summary:
        """Return both together."""
        return Summary(
            self.samples + other.samples,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
        )

    def statistic(self, name: str) -> float:
        """Return one of CloudWatch's statistics; percentiles are taken for the maximum."""
        by_name = {
            "Sum": self.total,
            "SampleCount": self.samples,
            "Average": self.total / self.samples if self.samples else 0.0,
            "Minimum": self.least,
        }
        return by_name.get(name, self.most)


class Measured:
    """Everything that was measured lately. Safe for threads."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._held: dict[Series, dict[int, Summary]] = {}

    def add(self, series: Series, values: Iterable[float], at_s: float | None = None) -> None:
        """Remember values; what is too old for any alarm is forgotten on the way."""
        second = int(time.time() if at_s is None else at_s)
        with self._lock:
            held = self._held.setdefault(series, {})
            for value in values:
                one = Summary(1.0, value, value, value)
                held[second] = held[second].plus(one) if second in held else one
            for old in [each for each in held if each < second - KEPT_S]:
                del held[old]

    def between(self, wanted: Iterable[Series], start_s: float, end_s: float) -> Summary | None:
        """Return what several series add up to in a time; None if there is nothing."""
        found: Summary | None = None
        with self._lock:
            for series in wanted:
                for second, summary in self._held.get(series, {}).items():
                    if start_s <= second < end_s:
                        found = summary if found is None else found.plus(summary)
        return found

    def with_dimensions(self, like: Series, names: frozenset[str]) -> list[Series]:
        """Return the series of one metric whose dimensions have exactly these names."""
        with self._lock:
            return [
                one
                for one in self._held
                if one[:4] == like[:4] and {name for name, _ in one.dimensions} == names
            ]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()


def dimensions_of(told: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return dimensions as a series has them."""
    return frozenset((str(name), str(value)) for name, value in told.items())
