"""Metrics: every line is valid EMF, and what CloudWatch would drop is named instead.

The validator below is written from the embedded metric format specification and
the reference of PutMetricData, not from our code.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._telemetry.emf import Metrics, emf_line

POLICY = load_policy("baseline")
REDACTOR = Redactor(POLICY.redaction)
OPEN = Redactor(
    POLICY.redaction._replace(
        sinks={s: rule for s, rule in POLICY.redaction.sinks.items() if s is not Sink.METRIC}
    )
)
"""A redactor that lets every dimension's name pass, so that ours is the check."""

COMMON = {"FunctionName": "prices", "Action": "READ"}
AT_MS = 1_769_169_600_000

UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes"),
    *("Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count"),
    *("Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second"),
    *("Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second"),
    *("Gigabits/Second", "Terabits/Second", "Count/Second", "None"),
}


def check_emf(line: str) -> list[tuple[str, float, str, dict[str, str]]]:
    """Hold a line to the specification; return its values: name, value, unit, dimensions."""
    root = json.loads(line)
    assert "\n" not in line
    meta = root["_aws"]
    assert {"Timestamp", "CloudWatchMetrics"} == meta.keys()
    assert isinstance(meta["Timestamp"], int)
    found: list[tuple[str, float, str, dict[str, str]]] = []
    named: set[str] = set()
    for directive in meta["CloudWatchMetrics"]:
        assert {"Namespace", "Dimensions", "Metrics"} == directive.keys()
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert 1 <= len(directive["Metrics"]) <= 100
        for keys in directive["Dimensions"]:
            assert len(keys) <= 30
            assert len(keys) == len(set(keys))
            dimensions = {key: _dimension(key, root[key]) for key in keys}
            named.update(keys)
        for metric in directive["Metrics"]:
            assert {"Name", "Unit"} == metric.keys()
            assert 1 <= len(metric["Name"]) <= 1024
            assert metric["Unit"] in UNITS
            assert metric["Name"] not in keys
            values = root[metric["Name"]]
            values = values if isinstance(values, list) else [values]
            assert 1 <= len(values) <= 100
            for value in values:
                assert isinstance(value, int | float)
                assert not isinstance(value, bool)
                assert math.isfinite(value)
                assert abs(value) <= 2**360
                found.append((metric["Name"], value, metric["Unit"], dimensions))
            named.add(metric["Name"])
    assert named == root.keys() - {"_aws"}, "nothing in a line is unexplained"
    return found


def _dimension(name: str, value: Any) -> str:
    assert 1 <= len(name) <= 250
    assert name.strip()
    assert not name.startswith(":")
    assert isinstance(value, str)
    assert 1 <= len(value) <= 1024
    assert value.strip()
    for text in (name, value):
        assert all(" " <= char <= "~" for char in text), "ASCII without control characters"
    return value


class Bench:
    """Metrics, and what was said about those that were left out."""

    def __init__(self, redactor: Redactor = REDACTOR) -> None:
        self.rejected: list[tuple[str, str]] = []
        self.metrics = Metrics(redactor, lambda name, why: self.rejected.append((name, why)))

    def add(self, *args: Any, **dimensions: Any) -> None:
        self.metrics.add(*args, **dimensions)

    def lines(self) -> list[str]:
        return self.metrics.lines(AT_MS, "prices", COMMON)

    def values(self) -> list[tuple[str, float, str, dict[str, str]]]:
        return [value for line in self.lines() for value in check_emf(line)]


def test_a_line_says_what_was_counted() -> None:
    """As the specification's own example does it."""
    bench = Bench()
    bench.add("PriceFetched", 1, "Count", product_family="books")
    (line,) = bench.lines()

    assert {
        "_aws": {
            "Timestamp": AT_MS,
            "CloudWatchMetrics": [
                {
                    "Namespace": "prices",
                    "Dimensions": [["FunctionName", "Action", "product_family"]],
                    "Metrics": [{"Name": "PriceFetched", "Unit": "Count"}],
                }
            ],
        },
        "FunctionName": "prices",
        "Action": "READ",
        "product_family": "books",
        "PriceFetched": 1,
    } == json.loads(line)


def test_nothing_counted_is_no_line() -> None:
    """An empty directive is invalid."""
    assert [] == Bench().lines()


def test_equal_names_become_a_list_of_values() -> None:
    """A distribution, not a sum."""
    bench = Bench()
    for value in (1, 2.5, Decimal("3.25"), 0):
        bench.add("Size", value, "Bytes")

    assert [1, 2.5, 3.25, 0] == [value for _, value, _, _ in bench.values()]


