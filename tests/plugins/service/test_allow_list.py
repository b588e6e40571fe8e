"""What a policy lists as expected is written from the rights that functions have."""

from __future__ import annotations

from pathlib import Path

import botocore.session
import pytest

from affidavit_cli.main import run
from affidavit_service.allow_list import OTHER_NAMES, SERVICES, operations
from affidavit_service.service_model import Function

DEFINITION = """
[service]
name = "shop"

[functions.orders]
handler = "shop.orders:handler"

[[functions.orders.rights.statements]]
actions = ["sqs:SendMessage", "s3:Get*"]
resources = ["arn:aws:sqs:eu-west-1:111122223333:results"]

[[functions.orders.rights.statements]]
actions = ["s3:GetObject"]
resources = ["arn:aws:s3:::scans/2026/*"]
"""


def _listed(action: str, *resources: str) -> list[str]:
    rights = {"statements": [{"actions": [action], "resources": list(resources)}]}
    return operations([Function.model_validate({"handler": "a:b", "rights": rights})])[0]


@pytest.mark.parametrize(
    ("action", "resource", "listed"),
    [
        ("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:alarms", ["sns.Publish alarms"]),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by_day",
            ["dynamodb.Query orders"],
        ),
        ("s3:ListBucket", "arn:aws:s3:::scans", ["s3.HeadBucket scans", "s3.ListObjects scans",
                                                 "s3.ListObjectsV2 scans"]),
        (
            "lambda:InvokeFunction",
            "arn:aws:lambda:eu-west-1:111122223333:function:price",
            ["lambda.Invoke price"],
        ),
        (
            "states:StartExecution",
            "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly",
            ["stepfunctions.StartExecution nightly"],
        ),
        ("ssm:GetParameter", "*", ["ssm.GetParameter"]),
        ("sqs:SendMessage", "arn:aws:sqs:*:*:{prefix}-*", ["sqs.SendMessage"]),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-a1b2c3",
            ["secretsmanager.GetSecretValue"],
        ),
        ("execute-api:Invoke", "*", []),
    ],
)  # fmt: skip
def test_a_right_becomes_the_operations_that_it_allows(
    action: str, resource: str, listed: list[str]
) -> None:
    """By botocore's names, with the resource if a request names it alike."""
    assert listed == _listed(action, resource)


def test_a_right_to_everything_makes_others_needless() -> None:
    """One entry without a resource says it all."""
    arn = "arn:aws:sqs:eu-west-1:111122223333:results"
    assert ["sqs.SendMessage"] == _listed("sqs:SendMessage", arn, "*")


def test_other_names_are_operations_of_botocore() -> None:
    """The library that is observed knows each of them."""
    session = botocore.session.get_session()
    for name in {one for names in OTHER_NAMES.values() for one in names}:
        service, _, operation = name.partition(".")
        assert operation in session.get_service_model(service).operation_names
    known = set(session.get_available_services())
    assert {one for one in SERVICES.values() if one} <= known


def test_the_command_writes_a_part_of_a_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what it leaves to a reader."""
    (tmp_path / "functions.toml").write_text(DEFINITION)
    assert 0 == run(("service", "off-record", str(tmp_path / "functions.toml")))

    assert [
        "off_record:",
        "  operations:",
        "    - s3.GetObject scans",
        "    - s3.HeadObject scans",
        "    - sqs.SendMessage results",
        "  # A right to s3:Get* names no single operation.",
    ] == capsys.readouterr().out.splitlines()
