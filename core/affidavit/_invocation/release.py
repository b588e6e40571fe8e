"""Turn what a handler returned into what may leave, and a result into an answer.

With a response model the answer is what the model declares. Without one it is the
handler's own object, which Lambda writes as it always has; see `lambda_json.py`.
"""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

from affidavit._event.event_source import TAKES_LISTS, code_of_failures
from affidavit._event.request import ALB, Request
from affidavit._event.validate import FieldError, InvalidDataError, parse_json, write_json
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.lambda_json import is_plain, lambda_json
from affidavit._invocation.result import Result, answered, unfit
from affidavit._policy.model import Policy
from affidavit._policy.words import Sink, SinkMode
from affidavit._records.record import Status
from affidavit._types import Json

_WORDS = {404: "not_found", 500: "internal_error", 503: "evidence_unavailable"}

_HEADERS = {"content-type": "application/json", "cache-control": "no-store"}
"""What regulated data is sent with: no cache between here and the caller keeps it."""

_POLLED = frozenset({"batchItemFailures", "itemIdentifier"})
"""Source: AWS Lambda, "Reporting batch item failures"."""


def release(
    spec: HandlerSpec, request: Request, result: Result, policy: Policy
) -> tuple[Result, Any]:
    """Serialise the answer with what the model declares and the policy leaves.

    Returns the result as it now stands, and the answer. An answer that does not
    fit its model, that Lambda cannot write, or that holds a value for which no
    key of the policy's allow-list vouches, makes it a failure: it is found out
    here, not after the record said that all was well.
    """
    if result.status is not Status.OK or result.error is not None or result.passes:
        return result, None
    need = _Need(policy, request)
    try:
        if spec.response is not None:
            return _released_by_model(spec, request, result, need)
        value = result.value
        text: str | bytes = ""
        limited = bool(need.rules) or need.listed is not None
        if limited or not is_plain(value):
            text = lambda_json(value)
        if limited:
            value = _minimised(request, text, need)
    except InvalidDataError as error:
        return unfit(error, modelled=spec.response is not None), None
    return answered(value, _code_of(request, value, text)), value


def http_answer(request: Request, code: int, body: str) -> Json:
    """Return an answer in the shape that the event source wants."""
    answer: dict[str, Json] = {
        "statusCode": code,
        "headers": dict(_HEADERS),
        "body": body,
        "isBase64Encoded": False,
    }
    if request.via == ALB and "multiValueHeaders" in request.event:
        del answer["headers"]
        answer["multiValueHeaders"] = {name: [value] for name, value in _HEADERS.items()}
    return answer


def refusal_body(result: Result, request_id: str) -> str:
    """Return the body for a result without an answer: kinds and ids, never a value."""
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


class _Need:
    """What of an answer is needed, and may therefore leave (45 CFR 164.502(b), GDPR Art. 5)."""

    def __init__(self, policy: Policy, request: Request) -> None:
        self.rules = [rule.path.split(".") for rule in policy.response]
        rule = policy.redaction.sinks.get(Sink.ANSWER)
        self.listed: frozenset[str] | None = None
        if rule is not None and rule.mode is SinkMode.ALLOWLIST:
            # What a poller reads is not data: without it, failed records would count as done.
            self.listed = frozenset(rule.keys) | (frozenset() if request.http else _POLLED)

    def of(self, value: Json) -> Json:
        """Return `value` without the fields that a rule names, or that no list names."""
        for path in self.rules:
            _remove(value, path)
        return value if self.listed is None else self._only(value, self.listed)

    def _only(self, value: Json, listed: frozenset[str], *, named: bool = False) -> Json:
        if isinstance(value, dict):
            return {
                key: self._only(item, listed, named=True)
                for key, item in value.items()
                if key in listed
            }
        if isinstance(value, list):
            return [self._only(item, listed, named=named) for item in value]
        if named or value is None:
            return value
        raise InvalidDataError((FieldError("answer", "not_listed"),))


def _released_by_model(
    spec: HandlerSpec, request: Request, result: Result, need: _Need
) -> tuple[Result, Any]:
    assert spec.response is not None  # noqa: S101 - for mypy; the caller has looked
    if result.value is None:
        return answered(None, 404), None
    text = spec.response.to_json(result.value)
    if need.rules or need.listed is not None:
        text = write_json(need.of(parse_json(text)))
    if request.http:
        return answered(None, 200), http_answer(request, 200, text.decode())
    value = parse_json(text)
    return answered(None, _code_of(request, value, "")), value


def _minimised(request: Request, text: str | bytes, need: _Need) -> Any:
    """Leave what is needed of an answer: of its JSON body, if it is an HTTP answer."""
    try:
        value = _read(text)
    except InvalidDataError:
        if isinstance(text, bytes) and need.listed is None and not _looks_like_json(text):
            return text  # Lambda sends bytes as they are; these have no fields
        raise
    body = value.get("body") if request.http and isinstance(value, dict) else None
    if not isinstance(value, dict) or not (
        # Without a status, HTTP APIs take the whole object for the body, and so does a list.
        "statusCode" in value if need.listed is not None else isinstance(body, str)
    ):
        return need.of(value)
    if isinstance(body, str):
        body = _minimised_body(body, need, encoded=bool(value.get("isBase64Encoded")))
    elif body is not None:
        body = need.of(body)
    return value if body is None else {**value, "body": body}


def _minimised_body(body: str, need: _Need, *, encoded: bool) -> str:
    text = _decoded(body) if encoded else body.encode("utf-8", "surrogatepass")
    try:
        inner = parse_json(text)
    except InvalidDataError:
        if text and (need.listed is not None or _looks_like_json(text)):
            raise  # no key vouches for it, or it only looks like JSON and could hold any field
        return body  # not JSON, so it has no fields
    text = write_json(need.of(inner))
    return (base64.b64encode(text) if encoded else text).decode()


def _looks_like_json(text: bytes) -> bool:
    return text.lstrip()[:1] in {b"{", b"["}


def _read(text: str | bytes) -> Any:
    try:
        return json.loads(text, parse_float=_number)
    except (ValueError, RecursionError):
        pass
    raise InvalidDataError((FieldError("", "json_invalid"),))


def _number(text: str) -> float | Decimal:
    """Return a number that is written as it was: `99.90` is no float."""
    number = float(text)
    return number if repr(number) == text else Decimal(text)


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(body)
    except ValueError:
        pass
    raise InvalidDataError((FieldError("body", "bytes_invalid_encoding"),))


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


def _code_of(request: Request, value: Any, text: str | bytes) -> int:
    """Return the status that an answer has, or amounts to for its event source."""
    if not request.http and (request.source is None or request.item):
        return 200
    source = request.source
    if source is not None and source.report in TAKES_LISTS:
        return code_of_failures(source, request.raw, _read(text) if text else value)
    if not isinstance(value, dict | str):
        # Something that is written as an object, perhaps; the gateway sees the text.
        value = _read(text) if isinstance(text, str) and text[:1] == "{" else None
    if source is not None:
        return source.code(value)
    if not isinstance(value, dict) or "statusCode" not in value:
        return 200
    code = value["statusCode"]
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:4])
    if isinstance(code, Decimal) and code.is_finite() and abs(code) < 1000:  # noqa: PLR2004
        code = int(code) if code == int(code) else None
    # A gateway answers 502 for a function whose status is none (RFC 9110, section 15).
    fits = isinstance(code, int) and not isinstance(code, bool) and 100 <= code <= 599  # noqa: PLR2004
    return int(code) if fits else 502
