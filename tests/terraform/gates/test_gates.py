"""What the Terraform code has to pass before anything is deployed, cheapest first."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

import repository as repo
from affidavit._policy.load import load_policy
from affidavit_notify.location import NotifierLocation, locate_mail
from cloud import moto_server
from keyed_tables import keyed
from tagged_resources import resource_kinds, untagged
from terraform_tool import BUILD, HCL, Terraform, modules

CHECKOV = repo.ROOT / "build" / "checkov" / "bin" / "checkov"
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: checkov asks the network on every run otherwise, for 5 seconds."""

ENVIRONMENTS = ("local", "dev", "qa", "uat", "prod")
"""Those with a file of their own; dr is production's second region."""


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


def test_whatever_can_be_tagged_gets_the_callers_tags(terraform: str) -> None:
    """By the schema of the provider that is here; test_provider_six.py asks the next one's."""
    assert terraform
    ours = _in(HCL)
    ours.init()
    said = json.loads(ours.run("providers", "schema", "-json").stdout)["provider_schemas"]
    (known,) = (one["resource_schemas"] for name, one in said.items() if "hashicorp/aws" in name)
    taggable = {kind for kind in resource_kinds() if "tags" in known[kind]["block"]["attributes"]}

    assert 20 < len(taggable)
    assert [] == untagged(taggable)


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


RELEASED = ("price", "config-read", "config-change", "sealer", "harness")
ARTIFACT = {
    "bucket": "example-vault",
    "key": "a.zip",
    "object_version": "v1",
    "sha256_base64": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
}


def test_what_notices_say_is_what_the_plugin_reads(anywhere: dict[str, str]) -> None:
    """Terraform writes AFFIDAVIT_NOTIFY, the plugin reads it; nothing is lost between them."""
    mail = {
        "sender": "noreply+prices@example.org",
        "bucket": "example-mail",
        "prefix": "prices/mail",
        "version": "2026-01",
        "audiences": {"ops": ["a@example.org", "b+c@example.org"]},
        "domains": ["example.org", "example.com"],
    }
    said = {"mail": mail, "bus": "prices", "source_name": "the prices", "region": "eu-west-1"}
    ours = _in(HCL / "modules" / "notices")._replace(
        environ={**anywhere, "AWS_REGION": "eu-west-1"}
    )
    ours.init()
    file = ours.data / "notices.tfvars.json"
    file.write_text(json.dumps(said))
    told = ours.plan(f"-var-file={file}")["planned_values"]["outputs"]

    assert NotifierLocation(
        sender="noreply+prices@example.org",
        bucket="example-mail",
        prefix="prices/mail",
        version="2026-01",
        bus="prices",
        source="the prices",
        region="eu-west-1",
        audiences={"ops": ("a@example.org", "b+c@example.org")},
        domains=frozenset({"example.org", "example.com"}),
    ) == locate_mail(urlsplit(told["url"]["value"]))
    assert "identity/example.org" in told["policy"]["value"]


