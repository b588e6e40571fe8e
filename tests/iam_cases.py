"""Cases of IAM's evaluation logic, drawn so that rules and requests meet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

ACCOUNT: Final = "111122223333"
OTHER: Final = "444455556666"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/handler"
SESSION: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/handler/prices"
USER: Final = f"arn:aws:iam::{ACCOUNT}:user/ann"
CALLERS: Final = (SESSION, SESSION, SESSION, USER, "events.amazonaws.com", "lambda.amazonaws.com")
HERE: Final = f"eu-west-1:{ACCOUNT}"

TABLE: Final = f"arn:aws:dynamodb:{HERE}:table/records"
RESOURCES: Final[dict[str, tuple[str, ...]]] = {
    "dynamodb:PutItem": (TABLE, f"{TABLE}-old"),
    "dynamodb:UpdateItem": (TABLE,),
    "dynamodb:Query": (f"{TABLE}/index/by_subject", TABLE),
    "s3:GetObject": ("arn:aws:s3:::vault/a/b.zip", "arn:aws:s3:::vault/itest-1"),
    "s3:PutObject": ("arn:aws:s3:::vault/a/b.zip",),
    "s3:ListBucket": ("arn:aws:s3:::vault",),
    "sqs:SendMessage": (f"arn:aws:sqs:{HERE}:spill", f"arn:aws:sqs:{HERE}:spill-dead"),
    "lambda:InvokeFunction": (
        f"arn:aws:lambda:{HERE}:function:prices:live",
        f"arn:aws:lambda:{HERE}:function:prices",
    ),
    "kms:Decrypt": (f"arn:aws:kms:{HERE}:key/1234abcd-12ab-34cd-56ef-1234567890ab",),
    "kms:GenerateDataKey": (f"arn:aws:kms:{HERE}:key/mrk-1234abcd12ab34cd56ef1234567890ab",),
    "secretsmanager:GetSecretValue": (f"arn:aws:secretsmanager:{HERE}:secret:oracle-a1b2c3",),
    "events:PutEvents": (f"arn:aws:events:{HERE}:event-bus/default",),
    "sns:Publish": (f"arn:aws:sns:{HERE}:alarms",),
}

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "aws:SourceAccount": (ACCOUNT, OTHER),
    "aws:SourceArn": (f"arn:aws:events:{HERE}:rule/sweep", f"arn:aws:events:{HERE}:rule/other"),
    "aws:SecureTransport": ("true", "false"),
    "aws:SourceIp": ("10.1.2.3", "203.0.113.9", "2001:db8::1"),
    "aws:CurrentTime": ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    "aws:PrincipalTag/team": ("prices", "Prices", "orders"),
}
OF_SERVICE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "kms": {
        "kms:ViaService": ("s3.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"),
        "kms:CallerAccount": (ACCOUNT, OTHER),
    },
    "s3:PutObject": {
        "s3:object-lock-remaining-retention-days": ("1", "30", "2200"),
        "s3:if-none-match": ("*",),
    },
    "s3:ListBucket": {"s3:prefix": ("a/", "b/"), "s3:max-keys": ("1", "1000")},
}
SEVERAL: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "dynamodb": {
        "dynamodb:LeadingKeys": ("itest-1", "itest-2", "W#1"),
        "dynamodb:Attributes": ("run", "number", "x"),
    },
    "events": {"events:source": ("affidavit", "other"), "aws:TagKeys": ("team", "cost")},
}
OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "aws:SecureTransport": ("Bool", "Null", "StringEquals"),
    "aws:SourceIp": ("IpAddress", "NotIpAddress"),
    "aws:CurrentTime": ("DateLessThan", "DateGreaterThanEquals", "DateEquals", "DateNotEquals"),
    "aws:SourceArn": ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike"),
    "s3:object-lock-remaining-retention-days": (
        *("NumericLessThan", "NumericGreaterThan", "NumericEquals", "NumericNotEquals"),
        *("NumericLessThanEquals", "NumericGreaterThanEquals", "Null"),
    ),
    "s3:max-keys": ("NumericLessThan", "NumericGreaterThanEquals"),
}
TEXT_OPERATORS: Final = (
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Null"),
    *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
)


def cases(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield so many cases; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - cases, and no secret
    for _ in range(count):
        yield _case(draw)


def _case(draw: random.Random) -> dict[str, Any]:
    caller = draw.choice(CALLERS)
    action = draw.choice(list(RESOURCES))
    resource = draw.choice(RESOURCES[action])
    owner = OTHER if draw.random() < 0.15 else ACCOUNT
    if owner == OTHER:
        resource = resource.replace(ACCOUNT, OTHER)
    known = {**KEYS, **OF_SERVICE.get(action.split(":")[0], {}), **OF_SERVICE.get(action, {})}
    several = SEVERAL.get(action.split(":")[0], {})
    context: dict[str, Any] = {
        name: draw.choice(values)
        for name, values in known.items()
        # Always there: the referee differs from AWS's page on variables without a value.
        if draw.random() < 0.5 or name.startswith("aws:PrincipalTag/")
    }
    context |= {
        name: draw.sample(values, draw.randint(1, 2))
        for name, values in several.items()
        if draw.random() < 0.5
    }
    asked = (action, resource, known, several)
    service = caller.endswith(".amazonaws.com")
    case: dict[str, Any] = {
        "request": {
            "principal": caller,
            "action": action,
            "resource": {"resource": resource, "accountId": owner},
            "contextVariables": context,
        },
        "identityPolicies": []
        if service
        else [
            {"name": f"p{place}", "policy": _policy(draw, asked)}
            for place in range(draw.choice((0, 1, 1, 2)))
        ],
    }
    if draw.random() < 0.6 or action.startswith("kms:"):
        case["resourcePolicy"] = _policy(draw, asked, caller)
    if not service and draw.random() < 0.25:
        case["permissionBoundaryPolicies"] = [{"name": "limit", "policy": _policy(draw, asked)}]
    return case


def _policy(draw: random.Random, asked: Any, caller: str = "") -> dict[str, Any]:
    statements = [_statement(draw, asked, caller) for _ in range(draw.randint(1, 3))]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(draw: random.Random, asked: Any, caller: str) -> dict[str, Any]:
    action, resource, known, several = asked
    told: dict[str, Any] = {"Effect": draw.choice(("Allow", "Allow", "Allow", "Deny"))}
    if caller:
        kind = "NotPrincipal" if draw.random() < 0.08 else "Principal"
        if kind == "NotPrincipal":
            told["Effect"] = "Deny"
        told[kind] = _principal(draw, caller)
    told["NotAction" if draw.random() < 0.1 else "Action"] = _actions(draw, action)
    told["NotResource" if draw.random() < 0.1 else "Resource"] = _resources(draw, resource)
    if draw.random() < 0.5:
        told["Condition"] = _conditions(draw, known, several)
    return told


def _principal(draw: random.Random, caller: str) -> Any:
    return draw.choice(
        (
            "*",
            {"AWS": "*"},
            {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            {"AWS": ACCOUNT},
            {"AWS": [ROLE, USER]},
            {"AWS": SESSION},
            {"AWS": f"arn:aws:iam::{OTHER}:root"},
            {"Service": "events.amazonaws.com"},
            {"Service": caller} if caller.endswith(".com") else {"AWS": caller},
        )
    )


def _actions(draw: random.Random, action: str) -> Any:
    service, _, name = action.partition(":")
    one = draw.choice(
        (
            action,
            action,
            f"{service}:*",
            "*",
            f"{service}:{name[:3]}*",
            action.lower(),
            f"{service}:{name[:-1]}?",
            draw.choice(list(RESOURCES)),
        )
    )
    return [one, draw.choice(list(RESOURCES))] if draw.random() < 0.3 else one


def _resources(draw: random.Random, resource: str) -> Any:
    fields = resource.split(":")
    one = draw.choice(
        (
            *(resource, resource, "*", resource[:-2] + "*", resource[:-1] + "?"),
            ":".join((*fields[:3], "*", "*", fields[-1])),
            ":".join((*fields[:5], "*")),
            resource + "-not",
            resource + "*",
        )
    )
    return [one, "arn:aws:s3:::elsewhere/*"] if draw.random() < 0.3 else one


def _conditions(draw: random.Random, known: Any, several: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw.choice((1, 1, 2))):
        if several and draw.random() < 0.4:
            name = draw.choice(list(several))
            quantifier = draw.choice(("ForAllValues:", "ForAnyValue:"))
            operator = quantifier + draw.choice(("StringEquals", "StringLike", "StringNotLike"))
            values = draw.sample((*several[name], "itest-*", "r*"), draw.randint(1, 3))
        else:
            name = draw.choice(list(known))
            operator = draw.choice(OPERATORS.get(name, TEXT_OPERATORS))
            if operator != "Null" and draw.random() < 0.2:
                operator += "IfExists"
            values = _values(draw, name, operator, known[name])
        found.setdefault(operator, {})[name] = values
    return found


def _values(draw: random.Random, name: str, operator: str, known: tuple[str, ...]) -> Any:
    if operator.startswith("Null"):
        return draw.choice(("true", "false"))
    if operator.startswith("Bool"):
        return draw.choice(("true", "false"))
    if name == "aws:SourceIp":
        return draw.sample(("10.0.0.0/8", "203.0.113.9/32", "2001:db8::/32"), draw.randint(1, 2))
    values = list(known)
    if "Like" in operator:
        values += ["*", f"arn:aws:*:*:{ACCOUNT}:rule/*", "p*", "?ther"]
        values += ["${aws:PrincipalTag/team}"]
    if operator.startswith("String"):
        values += ["${aws:PrincipalTag/team}", "${aws:PrincipalTag/missing, 'prices'}"]
    if operator.startswith("Arn"):
        values = [one for one in values if one.startswith("arn:")]
    return draw.sample(values, draw.randint(1, min(2, len(values))))
