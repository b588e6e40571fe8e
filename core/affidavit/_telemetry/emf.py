"""Say what happened in CloudWatch's embedded metric format (EMF).

CloudWatch drops what breaks its rules without telling anybody, so the rules
are checked here, and what breaks one is left out, counted and named. Nothing
in this module raises: a metric never replaces an answer or an exception.

Source of every limit: the CloudWatch embedded metric format specification, and
the reference of PutMetricData for names, units and values.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from pydantic_core import to_json

from affidavit._canonical import MAX_INT
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._types import Json

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

Number = float | Decimal
Dimensions = tuple[tuple[str, str], ...]
"""Names and values, by name."""

Directive = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""What a directive says: the names of its dimensions, and each metric's name and unit."""


class Metrics:
    """Collects one invocation's metrics.

    Handlers call `add`; the kernel calls `lines` once, at the end. `on_reject`
    hears which metric was left out and which rule it broke.
    """

    __slots__ = ("_groups", "_on_reject", "_plain", "_redactor", "rejected")

    def __init__(self, redactor: Redactor, on_reject: Callable[[str, str], None]) -> None:
        self._redactor = redactor
        self._on_reject = on_reject
        self._plain = _Group()
        self._groups: dict[Dimensions, _Group] = {(): self._plain}
        self.rejected = 0

    def add(self, name: Any, value: Any, unit: Any = "None", **dimensions: Any) -> None:
        """Count `value` under `name`; equal names add up as a list of values.

        Dimensions should have few distinct values (a product family, not a
        product): each combination is a metric that is paid for. Their values are
        redacted. What breaks a rule of CloudWatch is left out and logged; so is what has
        another type than the handler's facade asks for.
        """
        # A name and a unit that have passed once pass again: most functions
        # count the same few things on every invocation.
        known = (self._redactor, name, unit)
        passed = type(name) is type(unit) is str and known in _passed
        broken = "" if passed else self._check_words(name, unit)
        if type(value) is not int or not -MAX_INT <= value <= MAX_INT:
            number = _finite(value)
            broken = broken or ("its value is not a finite number" if number is None else "")
            value = number or 0.0
        group = self._plain
        if dimensions and not broken:
            key, broken = self._dimensions(name, dimensions)
            group = self._groups.setdefault(key, _Group())
        if broken:
            self._reject(name, broken)
        elif name not in group.values:
            group.values[name] = value
            group.units[name] = unit
        elif group.units[name] == unit:
            group.append(name, value)
        else:
            self._reject(name, "its unit differs from its first one")

    def lines(self, at_ms: int, namespace: str, common: Mapping[str, str]) -> list[str]:
        """Return the EMF lines: one, unless names clash or a limit asks for more.

        The last call: what is added later goes nowhere.

        `common` holds the dimensions that every metric gets. They are constants
        of the deployment and are not redacted.
        """
        groups, self._groups = self._groups, {}
        if len(groups) == 1 and self._plain.fits:
            # Most invocations: a third of a line's time goes into pages that are not needed.
            units = self._plain.units
            shape = (((), tuple(units.items())),)
            return [_line(self._plain.values, shape, at_ms, namespace, common)] if units else []
        pages: list[_Page] = []
        for dimensions, group in groups.items():
            for part in group.parts():
                for page in pages:
                    if page.takes(dimensions, part):
                        break
                else:
                    page = _Page()
                    pages.append(page)
                page.put(dimensions, part)
        return [_line(page.root, tuple(page.shape), at_ms, namespace, common) for page in pages]

    def _check_words(self, name: object, unit: object) -> str:
        """Name the rule that a name or a unit breaks; empty if none."""
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
            return "its name is empty or too long"
        if name in _RESERVED or not _is_plain(name):
            return "its name is reserved or not plain ASCII"
        if not isinstance(unit, str) or unit not in UNITS:
            return "its unit is not one of CloudWatch's"
        if not self._redactor.word(name):
            return "its name holds personal data, or is free text where the policy lets none out"
        if len(_passed) < _MAX_PASSED:
            _passed.add((self._redactor, name, unit))
        return ""

    def _dimensions(self, metric: str, dimensions: dict[str, Any]) -> tuple[Dimensions, str]:
        if metric in dimensions:
            return (), "a dimension has the metric's own name"
        if len(dimensions) > MAX_DIMENSIONS - len(COMMON):
            return (), "it has too many dimensions"
        clean = self._redactor.clean(dimensions, Sink.METRIC).value
        if not isinstance(clean, dict) or len(clean) != len(dimensions):
            return (), "its dimensions could not be redacted"
        key = tuple(sorted((name, str(value)) for name, value in clean.items()))
        for name, value in key:
            broken = _broken(name, value)
            if broken:
                return (), broken
        return key, ""

    def _reject(self, name: object, why: str) -> None:
        self.rejected += 1
        told = isinstance(name, str) and name.isidentifier() and self._redactor.word(name)
        self._on_reject(str(name)[:64] if told else "?", why)


