"""A bill, compared whole: each position of each choice, and all that the command prints."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Declare
from affidavit_release.cost import Choice, Load, choices_of, estimate
from affidavit_release.tariff import Tariff, read_tariff
from command_line import Terminal

PRICES = {
    "dynamodb_write_million": 0.5,
    "dynamodb_gb_month": 0.25,
    "dynamodb_pitr_gb_month": 0.125,
    "s3_put_thousand": 0.005,
    "s3_glacier_ir_put_thousand": 0.02,
    "s3_standard_gb_month": 0.02,
    "s3_glacier_ir_gb_month": 0.004,
    "lambda_request_million": 0.2,
    "lambda_gb_second": 0.00002,
    "kms_key_month": 1.0,
    "kms_request_ten_thousand": 0.03,
    "kms_sign_ten_thousand": 0.15,
    "logs_ingest_gb": 0.5,
    "logs_gb_month": 0.03,
    "metric_month": 0.3,
    "xray_trace_million": 5.0,
    "states_transition_thousand": 0.025,
}
SIZES = {
    "opening_write_units": 2,
    "closing_write_units": 1,
    "only_write_units": 4,
    "chain_write_units": 3,
    "opening_bytes": 700,
    "closing_bytes": 750,
    "only_bytes": 800,
    "index_bytes": 130,
    "archived_bytes": 600,
    "log_bytes": 900,
    "log_lines": 2,
    "item_overhead_bytes": 100,
    "log_line_overhead_bytes": 26,
    "glacier_ir_least_bytes": 131_072,
    "events_per_cold_start": 500,
    "platform_log_bytes": 400,
    "platform_log_lines": 3,
    "log_compression": 0.15,
    "metrics": 10,
    "sealer_seconds": 0.3,
    "keys": 3,
    "transitions_per_scenario": 40,
}
TARIFF = Tariff("2026-02-01", "eu-west-1", PRICES, SIZES)
CHOICES = (
    Choice("hot and cold", 90, 2_000),
    Choice("Glacier", 90, 2_000, glacier=True),
    Choice("longer", 400, 3_000),
)

MANY = """\
table: writes: 91.4951 91.4951 91.4951
table: storage: 126.9 126.9 564
archive: requests: 13.5873 53.0343 13.5873
archive: storage: 96 90.597 144
sealer: functions: 16.5765 16.5765 16.5765
KMS: keys: 3 3 3
KMS: requests: 1.38795 1.38795 1.38795
logs: taken in: 43.5256 43.5256 43.5256
logs: storage: 5.148 5.148 5.148
metrics: 21 21 21
X-Ray: 15.2188 15.2188 15.2188
Step Functions: 0.36525 0.36525 0.36525
"""
FEW = """\
table: writes: 0.00609663 0.00609663 0.00609663
table: storage: 0.00381375 0.00381375 0.01695
archive: requests: 0.453519 0.499175 0.453519
archive: storage: 0.0024 0.104858 0.0036
sealer: functions: 0.290617 0.290617 0.290617
KMS: keys: 3 3 3
KMS: requests: 0.657487 0.657487 0.657487
logs: taken in: 0.00217628 0.00217628 0.00217628
logs: storage: 4.5045e-06 4.5045e-06 4.5045e-06
metrics: 3 3 3
X-Ray: 0.0152187 0.0152187 0.0152187
Step Functions: 0 0 0
"""
FULL = """\
table: writes: 2287.38 2287.38 2287.38
table: storage: 3172.5 3172.5 14100
archive: requests: 30.8758 122.188 30.8758
archive: storage: 2400 480 3600
sealer: functions: 38.0142 38.0142 38.0142
KMS: keys: 3 3 3
KMS: requests: 18.92 18.92 18.92
logs: taken in: 1088.14 1088.14 1088.14
logs: storage: 28.9575 28.9575 28.9575
metrics: 3 3 3
X-Ray: 1902.34 1902.34 1902.34
Step Functions: 0.0304375 0.0304375 0.0304375
"""


@pytest.mark.parametrize(
    ("load", "declare", "told"),
    [
        (Load(2_000_000, 7, 12, "prod"), Declare.BEFORE, MANY),
        (Load(100, environment="dev"), Declare.NONE, FEW),
        (Load(50_000_000, 1, 1, "uat"), Declare.OVERLAP, FULL),
    ],
)
def test_a_bill_is_this_position_by_position(load: Load, declare: Declare, told: str) -> None:
    """Each record a segment of its own; hardly any; segments that are full."""
    rules = load_policy("hipaa")._replace(declare=declare)
    lines = estimate(load, rules, CHOICES, TARIFF)
    assert told.splitlines() == [
        f"{one.item}: {' '.join(f'{usd:.6g}' for usd in one.usd)}" for one in lines
    ]


def test_choices_are_these() -> None:
    """A policy that keeps less than a year has one that does; all of it in the table is dearest."""
    rules = load_policy("hipaa")
    own, days = rules.retention, rules.retention.archive_days
    short = rules._replace(retention=own._replace(hot_days=30, archive_days=90))

    assert (
        Choice("as hipaa says", own.hot_days, days, False),
        Choice("archive in Glacier IR", own.hot_days, days, True),
        Choice("a year in the table", 366, days, False),
        Choice("all of it in the table", days, days, False),
    ) == choices_of(rules)
    assert [(30, 90), (30, 90), (366, 366), (90, 90)] == [one[1:3] for one in choices_of(short)]


def test_the_command_prints_this_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Data to the last digit, rows to the cent, whose prices they are, and from when."""
    terminal = Terminal(capsys, tmp_path)
    file, words = tmp_path / "prices.json", ("release", "cost", "--events-per-day", "5000")
    words = (*words, "--functions", "2", "--scenarios-per-day", "3", "--env", "dev")
    shipped = json.loads((resources.files("affidavit_release") / "prices.json").read_text("utf-8"))
    for as_of, old in (("2020-01-01", True), ("9999-01-01", False)):
        file.write_text(json.dumps(shipped | {"as_of": as_of, "region": "here-1"}))
        rules, tariff = load_policy("hipaa"), read_tariff(file)
        choices = choices_of(rules)
        lines = estimate(Load(5000, 2, 3, "dev"), rules, choices, tariff)
        totals = [sum(column) for column in zip(*(one.usd for one in lines), strict=True)]
        said = terminal(*words, "--prices", str(file), "--output", "json")
        assert {
            "as_of": as_of,
            "old": old,
            "region": "here-1",
            "policy": rules.label,
            "choices": [
                {"name": n, "hot_days": h, "archive_days": a, "glacier": g}
                for n, h, a, g in choices
            ],
            "lines": [{"item": one.item, "usd": list(one.usd)} for one in lines],
            "totals": pytest.approx(totals),
        } == said.data
        table = terminal(*words, "--prices", str(file)).out
        rows = [" ".join(line.split()) for line in table.splitlines()]
        for name, cells in (
            ("USD a month", [one.name for one in choices]),
            ("days: table / archive", [f"{one.hot_days} / {one.archive_days}" for one in choices]),
            *((one.item, [f"{usd:.2f}" for usd in one.usd]) for one in lines),
            ("total", [f"{total:.2f}" for total in totals]),
        ):
            assert " ".join((name, *cells)) in rows
        assert f"Prices of here-1, {as_of}. Storage is what it is once the oldest" in table
        assert old == ("These prices are more than twelve months old" in table)
    assert "List prices of us-east-1, 2026-" in terminal(*words).out