def test_one_line_holds_several_sets_of_dimensions() -> None:
    """As long as no name means two things."""
    bench = Bench()
    bench.add("Asked", 1, "Count")
    bench.add("Found", 1, "Count", product_family="books")
    bench.add("Missed", 1, "Count", product_family="books", channel="web")
    lines = bench.lines()

    assert 1 == len(lines)
    assert [{}, {"product_family": "books"}, {"product_family": "books", "channel": "web"}] == [
        {key: value for key, value in dimensions.items() if key not in COMMON}
        for _, _, _, dimensions in check_emf(lines[0])
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            ("Asked", {"product_family": "books"}),
            ("Asked", {"product_family": "maps"}),
            id="one metric, two values of a dimension",
        ),
        pytest.param(("Asked", {}), ("Asked", {"channel": "web"}), id="with and without"),
        pytest.param(
            ("Asked", {"channel": "web"}), ("Found", {"channel": "app"}), id="two values of one"
        ),
        pytest.param(("channel", {}), ("Found", {"channel": "web"}), id="a metric's name"),
        pytest.param(("Found", {"channel": "web"}), ("channel", {}), id="a dimension's name"),
    ],
)
def test_names_that_clash_take_another_line(
    first: tuple[str, dict[str, str]], second: tuple[str, dict[str, str]]
) -> None:
    """A member of a JSON object can say one thing only."""
    bench = Bench()
    for name, dimensions in (first, second):
        bench.add(name, 1, "Count", **dimensions)
    lines = bench.lines()

    assert 2 == len(lines)
    assert sorted([first[0], second[0]]) == sorted(check_emf(line)[0][0] for line in lines)


def test_the_order_of_dimensions_does_not_matter() -> None:
    """One combination is one metric."""
    bench = Bench()
    bench.add("Asked", 1, "Count", channel="web", region="eu")
    bench.add("Asked", 2, "Count", region="eu", channel="web")

    assert 1 == len(bench.lines())


