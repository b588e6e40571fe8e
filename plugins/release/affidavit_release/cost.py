"""What evidence costs a month: from measured sizes, dated prices, and what a policy asks for.

A month is a twelfth of 365.25 days. Storage is told as it is once the oldest
evidence begins to expire: that is the highest it gets, years from now for an
archive. Not counted: the functions themselves, their data sources, traffic
between regions, and whatever a free tier would take off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from affidavit.plugin import Declare, Policy
from affidavit_release.tariff import Tariff

DAYS: Final = 365.25 / 12
SECONDS: Final = DAYS * 86_400
MINUTES: Final = DAYS * 1_440
GB: Final = 1_000_000_000
BATCH: Final = 500
"""Records of one sealed segment at most, and one segment a second at most: what the
event source mapping in terraform/modules/audit_archive says."""


class Load(NamedTuple):
    """What happens: events a day, functions, scenarios that run a day, environment."""

    events_per_day: int
    functions: int = 1
    scenarios_per_day: int = 0
    environment: str = "prod"


class Choice(NamedTuple):
    """How evidence is kept: days in the table, days in the archive, and its class."""

    name: str
    hot_days: int
    archive_days: int
    glacier: bool = False


class Line(NamedTuple):
    """One position of the bill: its name, and dollars a month by choice."""

    item: str
    usd: tuple[float, ...]


def choices_of(policy: Policy) -> tuple[Choice, ...]:
    """Return ways to keep evidence that the policy allows, its own first."""
    hot, archive = policy.retention.hot_days, policy.retention.archive_days
    return (
        Choice(f"as {policy.name} says", hot, archive),
        Choice("archive in Glacier IR", hot, archive, glacier=True),
        Choice("a year in the table", max(hot, 366), max(archive, 366)),
        Choice("all of it in the table", max(hot, archive), archive),
    )


def estimate(
    load: Load, policy: Policy, choices: tuple[Choice, ...], tariff: Tariff
) -> tuple[Line, ...]:
    """Return the bill, position by position, for each choice."""
    bill = _Bill(load, policy, tariff)
    positions: tuple[tuple[str, Callable[[Choice], float]], ...] = (
        ("table: writes", bill.writes),
        ("table: storage", bill.table),
        ("archive: requests", bill.puts),
        ("archive: storage", bill.archive),
        ("sealer: functions", bill.sealer),
        ("KMS: keys", bill.keys),
        ("KMS: requests", bill.kms),
        ("logs: taken in", bill.logs_in),
        ("logs: storage", bill.logs),
        ("metrics", bill.metrics),
        ("X-Ray", bill.traces),
        ("Step Functions", bill.scenarios),
    )
    return tuple(Line(name, tuple(map(cost, choices))) for name, cost in positions)


class _Bill:
    """One load under one policy. Each method returns dollars a month."""

    def __init__(self, load: Load, policy: Policy, tariff: Tariff) -> None:
        self._load, self._policy = load, policy
        self._usd, self._size = tariff.prices, tariff.sizes
        self._events = load.events_per_day * DAYS
        self._declared = policy.declare is not Declare.NONE

    @property
    def _records(self) -> float:
        return self._events * (2 if self._declared else 1)

    @property
    def _segments(self) -> float:
        """At few records each is a segment of its own; at many a segment is full."""
        return max(self._records / BATCH, min(self._records, SECONDS))

    def writes(self, _: Choice) -> float:
        """Whichever record of an invocation comes first is indexed, and only that."""
        size = self._size
        event = size["only_write_units"]
        if self._declared:
            event = size["opening_write_units"] + size["closing_write_units"]
        event += size["chain_write_units"] / size["events_per_cold_start"]
        return self._events * event / 1e6 * self._usd["dynamodb_write_million"]

    def table(self, choice: Choice) -> float:
        size, overhead = self._size, self._size["item_overhead_bytes"]
        event = size["only_bytes"]
        if self._declared:
            event = size["opening_bytes"] + size["closing_bytes"] + overhead
        event += size["index_bytes"] + 2 * overhead
        kept = self._load.events_per_day * choice.hot_days * event / GB
        return kept * (self._usd["dynamodb_gb_month"] + self._usd["dynamodb_pitr_gb_month"])

    def puts(self, choice: Choice) -> float:
        price = self._usd["s3_glacier_ir_put_thousand" if choice.glacier else "s3_put_thousand"]
        small = 2 * MINUTES * self._usd["s3_put_thousand"]  # a manifest and a checkpoint
        return (self._segments * price + small) / 1000

    def archive(self, choice: Choice) -> float:
        held = self._records * self._size["archived_bytes"]
        price = self._usd["s3_glacier_ir_gb_month" if choice.glacier else "s3_standard_gb_month"]
        if choice.glacier:
            held = max(held, self._segments * self._size["glacier_ir_least_bytes"])
        return held * choice.archive_days / DAYS / GB * price

    def sealer(self, _: Choice) -> float:
        calls = self._segments + MINUTES
        seconds = calls * self._size["sealer_seconds"]
        requests = calls / 1e6 * self._usd["lambda_request_million"]
        return requests + seconds * self._usd["lambda_gb_second"]

    def keys(self, _: Choice) -> float:
        return self._size["keys"] * self._usd["kms_key_month"]

    def kms(self, _: Choice) -> float:
        # A data key and the token key per cold start; a signature a minute.
        starts = self._events / self._size["events_per_cold_start"]
        requests = 2 * starts / 1e4 * self._usd["kms_request_ten_thousand"]
        return requests + MINUTES / 1e4 * self._usd["kms_sign_ten_thousand"]

    def logs_in(self, _: Choice) -> float:
        return self._logged / GB * self._usd["logs_ingest_gb"]

    def logs(self, _: Choice) -> float:
        days = self._policy.environment(self._load.environment).log_days
        kept = self._logged * days / DAYS * self._size["log_compression"]
        return kept / GB * self._usd["logs_gb_month"]

    @property
    def _logged(self) -> float:
        size = self._size
        lines = size["log_lines"] + size["platform_log_lines"]
        text = size["log_bytes"] + size["platform_log_bytes"]
        return self._events * (text + lines * size["log_line_overhead_bytes"])

    def metrics(self, _: Choice) -> float:
        return self._load.functions * self._size["metrics"] * self._usd["metric_month"]

    def traces(self, _: Choice) -> float:
        share = self._policy.environment(self._load.environment).sample_percent / 100
        return self._events * share / 1e6 * self._usd["xray_trace_million"]

    def scenarios(self, _: Choice) -> float:
        runs = self._load.scenarios_per_day * DAYS * self._size["transitions_per_scenario"]
        return runs / 1000 * self._usd["states_transition_thousand"]
