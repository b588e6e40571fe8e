"""Derive what a deployer may do from what Terraform was seen to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from terraform_tool import HCL

RIGHTS: Final = HCL / "modules" / "deployer" / "rights.json"
OWN: Final = "arn:{partition}:%s:{region}:{account}:%s{prefix}*"
ROLES: Final = "arn:{partition}:iam::{account}:role/"

DOCUMENTED: Final[Mapping[str, str]] = {
    "iam:CreateServiceLinkedRole": f"{ROLES}aws-service-role/*",
    "kms:CreateGrant": "*",
    **dict.fromkeys(
        (
            *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:GetLogDelivery"),
            *("logs:ListLogDeliveries", "logs:UpdateLogDelivery"),
            *("logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
        ),
        "*",
    ),
}
"""What AWS's documents ask for and no stand-in does: a table's key is used by a grant, logs of
gateways and state machines are delivered, and a service's own role is made when first needed."""

LATER: Final[Mapping[str, tuple[str, ...]]] = {
    "*": (
        *("ec2:CreateTags", "ec2:DeleteTags", "ec2:RevokeSecurityGroupIngress"),
        *("ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySubnetAttribute"),
        *("kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias"),
        *("kms:UpdateKeyDescription", "kms:ReplicateKey", "kms:CancelKeyDeletion"),
        *("lambda:UpdateEventSourceMapping", "lambda:TagResource", "lambda:UntagResource"),
        *("cloudwatch:TagResource", "cloudwatch:UntagResource"),
        *("logs:TagResource", "logs:UntagResource", "xray:UpdateSamplingRule"),
        *("xray:TagResource", "events:TagResource", "events:UntagResource"),
    ),
    OWN % ("dynamodb", "table/"): (
        *("dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateTable"),
    ),
    OWN % ("lambda", "function:"): (
        *("lambda:DeleteFunctionConcurrency", "lambda:PublishVersion", "lambda:UpdateAlias"),
        *("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    ),
    OWN % ("sqs", ""): ("sqs:TagQueue", "sqs:UntagQueue", "sqs:SetQueueAttributes"),
    OWN % ("states", "stateMachine:"): (
        *("states:UpdateStateMachine", "states:TagResource", "states:UpdateStateMachineAlias"),
    ),
    OWN % ("secretsmanager", "secret:"): (
        *("secretsmanager:TagResource", "secretsmanager:UpdateSecret"),
    ),
    OWN % ("sns", ""): (
        *("sns:CreateTopic", "sns:DeleteTopic", "sns:GetSubscriptionAttributes"),
        *("sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:SetSubscriptionAttributes"),
        *("sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe"),
    ),
    OWN % ("kinesis", "stream/"): (
        *("kinesis:AddTagsToStream", "kinesis:CreateStream", "kinesis:DeleteStream"),
        *("kinesis:DescribeStreamSummary", "kinesis:ListTagsForStream"),
        *("kinesis:StartStreamEncryption", "kinesis:UpdateStreamMode"),
    ),
    f"{ROLES}{{prefix}}*": (
        *("iam:TagRole", "iam:UntagRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy"),
        *("iam:PutRolePermissionsBoundary",),
    ),
    "arn:{partition}:iam::{account}:policy/{prefix}*": (
        *("iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:TagPolicy"),
    ),
    "arn:{partition}:s3:::{prefix}*": ("s3:PutBucketTagging", "s3:PutReplicationConfiguration"),
}
"""What later applies, tags, topics and streams take, which the examples do not try."""


def derive(used: Iterable[Mapping[str, Any]], prefix: str) -> dict[str, list[dict[str, Any]]]:
    """Return statements by service; what has the prefix in its name is limited to it."""
    found: dict[str, dict[str, set[str]]] = {}
    for one in used:
        service, _, _ = str(one["action"]).partition(":")
        places = found.setdefault(service, {}).setdefault(str(one["action"]), set())
        places.add(_pattern(str(one["resource"]), prefix))
    later = {action: place for place, actions in LATER.items() for action in actions}
    for action, place in {**DOCUMENTED, **later}.items():
        service = action.partition(":")[0]
        found.setdefault(service, {}).setdefault(action, set()).add(place)
    return {service: list(_statements(actions)) for service, actions in sorted(found.items())}


def _statements(actions: Mapping[str, set[str]]) -> Iterable[dict[str, Any]]:
    """Yield one statement for all actions that have the same resources."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for action, places in sorted(actions.items()):
        same = ("*",) if "*" in places else tuple(sorted(places))
        grouped.setdefault(same, []).append(action)
    for resources, names in sorted(grouped.items()):
        yield {"actions": names, "resources": list(resources)}


def _pattern(resource: str, prefix: str) -> str:
    """Return a resource with stand-ins, cut off behind the prefix; `*` for what has none."""
    if ":apigateway:" in resource:  # paths with ids; the kind is all that can be said
        kind = resource.rpartition("::/")[2].partition("/")[0]
        return f"arn:{{partition}}:apigateway:{{region}}::/{kind}*"
    head, found, _ = resource.partition(prefix)
    if not found or "*" in head:
        return "*"
    fields = head.split(":")
    if len(fields) > 4:
        fields[1] = "{partition}"
        fields[3] = "{region}" if fields[3] else ""
        fields[4] = "{account}" if fields[4] else ""
    return ":".join(fields) + "{prefix}*"
