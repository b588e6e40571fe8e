"""HTTP requests reach functions through gateways and function URLs, as events of AWS's form."""

from __future__ import annotations

import base64
import http.client
import json
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from localcloud_parts import REGION, Aws

TELL = """
import json
def handler(event, context):
    headers = {"Content-Type": "application/json", "X-Id": context.aws_request_id}
    return {"statusCode": 203, "headers": headers, "body": json.dumps(event)}
"""


class Answered(NamedTuple):
    """What a client sees."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str, method: str = "GET", body: bytes | str = b"", headers: dict[str, str] | None = None
) -> Answered:
    """Ask over a socket."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request(method, target, body, headers or {})
    answer = connection.getresponse()
    told = Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    connection.close()
    return told


def http_api(aws: Aws, function: str, *routes: str, **route: Any) -> tuple[str, str]:
    """Return an HTTP API's address and id; all routes lead to `function`."""
    gateway = aws("apigatewayv2")
    made = gateway.create_api(Name=aws.name("api"), ProtocolType="HTTP")
    api = made["ApiId"]
    arn = aws("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationMethod="POST",
        IntegrationUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
        PayloadFormatVersion=route.pop("payload", "2.0"),
    )["IntegrationId"]
    for key in routes:
        gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration}", **route)
    allow(aws, function, f"arn:aws:execute-api:{REGION}:123456789012:{api}/*")
    return made["ApiEndpoint"], api


def allow(aws: Aws, function: str, source: str) -> None:
    """Let a gateway call a function."""
    aws("lambda").add_permission(
        FunctionName=function,
        StatementId=aws.name("s"),
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )


def test_an_http_api_sends_format_2_and_answers_what_the_function_says(aws: Aws) -> None:
    """Address as Terraform's output has it; status, headers, request id."""
    url, api = http_api(aws, aws.function(TELL), "GET /price/{id}")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default", AutoDeploy=True)

    told = ask(f"{url}/price/P-1?a=1&a=2&b=", headers={"X-Mixed-Case": "y", "Cookie": "c=1; d=2"})
    event = told.json()

    assert 203 == told.status
    assert ("2.0", "GET /price/{id}", "/price/P-1") == (
        event["version"],
        event["routeKey"],
        event["rawPath"],
    )
    assert {"id": "P-1"} == event["pathParameters"]
    assert {"a": "1,2", "b": ""} == event["queryStringParameters"]
    assert "y" == event["headers"]["x-mixed-case"]
    assert ["c=1", "d=2"] == event["cookies"]
    assert told.headers["apigw-requestid"] == event["requestContext"]["requestId"]
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")


@pytest.mark.parametrize(
    ("method", "path", "status", "key"),
    [
        ("GET", "/a/b", 203, "GET /a/b"),
        ("GET", "/a/c", 203, "GET /a/{x}"),
        ("POST", "/a/b", 203, "ANY /{rest+}"),
        ("GET", "/z/z/z", 203, "ANY /{rest+}"),
        ("GET", "/", 404, None),
    ],
)
def test_the_best_route_wins(
    aws: Aws, routed: str, method: str, path: str, status: int, key: str | None
) -> None:
    """Exact before a variable, a variable before the rest."""
    told = ask(f"{routed}{path}", method)

    assert status == told.status
    assert key is None or key == told.json()["routeKey"]


@pytest.fixture(scope="module")
def routed(cloud: Any) -> str:
    """An API with several routes."""
    aws = Aws(cloud.endpoint)
    url, api = http_api(aws, aws.function(TELL), "GET /a/b", "GET /a/{x}", "ANY /{rest+}")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return url


@pytest.mark.parametrize(("kind", "sent"), [("text/plain", "hé"), ("image/png", "\x00\xff")])
def test_a_body_arrives_as_it_was_sent(aws: Aws, kind: str, sent: str) -> None:
    """Text as text, the rest as base64."""
    url, api = http_api(aws, aws.function(TELL), "POST /")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default")
    data = sent.encode("latin-1") if kind == "image/png" else sent.encode()

    event = ask(f"{url}/", "POST", data, {"Content-Type": kind}).json()

    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    assert data == body
    assert (kind == "image/png") == event["isBase64Encoded"]


