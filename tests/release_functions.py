"""Functions under moto as the environments of a world, and what can be seen of them."""

from __future__ import annotations

from typing import Any

import boto3

from affidavit_release.demo.shop import pack
from affidavit_release.lambda_target import ALARM, MINUTES, PERCENT
from cloud import REGION

SECOND = "eu-central-1"
BOOT = pack("def handler(event, context):\n    return None\n")


def functions(environment: str) -> Any:
    return boto3.client("lambda", region_name=SECOND if environment == "dr" else REGION)


def alias(aws: str, environment: str) -> str | None:
    """The version that the alias names."""
    client = functions(environment)
    try:
        found = client.get_alias(FunctionName=f"{aws}-{environment}-shop", Name="live")
    except client.exceptions.ResourceNotFoundException:
        return None
    return str(found["FunctionVersion"])


def weights(aws: str, environment: str) -> dict[str, float]:
    """What the alias gives to other versions than its own."""
    found = functions(environment).get_alias(FunctionName=f"{aws}-{environment}-shop", Name="live")
    routing = found.get("RoutingConfig") or {}
    return dict(routing.get("AdditionalVersionWeights") or {})


def give_canary(aws: str, percent: str = "10", minutes: str = "10") -> None:
    """Make what Terraform makes: two tags and an alarm."""
    name = f"{aws}-prod-shop"
    client = functions("prod")
    arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]
    client.tag_resource(Resource=arn, Tags={PERCENT: percent, MINUTES: minutes})
    boto3.client("cloudwatch", region_name=REGION).put_metric_alarm(
        AlarmName=name + ALARM,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=10,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    set_alarm(aws, "OK")


def set_alarm(aws: str, state: str) -> None:
    """Say what CloudWatch would have found."""
    boto3.client("cloudwatch", region_name=REGION).set_alarm_state(
        AlarmName=f"{aws}-prod-shop{ALARM}", StateValue=state, StateReason="a test"
    )
