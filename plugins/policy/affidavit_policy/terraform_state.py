"""Read a deployment as Terraform tells it, and check what a policy asks of it.

    terraform show -json > deployed.json

The state says what is there; the JSON of a plan says what would be, with values that are
not known before it is applied. What is not known is said to be so and counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, unique
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import PolicyError
from affidavit.plugin import Policy

_LOCK: Final = "s3:object-lock-remaining-retention-days"
_INDEX: Final = "by_actor"
_CHANGES: Final = frozenset({"dynamodb:UpdateItem", "dynamodb:DeleteItem"})


@unique
class CheckResult(Enum):
    """What came of a check."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "not known"


class CheckOutcome(NamedTuple):
    """What came of a check, and a sentence that says what was seen."""

    check: str
    result: CheckResult
    saw: str


class _Resource(NamedTuple):
    kind: str
    address: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]

    def part(self, name: str) -> Mapping[str, Any]:
        """Return the first block of that name; empty if there is none."""
        blocks = self.values.get(name) or []
        return blocks[0] if blocks else {}


class Deployment(NamedTuple):
    """The resources of one deployment, with its own word on environment and policy."""

    resources: tuple[_Resource, ...]

    def of(self, kind: str) -> list[_Resource]:
        """Return the resources of a kind."""
        return [one for one in self.resources if one.kind == kind]

    def ledgers(self) -> list[_Resource]:
        """Return the tables that hold records: those with the index of actors."""
        return [
            table
            for table in self.of("aws_dynamodb_table")
            if any(
                one["name"] == _INDEX for one in table.values.get("global_secondary_index") or []
            )
        ]

    def archives(self) -> list[_Resource]:
        """Return the buckets that lock objects."""
        return [one for one in self.of("aws_s3_bucket") if one.values.get("object_lock_enabled")]

    def tag(self, name: str) -> str:
        """Return a tag of the ledger's table; empty if it has none."""
        for table in self.ledgers():
            return str((table.values.get("tags_all") or {}).get(name, ""))
        return ""


def read_deployment(path: Path) -> Deployment:
    """Read what `terraform show -json` wrote, of a state or of a plan.

    Raises:
        PolicyError: The file cannot be read, or is something else.

    """
    try:
        document = json.loads(path.read_bytes())
        held = document["values"] if "values" in document else document["planned_values"]
        unknown = {
            one["address"]: one["change"].get("after_unknown") or {}
            for one in document.get("resource_changes", ())
        }
        found = tuple(_resources(held["root_module"], unknown))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PolicyError(
            f"{path.name} is not what `terraform show -json` writes",
            why=f"reading it raised {type(error).__name__}",
            fix="Write it with `terraform show -json > deployed.json`",
        ) from None
    return Deployment(found)


def check_deployment(deployment: Deployment, policy: Policy) -> list[CheckOutcome]:
    """Make every check under a policy."""
    return [
        CheckOutcome(name, *check(deployment, policy)) for name, check in sorted(CHECKS.items())
    ]


def _resources(
    module: Mapping[str, Any], unknown: Mapping[str, Mapping[str, Any]]
) -> Iterator[_Resource]:
    for one in module.get("resources", ()):
        if one["mode"] == "managed":
            later = unknown.get(one["address"], {})
            yield _Resource(one["type"], one["address"], one.get("values") or {}, later)
    for child in module.get("child_modules", ()):
        yield from _resources(child, unknown)


_Said = tuple[CheckResult, str]


def _each(found: list[_Resource], what: str, wrong: Callable[[_Resource], str | None]) -> _Said:
    """Hold every resource of a list against a rule; one that cannot be known decides nothing."""
    if not found:
        return CheckResult.FAILS, f"there is no {what}"
    later = 0
    for one in found:
        problem = wrong(one)
        if problem is None:
            later += 1
        elif problem:
            return CheckResult.FAILS, f"{one.address}: {problem}"
    if later:
        return CheckResult.UNKNOWN, f"{later} of {len(found)} {what}(s) are known once applied"
    return CheckResult.HOLDS, f"{len(found)} {what}(s)"


def _table_expires(deployment: Deployment, policy: Policy) -> _Said:
    del policy

    def wrong(table: _Resource) -> str:
        ttl = table.part("ttl")
        good = ttl.get("enabled") and ttl.get("attribute_name") == "x"
        return "" if good else "records do not expire by their attribute x"

    return _each(deployment.ledgers(), "table of records", wrong)


def _table_recovers(deployment: Deployment, policy: Policy) -> _Said:
    del policy

    def wrong(table: _Resource) -> str:
        good = table.part("point_in_time_recovery").get("enabled")
        return "" if good else "it cannot be restored to a point in time"

    return _each(deployment.ledgers(), "table of records", wrong)