def _values(plan: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    changes = plan["resource_changes"]
    return [one["change"]["after"] for one in changes if one["type"] == kind]


def _evidence(plan: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return what holds evidence: the notes and reports of the harness are none."""
    name = "bucket" if kind == "aws_s3_bucket" else "name"
    return [one for one in _values(plan, kind) if "-harness" not in one[name]]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_obeys_its_policy(
    environment: str, planned: dict[str, dict[str, Any]], terraform: str
) -> None:
    """Terraform reads the YAML, the functions the compiled policy; both say the same."""
    plan = planned[environment]
    name = plan["variables"]["policy"]["value"]
    policy = load_policy(name)
    properties = policy.environment(environment)
    days = {group["retention_in_days"] for group in _values(plan, "aws_cloudwatch_log_group")}
    rule = _values(plan, "aws_xray_sampling_rule")[0]
    assert terraform
    assert {properties.log_days} == days
    assert properties.sample_percent == round(rule["fixed_rate"] * 100)
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


def test_only_production_has_a_second_region(planned: dict[str, dict[str, Any]]) -> None:
    """evidence.dr_region brings replicas of table, keys and archive."""
    replicas = {
        environment: [table["replica"] for table in _evidence(plan, "aws_dynamodb_table")]
        for environment, plan in planned.items()
    }

    assert "eu-central-1" == replicas["prod"][0][0]["region_name"]
    assert {"prod"} == {name for name, found in replicas.items() if found[0]}
    assert 4 == len(_values(planned["prod"], "aws_kms_replica_key"))
    assert 2 == len(_evidence(planned["prod"], "aws_s3_bucket"))


@pytest.fixture(scope="module")
def recovered(anywhere: dict[str, str]) -> dict[str, Any]:
    """The plan of the second region, where there is what the first one has replicated to it."""
    region = "eu-central-1"
    login = {
        "endpoint_url": anywhere["AWS_ENDPOINT_URL"],
        "region_name": region,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    kms, dynamodb = boto3.client("kms", **login), boto3.client("dynamodb", **login)
    for name in ("store", "chain", "tokens"):
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"alias/prices-prod-records-{name}", TargetKeyId=key)
    dynamodb.create_table(
        TableName="prices-prod-records",
        **keyed(pk="S"),
    )
    ours = _in(HCL)._replace(environ=anywhere)
    ours.init()
    released = BUILD / "gates" / "release-dr.tfvars.json"
    released.write_text(json.dumps({"artifacts": dict.fromkeys(RELEASED, ARTIFACT)}))
    return ours.plan(f"-var-file={HCL}/environments/dr.tfvars", f"-var-file={released}")


def test_the_second_region_makes_nothing_that_holds_evidence(recovered: dict[str, Any]) -> None:
    """No table, no bucket, no key, no sealer: functions, a queue, and who replays it."""
    made = {one["type"] for one in recovered["resource_changes"] if one["mode"] == "managed"}
    functions = {one["function_name"] for one in _values(recovered, "aws_lambda_function")}

    assert set() == made & {"aws_dynamodb_table", "aws_s3_bucket", "aws_kms_key", "aws_kms_alias"}
    assert {"prices-prod-dr-" + name for name in (*RELEASED[:3], "replay")} == functions
    assert {"create"} == {
        action
        for one in recovered["resource_changes"]
        if one["mode"] == "managed"
        for action in one["change"]["actions"]
    }


def test_the_regions_do_not_get_in_each_others_way(
    recovered: dict[str, Any], planned: dict[str, dict[str, Any]]
) -> None:
    """What is the account's and not a region's has another name in each."""
    for kind, name in {
        "aws_iam_role": "name",
        "aws_iam_policy": "name",
        "aws_cloudwatch_dashboard": "dashboard_name",
        "aws_s3_bucket": "bucket",
    }.items():
        first, second = (
            {one[name] for one in _values(plan, kind)} for plan in (planned["prod"], recovered)
        )
        assert first, kind
        assert set() == first & second, kind


def test_the_second_region_writes_to_the_replica_of_the_same_table(
    recovered: dict[str, Any], planned: dict[str, dict[str, Any]]
) -> None:
    """And the first one makes it."""
    first = _values(planned["prod"], "aws_dynamodb_table")
    replicas = {one["name"]: one["replica"][0]["region_name"] for one in first if one["replica"]}
    told = recovered["planned_values"]["outputs"]

    assert {"prices-prod-records", "prices-prod-settings"} == replicas.keys()
    assert {"eu-central-1"} == set(replicas.values())
    assert "prices-prod-records" == told["table_name"]["value"]
    assert {"settings": "prices-prod-settings"} == told["tables"]["value"]
    assert 2 <= len(_values(planned["prod"], "aws_dynamodb_resource_policy"))


def test_what_holds_evidence_is_protected_where_it_counts(
    planned: dict[str, dict[str, Any]],
) -> None:
    """Deletion protection where the policy does not say deletable, locks everywhere."""
    for environment, plan in planned.items():
        tables = _evidence(plan, "aws_dynamodb_table")
        deletable = load_policy("hipaa").environment(environment).deletable
        assert deletable or tables[0]["deletion_protection_enabled"]
        assert all(bucket["object_lock_enabled"] for bucket in _evidence(plan, "aws_s3_bucket"))
