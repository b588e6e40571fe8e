"""What the Terraform code has to pass before anything is deployed, cheapest first."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit.load_policy import load_policy
from affidavit.settings import ENVIRONMENTS
from cloud import moto_server
from terraform_tool import BUILD, HCL, Terraform, modules

CHECKOV = repo.ROOT / "build" / "checkov" / "bin" / "checkov"
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: checkov asks the network on every run otherwise, for 5 seconds."""


def _in(module: Path) -> Terraform:
    data = BUILD / "gates" / module.name
    return Terraform(module, data, data / "terraform.tfstate")


def test_the_form_is_the_one_that_terraform_writes(terraform: str) -> None:
    """`terraform fmt -recursive terraform` mends it."""
    wrong = Terraform(HCL, BUILD, BUILD).run("fmt", "-check", "-recursive", good=(0, 3))

    assert terraform
    assert "" == wrong.stdout


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.name)
def test_a_module_keeps_its_promises(module: Path, terraform: str) -> None:
    """`terraform test`: safe unless told otherwise, and what it refuses it refuses."""
    assert terraform
    ours = _in(module)
    ours.init()
    if module == HCL:
        ours.run("validate")  # with every module in it

    assert "0 failed" in ours.run("test").stdout


@pytest.mark.skipif(not CHECKOV.exists(), reason="checkov not found: make terraform installs it")
def test_every_check_passes_or_is_answered_in_place() -> None:
    """Of checkov, on the code: on a plan it takes every value that is not known yet for none."""
    command = [str(CHECKOV), "--directory", str(HCL), "--framework", "terraform", "--quiet"]
    command += ["--compact", "--skip-download", "--output", "json", "--external-modules", "false"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(BUILD), "HTTPS_PROXY": NOWHERE}
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    told = json.loads(done.stdout)
    failed = [
        f"{one['check_id']} {one['resource']}: {one['check_name']}"
        for one in told["results"]["failed_checks"]
    ]

    assert 300 < told["summary"]["passed"]
    assert [] == failed


@pytest.fixture(scope="module")
def anywhere(terraform: str) -> Iterator[dict[str, str]]:
    """An AWS that can say who asks, which is all that a plan needs."""
    assert terraform
    with moto_server() as endpoint:
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }


@pytest.fixture(scope="module")
def planned(anywhere: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Every environment's plan, from the root module's one working directory."""
    ours = _in(HCL)._replace(environ=anywhere)
    ours.init()
    released = BUILD / "gates" / "release.tfvars.json"
    released.write_text(json.dumps({"artifacts": dict.fromkeys(RELEASED, ARTIFACT)}))
    return {
        environment: ours.plan(
            f"-var-file={HCL}/environments/{environment}.tfvars", f"-var-file={released}"
        )
        for environment in ENVIRONMENTS
    }


RELEASED = ("price", "config-read", "config-change", "sealer")
ARTIFACT = {
    "bucket": "example-vault",
    "key": "a.zip",
    "object_version": "v1",
    "sha256_base64": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
}


def _values(plan: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    changes = plan["resource_changes"]
    return [one["change"]["after"] for one in changes if one["type"] == kind]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_obeys_its_policy(
    environment: str, planned: dict[str, dict[str, Any]], terraform: str
) -> None:
    """Terraform reads the YAML, the functions the compiled policy; both say the same."""
    plan = planned[environment]
    name = plan["variables"]["policy"]["value"]
    policy = load_policy(name)
    days = {group["retention_in_days"] for group in _values(plan, "aws_cloudwatch_log_group")}
    rule = _values(plan, "aws_xray_sampling_rule")[0]
    assert terraform
    assert {_log_days(name, environment)} == days
    assert _percent(name, environment) == round(rule["fixed_rate"] * 100)
    assert policy.retention.archive_days == plan_days(plan)


def plan_days(plan: dict[str, Any]) -> int:
    """Return the days for which the archive's bucket asks every object to be locked."""
    bucket = plan["planned_values"]["root_module"]["child_modules"]
    policies = [
        json.loads(resource["values"]["policy"])
        for resource in _resources(bucket)
        if resource["type"] == "aws_s3_bucket_policy"
    ]
    least = {
        int(statement["Condition"]["NumericLessThan"]["s3:object-lock-remaining-retention-days"])
        for policy in policies
        for statement in policy["Statement"]
        if statement["Sid"] == "LockedForLongEnough"
    }
    assert 1 == len(least)
    return least.pop() + 1


def _resources(children: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for child in children:
        yield from child.get("resources", [])
        yield from _resources(child.get("child_modules", []))


def _log_days(name: str, environment: str) -> int:
    return int(_compiled(name)["retention"]["log_days"][environment])


def _percent(name: str, environment: str) -> int:
    return int(_compiled(name)["tracing"]["sample_percent"][environment])


def _compiled(name: str) -> dict[str, Any]:
    path = repo.KERNEL / "policies" / f"{name}.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def test_only_production_has_a_second_region(planned: dict[str, dict[str, Any]]) -> None:
    """dr_region brings replicas of table, keys and archive."""
    replicas = {
        environment: [table["replica"] for table in _values(plan, "aws_dynamodb_table")]
        for environment, plan in planned.items()
    }

    assert "eu-central-1" == replicas["prod"][0][0]["region_name"]
    assert {"prod"} == {name for name, found in replicas.items() if found[0]}
    assert 4 == len(_values(planned["prod"], "aws_kms_replica_key"))
    assert 2 == len(_values(planned["prod"], "aws_s3_bucket"))


def test_what_holds_evidence_is_protected_where_it_counts(
    planned: dict[str, dict[str, Any]],
) -> None:
    """Deletion protection in uat and prod, locks everywhere."""
    for environment, plan in planned.items():
        tables = _values(plan, "aws_dynamodb_table")
        assert (environment in {"uat", "prod"}) == tables[0]["deletion_protection_enabled"]
        assert all(bucket["object_lock_enabled"] for bucket in _values(plan, "aws_s3_bucket"))
