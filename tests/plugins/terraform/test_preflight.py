"""What would fail halfway through an apply is said before it, from a plan and from an account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from affidavit import SettingsError
from affidavit_terraform.account_checks import check_account
from affidavit_terraform.make_plan import make_plan
from affidavit_terraform.plan_checks import check_plan
from affidavit_terraform.plan_file import TerraformPlan, plan_from, read_plan
from command_line import Terminal


def _plan(*resources: tuple[str, dict[str, Any]]) -> TerraformPlan:
    return plan_from(_changes(*resources))


def _changes(*resources: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "address": f"{kind}.it[{number}]",
            "mode": "managed",
            "type": kind,
            "change": {"actions": ["create"], "after": after},
        }
        for number, (kind, after) in enumerate(resources)
    ]


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
WHOLE = {"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"}
LONG = _document({"Effect": "Allow", "Action": [f"s3:Get{'x' * 60}"] * 100, "Resource": "*"})


def test_a_plan_without_a_fault_has_no_findings() -> None:
    """Names, sizes, keys and issuers as the modules have them."""
    plan = _plan(
        ("aws_iam_policy", {"name": "prices-dev-price", "policy": _document(WHOLE)}),
        ("aws_kms_key", {"policy": _document(WHOLE)}),
        ("aws_kms_key", {}),
        ("aws_s3_bucket", {"bucket": "prices-dev-archive-123456789012-eu-west-1"}),
        ("aws_sqs_queue", {"name": "orders.fifo"}),
    )

    assert [] == check_plan(plan)


@pytest.mark.parametrize(
    ("kind", "argument", "most"),
    [
        ("aws_iam_policy", "policy", 6144),
        ("aws_cloudwatch_log_resource_policy", "policy_document", 5120),
    ],
)
def test_a_policy_that_is_too_long(kind: str, argument: str, most: int) -> None:
    """AWS says so in the middle of an apply, when half of it is there."""
    (found,) = check_plan(_plan((kind, {argument: LONG})))

    assert ("policy size", f"{kind}.it[0]") == (found.check, found.address)
    assert str(most) in found.what


def test_iam_does_not_count_white_space() -> None:
    """A document that is long because it is pretty is not too long."""
    pretty = json.dumps(json.loads(_document({**WHOLE, "Action": ["kms:Sign"] * 300})), indent=8)

    assert len(pretty) > 6144
    assert [] == check_plan(_plan(("aws_iam_policy", {"policy": pretty})))


@pytest.mark.parametrize(
    "policy",
    [
        {**WHOLE, "Principal": {"Service": "logs.amazonaws.com"}},
        {**WHOLE, "Action": ["kms:Encrypt", "kms:Decrypt"]},
        {**WHOLE, "Effect": "Deny"},
        {**WHOLE, "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}},
    ],
)
def test_a_key_that_locks_everybody_out(policy: dict[str, Any]) -> None:
    """AWS would take it with a flag, and then nobody could ever change it."""
    (found,) = check_plan(_plan(("aws_kms_key", {"policy": _document(policy)})))

    assert "key lockout" == found.check


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_lambda_function", {"function_name": "f" * 65}),
        ("aws_s3_bucket", {"bucket": "Prices_Dev"}),
        ("aws_iam_role", {"name": "r" * 65}),
        (
            "aws_apigatewayv2_authorizer",
            {"jwt_configuration": [{"issuer": "http://login.example"}]},
        ),
    ],
)
def test_a_name_or_an_issuer_that_cannot_be(kind: str, values: dict[str, Any]) -> None:
    """What is not known before the apply is not judged."""
    assert 1 == len(check_plan(_plan((kind, values))))
    assert [] == check_plan(_plan((kind, {})))


def test_a_role_with_eleven_policies() -> None:
    """Ten are all that IAM attaches."""
    attached = ("aws_iam_role_policy_attachment", {"role": "deployer"})

    assert [] == check_plan(_plan(*[attached] * 10))
    assert ["deployer"] == [one.address for one in check_plan(_plan(*[attached] * 11))]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account that has things already."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


def _client(service: str) -> Any:
    """Return moto's client; of Lambda one that knows the quota, which moto does not."""
    made = boto3.client(service)
    if service != "lambda":
        return made
    quota = {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}
    return SimpleNamespace(
        get_account_settings=lambda: quota,
        get_function_configuration=made.get_function_configuration,
    )


