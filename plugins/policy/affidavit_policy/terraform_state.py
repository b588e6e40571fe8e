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
_INDEX: Final = "by_subject"
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
    return [check.outcome(name, deployment, policy) for name, check in sorted(CHECKS.items())]


def _resources(
    module: Mapping[str, Any], unknown: Mapping[str, Mapping[str, Any]]
) -> Iterator[_Resource]:
    for one in module.get("resources", ()):
        if one["mode"] == "managed":
            later = unknown.get(one["address"], {})
            yield _Resource(one["type"], one["address"], one.get("values") or {}, later)
    for child in module.get("child_modules", ()):
        yield from _resources(child, unknown)


class _Check(NamedTuple):
    """What every resource of a kind must be; `wrong` says what it is not."""

    of: Callable[[Deployment], list[_Resource]]
    what: str
    wrong: Callable[[_Resource, Policy, Deployment], str | None]
    """Empty if nothing is wrong, None if it is known once the plan is applied."""
    each: Callable[[Deployment], list[_Resource]] | None = None
    """What must have one, where that is something else: a bucket, a table."""

    def outcome(self, name: str, deployment: Deployment, policy: Policy) -> CheckOutcome:
        """Hold every resource against the rule; one that cannot be known decides nothing."""
        found = self.of(deployment)
        least = max(1, len(self.each(deployment)) if self.each else 1)
        if len(found) < least:
            saw = f"there are {len(found)} of {least}: {self.what}"
            return CheckOutcome(name, CheckResult.FAILS, saw)
        later = 0
        for one in found:
            problem = self.wrong(one, policy, deployment)
            if problem is None:
                later += 1
            elif problem:
                return CheckOutcome(name, CheckResult.FAILS, f"{one.address}: {problem}")
        if later:
            saw = f"{later} of {len(found)} {self.what}(s) are known once applied"
            return CheckOutcome(name, CheckResult.UNKNOWN, saw)
        return CheckOutcome(name, CheckResult.HOLDS, f"{len(found)} {self.what}(s)")


def _expires(table: _Resource, _: Policy, __: Deployment) -> str:
    ttl = table.part("ttl")
    good = ttl.get("enabled") and ttl.get("attribute_name") == "x"
    return "" if good else "records do not expire by their attribute x"


def _recovers(table: _Resource, _: Policy, __: Deployment) -> str:
    good = table.part("point_in_time_recovery").get("enabled")
    return "" if good else "it cannot be restored to a point in time"


def _has_key(table: _Resource, _: Policy, __: Deployment) -> str:
    later = table.unknown.get("server_side_encryption") or [{}]
    block = table.part("server_side_encryption")
    good = block.get("enabled") and (block.get("kms_key_arn") or later[0].get("kms_key_arn"))
    return "" if good else "it is not encrypted with a key of the customer"


def _denies_changes(one: _Resource, _: Policy, __: Deployment) -> str | None:
    if "policy" not in one.values:
        return _later(one)
    denied = {
        action for statement in _denials(one) for action in _listed(statement.get("Action", ()))
    }
    return "" if denied >= _CHANGES else "it does not deny changing and deleting items"


def _locks(one: _Resource, policy: Policy, _: Deployment) -> str | None:
    if "policy" not in one.values:
        return _later(one)
    days = policy.retention.archive_days
    limits = [
        statement.get("Condition", {}).get("NumericLessThan", {}) for statement in _denials(one)
    ]
    least = [int(limit[_LOCK]) + 1 for limit in limits if _LOCK in limit]
    if not least:
        return "it takes objects without a lock"
    return "" if max(least) >= days else f"it asks for {max(least)} days; the policy for {days}"


def _by_kms(one: _Resource, _: Policy, __: Deployment) -> str:
    inner = (one.part("rule").get("apply_server_side_encryption_by_default") or [{}])[0]
    return "" if inner.get("sse_algorithm") == "aws:kms" else "it is not encrypted with KMS"


def _keeps(group: _Resource, policy: Policy, deployment: Deployment) -> str:
    days = policy.environment(deployment.tag("Environment")).log_days
    kept = group.values.get("retention_in_days") or 0
    # 0 is for ever: longer than a policy that limits the days would have it.
    return "" if kept == days else f"it keeps {kept} days; the policy says {days}"


def _group_has_key(group: _Resource, _: Policy, __: Deployment) -> str:
    good = group.values.get("kms_key_id") or group.unknown.get("kms_key_id")
    return "" if good else "it is not encrypted with a key of the customer"


def _tells(alarm: _Resource, _: Policy, __: Deployment) -> str:
    good = alarm.values.get("alarm_actions") or alarm.unknown.get("alarm_actions")
    return "" if good else "nobody is told"


def _later(one: _Resource) -> str | None:
    return None if one.unknown.get("policy") else "it has no policy"


def _denials(one: _Resource) -> list[Mapping[str, Any]]:
    return [said for said in _statements(one.values["policy"]) if said["Effect"] == "Deny"]


def _every(kind: str) -> Callable[[Deployment], list[_Resource]]:
    return lambda deployment: deployment.of(kind)


def _of_archives(kind: str) -> Callable[[Deployment], list[_Resource]]:
    def of(deployment: Deployment) -> list[_Resource]:
        names = {one.values.get("bucket") for one in deployment.archives()}
        return [one for one in deployment.of(kind) if one.values.get("bucket") in names]

    return of


def _statements(policy: str) -> list[Mapping[str, Any]]:
    found: Any = json.loads(policy)["Statement"]
    return [found] if isinstance(found, Mapping) else list(found)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


_TABLE: Final = "table of records"
_POLICIES: Final = _of_archives("aws_s3_bucket_policy")
_ENCRYPTIONS: Final = _of_archives("aws_s3_bucket_server_side_encryption_configuration")
_GROUPS: Final = _every("aws_cloudwatch_log_group")

CHECKS: Final[Mapping[str, _Check]] = {
    "alarms_tell_somebody": _Check(_every("aws_cloudwatch_metric_alarm"), "alarm", _tells),
    "archive_is_encrypted": _Check(
        _ENCRYPTIONS, "encryption of a locked bucket", _by_kms, Deployment.archives
    ),
    "archive_is_locked": _Check(
        _POLICIES, "policy of a locked bucket", _locks, Deployment.archives
    ),
    "logs_are_encrypted": _Check(_GROUPS, "log group", _group_has_key),
    "logs_are_kept": _Check(_GROUPS, "log group", _keeps),
    "table_denies_changes": _Check(
        _every("aws_dynamodb_resource_policy"),
        "policy of a table",
        _denies_changes,
        Deployment.ledgers,
    ),
    "table_expires": _Check(Deployment.ledgers, _TABLE, _expires),
    "table_is_encrypted": _Check(Deployment.ledgers, _TABLE, _has_key),
    "table_recovers": _Check(Deployment.ledgers, _TABLE, _recovers),
}
"""Every check by its name; `policies/clauses/objectives.yaml` says what it serves."""