@pytest.mark.parametrize("count", [100, 101, 250])
def test_a_line_holds_a_hundred_metrics(count: int) -> None:
    """The specification's limit; the rest takes further lines."""
    bench = Bench()
    for number in range(count):
        bench.add(f"Metric{number}", number, "Count")
    lines = bench.lines()

    assert -(-count // 100) == len(lines)
    assert list(range(count)) == [value for line in lines for _, value, _, _ in check_emf(line)]


@pytest.mark.parametrize("count", [100, 101, 350])
def test_a_metric_holds_a_hundred_values(count: int) -> None:
    """Likewise."""
    bench = Bench()
    for number in range(count):
        bench.add("Size", number, "Bytes")
    lines = bench.lines()

    assert -(-count // 100) == len(lines)
    assert list(range(count)) == [value for line in lines for _, value, _, _ in check_emf(line)]


def test_many_values_of_many_metrics() -> None:
    """Both limits at once; nothing is lost and nothing is doubled."""
    bench = Bench()
    for name in range(120):
        for value in range(name % 3 * 60 + 1):
            bench.add(f"Metric{name}", value, "Count")
    expected = Counter(
        (f"Metric{name}", value) for name in range(120) for value in range(name % 3 * 60 + 1)
    )

    assert expected == Counter((name, value) for name, value, _, _ in bench.values())


def test_a_metric_has_twenty_eight_dimensions_of_its_own() -> None:
    """Thirty, less the two that every metric gets."""
    fits, over = Bench(OPEN), Bench(OPEN)
    fits.add("Asked", 1, "Count", **{f"word{number}": "x" for number in range(28)})
    over.add("Asked", 1, "Count", **{f"word{number}": "x" for number in range(29)})

    assert 30 == len(fits.values()[0][3])
    assert [("Asked", "it has too many dimensions")] == over.rejected
    assert [] == over.lines()


VALUES = [
    pytest.param(float("nan"), id="not a number"),
    pytest.param(float("inf"), id="infinity"),
    pytest.param(-float("inf"), id="minus infinity"),
    pytest.param(Decimal("NaN"), id="decimal, not a number"),
    pytest.param(Decimal("sNaN"), id="decimal, signalling"),
    pytest.param(Decimal("Infinity"), id="decimal, infinity"),
    pytest.param(2.0**361, id="too large"),
    pytest.param(-(2.0**361), id="too small"),
    pytest.param(10**400, id="larger than a float"),
    pytest.param(Decimal(10) ** 400, id="decimal, larger than a float"),
    pytest.param(True, id="true"),
    pytest.param(math.nextafter(2.0**360, math.inf), id="one step over the limit"),
    pytest.param(-math.nextafter(2.0**360, math.inf), id="one step under it"),
    pytest.param("1", id="text"),
    pytest.param(None, id="nothing"),
    pytest.param([1], id="a list"),
    pytest.param(1j, id="imaginary"),
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_is_no_finite_number_is_left_out(value: Any) -> None:
    """CloudWatch would drop the whole line, and say nothing."""
    bench = Bench()
    bench.add("Size", value, "Bytes")
    bench.add("Other", 1, "Count")

    assert [("Size", "its value is not a finite number")] == bench.rejected
    assert 1 == bench.metrics.rejected
    assert ["Other"] == [name for name, _, _, _ in bench.values()]


@pytest.mark.parametrize(
    "value",
    [0, -1, 2**53, 2**359, -(2.0**360), 2.0**360, 5e-324, -0.0, Decimal("1E-400"), 10**100],
    ids=str,
)
def test_a_value_within_the_limits_is_kept(value: Any) -> None:
    """±2^360 is what PutMetricData takes."""
    bench = Bench()
    bench.add("Size", value, "Bytes")

    assert [float(value)] == [float(found) for _, found, _, _ in bench.values()]
    assert [] == bench.rejected


NAMES = [
    pytest.param("", "empty or too long", id="empty"),
    pytest.param("   ", "empty or too long", id="spaces"),
    pytest.param("a" * 1025, "empty or too long", id="too long"),
    pytest.param(None, "empty or too long", id="nothing"),
    pytest.param(["a"], "empty or too long", id="a list"),
    pytest.param({"a": 1}, "empty or too long", id="a dictionary"),
    pytest.param("_aws", "reserved", id="the line's own"),
    pytest.param("FunctionName", "reserved", id="the function's"),
    pytest.param("Action", "reserved", id="the action's"),
    pytest.param("Größe", "reserved or not plain ASCII", id="beyond ASCII"),
    pytest.param("a\nb", "reserved or not plain ASCII", id="a line break"),
    pytest.param("\ud800", "reserved or not plain ASCII", id="half a surrogate pair"),
    pytest.param("for jane.roe@example.com", "personal data", id="personal data"),
]


@pytest.mark.parametrize(("name", "why"), NAMES)
def test_a_name_that_breaks_a_rule_is_left_out(name: Any, why: str) -> None:
    """And is not repeated, for it may be a value."""
    bench = Bench()
    bench.add(name, 1, "Count")

    assert 1 == len(bench.rejected)
    assert why in bench.rejected[0][1]
    assert "jane" not in bench.rejected[0][0]
    assert [] == bench.lines()


@pytest.mark.parametrize("name", ["a", "a" * 1024, "Price Fetched", "a.b/c-d", "1st"])
def test_names_that_are_fine(name: str) -> None:
    """Up to the limit, spaces and marks included."""
    bench = Bench()
    bench.add(name, 1, "Count")

    assert [name] == [found for found, _, _, _ in bench.values()]


@pytest.mark.parametrize("unit", ["count", "", "Furlongs", None, 7, ["Count"], "Count "])
def test_a_unit_that_cloudwatch_does_not_know_is_left_out(unit: Any) -> None:
    """Case and all."""
    bench = Bench()
    bench.add("Size", 1, unit)

    assert [("Size", "its unit is not one of CloudWatch's")] == bench.rejected


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_every_unit_of_cloudwatch_is_known(unit: str) -> None:
    """The list of PutMetricData, to the letter."""
    bench = Bench()
    bench.add("Size", 1, unit)

    assert [unit] == [found for _, _, found, _ in bench.values()]


def test_a_metric_has_one_unit() -> None:
    """The first one; a directive cannot say two."""
    bench = Bench()
    bench.add("Size", 1, "Bytes")
    bench.add("Size", 2, "Count")

    assert [("Size", "its unit differs from its first one")] == bench.rejected
    assert [1] == [value for _, value, _, _ in bench.values()]


DIMENSIONS: list[Any] = [
    pytest.param({"Size": "x"}, "the metric's own name", id="the metric's name"),
    pytest.param({"FunctionName": "x"}, "reserved", id="the function's"),
    pytest.param({"_aws": "x"}, "reserved", id="the line's own"),
    pytest.param({"": "x"}, "empty", id="an empty name"),
    pytest.param({" ": "x"}, "empty", id="a name of spaces"),
    pytest.param({"a" * 251: "x"}, "too long", id="a long name"),
    pytest.param({":a": "x"}, "colon", id="a colon first"),
    pytest.param({"é": "x"}, "not plain ASCII", id="a name beyond ASCII"),
    pytest.param({"a\tb": "x"}, "not plain ASCII", id="a name with a control character"),
    pytest.param({"word": ""}, "value is empty", id="an empty value"),
    pytest.param({"word": "  "}, "value is empty", id="a value of spaces"),
    pytest.param({"word": "a" * 1025}, "too long", id="a long value"),
    pytest.param({"word": "é"}, "not plain ASCII", id="a value beyond ASCII"),
    pytest.param({"word": "a\x00b"}, "not plain ASCII", id="a value with a control character"),
]


@pytest.mark.parametrize(("dimensions", "why"), DIMENSIONS)
def test_a_dimension_that_breaks_a_rule_is_left_out(dimensions: dict[str, str], why: str) -> None:
    """PutMetricData's reference, Dimension: name and value."""
    bench = Bench(OPEN)
    bench.add("Size", 1, "Bytes", **dimensions)

    assert 1 == len(bench.rejected)
    assert why in bench.rejected[0][1]
    assert [] == bench.lines()


@pytest.mark.parametrize(
    ("value", "told"), [(7, "7"), (True, "True"), ("x y", "x y"), ("a" * 1024, "a" * 1024)]
)
def test_a_dimensions_value_is_text(value: Any, told: str) -> None:
    """A number becomes its digits."""
    bench = Bench(OPEN)
    bench.add("Size", 1, "Bytes", word=value)

    assert told == bench.values()[0][3]["word"]


def test_dimensions_are_redacted() -> None:
    """They stand in a bill, a dashboard and an alarm's message."""
    bench = Bench()
    bench.add("Size", 1, "Bytes", product_family="jane.roe@example.com", customer="bcdfgh")
    (line,) = bench.lines()

    assert "jane" not in line
    assert "bcdfgh" not in line
    check_emf(line)


def test_two_dimensions_that_are_one_after_redaction_are_left_out() -> None:
    """A key that was replaced may collide with another one."""
    bench = Bench()
    bench.add("Size", 1, "Bytes", **{"jane@example.com": "x", "june@example.com": "x"})

    assert 1 == len(bench.values()) + len(bench.rejected)


def test_a_value_is_written_once() -> None:
    """What a handler's thread adds after the end goes nowhere, and harms nobody."""
    bench = Bench()
    bench.add("Size", 1, "Bytes")
    assert 1 == len(bench.lines())
    bench.add("Size", 1, "Bytes")

    assert [] == bench.lines()


def test_invocations_do_not_share_values() -> None:
    """Names that passed once are remembered; values are not."""
    for value in (1, 2):
        bench = Bench()
        bench.add("Size", value, "Bytes")
        assert [value] == [found for _, found, _, _ in bench.values()]


ADDS = st.tuples(
    st.sampled_from(["Asked", "Found", "channel", "Size"]) | st.text(max_size=4) | st.none(),
    st.integers()
    | st.floats()
    | st.decimals()
    | st.booleans()
    | st.none()
    | st.text(max_size=2)
    | st.lists(st.integers(), max_size=1),
    st.sampled_from(["Count", "Bytes"]) | st.text(max_size=4) | st.none(),
    st.dictionaries(
        st.sampled_from(["channel", "region", "Size"]) | st.text(max_size=3),
        st.sampled_from(["web", "app", 7]) | st.text(max_size=3) | st.none(),
        max_size=3,
    ),
)


@given(adds=st.lists(ADDS, max_size=30), open_=st.booleans())
def test_whatever_is_added_every_line_is_valid_and_every_value_is_told_once(
    adds: list[Any], open_: bool
) -> None:
    """Nothing raises; accepted and rejected make up the whole."""
    bench = Bench(OPEN if open_ else REDACTOR)
    accepted: Counter[tuple[str, float]] = Counter()
    for name, value, unit, dimensions in adds:
        before = bench.metrics.rejected
        bench.add(name, value, unit, **dimensions)
        if bench.metrics.rejected == before:
            accepted[name, float(value)] += 1
    told = Counter((name, float(value)) for name, value, _, _ in bench.values())

    assert accepted == told
    assert bench.metrics.rejected == len(bench.rejected)


def test_a_policy_may_let_every_dimension_pass() -> None:
    """The sink's rule decides about names, not this module."""
    bench = Bench(OPEN)
    bench.add("Size", 1, "Bytes", word="bcdfgh")

    assert "bcdfgh" == bench.values()[0][3]["word"]


def test_a_line_without_common_dimensions_is_a_line() -> None:
    """And one of constants, whose metrics have the units that are said."""
    bench = Bench()
    bench.add("Asked", 1, "Count")
    (line,) = bench.metrics.lines(AT_MS, "prices", {})
    told = emf_line({"Sealed": 3, "Took": 7}, "log", {}, at_ms=AT_MS, units={"Took": "Seconds"})

    assert [("Asked", 1, "Count", {})] == check_emf(line)
    assert [("Sealed", 3, "Count", {}), ("Took", 7, "Seconds", {})] == check_emf(told)