def _checks(plan: TerraformPlan) -> list[str]:
    """Return what the account is asked in vain."""
    return [one.check for one in check_account(plan, client=_client)]


@pytest.mark.usefixtures("account")
def test_an_account_that_has_it_already() -> None:
    """A name that is taken fails in the middle; one that is free is no finding."""
    where = {"LocationConstraint": "eu-west-1"}
    boto3.client("s3").create_bucket(Bucket="taken", CreateBucketConfiguration=where)
    trust = _document({"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole"})
    boto3.client("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=trust)
    plan = [
        _changes(("aws_s3_bucket", {"bucket": name}), ("aws_iam_role", {"name": name}))
        for name in ("taken", "free")
    ]

    assert ["name is taken"] * 2 == [
        one.check for one in check_account(plan_from(plan[0]), client=_client)
    ]
    assert [] == _checks(plan_from(plan[1]))


@pytest.mark.usefixtures("account")
def test_a_quota_that_is_too_small() -> None:
    """A new account has ten at once; a hundred always stay unreserved."""
    many = ("aws_lambda_function", {"function_name": "f", "reserved_concurrent_executions": 901})
    none = ("aws_lambda_function", {"function_name": "g", "reserved_concurrent_executions": -1})

    assert ["concurrency"] == [
        one.check for one in check_account(_plan(many, none), client=_client)
    ]
    assert [] == _checks(_plan(none))


@pytest.mark.usefixtures("account")
def test_an_endpoint_that_the_network_has() -> None:
    """Two with private DNS for one service cannot be in one network."""
    ec2 = boto3.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    service = "com.amazonaws.eu-west-1.kms"
    wanted = {"vpc_id": network, "service_name": service, "private_dns_enabled": True}
    assert [] == _checks(_plan(("aws_vpc_endpoint", wanted)))

    ec2.create_vpc_endpoint(
        VpcId=network, ServiceName=service, VpcEndpointType="Interface", PrivateDnsEnabled=True
    )

    assert ["endpoint"] == [
        one.check for one in check_account(_plan(("aws_vpc_endpoint", wanted)), client=_client)
    ]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("document", "findings"),
    [
        ({"issuer": "https://login.example/"}, 0),
        ({"issuer": "https://login.example"}, 1),
        (None, 1),
    ],
)
def test_an_issuer_that_does_not_answer_to_its_name(document: object, findings: int) -> None:
    """A slash too many, and every token is refused."""
    asked: list[str] = []

    def fetch(url: str) -> object:
        asked.append(url)
        return document

    wanted = {"jwt_configuration": [{"issuer": "https://login.example/", "audience": ["prices"]}]}
    found = check_account(
        _plan(("aws_apigatewayv2_authorizer", wanted)), fetch=fetch, client=_client
    )

    assert findings == len(found)
    assert ["https://login.example/.well-known/openid-configuration"] == asked


def test_the_command_reads_a_plan_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says that it needs one thing or the other."""
    file = tmp_path / "plan.json"
    file.write_text(
        json.dumps({"resource_changes": _changes(("aws_iam_policy", {"policy": LONG}))})
    )
    terminal = Terminal(capsys, tmp_path)
    told = terminal("terraform", "preflight", str(file), "--output", "json")

    assert 1 == told.code
    assert "policy size" == told.data[0]["check"]
    assert 2 == terminal("terraform", "preflight").code


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resource_changes": 1}'])
def test_what_is_no_plan(text: str, tmp_path: Path) -> None:
    """It is refused, with how to make one; changes that are none are empty."""
    file = tmp_path / "plan.json"
    file.write_text(text)
    if "1" in text:
        assert () == read_plan(file).resources
    else:
        with pytest.raises(SettingsError, match="is no plan"):
            read_plan(file)


def test_without_terraform_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sees a traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SettingsError, match="terraform is not installed"):
        make_plan(tmp_path, ())
