"""Hold a metric line against CloudWatch's rules. CloudWatch itself drops it without a word.

Source of every limit: the CloudWatch embedded metric format specification and
the reference of PutMetricData. Written anew, so that the kernel's own check is
not held against itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_PLAIN_UNITS: Final = ("Percent", "Count", "Count/Second", "None")
_TIMES: Final = ("Seconds", "Microseconds", "Milliseconds")
_SIZES: Final = [
    f"{big}{kind}" for big in ("", "Kilo", "Mega", "Giga", "Tera") for kind in ("bytes", "bits")
]
_SCALED: Final = [size[0].upper() + size[1:] for size in _SIZES]
UNITS: Final = frozenset(
    [*_PLAIN_UNITS, *_TIMES, *_SCALED, *(f"{size}/Second" for size in _SCALED)]
)

MOST_METRICS: Final = 100
MOST_DIMENSIONS: Final = 30
MOST_NAME: Final = 1024
MOST_VALUE: Final = 1024
LARGEST: Final = 2.0**360


def metric_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield those lines that are meant as metrics."""
    for line in lines:
        if '"_aws"' not in line:
            continue
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and isinstance(document.get("_aws"), dict):
            yield document


def problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield each rule that a metric line breaks."""
    about = document["_aws"]
    if type(about.get("Timestamp")) is not int:
        yield "its Timestamp is not a whole number of milliseconds"
    directives = about.get("CloudWatchMetrics")
    if not isinstance(directives, list) or not directives:
        yield "it has no CloudWatchMetrics"
        return
    for directive in directives:
        if not isinstance(directive, dict):
            yield "a directive is not an object"
            continue
        yield from _namespace(directive.get("Namespace"))
        yield from _dimensions(directive.get("Dimensions"), document)
        yield from _metrics(directive.get("Metrics"), document)


def dimension_values(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the dimensions of a metric line with their values."""
    return {
        name: str(document[name])
        for directive in document["_aws"].get("CloudWatchMetrics", [])
        for names in directive.get("Dimensions", [])
        for name in names
        if name in document
    }


def _namespace(name: Any) -> Iterator[str]:
    if not isinstance(name, str) or not 1 <= len(name) <= MOST_NAME or name.startswith(":"):
        yield "its namespace is missing or not usable"


def _dimensions(sets: Any, document: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(sets, list) or not all(isinstance(names, list) for names in sets):
        yield "its Dimensions are not lists of names"
        return
    for names in sets:
        if len(names) > MOST_DIMENSIONS:
            yield f"it has {len(names)} dimensions; {MOST_DIMENSIONS} are allowed"
        for name in names:
            value = document.get(name)
            if not isinstance(value, str) or not value.strip() or len(value) > MOST_VALUE:
                yield f"dimension {name} has no text as its value, or one that is too long"
            elif not value.isascii() or not value.isprintable():
                yield f"dimension {name} has a value that is not plain ASCII"


def _metrics(metrics: Any, document: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(metrics, list) or not 1 <= len(metrics) <= MOST_METRICS:
        yield f"it has no metrics, or more than {MOST_METRICS}"
        return
    for metric in metrics:
        name = metric.get("Name") if isinstance(metric, dict) else None
        if not isinstance(name, str) or not name.strip() or len(name) > MOST_NAME:
            yield "a metric has no usable name"
            continue
        if metric.get("Unit", "None") not in UNITS:
            yield f"metric {name} has a unit that CloudWatch does not know"
        values = document.get(name)
        held = values if isinstance(values, list) else [values]
        if not 1 <= len(held) <= MOST_METRICS or not all(map(_is_number, held)):
            yield f"metric {name} has a value that is not a finite number"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= LARGEST
