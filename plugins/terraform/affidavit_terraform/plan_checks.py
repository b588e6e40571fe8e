"""What is wrong with a plan, whatever the account says: sizes, names, keys that lock out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from affidavit_terraform.plan_file import PlannedResource, TerraformPlan


class PreflightFinding(NamedTuple):
    """Something that would fail, or that cannot be taken back."""

    check: str
    address: str
    what: str
    fix: str


PlanCheck = Callable[[TerraformPlan], Iterator[PreflightFinding]]

POLICY_LIMITS: Final[Mapping[str, tuple[str, int]]] = {
    "aws_iam_policy": ("policy", 6144),
    "aws_iam_role": ("assume_role_policy", 2048),
    "aws_cloudwatch_log_resource_policy": ("policy_document", 5120),
    "aws_s3_bucket_policy": ("policy", 20480),
    "aws_dynamodb_resource_policy": ("policy", 20480),
    "aws_kms_key": ("policy", 32768),
}
"""Characters that a policy may have; IAM does not count white space, the others count all."""

NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "aws_iam_role": ("name", r"[\w+=,.@-]{1,64}"),
    "aws_iam_policy": ("name", r"[\w+=,.@-]{1,128}"),
    "aws_lambda_function": ("function_name", r"[A-Za-z0-9_-]{1,64}"),
    "aws_sqs_queue": ("name", r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo"),
    "aws_dynamodb_table": ("name", r"[A-Za-z0-9_.-]{3,255}"),
    "aws_s3_bucket": ("bucket", r"(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "aws_scheduler_schedule": ("name", r"[\w.-]{1,64}"),
    "aws_sfn_state_machine": ("name", r"[A-Za-z0-9_-]{1,80}"),
}
MOST_ATTACHED: Final = 10
"""Managed policies of one role, unless somebody asked AWS for more."""


def check_plan(plan: TerraformPlan) -> list[PreflightFinding]:
    """Return everything that is wrong, in the order of the checks."""
    return [found for check in CHECKS for found in check(plan)]


def _policy_sizes(plan: TerraformPlan) -> Iterator[PreflightFinding]:
    for one in plan.of(*POLICY_LIMITS):
        name, most = POLICY_LIMITS[one.kind]
        text = one.text(name)
        size = len(re.sub(r"\s", "", text)) if one.kind.startswith("aws_iam") else len(text)
        if size > most:
            yield PreflightFinding(
                "policy size",
                one.address,
                f"its policy has {size} characters, and AWS takes {most}",
                "Name fewer resources in it, or divide it",
            )


def _attached(plan: TerraformPlan) -> Iterator[PreflightFinding]:
    counted = Counter(one.text("role") for one in plan.of("aws_iam_role_policy_attachment"))
    for role, count in counted.items():
        if role and count > MOST_ATTACHED:
            yield PreflightFinding(
                "policies of a role",
                role,
                f"it gets {count} managed policies, and AWS attaches {MOST_ATTACHED}",
                "Join some of them, or ask for a higher quota",
            )


def _names(plan: TerraformPlan) -> Iterator[PreflightFinding]:
    for one in plan.of(*NAMES):
        argument, form = NAMES[one.kind]
        name = one.text(argument)
        if name and not re.fullmatch(form, name):
            yield PreflightFinding(
                "name",
                one.address,
                f"AWS takes no {argument} like this one, of {len(name)} characters",
                "Choose a shorter name for service or environment, of plain characters",
            )


def _locked_out(plan: TerraformPlan) -> Iterator[PreflightFinding]:
    for one in plan.of("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key"):
        statements = _statements(one.text("policy"))
        if statements and not any(_may_change_the_policy(each) for each in statements):
            yield PreflightFinding(
                "key lockout",
                one.address,
                "nobody may change its policy again; AWS support alone could help",
                "Let the account decide: kms:* for its root, as the modules do",
            )


def _may_change_the_policy(statement: Mapping[str, Any]) -> bool:
    actions = _listed(statement.get("Action"))
    people = statement.get("Principal")
    named = _listed(people.get("AWS") if isinstance(people, dict) else people)
    return (
        statement.get("Effect") == "Allow"
        and any(
            action.lower() in {"*", "kms:*", "kms:put*", "kms:putkeypolicy"} for action in actions
        )
        and any(who == "*" or who.endswith(":root") or ":role/" in who for who in named)
        and not statement.get("Condition")
    )


def _issuers(plan: TerraformPlan) -> Iterator[PreflightFinding]:
    for one, issuer in issuers(plan):
        place = urlsplit(issuer)
        if place.scheme != "https" or not place.netloc or place.query:
            yield PreflightFinding(
                "issuer",
                one.address,
                "tokens of this issuer cannot be checked: it is no https address",
                "Write the issuer as its tokens have it in iss",
            )


def issuers(plan: TerraformPlan) -> Iterator[tuple[PlannedResource, str]]:
    """Yield the issuers of tokens that gateways trust."""
    for one in plan.of("aws_apigatewayv2_authorizer"):
        for each in one.values.get("jwt_configuration") or ():
            if isinstance(each, dict) and isinstance(each.get("issuer"), str):
                yield one, each["issuer"]


def _statements(policy: str) -> Sequence[Mapping[str, Any]]:
    try:
        told = json.loads(policy).get("Statement", [])
    except (ValueError, AttributeError):
        return ()
    listed = told if isinstance(told, list) else [told]
    return [one for one in listed if isinstance(one, dict)]


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


CHECKS: Final[tuple[PlanCheck, ...]] = (_policy_sizes, _attached, _names, _locked_out, _issuers)