def test_a_named_stage_is_part_of_the_path(aws: Aws) -> None:
    """Routes are compared without it; the event has it."""
    url, api = http_api(aws, aws.function(TELL), "GET /x")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="dev", StageVariables={"k": "v"})

    event = ask(f"{url}/dev/x").json()

    assert ("/dev/x", "dev", {"k": "v"}) == (
        event["rawPath"],
        event["requestContext"]["stage"],
        event["stageVariables"],
    )
    assert 404 == ask(f"{url}/x").status


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("def handler(e, c):\n    return {'hello': 1}\n", 200),
        ("def handler(e, c):\n    raise ValueError\n", 500),
        ("def handler(e, c):\n    return {'statusCode': 'x'}\n", 500),
    ],
)
def test_what_is_no_response_becomes_one(aws: Aws, code: str, status: int) -> None:
    """Format 2.0 lets a function return anything; an error is 500 without details."""
    url, api = http_api(aws, aws.function(code), "GET /")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default")

    told = ask(f"{url}/")

    assert status == told.status
    assert ({"hello": 1} if status == 200 else {"message": "Internal Server Error"}) == told.json()


def test_a_gateway_without_permission_calls_nothing(aws: Aws) -> None:
    """As on AWS: 500, and the function has no log."""
    name = aws.function(TELL)
    url, api = http_api(aws, name, "GET /")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default")
    policy = json.loads(aws("lambda").get_policy(FunctionName=name)["Policy"])
    aws("lambda").remove_permission(FunctionName=name, StatementId=policy["Statement"][0]["Sid"])
    allow(aws, name, f"arn:aws:execute-api:{REGION}:123456789012:{api}/*/POST/other")

    assert 500 == ask(f"{url}/").status
    assert [] == aws.log(name)


def test_access_logs_have_the_request_id_that_the_function_saw(aws: Aws) -> None:
    """So that evidence can be compared with what the gateway has seen."""
    url, api = http_api(aws, aws.function(TELL), "GET /a")
    group = aws.name("/access/log")
    aws("logs").create_log_group(logGroupName=group)
    wanted = {"id": "requestId", "s": "status", "r": "routeKey", "u": "nope"}
    form = json.dumps({name: f"$context.{variable}" for name, variable in wanted.items()})
    aws("apigatewayv2").create_stage(
        ApiId=api,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:{REGION}:123456789012:log-group:{group}",
            "Format": form,
        },
    )
    event = ask(f"{url}/a").json()
    ask(f"{url}/nowhere")

    events = aws("logs").filter_log_events(logGroupName=group)["events"]
    lines = [json.loads(event["message"]) for event in events]

    assert {"id": event["requestContext"]["requestId"], "s": "203", "r": "GET /a", "u": "-"} == (
        lines[0]
    )
    assert ("404", "-") == (lines[1]["s"], lines[1]["r"])


def _token(**claims: Any) -> str:
    def part(told: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.x"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 203),
        ({"iss": "https://other.example"}, 401),
        ({"aud": "somebody else"}, 401),
        ({"exp": 1}, 401),
        ({"scope": "write"}, 403),
    ],
)
def test_a_token_has_to_fit(aws: Aws, changed: dict[str, Any], status: int) -> None:
    """Issuer, audience, time and scope; its claims are in the event."""
    issuer = "https://issuer.example"
    claims = {"iss": issuer, "aud": "me", "exp": time.time() + 60, "sub": "u1", "scope": "read"}
    name = aws.function(TELL)
    url, api = http_api(aws, name)
    authorizer = aws("apigatewayv2").create_authorizer(
        ApiId=api,
        AuthorizerType="JWT",
        Name="tokens",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": ["me"]},
    )["AuthorizerId"]
    integration = aws("apigatewayv2").get_integrations(ApiId=api)["Items"][0]["IntegrationId"]
    aws("apigatewayv2").create_route(
        ApiId=api,
        RouteKey="GET /",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
        AuthorizationScopes=["read"],
    )
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default")

    token = _token(**{**claims, **changed})
    told = ask(f"{url}/", headers={"Authorization": f"Bearer {token}"})

    assert status == told.status
    if status == 203:
        context = told.json()["requestContext"]["authorizer"]["jwt"]
        assert ("u1", ["read"]) == (context["claims"]["sub"], context["scopes"])
    assert 401 == ask(f"{url}/").status


