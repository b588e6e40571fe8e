"""What a deployment configures is checked in what Terraform tells, and fails where it is wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from affidavit import PolicyError
from affidavit._policy.load import load_policy
from affidavit_policy.claims import claims
from affidavit_policy.terraform_state import CHECKS, CheckResult, check_deployment, read_deployment
from command_line import Terminal

HIPAA = load_policy("hipaa")
LOCK = "s3:object-lock-remaining-retention-days"


def _policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _deny(*actions: str, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*", **rest}


LOCKED = _deny("s3:PutObject", Condition={"NumericLessThan": {LOCK: "2191"}})
GOOD: dict[str, dict[str, Any]] = {
    "aws_dynamodb_table": {
        "global_secondary_index": [{"name": "by_subject"}],
        "ttl": [{"enabled": True, "attribute_name": "x"}],
        "point_in_time_recovery": [{"enabled": True}],
        "server_side_encryption": [{"enabled": True, "kms_key_arn": "arn:aws:kms:::key/1"}],
        "tags_all": {"Environment": "prod"},
    },
    "aws_dynamodb_resource_policy": {
        "policy": _policy(_deny("dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"))
    },
    "aws_s3_bucket": {"bucket": "archive", "object_lock_enabled": True},
    "aws_s3_bucket_policy": {"bucket": "archive", "policy": _policy(LOCKED)},
    "aws_s3_bucket_server_side_encryption_configuration": {
        "bucket": "archive",
        "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}],
    },
    "aws_cloudwatch_log_group": {"retention_in_days": 400, "kms_key_id": "arn:aws:kms:::key/2"},
    "aws_cloudwatch_metric_alarm": {"alarm_actions": ["arn:aws:sns:::ops"]},
}


def _state(resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    found = [
        {"mode": "managed", "type": kind, "address": f"module.it.{kind}.this", "values": values}
        for kind, values in resources.items()
    ]
    inner = {"resources": found, "address": "module.it"}
    return {"format_version": "1.0", "values": {"root_module": {"child_modules": [inner]}}}


def _write(folder: Path, document: Any) -> Path:
    path = folder / "deployed.json"
    path.write_text(json.dumps(document))
    return path


def _outcomes(folder: Path, document: Any) -> dict[str, CheckResult]:
    found = check_deployment(read_deployment(_write(folder, document)), HIPAA)
    return {one.check: one.result for one in found}


def test_a_good_deployment_holds(tmp_path: Path) -> None:
    """Every check."""
    assert dict.fromkeys(CHECKS, CheckResult.HOLDS) == _outcomes(tmp_path, _state(GOOD))


def test_an_empty_deployment_holds_nothing(tmp_path: Path) -> None:
    """What is not there is not configured."""
    assert dict.fromkeys(CHECKS, CheckResult.FAILS) == _outcomes(tmp_path, _state({}))


WRONG: dict[str, tuple[str, str, Any]] = {
    "table_expires": ("aws_dynamodb_table", "ttl", [{"enabled": False, "attribute_name": "x"}]),
    "table_recovers": ("aws_dynamodb_table", "point_in_time_recovery", [{"enabled": False}]),
    "table_is_encrypted": ("aws_dynamodb_table", "server_side_encryption", [{"enabled": True}]),
    "table_denies_changes": (
        "aws_dynamodb_resource_policy",
        "policy",
        _policy(_deny("dynamodb:UpdateItem")),
    ),
    "archive_is_locked": ("aws_s3_bucket_policy", "policy", _policy(_deny("s3:DeleteObject"))),
    "archive_is_encrypted": (
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule",
        [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}],
    ),
    "logs_are_kept": ("aws_cloudwatch_log_group", "retention_in_days", 30),
    "logs_are_encrypted": ("aws_cloudwatch_log_group", "kms_key_id", None),
    "alarms_tell_somebody": ("aws_cloudwatch_metric_alarm", "alarm_actions", []),
}


@pytest.mark.parametrize("name", CHECKS)
def test_one_thing_that_is_wrong_fails_one_check(name: str, tmp_path: Path) -> None:
    """And no other."""
    kind, key, value = WRONG[name]
    resources = copy.deepcopy(GOOD)
    resources[kind][key] = value
    found = _outcomes(tmp_path, _state(resources))

    assert {name} == {check for check, result in found.items() if result is CheckResult.FAILS}


def test_a_lock_that_is_too_short_fails(tmp_path: Path) -> None:
    """The policy's days decide: 2192 under hipaa."""
    resources = copy.deepcopy(GOOD)
    short = _deny("s3:PutObject", Condition={"NumericLessThan": {LOCK: "364"}})
    resources["aws_s3_bucket_policy"]["policy"] = _policy(short)

    assert CheckResult.FAILS is _outcomes(tmp_path, _state(resources))["archive_is_locked"]


