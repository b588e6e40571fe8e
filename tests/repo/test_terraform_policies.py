"""What would fail on AWS: each is held by a text of a module, weighed as AWS does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from affidavit_localcloud.rights.access import role_caller
from affidavit_localcloud.rights.documents import read_policy
from affidavit_localcloud.rights.evaluate import (
    AccessRequest,
    ApplicablePolicies,
    evaluate,
)
from terraform_tool import HCL

ACCOUNT = "123456789012"
REPLICATOR = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/replication.dynamodb.amazonaws.com/"
    "AWSServiceRoleForDynamoDBReplication"
)
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/records"
CHANGES = ("dynamodb:DeleteItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem")


def _text(path: str) -> str:
    return (HCL / "modules" / path).read_text()


@pytest.mark.parametrize(
    ("path", "sid"),
    [
        ("audit_ledger/main.tf", "NobodyChangesOrRemoves"),
        ("subject_salts/main.tf", "NobodyChangesOrLists"),
    ],
)
def test_a_tables_policy_lets_replication_pass(path: str, sid: str) -> None:
    """AWS's own role carries changes; a denial ends replication after 20 hours, for good."""
    text = _text(path)
    statement = text[text.index(sid) :]

    assert re.search(r'test +=  ?"ArnNotEquals"\n +variable = "aws:PrincipalArn"', statement)
    assert "AWSServiceRoleForDynamoDBReplication" in text


@pytest.mark.parametrize("action", CHANGES)
def test_the_exemption_is_for_that_role_alone(action: str) -> None:
    """Weighed as AWS weighs it: the replicator passes, a role with all rights does not."""
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": list(CHANGES),
        "Resource": TABLE,
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": [REPLICATOR]}},
    }

    assert _may(REPLICATOR, action, deny)
    assert not _may(f"arn:aws:iam::{ACCOUNT}:role/admin", action, deny)
    assert not _may(REPLICATOR, action, {**deny, "Condition": {}}), "as it was"


def _may(role: str, action: str, own: dict[str, Any]) -> bool:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    request = AccessRequest(
        role_caller(role, "s"), action, TABLE, ACCOUNT, {"aws:principalarn": (role,)}
    )
    policies = ApplicablePolicies(
        identity=(read_policy("all", {"Statement": everything}),),
        resource=read_policy("own", {"Statement": own}),
    )
    return evaluate(request, policies).allowed


@pytest.mark.parametrize(
    ("path", "sid", "action"),
    [
        ("audit_ledger/iam.tf", "FindTheStreams", "dynamodb:ListStreams"),
        ("audit_archive/iam.tf", "CheckSignatures", "kms:GetPublicKey"),
        ("notices/main.tf", "SeeWhichPartsThereAre", "s3:ListBucket"),
        ("data_table/main.tf", "WriteItems", "dynamodb:DeleteItem"),
        ("audit_ledger/keys.tf", "RulesOfThisAccount", "kms:GenerateDataKey"),
        ("test_harness/main.tf", "RulesSetEventsAside", "sqs:SendMessage"),
    ],
)
def test_a_right_that_was_missing_is_granted(path: str, sid: str, action: str) -> None:
    """By name: the provider, S3, EventBridge, Lambda and auditors failed without."""
    text = _text(path)

    assert f'"{action}"' in text[text.index(f'"{sid}"') :].partition("resources")[0]


def test_whoever_deploys_may_read_what_the_provider_reads() -> None:
    """`data.aws_s3_object` asks for tags and for the lock, of an object and of a version."""
    (listed,) = re.findall(r"reads = \[([^]]+)\]", _text("artifact_vault/main.tf"))

    assert {
        *("s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectTagging"),
        *("s3:GetObjectVersion", "s3:GetObjectVersionTagging"),
    } == set(re.findall(r'"([^"]+)"', listed))
    assert 2 == _text("artifact_vault/iam.tf").count("local.reads")


def test_only_the_function_that_makes_checkpoints_deletes() -> None:
    """The stream's function signs its notes, because a sealer goes on from nothing unsigned."""
    text = _text("audit_archive/main.tf")
    archivist = _text("audit_archive/iam.tf").partition('"signer"')[0]

    assert "stream     = concat([var.feed.sealer_policy], local.archivist)" in text
    assert 1 == text.count("data.aws_iam_policy_document.tidier.json")
    assert "kms:Sign" not in archivist
    assert "s3:DeleteObject" not in archivist


def test_no_action_without_a_resource_is_granted_on_one() -> None:
    """`events:ListRules` cannot be limited, so on a resource it allows nothing at all."""
    rights = json.loads(_text("test_harness/rights.json"))
    actions = {
        action
        for role in ("read", "write", "sweep")
        for statement in rights[role]
        for action in statement["actions"]
    }

    assert not actions & {"events:ListRules", "sqs:ListQueues", "dynamodb:ListStreams"}
    assert "s3:ListBucket" in actions, "so that s3.get can say that nothing is there"


def test_the_harness_may_use_the_spill_that_its_url_names() -> None:
    """A read through a source leaves a record, and on a bad day it goes to the queue."""
    rights = json.loads(_text("test_harness/rights.json"))

    assert ["sqs:SendMessage"] == [
        action for one in rights["read"] if one["kind"] == "spills" for action in one["actions"]
    ]
    assert "spills" in Path(HCL / "harness.tf").read_text()