@pytest.mark.parametrize(("allowed", "status"), [(True, 203), (False, 403)])
def test_a_function_decides_who_may_pass(aws: Aws, allowed: bool, status: int) -> None:
    """A simple answer; its context is in the event."""
    judge = aws.function(
        "def handler(e, c):\n"
        f"    return {{'isAuthorized': {allowed}, 'context': {{'who': 'me'}}}}\n"
    )
    url, api = http_api(aws, aws.function(TELL))
    arn = aws("lambda").get_function(FunctionName=judge)["Configuration"]["FunctionArn"]
    authorizer = aws("apigatewayv2").create_authorizer(
        ApiId=api,
        AuthorizerType="REQUEST",
        Name="judge",
        AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
        IdentitySource=["$request.header.Authorization"],
        EnableSimpleResponses=True,
        AuthorizerPayloadFormatVersion="2.0",
    )["AuthorizerId"]
    integration = aws("apigatewayv2").get_integrations(ApiId=api)["Items"][0]["IntegrationId"]
    aws("apigatewayv2").create_route(
        ApiId=api,
        RouteKey="GET /",
        Target=f"integrations/{integration}",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer,
    )
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default")

    told = ask(f"{url}/")

    assert status == told.status
    if allowed:
        assert {"who": "me"} == told.json()["requestContext"]["authorizer"]["lambda"]


def lead(aws: Aws, api: str, resource: str, function: str) -> None:
    """Let a REST API answer GET on a resource by a function."""
    arn = aws("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    where = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
    aws("apigateway").put_method(**where, authorizationType="NONE")
    aws("apigateway").put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
    )


def test_a_path_arrives_as_each_gateway_hands_it_on(aws: Aws) -> None:
    """REST APIs and function URLs leave percent signs; HTTP APIs decode before they route."""
    name, sent = aws.function(TELL), "/caf%C3%A9/a%2Fb"
    function_url = aws("lambda").create_function_url_config(FunctionName=name, AuthType="NONE")
    assert sent == ask(function_url["FunctionUrl"].rstrip("/") + sent).json()["rawPath"]

    url, api = http_api(aws, name, "GET /{place}/{id}", "GET /{all+}")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default")
    for path, raw, named in (
        ("/caf%C3%A9/x%20y", "/café/x y", {"place": "café", "id": "x y"}),
        (sent, "/café/a/b", {"all": "café/a/b"}),
        ("/a/b%3Fc", "/a/b", {"place": "a", "id": "b"}),
    ):
        event = ask(url + path).json()
        assert (raw, named) == (event["rawPath"], event["pathParameters"])

    gateway = aws("apigateway")
    rest = gateway.create_rest_api(name=aws.name("rest"))["id"]
    resource = gateway.get_resources(restApiId=rest)["items"][0]["id"]
    for part in ("{place}", "{id}"):
        made = gateway.create_resource(restApiId=rest, parentId=resource, pathPart=part)
        resource = made["id"]
    lead(aws, rest, resource, name)
    allow(aws, name, f"arn:aws:execute-api:{REGION}:123456789012:{rest}/*")
    gateway.create_deployment(restApiId=rest, stageName="prod")
    event = ask(f"{aws.endpoint}/_aws/execute-api/{rest}/prod{sent}").json()
    assert (sent, {"place": "caf%C3%A9", "id": "a%2Fb"}) == (
        event["path"],
        event["pathParameters"],
    )


