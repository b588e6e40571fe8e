"""`http.request`: call a listed host, at the address that was checked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urljoin, urlsplit

from pydantic import Field, field_validator, model_validator

from affidavit.plugin import (
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    Effect,
    Grant,
)
from affidavit_harness.actions.guard import HttpTarget, check_url
from affidavit_harness.actions.http_auth import SigV4, TokenAsk, signed, token
from affidavit_harness.actions.http_body import (
    BodyPart,
    GraphQl,
    Values,
    body_of,
    told_of,
    urlencoded,
)
from affidavit_harness.actions.http_client import READING, HttpAnswer, HttpMessage, send
from affidavit_harness.errors import RefusedActionError
from affidavit_harness.run_ids import trace_root

_REFUSED: Final = 400
_GONE: Final = (404, 410)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})
_ANYWHERE: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})
"""Headers that go along to another host. Whatever else a scenario sends may be a credential."""


class HttpRequest(ActionParams):
    """What to ask, of whom."""

    url: Annotated[
        str,
        Field(
            description="Values are percent-encoded behind the host.",
            json_schema_extra={"format": "uri"},
        ),
    ]
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    query: Values = Field(default_factory=dict)
    body: Annotated[Any, Field(description="Text as it is, anything else as JSON.")] = None
    form: Values | None = None
    multipart: list[BodyPart] = Field(default_factory=list)
    graphql: GraphQl | None = None
    follow: Annotated[int, Field(ge=0, le=5, description="Redirects that are followed.")] = 0
    sigv4: Annotated[
        SigV4 | None, Field(description="Sign it as AWS wants it, with the run's credentials.")
    ] = None
    effects: Annotated[
        Literal["read", "write"] | None,
        Field(description="What a method does that is not what its name says."),
    ] = None

    @field_validator("headers")
    @classmethod
    def _headers(cls, headers: dict[str, str]) -> dict[str, str]:
        wrong = _FRAMING & {name.lower() for name in headers}
        if wrong or any(char in text for text in headers.values() for char in "\r\n\0"):
            raise ValueError("the client frames the message, and a header is one line")
        return headers

    @model_validator(mode="after")
    def _one_body(self) -> HttpRequest:
        given = (self.body is not None, self.form is not None, self.multipart, self.graphql)
        if sum(map(bool, given)) > 1:
            raise ValueError("one of body, form, multipart and graphql")
        if self.sigv4 is not None and self.follow:
            raise ValueError("a signature is for one address")
        return self


def effects(params: Mapping[str, Any]) -> Effect:
    """Say what a request does: by its method. Only a method that reads can be called a write."""
    if _method(params.get("method"), graphql=params.get("graphql")) not in READING:
        return "write"
    return "write" if params.get("effects", "read") != "read" else "read"


def _method(method: Any, *, graphql: Any) -> Any:
    """Return the method; a GraphQL operation is posted unless something else is said."""
    return method or ("GET" if graphql is None else "POST")


def request(params: HttpRequest, context: ActionContext) -> ActionResult:
    """Send one request, and follow as many redirects as were asked for, each checked anew."""
    began = time.monotonic()
    said = params.method if "method" in params.model_fields_set else None
    method = str(_method(said, graphql=params.graphql))
    url = _full(params)
    seen = {"method": method, "url": url}
    try:
        answer, hops = _asked(params, context, method, url)
    except ActionError as error:
        error.seen = {"request": seen}
        raise
    cookies = [text.partition(";")[0] for key, text in answer.headers if key == "set-cookie"]
    names = dict.fromkeys(key for key, _ in answer.headers)
    return {
        "status": answer.status,
        "headers": {name: answer.header(name) for name in names},
        "cookies": {name.strip(): text.strip() for name, _, text in map(_cut, cookies)},
        "set_cookie": [text for key, text in answer.headers if key == "set-cookie"],
        **told_of(answer.data, answer.header("content-type") or ""),
        "request": seen,
        "redirects": hops,
        "duration_ms": round((time.monotonic() - began) * 1000),
    }


def refused(answer: ActionResult) -> str:
    """Say that the host refused. What is not there any more was taken back: twice is harmless."""
    status = answer["status"]
    return (
        f"its request was answered {status}" if status >= _REFUSED and status not in _GONE else ""
    )


def _cut(cookie: str) -> tuple[str, str, str]:
    return cookie.partition("=")


def _full(params: HttpRequest) -> str:
    """Return the URL with its query; letters of other scripts are encoded, a host's never are."""
    head, slashes, rest = params.url.partition("://")
    host, slash, path = rest.partition("/")
    # A backslash or a control character stays, and is refused.
    url = f"{head}{slashes}{host}{slash}{quote(path, safe=_ASCII)}"
    if not params.query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencoded(params.query)}"


