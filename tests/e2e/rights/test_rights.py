"""Who may do what, as it is deployed, and what a caller or an error cannot get out.

The local cloud keeps policies and does not obey them, so their text is read as IAM would read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from affidavit._runtime.settings import read_settings
from e2e.framework.fetch import call, eventually, log_events, log_lines, records
from e2e.framework.nowhere import places
from e2e.framework.stacks import Stack

USER = "550e8400-e29b-41d4-a716-446655440000"
NUMBER = "078-05-1120"
FORBIDDEN = (
    "BatchGetItem", "BatchWriteItem", "DeleteItem", "DeleteTable", "GetItem", "GetRecords",
    "PartiQLDelete", "PartiQLSelect", "PartiQLUpdate", "Query", "Scan", "UpdateItem", "UpdateTable",
    "UpdateTimeToLive", "PutResourcePolicy", "DeleteResourcePolicy",
)  # fmt: skip


def _statements(stack: Stack[Any], function: str) -> Iterator[dict[str, Any]]:
    """Yield every statement of every policy of a function's role."""
    iam = stack.cloud.client("iam")
    role = stack.cloud.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    name = role.rpartition("/")[2]
    assert [] == iam.list_role_policies(RoleName=name)["PolicyNames"]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        told = document["Document"]
        yield from (json.loads(told) if isinstance(told, str) else told)["Statement"]


def _allowed(stack: Stack[Any], function: str, action: str, resource: str) -> bool:
    """Tell whether a role may do something, conditions taken as fulfilled."""
    return any(
        one["Effect"] == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in _list(one["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in _list(one["Resource"]))
        for one in _statements(stack, function)
    )


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_a_writer_may_add_to_the_table(stack: Stack[Any]) -> None:
    """Otherwise the next test would mean nothing."""
    assert _allowed(stack, stack.out.strict, "dynamodb:PutItem", stack.out.table_arn)


@pytest.mark.parametrize("action", FORBIDDEN)
def test_a_writer_may_neither_change_nor_remove_nor_read(action: str, stack: Stack[Any]) -> None:
    """No statement of its role reaches the table or its indexes with anything but a put."""
    for resource in (stack.out.table_arn, f"{stack.out.table_arn}/index/by_subject"):
        assert not _allowed(stack, stack.out.strict, f"dynamodb:{action}", resource)


def test_a_writer_cannot_open_old_chains(stack: Stack[Any]) -> None:
    """Decrypting is limited to what goes through the stores, and to their key."""
    kms = stack.cloud.client("kms")
    alias = f"alias/{stack.name}-records-chain"
    chain = kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]

    assert _allowed(stack, stack.out.strict, "kms:GenerateDataKey", chain)
    assert not _allowed(stack, stack.out.strict, "kms:Decrypt", chain)
    for one in _statements(stack, stack.out.strict):
        if "kms:Decrypt" in _list(one["Action"]):
            assert any("kms:ViaService" in tested for tested in one["Condition"].values())


def test_the_table_itself_refuses_changes(stack: Stack[Any]) -> None:
    """To everybody, administrators included: a deny goes before every allow."""
    dynamodb = stack.cloud.client("dynamodb")
    told = json.loads(dynamodb.get_resource_policy(ResourceArn=stack.out.table_arn)["Policy"])
    denied = {
        action
        for one in told["Statement"]
        if one["Effect"] == "Deny" and one["Principal"] in ("*", {"AWS": "*"})
        for action in _list(one["Action"])
    }

    assert {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} <= denied
    assert {"dynamodb:PartiQLDelete", "dynamodb:PartiQLUpdate"} <= denied
    assert "dynamodb:PutItem" not in denied


def test_the_function_gets_settings_that_it_can_read(stack: Stack[Any]) -> None:
    """Every variable is one that affidavit knows, and nothing is missing."""
    function = stack.cloud.client("lambda").get_function_configuration(
        FunctionName=stack.out.strict
    )
    settings = read_settings(
        {**function["Environment"]["Variables"], "AWS_LAMBDA_FUNCTION_NAME": stack.out.strict}
    )

    assert "hipaa" == settings.policy
    assert stack.out.table == settings.ledger.netloc
    assert {"prices"} == set(settings.sources)


def test_a_log_forgets_in_time_and_masks(stack: Stack[Any]) -> None:
    """Days as said, encrypted, and a second net under the redaction."""
    logs = stack.cloud.client("logs")
    name = f"/aws/lambda/{stack.out.strict}"
    group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    policy = logs.get_data_protection_policy(logGroupIdentifier=name)["policyDocument"]

    assert 1 == group["retentionInDays"]
    assert group["kmsKeyId"].startswith("arn:aws:kms:")
    assert {"audit", "mask"} == {one["Sid"] for one in json.loads(policy)["Statement"]}


def test_a_refused_caller_is_on_record_and_gets_nothing(stack: Stack[Any]) -> None:
    """Under this policy a request's own word about who asks counts for nothing."""
    answered = call(stack.cloud, stack.out.strict, {"id": "PROD-101", "userId": USER})
    found = [
        one for one in records(stack.cloud, stack.out.table) if one.get("act") == "PRICE_FETCH"
    ]

    assert "errorType" in answered
    assert "99.99" not in json.dumps(answered)
    assert ["deny"] == [one["out"]["s"] for one in found]
    assert [] == places(stack.cloud, stack.name, USER)


def test_an_error_names_its_type_and_nothing_else(stack: Stack[Any]) -> None:
    """What stood in the exception's text is in no answer, log, record or queue."""
    answered = call(stack.cloud, stack.out.raising, {"patient": "somebody"})
    group = f"/aws/lambda/{stack.out.raising}"
    failed = eventually(lambda: log_events(stack.cloud, group, "handler.failed"))

    assert NUMBER not in json.dumps(answered)
    assert "ValueError" == failed[0]["error_type"]
    assert any("END RequestId" in line for line in log_lines(stack.cloud, group))
    assert [] == places(stack.cloud, stack.name, NUMBER)


def test_an_event_that_fails_for_good_is_set_aside(stack: Stack[Any]) -> None:
    """Two retries, then the dead letter queue; each attempt has records of its own."""
    before = len(_attempts(stack))
    call(stack.cloud, stack.out.raising, {"patient": "nobody"}, later=True)
    sqs = stack.cloud.client("sqs")
    told = eventually(
        lambda: sqs.receive_message(QueueUrl=stack.out.dead_url, WaitTimeSeconds=1).get("Messages"),
        deadline_s=60 if stack.cloud.target == "local" else 600,
    )

    assert {"patient": "nobody"} == json.loads(told[0]["Body"])
    assert 3 == len(_attempts(stack)) - before


def _attempts(stack: Stack[Any]) -> set[str]:
    return {
        one["att"]
        for one in records(stack.cloud, stack.out.table)
        if one.get("att") and one.get("act") != "PRICE_FETCH"
    }


def test_a_second_plan_changes_nothing(stack: Stack[Any]) -> None:
    """What was deployed is what the code says."""
    assert [] == stack.drift()
