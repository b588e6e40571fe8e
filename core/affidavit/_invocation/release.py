"""Turn what a handler returned into what may leave, and an ending into an answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from affidavit._event.request import Request, Via
from affidavit._event.validate import FieldError, InvalidDataError, parse_json, write_json
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.result import Result, answered, unfit
from affidavit._policy.model import ResponseRule
from affidavit._records.record import Status
from affidavit._types import Json

_WORDS = {404: "not_found", 500: "internal_error", 503: "evidence_unavailable"}

_HEADERS = {"content-type": "application/json", "cache-control": "no-store"}
"""What regulated data is sent with: no cache between here and the caller keeps it."""


def release(
    spec: HandlerSpec, request: Request, result: Result, rules: tuple[ResponseRule, ...]
) -> tuple[Result, Json]:
    """Serialise the answer with what the model declares and the policy leaves.

    Returns the ending as it now stands, and the answer as plain JSON. An answer
    that does not fit its model, or is not JSON, makes the ending a failure: it
    is found out here, not after the record said that all was well.
    """
    if result.status is not Status.OK or result.error is not None:
        return result, None
    try:
        if spec.response is not None:
            return _released_by_model(spec, request, result, rules)
        value = parse_json(write_json(result.value))
        if rules:
            _strip(request, value, rules)
    except InvalidDataError as error:
        return unfit(error), None
    code = _code_of(request, value)
    return answered(value, code), value


def http_answer(request: Request, code: int, body: str) -> Json:
    """Return an answer in the shape that the event source wants."""
    answer: dict[str, Json] = {
        "statusCode": code,
        "headers": dict(_HEADERS),
        "body": body,
        "isBase64Encoded": False,
    }
    if request.via is Via.ALB and "multiValueHeaders" in request.event:
        del answer["headers"]
        answer["multiValueHeaders"] = {name: [value] for name, value in _HEADERS.items()}
    return answer


def refusal_body(result: Result, request_id: str) -> str:
    """Return the body for an ending without an answer: kinds and ids, never a value."""
    body: dict[str, Json] = {
        "error": _WORDS.get(result.code, result.error_name or "refused"),
        "requestId": request_id,
    }
    if result.findings:
        body["fields"] = [
            {"path": finding.path, "type": finding.kind} for finding in result.findings
        ]
    elif result.status is Status.ERROR and result.error_name:
        body["type"] = result.error_name
    return write_json(body).decode()


def _released_by_model(
    spec: HandlerSpec, request: Request, result: Result, rules: tuple[ResponseRule, ...]
) -> tuple[Result, Json]:
    assert spec.response is not None  # noqa: S101 - for mypy; the caller has looked
    if result.value is None:
        return answered(None, 404), None
    text = spec.response.to_json(result.value)
    if rules:
        value = parse_json(text)
        _without(value, rules)
        text = write_json(value)
    if request.http:
        return answered(None, 200), http_answer(request, 200, text.decode())
    return answered(None, 200), parse_json(text)


def _strip(request: Request, value: Json, rules: tuple[ResponseRule, ...]) -> None:
    """Apply `rules` to an answer: to its JSON body, if it is an HTTP answer."""
    body = value.get("body") if request.http and isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(body, str):
        _without(value, rules)
        return
    encoded = bool(value.get("isBase64Encoded"))
    text = _decoded(body) if encoded else body.encode()
    try:
        inner = parse_json(text)
    except InvalidDataError:
        if text.lstrip()[:1] in {b"{", b"["}:
            raise  # something that only looks like JSON could hold any field
        return  # not JSON, so it has no fields
    _without(inner, rules)
    text = write_json(inner)
    value["body"] = (base64.b64encode(text) if encoded else text).decode()


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(body)
    except ValueError:
        pass
    raise InvalidDataError((FieldError("body", "bytes_invalid_encoding"),))


def _without(value: Json, rules: tuple[ResponseRule, ...]) -> None:
    for rule in rules:
        _remove(value, rule.path.split("."))


def _remove(value: Json, path: list[str]) -> None:
    name, rest = path[0], path[1:]
    if isinstance(value, list):
        if path == ["*"]:
            value.clear()
        for item in value:
            _remove(item, rest if name == "*" else path)
        return
    if not isinstance(value, dict):
        return
    for key in list(value) if name == "*" else [name]:
        if not rest:
            value.pop(key, None)
        elif key in value:
            _remove(value[key], rest)


def _code_of(request: Request, value: Json) -> int:
    """Return the status that a handler without a model answered with."""
    if not request.http or not isinstance(value, Mapping) or "statusCode" not in value:
        return 200
    code = value["statusCode"]
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:4])
    # A gateway answers 502 for a function whose status is none (RFC 9110, section 15).
    return code if type(code) is int and 100 <= code <= 599 else 502  # noqa: PLR2004
