"""Put what is said into an event, wherever an event source carries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    eventbridge,
    function_url,
    kinesis,
    sns,
    sqs,
    step,
)


class Said(NamedTuple):
    """What one request says, and where.

    `fields`, mostly a mapping, go into the query string, or into the body if `in_body`; `path`
    holds parameters of the route; `who` is the name that the event source has
    checked, empty for nobody; `claims` and `headers` stand beside it.
    """

    fields: Any
    who: str = "user-of-the-authorizer"
    in_body: bool = False
    encoded: bool = False
    headers: Mapping[str, str] = {}
    claims: Mapping[str, Any] = {}
    path: Mapping[str, str] = {}
    request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    source_ip: str = "203.0.113.7"


Carrier = Callable[[Said], Any]


def _http(said: Said) -> dict[str, Any]:
    parts: dict[str, Any] = {"headers": dict(said.headers), "source_ip": said.source_ip}
    if said.in_body:
        parts.update(method="POST", body=_copied(said.fields), encoded=said.encoded)
    else:
        parts["query"] = {name: _spoken(value) for name, value in said.fields.items()}
    return parts


def _gateway(said: Said) -> dict[str, Any]:
    return {**_http(said), "parameters": dict(said.path), "request_id": said.request_id}


def _v1(said: Said) -> Any:
    authorizer = {"claims": {"sub": said.who, **said.claims}} if said.who else None
    return api_gateway_v1(**_gateway(said), authorizer=authorizer)


def _v2(said: Said) -> Any:
    authorizer = {"jwt": {"claims": {"sub": said.who, **said.claims}}} if said.who else None
    return api_gateway_v2(**_gateway(said), authorizer=authorizer)


def _url(said: Said) -> Any:
    arn = f"arn:aws:iam::000000000000:user/{said.who}"
    authorizer = {"iam": {"userArn": arn, **said.claims}} if said.who else None
    return function_url(**_gateway(said), authorizer=authorizer)


def _alb(said: Said) -> Any:
    return alb(**_http(said))


def _step(said: Said) -> Any:
    # One execution, and an entry of its own into the state for each request.
    return step(said.fields, execution=f"arn:aws:states:::execution:machine:{said.request_id}")


def _direct(said: Said) -> Any:
    return _copied(said.fields)


def _copied(fields: Any) -> Any:
    return dict(fields) if isinstance(fields, Mapping) else fields


CARRIERS: Final[Mapping[str, Carrier]] = {
    "api_gateway_v1": _v1,
    "api_gateway_v2": _v2,
    "function_url": _url,
    "alb": _alb,
    "step_functions": _step,
    "direct": _direct,
    "sqs": lambda said: sqs([said.fields], first=_number(said)),
    "sns": lambda said: sns(said.fields, number=_number(said)),
    "eventbridge": lambda said: eventbridge(dict(said.fields), number=_number(said)),
    "kinesis": lambda said: kinesis([said.fields], first=_number(said)),
}
"""By the names of the strategies in `events`."""


def carry(via: str, said: Said) -> Any:
    """Return the event by which `via` hands over what is said."""
    return CARRIERS[via](said)


def _number(said: Said) -> int:
    """Return what tells one request from the next, where a carrier numbers its records."""
    return int(said.request_id.rpartition("-")[2], 16) % 2**31


def _spoken(value: Any) -> Any:
    """Write a value as a query string does: everything is text."""
    if isinstance(value, list):
        return [_spoken(one) for one in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
