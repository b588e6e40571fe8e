"""HTTP APIs (API Gateway v2): find the stage and the route, call the function, log it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from affidavit.plugin import now_ms
from affidavit_localcloud.functions.service import Functions
from affidavit_localcloud.gateway.access_log import common_values, write_access_log
from affidavit_localcloud.gateway.authorize import (
    Refused,
    by_function,
    by_signature,
    by_token,
)
from affidavit_localcloud.gateway.integration import Called, call_function
from affidavit_localcloud.gateway.preflight import answer_preflight, with_cors
from affidavit_service.gateway.gateway_events import Passed, Visit, event_v1, event_v2
from affidavit_service.gateway.http import GatewayRequest, Response, json_response
from affidavit_service.gateway.routes import DEFAULT, RouteMatch, find_route


class HttpApiStage(NamedTuple):
    """Which API and stage a request is for. `path` is what routes are compared with."""

    api: Any
    account: str
    region: str
    stage: Any
    path: str
    raw_path: str
    request_id: str


def find_api(name: str) -> tuple[Any, str, str] | None:
    """Return an API by its id, with its account and region."""
    for account, region, backend in _backends():
        if name in backend.apis:
            return backend.apis[name], account, region
    return None


def serve_http_api(
    functions: Functions, name: str, path: str, request: GatewayRequest
) -> Response | None:
    """Serve a request, or return None if there is no such API."""
    found = find_api(name)
    if found is None:
        return None
    # It decodes before it looks for a route, and takes what looks like a query then for one.
    where = _where(*found, unquote(path).partition("?")[0])
    if where is None:
        return json_response(404, '{"message":"Not Found"}')
    began = now_ms()
    values = common_values(
        request,
        request_id=where.request_id,
        api=name,
        stage=where.stage.name,
        account=where.account,
    )
    called = _answer(functions, where, request, values)
    values |= {
        "status": called.response.status,
        "responseLength": len(called.response.body),
        "responseLatency": now_ms() - began,
        "integrationStatus": called.status,
        "integration.status": called.status,
        "integration.integrationStatus": called.response.status,
        "integration.requestId": called.request_id,
        "awsEndpointRequestId": called.request_id,
        "integrationErrorMessage": called.error,
        "integration.error": called.error,
        "path": where.raw_path,
    }
    write_access_log(where.stage.access_log_settings, values)
    headers = (*called.response.headers, ("Apigw-Requestid", where.request_id))
    return called.response._replace(headers=headers)


def _answer(
    functions: Functions, where: HttpApiStage, request: GatewayRequest, values: dict[str, object]
) -> Called:
    """Answer a preflight by itself, and put the API's own CORS headers on everything else."""
    cors = where.api.cors_configuration or None
    answered = answer_preflight(cors, request)
    if answered is not None:
        return Called(answered, 204)
    called = _serve(functions, where, request, values)
    return called._replace(response=with_cors(cors, request, called.response))


def _serve(
    functions: Functions, where: HttpApiStage, request: GatewayRequest, values: dict[str, object]
) -> Called:
    by_key = {route.route_key: route for route in where.api.routes.values()}
    match = find_route(by_key, request.method, where.path)
    if match is None:
        return Called(json_response(404, '{"message":"Not Found"}'), 404, error="no route")
    route = by_key[match.key]
    values |= {"routeKey": match.key, "resourcePath": match.key.partition(" ")[2]}
    passed = _authorize(functions, where, request, match, route)
    if isinstance(passed, Refused):
        body = json.dumps({"message": passed.message})
        return Called(json_response(passed.status, body), passed.status, error=passed.message)
    values |= _authorizer_values(passed)
    integration = where.api.integrations.get(str(route.target).removeprefix("integrations/"))
    if integration is None or integration.integration_type != "AWS_PROXY":
        return Called(json_response(500, '{"message":"Internal Server Error"}'), 500)
    simple = (integration.payload_format_version or "1.0") == "2.0"
    event = _event(where, request, match, passed, simple=simple)
    return call_function(
        functions, integration.integration_uri, event, _source(where, match), simple=simple
    )


def _event(
    where: HttpApiStage, request: GatewayRequest, match: RouteMatch, passed: Passed, *, simple: bool
) -> dict[str, Any]:
    visit = Visit(
        api=where.api.api_id,
        account=where.account,
        region=where.region,
        stage=where.stage.name,
        variables=dict(where.stage.stage_variables or {}),
        match=match,
        path=where.raw_path,
        request_id=where.request_id,
        passed=passed,
    )
    return event_v2(request, visit) if simple else event_v1(request, visit)


def _authorize(
    functions: Functions,
    where: HttpApiStage,
    request: GatewayRequest,
    match: RouteMatch,
    route: Any,
) -> Passed | Refused:
    kind = route.authorization_type or "NONE"
    if kind == "NONE":
        return Passed(None, {})
    if kind == "AWS_IAM":
        return by_signature(request, where.account)
    authorizer = where.api.authorizers.get(route.authorizer_id)
    if authorizer is None:
        return Refused(500)
    sources = authorizer.identity_source or []
    if kind == "JWT":
        said = authorizer.jwt_config or {}
        source = sources[0] if isinstance(sources, list) and sources else ""
        audience = list(said.get("audience") or ())
        passed = by_token(request, str(said.get("issuer")), audience, source)
        return _scoped(passed, route.authorization_scopes)
    event = _event(where, request, match, Passed(None, {}), simple=True)
    arn = _source(where, match)
    asked = {**event, "type": "REQUEST", "routeArn": arn, "identitySource": list(sources)}
    return by_function(functions, authorizer.authorizer_uri, asked, arn)


def _scoped(passed: Passed | Refused, wanted: Any) -> Passed | Refused:
    """Refuse a token without any of the scopes that a route asks for."""
    if isinstance(passed, Refused) or not wanted:
        return passed
    given = (passed.authorizer or {}).get("jwt", {}).get("scopes") or ()
    return passed if set(given) & set(wanted) else Refused(403)


def _authorizer_values(passed: Passed) -> dict[str, object]:
    claims = (passed.authorizer or {}).get("jwt", {}).get("claims", {})
    context = (passed.authorizer or {}).get("lambda", {})
    told: dict[str, object] = {f"authorizer.claims.{name}": at for name, at in claims.items()}
    return told | {f"authorizer.{name}": at for name, at in context.items()}


def _source(where: HttpApiStage, match: RouteMatch) -> str:
    method, _, path = match.key.partition(" ")
    ending = DEFAULT if match.key == DEFAULT else f"{method.replace('ANY', '*')}{path}"
    return (
        f"arn:aws:execute-api:{where.region}:{where.account}:{where.api.api_id}/"
        f"{where.stage.name}/{ending}"
    )


def _where(api: Any, account: str, region: str, path: str) -> HttpApiStage | None:
    """Find the stage: the first part of the path, or the one that needs no name."""
    first, _, rest = path.lstrip("/").partition("/")
    stages = api.stages
    raw = "/" + path.lstrip("/")
    request_id = base64.b64encode(secrets.token_bytes(11)).decode()
    if first in stages and first != DEFAULT:
        return HttpApiStage(api, account, region, stages[first], f"/{rest}", raw, request_id)
    if DEFAULT in stages:
        return HttpApiStage(api, account, region, stages[DEFAULT], raw, raw, request_id)
    return None


def _backends() -> Iterator[tuple[str, str, Any]]:
    from moto.apigatewayv2.models import apigatewayv2_backends  # noqa: PLC0415 - heavy

    for account, regions in list(apigatewayv2_backends.items()):
        for region, backend in list(regions.items()):
            yield account, region, backend
