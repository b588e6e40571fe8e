"""Function URLs."""

from __future__ import annotations

import json
from typing import Any

from affidavit_localcloud.functions.service import Functions
from affidavit_localcloud.gateway.authorize import Refused, by_signature
from affidavit_localcloud.gateway.integration import call_own
from affidavit_service.gateway.gateway_events import Passed, Visit, event_v2
from affidavit_service.gateway.http import GatewayRequest, Response, json_response
from affidavit_service.gateway.routes import DEFAULT, RouteMatch
from affidavit_service.times import new_id


def serve_function_url(
    functions: Functions, name: str, path: str, request: GatewayRequest
) -> Response | None:
    """Serve a request, or return None if there is no such URL."""
    found = _find(name)
    if found is None:
        return None
    passed: Passed | Refused = Passed(None, {})
    if found.url_config.config.get("AuthType") == "AWS_IAM":
        passed = by_signature(request, found.account_id)
    if isinstance(passed, Refused):
        return json_response(passed.status, json.dumps({"Message": passed.message}))
    visit = Visit(
        api=name,
        account=found.account_id,
        region=found.region,
        stage=DEFAULT,
        variables={},
        match=RouteMatch(DEFAULT, {}),
        path="/" + path.lstrip("/"),
        request_id=new_id(),
        passed=passed,
    )
    event = event_v2(request, visit)
    event["requestContext"]["domainName"] = f"{name}.lambda-url.{found.region}.on.aws"
    return call_own(functions, found, event)


def _find(name: str) -> Any:
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - heavy

    for regions in list(lambda_backends.values()):
        for backend in list(regions.values()):
            for function in list(backend.list_functions()):
                config = function.url_config
                if config is not None and config.url.rstrip("/").endswith("/" + name):
                    return function
    return None
