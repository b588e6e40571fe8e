"""One variable brings a second region: replicas of the table, the keys and the archive."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from e2e.framework.bundles import RUNTIME, bundle_price, bundle_sealer
from e2e.framework.clouds import REGION, Cloud
from e2e.framework.stacks import STACKS, new_name
from terraform_tool import Terraform

HERE = Path(__file__).parent
ELSEWHERE = "eu-central-1"


@pytest.fixture(scope="module")
def plans(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two plans of the same code: without a second region, and with one."""
    ours = tmp_path_factory.mktemp("recovery")
    terraform = Terraform(HERE, ours / "data", ours / "terraform.tfstate", cloud.environ)
    told = {
        "name": new_name("dr"),
        "region": REGION,
        "runtime": RUNTIME,
        "artifacts": {"price": str(bundle_price()), "sealer": str(bundle_sealer())},
    }
    terraform.init()
    planned = {}
    for place, dr_region in (("here", None), ("both", ELSEWHERE)):
        file = ours / f"{place}.tfvars.json"
        file.write_text(json.dumps({**told, "dr_region": dr_region}))
        planned[place] = terraform.plan(f"-var-file={file}")
    assert not (STACKS / told["name"]).exists()
    return planned


def _kinds(plan: dict[str, Any]) -> Counter[str]:
    return Counter(one["type"] for one in plan["resource_changes"] if one["mode"] == "managed")


def test_a_second_region_adds_and_changes_nothing_else(plans: dict[str, Any]) -> None:
    """Five keys, four aliases, a bucket with its companions, what copies into it, two policies."""
    added = _kinds(plans["both"]) - _kinds(plans["here"])

    assert Counter() == _kinds(plans["here"]) - _kinds(plans["both"])
    assert (5, 4) == (added["aws_kms_replica_key"], added["aws_kms_alias"])
    assert 2 == added["aws_dynamodb_resource_policy"], "of the records and of the salts, over there"
    assert 1 == added["aws_s3_bucket"] == added["aws_s3_bucket_replication_configuration"]
    assert 1 == added["aws_s3_bucket_policy"] == added["aws_s3_bucket_versioning"]


def test_every_table_gets_a_replica_there(plans: dict[str, Any]) -> None:
    """Records and the service's own with point-in-time recovery, salts without any."""
    found = {
        place: {
            one["change"]["after"]["name"].rpartition("-")[2]: [
                (replica["region_name"], replica["point_in_time_recovery"])
                for replica in one["change"]["after"]["replica"]
            ]
            for one in plan["resource_changes"]
            if one["type"] == "aws_dynamodb_table"
        }
        for place, plan in plans.items()
    }

    assert {"records": [], "subjects": [], "settings": []} == found["here"]
    assert {
        "records": [(ELSEWHERE, True)],
        "subjects": [(ELSEWHERE, False)],
        "settings": [(ELSEWHERE, True)],
    } == found["both"]


def test_the_copy_of_the_archive_is_locked_too(plans: dict[str, Any]) -> None:
    """A copy that can be removed proves nothing."""
    buckets = [
        one["change"]["after"]
        for one in plans["both"]["resource_changes"]
        if one["type"] == "aws_s3_bucket"
    ]

    assert 2 == len(buckets)
    assert all(bucket["object_lock_enabled"] for bucket in buckets)
    assert {REGION, ELSEWHERE} == {
        region for region in (REGION, ELSEWHERE) for one in buckets if region in one["bucket"]
    }
