"""What of a plan this account would refuse: quotas, names that are taken, endpoints, issuers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, Final

from affidavit import SettingsError
from affidavit_terraform.plan_checks import PreflightFinding, issuers
from affidavit_terraform.plan_file import PlannedResource, TerraformPlan

LEAST_UNRESERVED: Final = 100
"""Lambda keeps as many for functions that reserve none."""

TAKEN: Final = {
    "aws_dynamodb_table": ("dynamodb", "describe_table", "TableName", "name"),
    "aws_iam_role": ("iam", "get_role", "RoleName", "name"),
    "aws_lambda_function": (
        "lambda",
        "get_function_configuration",
        "FunctionName",
        "function_name",
    ),
    "aws_s3_bucket": ("s3", "head_bucket", "Bucket", "bucket"),
}
ABSENT: Final = frozenset({"404", "NoSuchBucket", "NoSuchEntity", "ResourceNotFoundException"})

Fetch = Callable[[str], Any]
Client = Callable[[str], Any]


def check_account(
    plan: TerraformPlan, *, fetch: Fetch | None = None, client: Client | None = None
) -> list[PreflightFinding]:
    """Ask the account that the environment's credentials are for; nothing is changed.

    `fetch` gets a document of the web, `client` a client of AWS; both are the usual ones
    unless a test says otherwise.

    Raises:
        SettingsError: It cannot be asked.

    """
    try:
        import boto3  # noqa: PLC0415 - only with credentials
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        boto3 = None
    if boto3 is None:
        raise SettingsError(
            "the account cannot be asked",
            why="boto3 is not installed",
            fix="Install it: pip install 'affidavit[terraform]'",
        )
    ask: Client = client or boto3.client
    try:
        return [
            *_concurrency(plan, ask("lambda")),
            *_names_taken(plan, ask, ClientError),
            *_endpoints(plan, ask("ec2")),
            *_issuers_answer(plan, fetch or _fetch),
        ]
    except (BotoCoreError, ClientError) as error:
        why = type(error).__name__
    raise SettingsError(
        "the account cannot be asked",
        why=f"AWS's client raised {why}",
        fix="See that credentials and a region are set, and that they may describe and get",
    )


def _concurrency(plan: TerraformPlan, functions: Any) -> Iterator[PreflightFinding]:
    reserved = [
        (one, int(one.values.get("reserved_concurrent_executions") or -1))
        for one in plan.of("aws_lambda_function")
        if one.created
    ]
    wanted = sum(count for _, count in reserved if count > 0)
    limits = functions.get_account_settings()["AccountLimit"]
    free = int(limits["UnreservedConcurrentExecutions"]) - LEAST_UNRESERVED
    if wanted > max(free, 0):
        yield PreflightFinding(
            "concurrency",
            ", ".join(one.address for one, count in reserved if count > 0),
            f"{wanted} are to be reserved, and this account has {max(free, 0)} for that",
            "Set runtime.reserve_concurrency to false, or ask for a higher quota",
        )


def _names_taken(
    plan: TerraformPlan, client: Callable[[str], Any], missing: type[Exception]
) -> Iterator[PreflightFinding]:
    for one in plan.of(*TAKEN):
        service, operation, parameter, argument = TAKEN[one.kind]
        name = one.text(argument)
        if not one.created or not name:
            continue
        try:
            getattr(client(service), operation)(**{parameter: name})
        except missing as error:
            code = str(getattr(error, "response", {}).get("Error", {}).get("Code"))
            if code in ABSENT:
                continue
            if code not in {"403", "AccessDenied"}:
                raise
        yield _is_taken(one)


def _is_taken(one: PlannedResource) -> PreflightFinding:
    whose = "somebody has it already, perhaps in another account" if "bucket" in one.kind else ""
    return PreflightFinding(
        "name is taken",
        one.address,
        whose or "there is one of that name already, which this state does not know",
        "Choose another name, or bring what is there into the state: terraform import",
    )


def _endpoints(plan: TerraformPlan, ec2: Any) -> Iterator[PreflightFinding]:
    for one in plan.of("aws_vpc_endpoint"):
        network, service = one.text("vpc_id"), one.text("service_name")
        if not one.created or not network or not one.values.get("private_dns_enabled"):
            continue
        there = ec2.describe_vpc_endpoints(
            Filters=[
                {"Name": "vpc-id", "Values": [network]},
                {"Name": "service-name", "Values": [service]},
            ]
        )["VpcEndpoints"]
        if any(each.get("PrivateDnsEnabled") for each in there):
            yield PreflightFinding(
                "endpoint",
                one.address,
                "the network has one for this service, with private DNS; there cannot be two",
                "Take it out of endpoints, and name its group in endpoint_security_group_ids",
            )


def _issuers_answer(plan: TerraformPlan, fetch: Fetch) -> Iterator[PreflightFinding]:
    for one, issuer in issuers(plan):
        told = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(told, dict) or told.get("issuer") != issuer:
            yield PreflightFinding(
                "issuer",
                one.address,
                "its discovery document is not there, or names another issuer",
                "Write the issuer letter for letter as the document does, its last slash too",
            )


def _fetch(url: str) -> Any:
    if not url.startswith("https://"):
        return None
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - https, see above
            return json.loads(answer.read(1_000_000))
    except (OSError, ValueError, urllib.error.URLError):
        return None
