"""The events that gateways send to functions, formats 1.0 and 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from affidavit.plugin import now_ms
from affidavit_service.gateway.http import GatewayRequest, many
from affidavit_service.gateway.routes import RouteMatch

DATE = "%d/%b/%Y:%H:%M:%S +0000"


class Passed(NamedTuple):
    """Who passed: what stands under `authorizer` in the event's context."""

    authorizer: dict[str, Any] | None
    identity: dict[str, Any]


class Visit(NamedTuple):
    """Where in a gateway a request has come, and who passed."""

    api: str
    account: str
    region: str
    stage: str
    variables: dict[str, str]
    match: RouteMatch
    path: str
    request_id: str
    passed: Passed


def event_v2(request: GatewayRequest, visit: Visit) -> dict[str, Any]:
    """Return payload format 2.0: HTTP APIs and function URLs."""
    text, encoded = request.text()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": visit.match.key,
        "rawPath": visit.path,
        "rawQueryString": request.query,
        "headers": {k: v for k, v in request.joined().items() if k != "cookie"},
        "requestContext": _context_v2(request, visit),
        "isBase64Encoded": encoded,
    }
    cookies = [c.strip() for c in request.header("cookie").split(";") if c.strip()]
    pairs = many(request.pairs())
    optional = {
        "cookies": cookies,
        "queryStringParameters": {k: ",".join(v) for k, v in pairs.items()},
        "pathParameters": visit.match.variables,
        "stageVariables": visit.variables,
        "body": text,
    }
    return event | {name: value for name, value in optional.items() if value}


def event_v1(request: GatewayRequest, visit: Visit) -> dict[str, Any]:
    """Return payload format 1.0: REST APIs, and HTTP APIs that ask for it."""
    text, encoded = request.text()
    pairs = many(request.pairs())
    headers = many(request.headers)
    template = visit.match.key.partition(" ")[2] or visit.path
    return {
        "resource": template,
        "path": visit.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()} or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": {k: v[-1] for k, v in pairs.items()} or None,
        "multiValueQueryStringParameters": pairs or None,
        "pathParameters": visit.match.variables or None,
        "stageVariables": visit.variables or None,
        "requestContext": _context_v1(request, visit, template),
        "body": text,
        "isBase64Encoded": encoded,
    }


def _context_v2(request: GatewayRequest, visit: Visit) -> dict[str, Any]:
    context: dict[str, Any] = {
        "accountId": visit.account,
        "apiId": visit.api,
        "domainName": f"{visit.api}.execute-api.{visit.region}.amazonaws.com",
        "domainPrefix": visit.api,
        "http": {
            "method": request.method,
            "path": visit.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": visit.request_id,
        "routeKey": visit.match.key,
        "stage": visit.stage,
        "time": time.strftime(DATE, time.gmtime()),
        "timeEpoch": now_ms(),
    }
    if visit.passed.authorizer is not None:
        context["authorizer"] = visit.passed.authorizer
    return context


def _context_v1(request: GatewayRequest, visit: Visit, template: str) -> dict[str, Any]:
    identity: dict[str, Any] = {
        "sourceIp": request.source_ip,
        "userAgent": request.header("user-agent"),
        **dict.fromkeys(("accessKey", "accountId", "caller", "user", "userArn")),
        **visit.passed.identity,
    }
    return {
        "accountId": visit.account,
        "apiId": visit.api,
        "authorizer": _flat(visit.passed),
        "domainName": f"{visit.api}.execute-api.{visit.region}.amazonaws.com",
        "domainPrefix": visit.api,
        "extendedRequestId": visit.request_id,
        "httpMethod": request.method,
        "identity": identity,
        "path": f"/{visit.stage}{visit.path}",
        "protocol": request.protocol,
        "requestId": visit.request_id,
        "requestTime": time.strftime(DATE, time.gmtime()),
        "requestTimeEpoch": now_ms(),
        "resourcePath": template,
        "stage": visit.stage,
    }


def _flat(passed: Passed) -> dict[str, Any] | None:
    """Return the authorizer as format 1.0 has it: claims, or what a function said."""
    told = passed.authorizer
    if told is None or "iam" in told:
        return None
    if "jwt" in told:
        return {"claims": told["jwt"]["claims"], "scopes": told["jwt"]["scopes"]}
    return dict(told.get("lambda") or {})