def _table_is_encrypted(deployment: Deployment, policy: Policy) -> _Said:
    del policy

    def wrong(table: _Resource) -> str:
        later = table.unknown.get("server_side_encryption") or [{}]
        block = table.part("server_side_encryption")
        good = block.get("enabled") and (block.get("kms_key_arn") or later[0].get("kms_key_arn"))
        return "" if good else "it is not encrypted with a key of the customer"

    return _each(deployment.ledgers(), "table of records", wrong)


def _table_denies_changes(deployment: Deployment, policy: Policy) -> _Said:
    del policy

    def wrong(one: _Resource) -> str | None:
        if "policy" not in one.values:
            return None if one.unknown.get("policy") else "it has no policy"
        denied = {
            action
            for statement in _statements(one.values["policy"])
            if statement["Effect"] == "Deny"
            for action in _listed(statement.get("Action", ()))
        }
        return "" if denied >= _CHANGES else "it does not deny changing and deleting items"

    return _each(deployment.of("aws_dynamodb_resource_policy"), "policy of a table", wrong)


def _archive_is_locked(deployment: Deployment, policy: Policy) -> _Said:
    if not deployment.archives():
        return CheckResult.FAILS, "there is no bucket with object lock"
    days = policy.retention.archive_days

    def wrong(one: _Resource) -> str | None:
        if "policy" not in one.values:
            return None if one.unknown.get("policy") else "it has no policy"
        least = [
            int(condition[_LOCK]) + 1
            for statement in _statements(one.values["policy"])
            if statement["Effect"] == "Deny"
            for condition in [statement.get("Condition", {}).get("NumericLessThan", {})]
            if _LOCK in condition
        ]
        if not least:
            return "it takes objects without a lock"
        return "" if max(least) >= days else f"it asks for {max(least)} days; the policy for {days}"

    names = {one.values.get("bucket") for one in deployment.archives()}
    policies = [
        one for one in deployment.of("aws_s3_bucket_policy") if one.values.get("bucket") in names
    ]
    return _each(policies, "policy of a locked bucket", wrong)


def _archive_is_encrypted(deployment: Deployment, policy: Policy) -> _Said:
    del policy
    names = {one.values.get("bucket") for one in deployment.archives()}
    found = [
        one
        for one in deployment.of("aws_s3_bucket_server_side_encryption_configuration")
        if one.values.get("bucket") in names
    ]

    def wrong(one: _Resource) -> str:
        inner = (one.part("rule").get("apply_server_side_encryption_by_default") or [{}])[0]
        return "" if inner.get("sse_algorithm") == "aws:kms" else "it is not encrypted with KMS"

    return _each(found, "encryption of a locked bucket", wrong)


def _logs_are_kept(deployment: Deployment, policy: Policy) -> _Said:
    days = policy.environment(deployment.tag("Environment")).log_days

    def wrong(group: _Resource) -> str:
        kept = group.values.get("retention_in_days") or 0
        # 0 is for ever: longer than a policy that limits the days would have it.
        return "" if kept == days else f"it keeps {kept} days; the policy says {days}"

    return _each(deployment.of("aws_cloudwatch_log_group"), "log group", wrong)


def _logs_are_encrypted(deployment: Deployment, policy: Policy) -> _Said:
    del policy

    def wrong(group: _Resource) -> str:
        good = group.values.get("kms_key_id") or group.unknown.get("kms_key_id")
        return "" if good else "it is not encrypted with a key of the customer"

    return _each(deployment.of("aws_cloudwatch_log_group"), "log group", wrong)


def _alarms_tell_somebody(deployment: Deployment, policy: Policy) -> _Said:
    del policy

    def wrong(alarm: _Resource) -> str:
        good = alarm.values.get("alarm_actions") or alarm.unknown.get("alarm_actions")
        return "" if good else "nobody is told"

    return _each(deployment.of("aws_cloudwatch_metric_alarm"), "alarm", wrong)


def _statements(policy: str) -> list[Mapping[str, Any]]:
    found: Any = json.loads(policy)["Statement"]
    return [found] if isinstance(found, Mapping) else list(found)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


CHECKS: Final[Mapping[str, Callable[[Deployment, Policy], _Said]]] = {
    "alarms_tell_somebody": _alarms_tell_somebody,
    "archive_is_encrypted": _archive_is_encrypted,
    "archive_is_locked": _archive_is_locked,
    "logs_are_encrypted": _logs_are_encrypted,
    "logs_are_kept": _logs_are_kept,
    "table_denies_changes": _table_denies_changes,
    "table_expires": _table_expires,
    "table_is_encrypted": _table_is_encrypted,
    "table_recovers": _table_recovers,
}
"""Every check by its name; `policies/clauses/objectives.yaml` says what it serves."""
