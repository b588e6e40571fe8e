"""One event per source as it arrives in production: with everything that nobody reads."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from affidavit.testing import platform_event

PLATFORM = sorted(
    json.loads(resources.files("affidavit.testing").joinpath("platform_events.json").read_text())
)
"""Sources whose sample comes with the package."""

_STATES = "arn:aws:states:eu-central-1:111122223333"

SAMPLES: dict[str, Any] = {
    "apigw.v1": {
        "resource": "/patients/{id}",
        "path": "/patients/p-17",
        "httpMethod": "GET",
        "headers": {"Accept": "*/*", "X-Amzn-Trace-Id": "Root=1-69736c40-5759e988bd862e3fe1be46a9"},
        "multiValueHeaders": {"Accept": ["*/*"]},
        "queryStringParameters": {"view": "short"},
        "multiValueQueryStringParameters": {"view": ["short"]},
        "pathParameters": {"id": "p-17"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "k2xq0ab1cd",
            "authorizer": {"claims": {"sub": "6f9d2f2e", "iss": "https://issuer.example"}},
            "domainPrefix": "k2xq0ab1cd",
            "extendedRequestId": "XkA2bFZvDoEFqNg=",
            "identity": {"accessKey": None, "sourceIp": "198.51.100.23", "userArn": None},
            "protocol": "HTTP/1.1",
            "requestId": "0b1f2d9e-8f5c-4b07-8d6d-6f0a7b2b9e11",
            "requestTimeEpoch": 1770000000123,
            "stage": "live",
        },
        "body": None,
        "isBase64Encoded": False,
    },
    "apigw.v2": {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/live/orders",
        "rawQueryString": "dry=true&tag=a&tag=b",
        "cookies": ["theme=dark"],
        "headers": {"content-type": "application/json", "content-length": "13"},
        "queryStringParameters": {"dry": "true", "tag": "a,b"},
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "z9y8x7w6v5",
            "authorizer": {"jwt": {"claims": {"sub": "6f9d2f2e"}, "scopes": ["orders.write"]}},
            "domainName": "orders.example.org",
            "http": {
                "method": "POST",
                "path": "/live/orders",
                "protocol": "HTTP/1.1",
                "sourceIp": "198.51.100.23",
                "userAgent": "curl/8.6.0",
            },
            "requestId": "YjQ2gg9MDoEEPWQ=",
            "stage": "live",
            "timeEpoch": 1770000000456,
        },
        "body": '{"order": 41}',
        "isBase64Encoded": False,
    },
    "function-url": {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {"host": "q1w2e3r4t5.lambda-url.eu-central-1.on.aws"},
        "requestContext": {
            "accountId": "anonymous",
            "authorizer": {"iam": {"userArn": "arn:aws:sts::111122223333:assumed-role/ops/kim"}},
            "domainName": "q1w2e3r4t5.lambda-url.eu-central-1.on.aws",
            "http": {"method": "GET", "path": "/", "sourceIp": "198.51.100.23"},
            "requestId": "5c1b7c2f-0b34-4c53-9d0a-9c1c8e2c7a55",
        },
        "isBase64Encoded": False,
    },
    "alb": {
        "requestContext": {
            "elb": {
                "targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:111122223333:"
                "targetgroup/orders/6d0ecf831eec9f09"
            }
        },
        "httpMethod": "POST",
        "path": "/orders",
        "queryStringParameters": {"q": "a%20b"},
        "headers": {"x-forwarded-for": "198.51.100.23", "content-type": "text/plain"},
        "body": "aGVsbG8=",
        "isBase64Encoded": True,
    },
    "step-functions": {
        "orderId": "o-7",
        "StepFunctions": {
            "Execution": {
                "Id": f"{_STATES}:execution:settle:5d5f",
                "Input": {"orderId": "o-7"},
                "Name": "5d5f",
                "RoleArn": "arn:aws:iam::111122223333:role/settle",
                "StartTime": "2026-02-02T02:40:00.000Z",
            },
            "State": {"EnteredTime": "2026-02-02T02:40:01.000Z", "Name": "Charge", "RetryCount": 1},
            "StateMachine": {"Id": f"{_STATES}:stateMachine:settle", "Name": "settle"},
            "Task": {"Token": "AAAA"},
        },
    },
    "sqs": {
        "Records": [
            {
                "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
                "receiptHandle": "MessageReceiptHandle",
                "body": "Hello from SQS, in words and not in JSON",
                "attributes": {
                    "ApproximateReceiveCount": "3",
                    "AWSTraceHeader": "Root=1-69736c40-5759e988bd862e3fe1be46a9;Sampled=0",
                    "SentTimestamp": "1770000000456",
                    "SenderId": "AROAEXAMPLEID:settle",
                },
                "messageAttributes": {"kind": {"stringValue": "greeting", "dataType": "String"}},
                "md5OfBody": "7b270e59b47ff90a553787216d55d91d",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:greetings",
                "awsRegion": "eu-central-1",
            }
        ]
    },
    "sns": {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws:sns:eu-central-1:111122223333:alerts:0f1e2d3c",
                "EventSource": "aws:sns",
                "Sns": {
                    "SignatureVersion": "1",
                    "Timestamp": "2026-02-02T02:40:00.000Z",
                    "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "Message": '{"alarm": "high"}',
                    "MessageAttributes": {"level": {"Type": "String", "Value": "red"}},
                    "Type": "Notification",
                    "TopicArn": "arn:aws:sns:eu-central-1:111122223333:alerts",
                    "Subject": "alarm",
                },
            }
        ]
    },
    "eventbridge": {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2026-02-02T02:40:00Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:ec2:eu-central-1:111122223333:instance/i-1234567890abcdef0"],
        "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"},
    },
    "kinesis": {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "p-1",
                    "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                    "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
                    "approximateArrivalTimestamp": 1770000000.001,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": "shardId-000000000006:4959033827149025660855969253836157109592",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::111122223333:role/reader",
                "awsRegion": "eu-central-1",
                "eventSourceARN": "arn:aws:kinesis:eu-central-1:111122223333:stream/clicks",
            }
        ]
    },
    "dynamodb-stream": {
        "Records": [
            {
                "eventID": "c81e728d9d4c2f636f067f89cc14862c",
                "eventName": "MODIFY",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "eu-central-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1770000000,
                    "Keys": {"Id": {"N": "101"}},
                    "NewImage": {
                        "Id": {"N": "101"},
                        "Message": {"S": "changed"},
                        "Tags": {"SS": ["a", "b"]},
                        "Nested": {"M": {"deep": {"L": [{"BOOL": True}, {"NULL": True}]}}},
                    },
                    "OldImage": {"Id": {"N": "101"}, "Message": {"S": "first"}},
                    "SequenceNumber": "222",
                    "SizeBytes": 59,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
                "eventSourceARN": "arn:aws:dynamodb:eu-central-1:111122223333:"
                "table/t/stream/2026-02-02T00:48:05.899",
            }
        ]
    },
    "s3": {
        "Records": [
            {
                "eventVersion": "2.2",
                "eventSource": "aws:s3",
                "awsRegion": "eu-central-1",
                "eventTime": "2026-02-02T02:40:00.000Z",
                "eventName": "ObjectRemoved:Delete",
                "userIdentity": {"principalId": "AWS:AIDAEXAMPLEID"},
                "requestParameters": {"sourceIPAddress": "198.51.100.23"},
                "responseElements": {
                    "x-amz-request-id": "C3D13FE58DE4C810",
                    "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOj",
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "everything",
                    "bucket": {
                        "name": "archive-of-orders",
                        "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                        "arn": "arn:aws:s3:::archive-of-orders",
                    },
                    "object": {
                        "key": "2026/02/a+b.pdf",
                        "size": 1024,
                        "eTag": "9b2cf535f27731c974343645a3985328",
                        "versionId": "096fKKXTRTtl3on89fVO",
                        "sequencer": "0055AED6DCD90281E5",
                    },
                },
            }
        ]
    },
    "direct": {"orderId": "o-7", "note": "anything at all"},
    **{name: platform_event(name) for name in PLATFORM},
}


def sample(name: str) -> Any:
    """Return a fresh copy of one event."""
    return json.loads(json.dumps(SAMPLES[name]))


def last_call(service: str, **members: Any) -> Any:
    """Return the last call of a tumbling window of a stream, which has no record."""
    return {
        "window": {"start": "2026-05-04T10:00:00Z", "end": "2026-05-04T10:02:00Z"},
        "state": {"n": 3},
        "shardId": "shardId-000000000006",
        "eventSourceARN": f"arn:aws:{service}:eu-central-1:111122223333:stream/orders",
        "isFinalInvokeForWindow": True,
        "isWindowTerminatedEarly": False,
        **members,
    }
