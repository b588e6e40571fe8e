"""What an HTTP request to AWS asks for: service, operation, parameters, and whose key signed it.

The operation is found in botocore's own models of the services, so that what an
SDK can send is what is understood here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, parse_qsl, unquote

SCOPE: Final = re.compile(r"([^/\s=,]+)/(\d{8})/([^/]+)/([a-z0-9-]+)/aws4_request")

MODELS: Final = {
    "apigateway": ("apigatewayv2", "apigateway"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "email": ("sesv2", "ses"),
    "ses": ("sesv2", "ses"),
    "monitoring": ("cloudwatch",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
"""Services that botocore calls otherwise than signatures do."""


class ApiCall(NamedTuple):
    """One call of AWS."""

    key: str
    service: str
    """As signatures call it."""
    operation: str
    parameters: Mapping[str, Any]
    region: str
    protocol: str
    method: str
    path: str
    """Decoded."""
    as_sent: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


def read_call(environ: dict[str, Any]) -> ApiCall | None:
    """Return what a request asks for; None if it is signed by nobody."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    signed = environ.get("HTTP_AUTHORIZATION") or query.get("X-Amz-Credential", "")
    scope = SCOPE.search(signed)
    if scope is None:
        return None
    key, _, region, service = scope.groups()
    headers = {
        name[5:].lower().replace("_", "-"): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    path = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
    sent = str(environ.get("RAW_URI", path)).partition("?")[0]
    bare = ApiCall(
        key, service, "", {}, region, "", environ["REQUEST_METHOD"], path, sent, query, headers
    )
    if service in {"s3", "s3express"}:
        body = _body(environ) if "delete" in query else b""
        return bare._replace(protocol="s3", parameters={"body": body})
    return _read(bare, _body(environ) if _has_parameters(bare) else b"")


def _has_parameters(call: ApiCall) -> bool:
    """Tell whether the body says what is asked; a function's event does not."""
    return not (call.service == "lambda" and "/invo" in call.path)


def _read(call: ApiCall, body: bytes) -> ApiCall:
    target = call.headers.get("x-amz-target", "").rpartition(".")[2]
    if target:
        return call._replace(operation=target, parameters=_json(body), protocol="json")
    if "smithy-protocol" in call.headers:
        operation = call.path.rpartition("/")[2]
        return call._replace(operation=operation, protocol="cbor")
    form = {name: those[0] for name, those in parse_qs(body.decode("utf-8", "replace")).items()}
    action = form.get("Action") or call.query.get("Action")
    if action:
        return call._replace(operation=action, parameters={**call.query, **form}, protocol="query")
    for operation, pattern in _routes(call.service, call.method):
        found = pattern.fullmatch(call.as_sent)
        if found is not None:
            named = {name: unquote(value) for name, value in found.groupdict().items()}
            parameters = {**_json(body), **call.query, **named}
            return call._replace(operation=operation, parameters=parameters, protocol="rest")
    return call._replace(protocol="rest")


@lru_cache(maxsize=64)
def _routes(service: str, method: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return a service's operations by their paths, the most exact first."""
    found = sorted(_paths(service, method), key=lambda one: (one[1].count("{"), -len(one[1])))
    return tuple((name, _pattern(path)) for name, path in found)


def _paths(service: str, method: str) -> Iterator[tuple[str, str]]:
    import botocore.session  # noqa: PLC0415 - heavy
    from botocore.exceptions import UnknownServiceError  # noqa: PLC0415 - heavy

    session = botocore.session.get_session()
    for name in MODELS.get(service, (service,)):
        try:
            model = session.get_service_model(name)
        except UnknownServiceError:
            continue
        for operation in model.operation_names:
            http = model.operation_model(operation).http
            if http.get("method", "POST") == method:
                yield operation, str(http.get("requestUri", "/")).partition("?")[0]


def _pattern(path: str) -> re.Pattern[str]:
    parts: list[str] = []
    at = 0
    for member in re.finditer(r"\{(\w[\w-]*)(\+?)\}", path):
        parts.append(re.escape(path[at : member.start()]))
        name = member.group(1).replace("-", "_")
        parts.append(f"(?P<{name}>.+)" if member.group(2) else f"(?P<{name}>[^/]+)")
        at = member.end()
    return re.compile("".join((*parts, re.escape(path[at:]).rstrip("/"), "/?")))


def _body(environ: dict[str, Any]) -> bytes:
    """Return the request's body and leave it to be read again."""
    length = environ.get("CONTENT_LENGTH")
    if not length and "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", ""):
        return b""
    stream = environ["wsgi.input"]
    body: bytes = stream.read(int(length)) if length else stream.read()
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