_ASCII: Final = "".join(map(chr, range(128)))


def _asked(
    params: HttpRequest, context: ActionContext, method: str, url: str
) -> tuple[HttpAnswer, list[str]]:
    headers, body = _sent(params, context)
    hops: list[str] = []
    origin: tuple[str, str, int] | None = None
    while True:
        target = check_url(url, context.hosts, context.resolve, loopback=context.loopback)
        where = (target.scheme, target.host, target.port)
        if origin is not None and origin != where:
            headers = {name: text for name, text in headers.items() if name.lower() in _ANYWHERE}
        origin = where
        trace = f"Root={trace_root(context.run.id)};Sampled=1"
        sent = {"X-Correlation-Id": context.run.id, "X-Amzn-Trace-Id": trace} | headers
        if params.sigv4 is not None:
            sent = signed(params.sigv4, method, url, sent, body)
        answer = send(target, HttpMessage(method, sent, body), context.left_s())
        location = answer.header("location")
        if answer.status not in _REDIRECTS or location is None or params.follow == 0:
            return answer, hops
        if len(hops) == params.follow:
            raise _redirected("too often", f"more than {params.follow} time(s)")
        url = _next(target, url, location)
        hops.append(url)
        if answer.status == 303 or (answer.status in {301, 302} and method == "POST"):  # noqa: PLR2004 - RFC 9110
            method, body = ("HEAD" if method == "HEAD" else "GET"), None
            headers = {k: text for k, text in headers.items() if k.lower() != "content-type"}


def _next(target: HttpTarget, url: str, location: str) -> str:
    """Return where a redirect leads; what stands behind # is for browsers."""
    following = urljoin(url, location).partition("#")[0]
    if target.scheme == "https" and urlsplit(following).scheme == "http":
        raise _redirected("to plain http", "the request was encrypted")
    return following


def _redirected(how: str, why: str) -> RefusedActionError:
    told = f"the host redirects {how}"
    return RefusedActionError("Harness.Redirects", told, why=why, fix="Call the last host itself")


def _sent(params: HttpRequest, context: ActionContext) -> tuple[dict[str, str], bytes | None]:
    headers = dict(params.headers)
    names = {name.lower(): text for name, text in headers.items()}
    if "host" in names and names["host"].lower() not in {one.lower() for one in context.hosts}:
        raise RefusedActionError(
            "Harness.Host",
            "the Host header is refused",
            why="the host that it names is not listed",
            fix="Add it to hosts in harness.yaml",
        )
    body = body_of(params.body, params.form, params.multipart, params.graphql)
    if body.type and "content-type" not in names:
        headers["Content-Type"] = body.type
    return headers, body.data


ACTIONS = (
    AtomicAction(
        name="http.request",
        summary="Call a listed host over HTTP",
        params=HttpRequest,
        run=request,
        effects=effects,
        grants=(Grant("apis", ("execute-api:Invoke",)),),
        cacheable=True,
        refused=refused,
    ),
    AtomicAction(
        name="oauth2.token",
        summary="Get a token by client credentials; capture it with secret: true",
        params=TokenAsk,
        run=token,
        cacheable=True,
    ),
)
