"""REST APIs (API Gateway v1): a stage, a resource, a method with a proxy integration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

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
from affidavit_service.gateway.gateway_events import Passed, Visit, event_v1
from affidavit_service.gateway.http import GatewayRequest, Response, json_response
from affidavit_service.gateway.routes import RouteMatch, find_route
from affidavit_service.times import new_id


class RestApiStage(NamedTuple):
    """Which API and stage a request is for."""

    api: Any
    stage: Any
    path: str
    request_id: str


def serve_rest_api(
    functions: Functions, name: str, path: str, request: GatewayRequest
) -> Response | None:
    """Serve a request, or return None if there is no such API."""
    api = _find(name)
    if api is None:
        return None
    stage_name, _, rest = path.partition("/")
    stage = api.stages.get(stage_name)
    if stage is None:
        return json_response(403, '{"message":"Forbidden"}')
    where = RestApiStage(api, stage, f"/{rest}", new_id())
    began = now_ms()
    values = common_values(
        request,
        request_id=where.request_id,
        api=name,
        stage=stage_name,
        account=api.account_id,
    )
    called = _serve(functions, where, request, values)
    values |= {
        "path": f"/{stage_name}{where.path}",
        "status": called.response.status,
        "responseLength": len(called.response.body),
        "responseLatency": now_ms() - began,
        "integration.status": called.status,
        "integration.requestId": called.request_id,
        "integrationStatus": called.status,
        "integrationErrorMessage": called.error,
    }
    write_access_log(stage.access_log_settings, values)
    headers = (*called.response.headers, ("x-amzn-RequestId", where.request_id))
    return called.response._replace(headers=headers)


def _serve(
    functions: Functions, where: RestApiStage, request: GatewayRequest, values: dict[str, object]
) -> Called:
    methods = _methods(where.api)
    match = find_route(methods, request.method, where.path)
    if match is None:
        # API Gateway answers so when no resource has this path or method.
        return Called(json_response(403, '{"message":"Missing Authentication Token"}'), 403)
    method = methods[match.key]
    values["resourcePath"] = match.key.partition(" ")[2]
    passed = _authorize(functions, where, request, match, method)
    if isinstance(passed, Refused):
        return Called(
            json_response(passed.status, json.dumps({"message": passed.message})), passed.status
        )
    missing = _missing_parameter(method, match, request)
    if missing:
        text = f"Missing required request parameters: [{missing}]"
        return Called(json_response(400, json.dumps({"message": text})), 400)
    integration = method.method_integration
    if integration is None or integration.integration_type != "AWS_PROXY":
        return Called(json_response(500, '{"message":"Internal server error"}'), 500)
    event = _event(where, request, match, passed)
    return call_function(
        functions, integration.uri, event, _source(where, request, match), simple=False
    )


def _authorize(
    functions: Functions,
    where: RestApiStage,
    request: GatewayRequest,
    match: RouteMatch,
    method: Any,
) -> Passed | Refused:
    kind = method.authorization_type or "NONE"
    if kind == "NONE":
        return Passed(None, {})
    if kind == "AWS_IAM":
        return by_signature(request, where.api.account_id)
    authorizer = where.api.authorizers.get(method.authorizer_id)
    if authorizer is None:
        return Refused(500)
    if kind == "COGNITO_USER_POOLS":
        return _by_pool(request, authorizer)
    token = request.header((authorizer.identity_source or "").rpartition(".")[2].lower())
    event = _event(where, request, match, Passed(None, {}))
    arn = _source(where, request, match)
    asked: dict[str, Any] = {"type": authorizer.type, "methodArn": arn}
    asked |= event if authorizer.type == "REQUEST" else {"authorizationToken": token}
    return by_function(functions, authorizer.authorizer_uri, asked, arn)


def _by_pool(request: GatewayRequest, authorizer: Any) -> Passed | Refused:
    """Take a token of any pool that the authorizer names; its signature is not checked."""
    for arn in authorizer.provider_arns or ():
        _, _, _, region, _, pool = arn.split(":", 5)
        issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool.partition('/')[2]}"
        passed = by_token(request, issuer, [], authorizer.identity_source or "")
        if isinstance(passed, Passed):
            return passed
    return Refused(401)


def _event(
    where: RestApiStage, request: GatewayRequest, match: RouteMatch, passed: Passed
) -> dict[str, Any]:
    visit = Visit(
        api=where.api.id,
        account=where.api.account_id,
        region=where.api.region_name,
        stage=where.stage.name,
        variables=dict(where.stage.variables or {}),
        match=match,
        path=where.path,
        request_id=where.request_id,
        passed=passed,
    )
    return event_v1(request, visit)


def _methods(api: Any) -> dict[str, Any]:
    """Return every method by its key: `GET /price/{id}`."""
    return {
        f"{verb} {resource.get_path()}": method
        for resource in list(api.resources.values())
        for verb, method in list(resource.resource_methods.items())
    }


def _missing_parameter(method: Any, match: RouteMatch, request: GatewayRequest) -> str:
    """Return the required parameters that are not there, if the method has a validator."""
    if not method.request_validator_id:
        return ""
    given: Mapping[str, set[str]] = {
        "querystring": {name for name, _ in request.pairs()},
        "header": {name for name, _ in request.headers},
        "path": set(match.variables),
    }
    missing = []
    for place, required in (method.request_parameters or {}).items():
        _, _, kind, name = place.split(".", 3)
        wanted = name.lower() if kind == "header" else name
        if str(required).lower() == "true" and wanted not in given.get(kind, set()):
            missing.append(name)
    return ", ".join(missing)


def _source(where: RestApiStage, request: GatewayRequest, match: RouteMatch) -> str:
    template = match.key.partition(" ")[2]
    api = where.api
    return (
        f"arn:aws:execute-api:{api.region_name}:{api.account_id}:{api.id}/"
        f"{where.stage.name}/{request.method}{template}"
    )


def _find(name: str) -> Any:
    from moto.apigateway.models import apigateway_backends  # noqa: PLC0415 - heavy

    for regions in list(apigateway_backends.values()):
        for backend in list(regions.values()):
            if name in backend.apis:
                return backend.apis[name]
    return None
