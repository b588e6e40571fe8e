"""An API Gateway REST event of about 1.7 KB, as a browser behind CloudFront causes it."""

import json


def make_event():
    """Return the event; its body has three fields, one of them an e-mail address."""
    headers = {
        "Accept": "application/json",
        "Authorization": "Bearer abcdef",
        "CloudFront-Viewer-Country": "IE",
        "Content-Type": "application/json",
        "Host": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "X-Forwarded-For": "203.0.113.7, 198.51.100.9",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "httpMethod": "POST",
            "identity": {
                "sourceIp": "203.0.113.7",
                "userAgent": headers["User-Agent"],
                "userArn": None,
            },
            "path": "/prod/orders",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "23/Jan/2026:12:00:00 +0000",
            "requestTimeEpoch": 1769169600000,
            "resourceId": "123456",
            "resourcePath": "/orders",
            "stage": "prod",
        },
        "body": json.dumps({"order_id": "o-123", "amount": 42, "email": "jane@example.com"}),
        "isBase64Encoded": False,
    }


class Context:
    """A Lambda context with what both sides read."""

    function_name = "orders"
    function_version = "42"
    memory_limit_in_mb = 512
    aws_request_id = "4f3c2b1a-0000-4000-8000-000000000001"
    tenant_id = None
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders"

    @staticmethod
    def get_remaining_time_in_millis():
        """Return what is left."""
        return 30_000