_MAX_PASSED: Final = 1024
_passed: set[tuple[Redactor, str, str]] = set()
"""Names and units that broke no rule of a policy, of this process.

Bounded: a name may be made up."""


class _Group:
    """Metrics with one set of dimensions: unit and value by name.

    The value of a metric that was counted more than once is a list.
    """

    __slots__ = ("many", "units", "values")

    def __init__(self) -> None:
        self.units: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.many = False

    def append(self, name: str, value: Any) -> None:
        """Add one more value to a metric."""
        held = self.values[name]
        if isinstance(held, list):
            held.append(value)
        else:
            self.values[name] = [held, value]
            self.many = True

    @property
    def fits(self) -> bool:
        """Tell whether one line can hold this group."""
        return not self.many and len(self.values) <= MAX_METRICS

    def parts(self) -> Iterator[_Group]:
        """Yield groups within the limits of one line; this one, if it is."""
        if self.fits:
            if self.values:
                yield self
            return
        pieces = [
            (name, values[start : start + MAX_METRICS])
            for name, held in self.values.items()
            for values in [held if isinstance(held, list) else [held]]
            for start in range(0, len(values), MAX_METRICS)
        ]
        part = _Group()
        for name, values in pieces:
            if name in part.values or len(part.values) == MAX_METRICS:
                yield part
                part = _Group()
            part.units[name] = self.units[name]
            part.values[name] = values[0] if len(values) == 1 else values
        yield part


class _Page:
    """One EMF line being filled."""

    __slots__ = ("root", "shape")

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.shape: list[Directive] = []

    def takes(self, dimensions: Dimensions, part: _Group) -> bool:
        """Tell whether this line has room and no clash of names."""
        root = self.root
        return (
            len(root) + len(part.values) + len(dimensions) <= MAX_METRICS
            and root.keys().isdisjoint(part.values)
            and all(root.get(key, value) == value for key, value in dimensions)
        )

    def put(self, dimensions: Dimensions, part: _Group) -> None:
        """Add a group; `takes` has said that it fits, or the line is empty."""
        self.root.update(dimensions)
        self.root.update(part.values)
        self.shape.append((tuple(key for key, _ in dimensions), tuple(part.units.items())))


def emf_line(
    metrics: Mapping[str, int],
    namespace: str,
    dimensions: Mapping[str, str],
    *,
    at_ms: int,
    units: Mapping[str, str] | None = None,
) -> str:
    """Return one line of constants, for what is no invocation. What has no unit is a count.

    >>> emf_line({"Sealed": 3}, "affidavit", {"Log": "prices"}, at_ms=0)[:22]
    '{"_aws":{"Timestamp":0'
    """
    counted = tuple((name, (units or {}).get(name, "Count")) for name in metrics)
    return _line(metrics, (((), counted),), at_ms, namespace, dimensions)


def _line(
    root: Mapping[str, Any],
    shape: tuple[Directive, ...],
    at_ms: int,
    namespace: str,
    common: Mapping[str, str],
) -> str:
    """Return a line. It begins as the one before did, mostly."""
    head = _head(shape, namespace, tuple(common.items()))
    members = f",{to_json(root).decode()[1:]}" if root else "}"
    return f'{{"_aws":{{"Timestamp":{at_ms},{head}{members}'


# Words of code and deployment only: no value of a metric, and no dimension of a handler's.
@functools.lru_cache(maxsize=256)
def _head(shape: tuple[Directive, ...], namespace: str, common: Dimensions) -> str:
    directives: list[Json] = [
        {
            "Namespace": namespace,
            "Dimensions": [[*(name for name, _ in common), *keys]],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in metrics],
        }
        for keys, metrics in shape
    ]
    members = to_json(dict(common)).decode()[1:-1]
    comma = "," if members else ""
    return f'"CloudWatchMetrics":{to_json(directives).decode()}}}{comma}{members}'


def _broken(name: str, value: str) -> str:
    """Name the rule that a dimension breaks; empty if none."""
    if name in _RESERVED or not name.strip() or len(name) > MAX_DIMENSION_NAME:
        return "a dimension's name is reserved, empty, or too long"
    if name.startswith(":") or not _is_plain(name):
        return "a dimension's name starts with a colon or is not plain ASCII"
    if not value.strip() or not _is_plain(value) or len(value) > MAX_DIMENSION_VALUE:
        return "a dimension's value is empty, too long, or not plain ASCII"
    return ""


def _is_plain(text: str) -> bool:
    """Tell whether `text` is ASCII without control characters."""
    return text.isascii() and text.isprintable()


def _finite(value: object) -> float | None:
    """Return `value` as a number that CloudWatch takes, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, Decimal) and value.is_nan():
        return None  # comparing it would raise
    # Any other not-a-number compares false with everything.
    return float(value) if -MAX_VALUE <= value <= MAX_VALUE else None