def test_a_rest_api_sends_format_1(aws: Aws) -> None:
    """With a stage in the path, and 502 for an answer that is none."""
    name, bad = aws.function(TELL), aws.function("def handler(e, c):\n    return 'x'\n")
    gateway = aws("apigateway")
    api = gateway.create_rest_api(name=aws.name("rest"))["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for part, function in (("price", name), ("bad", bad)):
        resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
        lead(aws, api, resource, function)
        allow(aws, function, f"arn:aws:execute-api:{REGION}:123456789012:{api}/*/GET/{part}")
    gateway.create_deployment(restApiId=api, stageName="prod")
    base = f"{aws.endpoint}/_aws/execute-api/{api}/prod"

    told = ask(f"{base}/price?a=1&a=2")
    event = told.json()

    assert 203 == told.status
    assert ("/price", "GET", {"a": ["1", "2"]}) == (
        event["resource"],
        event["httpMethod"],
        event["multiValueQueryStringParameters"],
    )
    assert told.headers["x-amzn-requestid"] == event["requestContext"]["requestId"]
    assert 502 == ask(f"{base}/bad").status
    assert 403 == ask(f"{base}/nowhere").status
    assert 403 == ask(f"{aws.endpoint}/_aws/execute-api/{api}/other/price").status


@pytest.mark.parametrize(("kind", "status"), [("NONE", 203), ("AWS_IAM", 403)])
def test_a_function_url_answers(aws: Aws, kind: str, status: int) -> None:
    """At the address that AWS would have told; unsigned requests only where nobody asks."""
    name = aws.function(TELL)
    url = aws("lambda").create_function_url_config(FunctionName=name, AuthType=kind)["FunctionUrl"]

    told = ask(f"{url}some/path?q=1")

    assert status == told.status
    if status == 203:
        assert ("/some/path", "q=1") == (told.json()["rawPath"], told.json()["rawQueryString"])


def test_an_api_that_is_not_there_is_refused(aws: Aws) -> None:
    """And does not fall through to another service."""
    for kind in ("execute-api", "lambda-url"):
        assert 403 == ask(f"{aws.endpoint}/_aws/{kind}/nobody/x").status


def test_a_preflight_is_answered_without_the_function(aws: Aws) -> None:
    """By the API's settings; a stranger gets no header, and the function's own do not count."""
    code = TELL.replace('"X-Id"', '"Access-Control-Allow-Origin": "https://evil.example", "X-Id"')
    url, api = http_api(aws, aws.function(code), "GET /price")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    aws("apigatewayv2").update_api(
        ApiId=api,
        CorsConfiguration={
            "AllowOrigins": ["https://shop.example"],
            "AllowMethods": ["GET"],
            "AllowHeaders": ["x-one"],
            "MaxAge": 60,
        },
    )
    asks = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}

    told = ask(f"{url}/price", "OPTIONS", headers=asks)
    assert 204 == told.status
    assert "https://shop.example" == told.headers["access-control-allow-origin"]
    assert ("GET", "x-one", "60") == tuple(
        told.headers[f"access-control-{name}"]
        for name in ("allow-methods", "allow-headers", "max-age")
    )
    stranger = ask(f"{url}/price", "OPTIONS", headers={**asks, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers
    plain = ask(f"{url}/price", headers={"Origin": "https://shop.example"})
    assert (203, "https://shop.example") == (
        plain.status,
        plain.headers["access-control-allow-origin"],
    )


def test_what_is_too_large_is_refused_unread(aws: Aws) -> None:
    """10 MB at an API, 6 MB at a function that is waited for, 1 MB at one that is not."""
    function = aws.function(TELL)
    url, api = http_api(aws, function, "POST /price")
    aws("apigatewayv2").create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.putrequest("POST", f"{parts.path}/price")
    connection.putheader("Content-Length", str(10 * 1024 * 1024 + 1))
    connection.endheaders()
    assert 413 == connection.getresponse().status
    connection.close()

    for how, most in (("RequestResponse", 6 * 1024 * 1024), ("Event", 1024 * 1024)):
        with pytest.raises(ClientError) as refused:
            aws("lambda").invoke(
                FunctionName=function, InvocationType=how, Payload=json.dumps("x" * most)
            )
        assert "RequestTooLargeException" == refused.value.response["Error"]["Code"]
