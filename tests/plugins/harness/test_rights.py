"""The rights that each action asks for: these, at that kind of place, and no others."""

from __future__ import annotations

from typing import Final

from affidavit_harness.actions.builtin import BUILTIN

RIGHTS: Final = {
    "s3.get": {
        "buckets": "s3:GetObject",
        "bucket_lists": "s3:ListBucket",
    },
    "s3.put": {
        "buckets": "s3:PutObject s3:PutObjectTagging s3:DeleteObject on its own keys",
    },
    "s3.delete": {
        "buckets": "s3:DeleteObject on its own keys",
    },
    "eventbridge.put": {
        "buses": "events:PutEvents",
    },
    "eventbridge.tap": {
        "taps": "sqs:CreateQueue sqs:SetQueueAttributes sqs:GetQueueAttributes sqs:TagQueue",
        "tap_rules": "events:PutRule events:PutTargets events:TagResource",
    },
    "eventbridge.untap": {
        "taps": "sqs:DeleteQueue sqs:GetQueueUrl",
        "tap_rules": "events:RemoveTargets events:DeleteRule",
    },
    "eventbridge.read_tap": {
        "taps": "sqs:GetQueueUrl sqs:ReceiveMessage",
    },
    "dynamodb.get": {
        "tables": "dynamodb:GetItem dynamodb:BatchGetItem",
    },
    "dynamodb.put": {
        "tables": "dynamodb:PutItem dynamodb:DeleteItem dynamodb:BatchWriteItem on its own keys",
    },
    "dynamodb.update": {
        "tables": "dynamodb:UpdateItem dynamodb:DeleteItem on its own keys",
    },
    "dynamodb.query": {
        "tables": "dynamodb:Query",
    },
    "dynamodb.delete": {
        "tables": "dynamodb:DeleteItem dynamodb:BatchWriteItem on its own keys",
    },
    "ledger.expect": {
        "ledgers": "dynamodb:Query dynamodb:GetItem dynamodb:BatchGetItem dynamodb:Scan",
        "ledger_keys": "kms:Decrypt kms:GenerateMac",
    },
    "sql.query": {
        "ledgers": "dynamodb:PutItem",
        "spills": "sqs:SendMessage",
        "ledger_keys": "kms:GenerateDataKey kms:GenerateMac",
    },
    "http.request": {
        "apis": "execute-api:Invoke",
    },
    "oauth2.token": {},
    "lambda.invoke": {
        "functions": "lambda:InvokeFunction",
    },
    "mail.read": {
        "buckets": "s3:GetObject",
        "bucket_lists": "s3:ListBucket",
    },
    "sns.publish": {
        "topics": "sns:Publish",
    },
    "kinesis.put": {
        "streams": "kinesis:PutRecord",
    },
    "ssm.get": {
        "parameters": "ssm:GetParameter",
    },
    "stepfunctions.start": {
        "machines": "states:StartExecution",
    },
    "stepfunctions.describe": {
        "executions": "states:DescribeExecution",
    },
    "sqs.send": {
        "queues": "sqs:SendMessage",
    },
    "sqs.receive": {
        "queues": "sqs:ReceiveMessage",
    },
}
"""By action and kind of place; `on its own keys` is for test data alone."""


def test_each_action_asks_for_what_it_calls_and_no_more() -> None:
    """Terraform makes a role of these."""
    assert RIGHTS == {
        action.name: {
            grant.kind: " ".join(grant.actions) + (" on its own keys" if grant.own_keys else "")
            for grant in action.grants
        }
        for action in BUILTIN
    }
    assert all(len(action.grants) == len(RIGHTS[action.name]) for action in BUILTIN)
