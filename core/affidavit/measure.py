"""Say what happened in CloudWatch's embedded metric format (EMF).

CloudWatch drops what breaks its rules without telling anybody, so the rules
are checked here, and what breaks one is left out, counted and named. Nothing
in this module raises: a metric never replaces an answer or an exception.

Source of every limit: the CloudWatch embedded metric format specification, and
the reference of PutMetricData for names, units and values.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from pydantic_core import to_json

from affidavit.policy import Exit
from affidavit.redact import Redactor
from affidavit.types import Json

MAX_METRICS: Final = 100
"""Metrics in one line, and values of one metric in one line."""

MAX_DIMENSIONS: Final = 30
MAX_NAME: Final = 1024
MAX_DIMENSION_NAME: Final = 250
MAX_DIMENSION_VALUE: Final = 1024
MAX_VALUE: Final = 2.0**360

_RATES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"}
    | {*_RATES, *_BITS}
    | {f"{unit}/Second" for unit in (*_RATES, *_BITS)}
)
"""What a metric may be counted in."""

COMMON: Final = ("FunctionName", "Action")
"""Dimensions that every metric gets; the kernel fills them in."""

_RESERVED: Final = frozenset({"_aws", *COMMON})

Dimensions = tuple[tuple[str, str], ...]


class Metrics:
    """Collects one invocation's metrics.

    Handlers call `add`; the kernel calls `lines` once, at the end. `on_reject`
    hears which metric was left out and which rule it broke.
    """

    __slots__ = ("_groups", "_on_reject", "_redactor", "rejected")

    def __init__(self, redactor: Redactor, on_reject: Callable[[str, str], None]) -> None:
        self._redactor = redactor
        self._on_reject = on_reject
        self._groups: dict[Dimensions, dict[str, _Metric]] = {}
        self.rejected = 0

    def add(
        self, name: str, value: float | Decimal, unit: str = "None", **dimensions: str | int
    ) -> None:
        """Count `value` under `name`; equal names add up as a list of values.

        Dimensions should have few distinct values (a product family, not a
        product): each combination is a metric that is paid for. Their values are
        redacted. What breaks a rule of CloudWatch is left out and logged.
        """
        key: Dimensions = ()
        broken = _break(name, value, unit)
        if not broken and dimensions:
            key, broken = self._dimensions(name, dimensions)
        if not broken and not name.isidentifier():
            broken = self._personal(name)
        if broken:
            self._reject(name, broken)
            return
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = {}
        metric = group.get(name)
        if metric is None:
            group[name] = _Metric(unit, value)
        elif metric.unit != unit:
            self._reject(name, "its unit differs from its first one")
        else:
            metric.values.append(value)

    def lines(self, at_ms: int, namespace: str, common: dict[str, str]) -> list[str]:
        """Return the EMF lines: one, unless names clash or a limit asks for more.

        `common` holds the dimensions that every metric gets. They are constants
        of the deployment and are not redacted.
        """
        pages: list[_Page] = []
        for dimensions, group in self._groups.items():
            for name, metric in group.items():
                for start in range(0, len(metric.values), MAX_METRICS):
                    values = metric.values[start : start + MAX_METRICS]
                    page = _page_for(pages, dimensions, name)
                    page.put(dimensions, name, metric.unit, values)
        self._groups = {}
        return [page.line(at_ms, namespace, common) for page in pages]

    def _dimensions(self, metric: str, dimensions: dict[str, str | int]) -> tuple[Dimensions, str]:
        if metric in dimensions:
            return (), "a dimension has the metric's own name"
        clean = self._redactor.clean(dimensions, Exit.METRIC).value
        if not isinstance(clean, dict) or len(clean) != len(dimensions):
            return (), "its dimensions could not be redacted"
        key = tuple(sorted((name, str(value)) for name, value in clean.items()))
        for name, value in key:
            if name in _RESERVED or len(name) > MAX_DIMENSION_NAME:
                return (), "a dimension's name is reserved or too long"
            if not value.strip() or not value.isascii() or len(value) > MAX_DIMENSION_VALUE:
                return (), "a dimension's value is empty, too long, or not ASCII"
        if len(key) > MAX_DIMENSIONS - len(COMMON):
            return (), "it has too many dimensions"
        return key, ""

    def _personal(self, name: str) -> str:
        same = self._redactor.text(name, Exit.METRIC) == name
        return "" if same else "its name holds personal data"

    def _reject(self, name: object, why: str) -> None:
        self.rejected += 1
        safe = name if isinstance(name, str) and name.isidentifier() else "?"
        self._on_reject(self._redactor.text(safe[:64], Exit.METRIC), why)


class _Metric:
    """One metric's unit, and its values in the order in which they came."""

    __slots__ = ("unit", "values")

    def __init__(self, unit: str, value: float | Decimal) -> None:
        self.unit = unit
        self.values: list[float | Decimal] = [value]


class _Page:
    """One EMF line being filled: root members, and one directive per dimension set."""

    __slots__ = ("count", "directives", "root")

    def __init__(self) -> None:
        self.root: dict[str, Json] = {}
        self.directives: dict[Dimensions, list[Json]] = {}
        self.count = 0

    def takes(self, dimensions: Dimensions, name: str) -> bool:
        """Tell whether this line has room and no clash of names."""
        root = self.root
        return (
            self.count < MAX_METRICS
            and name not in root
            and (
                dimensions in self.directives
                or all(key not in root or root[key] == value for key, value in dimensions)
            )
        )

    def put(
        self, dimensions: Dimensions, name: str, unit: str, values: list[float | Decimal]
    ) -> None:
        numbers: list[Json] = [float(v) if isinstance(v, Decimal) else v for v in values]
        directive = self.directives.get(dimensions)
        if directive is None:
            directive = self.directives[dimensions] = []
            self.root.update(dimensions)
        directive.append({"Name": name, "Unit": unit})
        self.root[name] = numbers[0] if len(numbers) == 1 else numbers
        self.count += 1

    def line(self, at_ms: int, namespace: str, common: dict[str, str]) -> str:
        names = list(common)
        directives: list[Json] = [
            {
                "Namespace": namespace,
                "Dimensions": [[*names, *(key for key, _ in dimensions)]],
                "Metrics": metrics,
            }
            for dimensions, metrics in self.directives.items()
        ]
        header: Json = {"Timestamp": at_ms, "CloudWatchMetrics": directives}
        return to_json({"_aws": header, **common, **self.root}).decode()


def _page_for(pages: list[_Page], dimensions: Dimensions, name: str) -> _Page:
    for page in pages:
        if page.takes(dimensions, name):
            return page
    pages.append(_Page())
    return pages[-1]


def _break(name: object, value: object, unit: object) -> str:
    """Name the rule that a metric breaks; empty if none."""
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        return "its name is empty or too long"
    if name in _RESERVED or not name.isascii():
        return "its name is reserved or not ASCII"
    if unit not in UNITS:
        return "its unit is not one of CloudWatch's"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "its value is not a number"
    return "" if _is_finite(value) else "its value is not finite"


def _is_finite(value: float | Decimal) -> bool:
    if isinstance(value, Decimal) and not value.is_finite():
        return False  # comparing it would raise
    # Not-a-number compares false with everything, so it fails here too.
    return -MAX_VALUE <= value <= MAX_VALUE
