"""The events that stand-ins build: the members that AWS documents for each source."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from affidavit.testing import alb, api_gateway_v1, api_gateway_v2, function_url, step


@pytest.mark.parametrize(
    ("event", "members"),
    [
        pytest.param(
            api_gateway_v1(),
            {
                *("resource", "path", "httpMethod", "headers", "multiValueHeaders", "body"),
                *("queryStringParameters", "multiValueQueryStringParameters", "pathParameters"),
                *("stageVariables", "requestContext", "isBase64Encoded"),
            },
            id="REST API, payload 1.0",
        ),
        pytest.param(
            api_gateway_v2(query={"a": 1}, parameters={"b": "2"}, body="x"),
            {
                *("version", "routeKey", "rawPath", "rawQueryString", "headers", "body"),
                *("queryStringParameters", "requestContext", "pathParameters", "isBase64Encoded"),
            },
            id="HTTP API, payload 2.0",
        ),
        pytest.param(
            alb(),
            {
                *("requestContext", "httpMethod", "path", "queryStringParameters", "headers"),
                *("body", "isBase64Encoded"),
            },
            id="load balancer",
        ),
        pytest.param(
            alb(multi=True),
            {
                *("requestContext", "httpMethod", "path", "multiValueQueryStringParameters"),
                *("multiValueHeaders", "body", "isBase64Encoded"),
            },
            id="load balancer, many values",
        ),
    ],
)
def test_an_event_has_the_members_that_aws_documents(event: Any, members: set[str]) -> None:
    """No more and no fewer; and Lambda's JSON can carry it."""
    assert members == event.keys()
    assert event == json.loads(json.dumps(event))


def test_payload_two_leaves_out_what_is_empty() -> None:
    """Where payload 1.0 says null."""
    assert {"queryStringParameters", "pathParameters", "body"}.isdisjoint(api_gateway_v2())
    assert api_gateway_v1()["queryStringParameters"] is None


def test_a_function_url_has_a_domain_of_its_own() -> None:
    """That is how it is told from an HTTP API."""
    assert ".lambda-url." in function_url()["requestContext"]["domainName"]


@pytest.mark.parametrize(
    ("body", "encoded", "sent", "flag"),
    [
        pytest.param({"a": 1}, False, '{"a": 1}', False, id="an object"),
        pytest.param("text", False, "text", False, id="text"),
        pytest.param("text", True, base64.b64encode(b"text").decode(), True, id="text, encoded"),
        pytest.param(b"\xff", False, base64.b64encode(b"\xff").decode(), True, id="bytes"),
        pytest.param(None, False, None, False, id="nothing"),
    ],
)
def test_a_body_is_text(body: Any, encoded: bool, sent: str | None, flag: bool) -> None:
    """Encoded if it is none, or if asked."""
    event = api_gateway_v1(body=body, encoded=encoded)
    assert (sent, flag) == (event["body"], event["isBase64Encoded"])
    assert (sent or "") == alb(body=body, encoded=encoded)["body"]


def test_a_machines_step_carries_its_context_object() -> None:
    """Beside the payload."""
    event = step({"id": 1}, execution="e", state="s", entered="t")

    assert 1 == event["id"]
    assert ("e", "s", "t") == (
        event["StepFunctions"]["Execution"]["Id"],
        event["StepFunctions"]["State"]["Name"],
        event["StepFunctions"]["State"]["EnteredTime"],
    )
