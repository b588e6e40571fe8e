"""Build the events that a handler gets, as each event source shapes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, urlencode

_REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def _body(body: Any, *, encoded: bool) -> str | None:
    if body is None:
        return None
    raw = body if isinstance(body, bytes) else None
    text = body if isinstance(body, str) else None
    if raw is None and text is None:
        text = json.dumps(body)
    if raw is not None or encoded:
        return base64.b64encode(raw if raw is not None else str(text).encode()).decode()
    return text


def _pairs(query: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    found = []
    for name, value in (query or {}).items():
        many = value if isinstance(value, list | tuple) else [value]
        found += [(name, str(one)) for one in many]
    return found


def api_gateway_v1(
    *,
    method: str = "GET",
    path: str = "/price",
    query: Mapping[str, Any] | None = None,
    parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    encoded: bool = False,
    authorizer: Mapping[str, Any] | None = None,
    user_arn: str | None = None,
    request_id: str = _REQUEST_ID,
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """Return what a REST API sends (proxy integration, payload format 1.0).

    >>> api_gateway_v1(query={"id": "A1"})["queryStringParameters"]
    {'id': 'A1'}
    """
    pairs = _pairs(query)
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    sent = {"Host": "api.example.com", "User-Agent": "tests", **(headers or {})}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": dict(parameters) if parameters else None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "abcdef1234",
            "authorizer": dict(authorizer) if authorizer is not None else None,
            "httpMethod": method,
            "identity": {"sourceIp": source_ip, "userArn": user_arn, "userAgent": "tests"},
            "path": path,
            "requestId": request_id,
            "requestTimeEpoch": 1_769_169_600_000,
            "resourcePath": path,
            "stage": "test",
        },
        "body": _body(body, encoded=encoded),
        "isBase64Encoded": encoded or isinstance(body, bytes),
    }


def api_gateway_v2(
    *,
    method: str = "GET",
    path: str = "/price",
    query: Mapping[str, Any] | None = None,
    parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    encoded: bool = False,
    authorizer: Mapping[str, Any] | None = None,
    request_id: str = _REQUEST_ID,
    source_ip: str = "203.0.113.7",
    domain: str = "api.example.com",
) -> dict[str, Any]:
    """Return what an HTTP API sends (payload format 2.0).

    >>> api_gateway_v2(query={"id": "A1"})["rawQueryString"]
    'id=A1'
    """
    pairs = _pairs(query)
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": urlencode(pairs),
        "headers": {"host": domain, "user-agent": "tests", **(headers or {})},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "abcdef1234",
            "domainName": domain,
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": "tests",
            },
            "requestId": request_id,
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "timeEpoch": 1_769_169_600_000,
        },
        "isBase64Encoded": encoded or isinstance(body, bytes),
    }
    if joined:
        event["queryStringParameters"] = joined
    if parameters:
        event["pathParameters"] = dict(parameters)
    if body is not None:
        event["body"] = _body(body, encoded=encoded)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = dict(authorizer)
    return event


def function_url(**parts: Any) -> dict[str, Any]:
    """Return what a function URL sends: payload 2.0 under its own domain.

    >>> function_url(path="/notes")["rawPath"]
    '/notes'
    """
    return api_gateway_v2(domain="abcdef.lambda-url.eu-west-1.on.aws", **parts)


def alb(
    *,
    method: str = "GET",
    path: str = "/price",
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    encoded: bool = False,
    multi: bool = False,
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """Return what an Application Load Balancer sends; `multi` for multi-value headers.

    >>> alb(query={"id": "A1"})["queryStringParameters"]
    {'id': 'A1'}
    """
    sent = {
        "host": "alb.example.com",
        "x-amzn-trace-id": "Root=1-69736c40-000000000000000000000000",
        "x-forwarded-for": source_ip,
        **(headers or {}),
    }
    pairs = [(quote_plus(name), quote_plus(value)) for name, value in _pairs(query)]
    event: dict[str, Any] = {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:000000000000:tg/x/1"}
        },
        "httpMethod": method,
        "path": path,
        "body": _body(body, encoded=encoded) or "",
        "isBase64Encoded": encoded or isinstance(body, bytes),
    }
    if multi:
        many: dict[str, list[str]] = {}
        for name, value in pairs:
            many.setdefault(name, []).append(value)
        event["multiValueHeaders"] = {name: [value] for name, value in sent.items()}
        event["multiValueQueryStringParameters"] = many
    else:
        event["headers"] = sent
        event["queryStringParameters"] = dict(pairs)
    return event


def step(
    payload: Mapping[str, Any] | None = None,
    *,
    execution: str = "arn:aws:states:eu-west-1:000000000000:execution:machine:run-1",
    state: str = "Read",
    entered: str = "2026-01-23T12:00:00.000Z",
) -> dict[str, Any]:
    """Return what a state machine sends with `"StepFunctions.$": "$$"` in its parameters.

    >>> sorted(step({"id": "A1"}))[:2]
    ['StepFunctions', 'id']
    """
    return {
        **(payload or {}),
        "StepFunctions": {
            "Execution": {"Id": execution, "Name": "run-1"},
            "State": {"Name": state, "EnteredTime": entered, "RetryCount": 0},
            "StateMachine": {
                "Id": "arn:aws:states:eu-west-1:000000000000:stateMachine:machine",
                "Name": "machine",
            },
        },
    }


__all__: Sequence[str] = ["alb", "api_gateway_v1", "api_gateway_v2", "function_url", "step"]