def test_every_bucket_and_table_needs_one(tmp_path: Path) -> None:
    """A second archive without a policy, and a second ledger that anybody may change."""
    state = _state(GOOD)
    resources = state["values"]["root_module"]["child_modules"][0]["resources"]
    for kind, change in (
        ("aws_s3_bucket", {"bucket": "copy"}),
        ("aws_dynamodb_table", {}),
    ):
        (one,) = [item for item in resources if item["type"] == kind]
        second = {**one["values"], **change}
        resources.append({**one, "address": f"module.it.{kind}.second", "values": second})
    found = _outcomes(tmp_path, state)

    assert {"archive_is_encrypted", "archive_is_locked", "table_denies_changes"} == {
        check for check, result in found.items() if result is CheckResult.FAILS
    }


def test_what_a_plan_does_not_know_is_not_known(tmp_path: Path) -> None:
    """It counts for nothing, and it is no failure; a key that will be set is one."""
    resources = copy.deepcopy(GOOD)
    del resources["aws_dynamodb_resource_policy"]["policy"]
    del resources["aws_cloudwatch_log_group"]["kms_key_id"]
    resources["aws_dynamodb_table"]["server_side_encryption"] = [{"enabled": True}]
    state = _state(resources)
    later = {
        "aws_dynamodb_resource_policy": {"policy": True},
        "aws_cloudwatch_log_group": {"kms_key_id": True},
        "aws_dynamodb_table": {"server_side_encryption": [{"kms_key_arn": True}]},
    }
    plan = {
        "planned_values": state["values"],
        "resource_changes": [
            {"address": f"module.it.{kind}.this", "change": {"after_unknown": unknown}}
            for kind, unknown in later.items()
        ],
    }
    found = _outcomes(tmp_path, plan)

    assert {"table_denies_changes"} == {
        check for check, result in found.items() if result is not CheckResult.HOLDS
    }
    assert CheckResult.UNKNOWN is found["table_denies_changes"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"values": null}', '{"values": {"root_module": {"resources": [1]}}}']
)
def test_another_file_is_told(text: str, tmp_path: Path) -> None:
    """What it should be, and how to write it."""
    path = tmp_path / "deployed.json"
    path.write_text(text)
    with pytest.raises(PolicyError, match="terraform show -json"):
        read_deployment(path)


def test_a_clause_is_as_good_as_its_worst_check(tmp_path: Path) -> None:
    """Retention holds; where logs go too early it does not."""
    good = _write(tmp_path, _state(GOOD))
    kept = {one.clause.id: one.result for one in claims(HIPAA, good)}
    resources = copy.deepcopy(GOOD)
    resources["aws_cloudwatch_log_group"]["retention_in_days"] = 1
    bad = _write(tmp_path, _state(resources))
    early = {one.clause.id: one.result for one in claims(HIPAA, bad)}

    assert "holds" == kept["45 CFR 164.316(b)(2)(i)"]
    assert "does not hold" == early["45 CFR 164.316(b)(2)(i)"]
    assert "holds" == early["45 CFR 164.312(c)(1)"]


@pytest.mark.parametrize(("days", "code"), [(400, 0), (1, 1)])
def test_the_command_fails_with_a_check(
    days: int, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, and the resource by its address."""
    resources = copy.deepcopy(GOOD)
    resources["aws_cloudwatch_log_group"]["retention_in_days"] = days
    path = _write(tmp_path, _state(resources))
    terminal = Terminal(capsys, tmp_path)
    done = terminal(*("policy", "clauses", "hipaa", "--deployed", str(path), "--output", "json"))

    assert code == done.code
    assert (code == 1) == ("it keeps 1 days" in done.out)
