"""Draw requests from events that somebody gave as examples, where there is no model."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from affidavit import audited
from affidavit.plugin import Policy, Trust
from affidavit.testing import make_runtime, run, step
from affidavit_testing import service_payloads
from affidavit_testing.canaries import CanaryToken
from affidavit_testing.case import DrawnRequest, is_telling, leaves
from affidavit_testing.even import evenly
from affidavit_testing.persons import MadeUpPerson
from affidavit_testing.under_test import HandlerUnderTest, trusted

PLACES = ("value", "header", "cookie", "claim", "actor", "stray field")
"""Where a canary can stand in a request."""


def valid(draw: st.DrawFn, subject: HandlerUnderTest, person: MadeUpPerson) -> DrawnRequest:
    """Draw one of the examples, as the policy wants it."""
    event = _fresh(draw, subject)
    if not isinstance(event, dict):
        return DrawnRequest(event, "direct", person)
    return DrawnRequest(event, "sample", person, valid=True, values=_values(event))


def planted(draw: st.DrawFn, subject: HandlerUnderTest, person: MadeUpPerson) -> DrawnRequest:
    """Draw an example with canaries in some places."""
    event = _fresh(draw, subject)
    if not isinstance(event, dict):
        return DrawnRequest(event, "direct", person)
    values = _values(event)
    places = [place for place in PLACES if draw(st.booleans())]
    found: list[tuple[str, CanaryToken]] = []
    for place, canary in zip(places, draw(st.permutations(person.canaries)), strict=False):
        if _plant(draw, event, place, canary.text):
            found.append((place, canary))
    return DrawnRequest(event, "sample", person, planted=tuple(found), values=values)


def anonymous(draw: st.DrawFn, subject: HandlerUnderTest, person: MadeUpPerson) -> DrawnRequest:
    """Draw an example from which the caller's name has been taken."""
    event = copy.deepcopy(draw(evenly(subject.samples)))
    if isinstance(event, dict):
        event.pop("StepFunctions", None)
        context = event.get("requestContext")
        if isinstance(context, dict):
            context.pop("authorizer", None)
            context.pop("identity", None)
    known = known_by(event)
    if known is Trust.ANONYMOUS:
        believed = trusted("direct", subject.policy, subject.actor)
    else:
        believed = known in subject.policy.actor.trust
    why = "" if believed else "nobody is named whom the policy believes"
    return DrawnRequest(event, "sample", person, refused=why)


def known_by(event: Any) -> Trust:
    """Tell how the sender of an event is known: a queue or a user pool names itself."""
    return Trust(_record(event)["actor"]["auth"])


def sent_by(event: Any) -> str:
    """Return the name of the source that sends such events."""
    return str(_record(event)["src"]["via"])


def amounts_to(event: Any, answer: Any) -> int:
    """Return the status that an answer has for the source of an event: 403 for a no, say."""
    code: int = _record(event, answer)["out"]["code"]
    return code


def _record(event: Any, answer: Any = None) -> Mapping[str, Any]:
    bench = make_runtime()
    run(audited(action="ASK")(lambda _, __: answer), copy.deepcopy(event), bench)
    return bench.records[-1].document


def believed(event: Any, policy: Policy, who: str = "user-of-the-authorizer") -> Any:
    """Add a name that the policy believes, if the example has none."""
    if not isinstance(event, dict):
        return event
    context = event.get("requestContext")
    if isinstance(context, dict) and "elb" not in context:
        if Trust.AUTHORIZER in policy.actor.trust and not context.get("authorizer"):
            claims = {"claims": {"sub": who}}
            context["authorizer"] = {"jwt": claims} if "http" in context else claims
        return event
    weak = not {Trust.ASSERTED, Trust.ANONYMOUS} & policy.actor.trust
    if weak and "StepFunctions" not in event and known_by(event) not in policy.actor.trust:
        return step(event)
    return event


def _fresh(draw: st.DrawFn, subject: HandlerUnderTest) -> Any:
    event = copy.deepcopy(draw(evenly(subject.samples)))
    event = believed(event, subject.policy)
    number = draw(st.integers(0, 10**9))
    if isinstance(event, dict) and isinstance(event.get("requestContext"), dict):
        event["requestContext"]["requestId"] = f"c6af9ac6-7b61-41e6-9a41-{number:012}"
    return event


def _plant(draw: st.DrawFn, event: dict[str, Any], place: str, text: str) -> bool:
    """Put a canary into a place of an event; tell whether it has one."""
    context = event.get("requestContext")
    if place == "value":
        return _replace(draw, event, text)
    if not isinstance(context, dict):
        event["stray"] = {"deep": [text]}
        return True
    if place == "stray field":
        query = dict(event.get("queryStringParameters") or {})
        _ask(event, {**query, "stray": text})
        return True
    if place in {"claim", "actor"}:
        return _claim(context, "sub" if place == "actor" else "email", text)
    header = {"header": "x-note", "cookie": "cookie"}[place]
    for name in ("headers", "multiValueHeaders"):
        if isinstance(event.get(name), dict):
            event[name][header] = [text] if name.startswith("multi") else text
    return True


def _claim(context: dict[str, Any], name: str, text: str) -> bool:
    authorizer = context.get("authorizer")
    while isinstance(authorizer, dict):
        if "sub" in authorizer:
            authorizer[name] = text
            return True
        authorizer = authorizer.get("jwt", authorizer.get("claims"))
    return False


def _replace(draw: st.DrawFn, event: dict[str, Any], text: str) -> bool:
    """Replace one value in the query, in the path or in the body, or what people say otherwise."""
    via = sent_by(event)
    if via in service_payloads.PLACES:
        number = draw(st.integers(0, 99))
        changed = service_payloads.replaced(event, via, number, text)
        event.update(changed or {})
        return changed is not None
    if not isinstance(event.get("requestContext"), dict):
        names = sorted(k for k, v in event.items() if isinstance(v, str))
        if names:
            event[draw(evenly(names))] = text
        return bool(names)
    places = [
        (kind, name)
        for kind in ("queryStringParameters", "pathParameters", "body")
        for name in sorted(_fields(event, kind))
    ]
    if not places:
        return False
    kind, name = draw(evenly(places))
    fields = {**_fields(event, kind), name: text}
    if kind == "queryStringParameters":
        _ask(event, fields)
    else:
        event[kind] = json.dumps(fields) if kind == "body" else fields
        event["isBase64Encoded"] = False
    return True


def _fields(event: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    held = event.get(kind)
    if kind == "body" and isinstance(held, str):
        try:
            held = json.loads(held)
        except ValueError:
            return {}
    return held if isinstance(held, Mapping) else {}


def _ask(event: dict[str, Any], query: Mapping[str, Any]) -> None:
    """Set the query string, in every form in which this event has it."""
    event["queryStringParameters"] = dict(query)
    if "multiValueQueryStringParameters" in event:
        event["multiValueQueryStringParameters"] = {k: [v] for k, v in query.items()}
    if "rawQueryString" in event:
        event["rawQueryString"] = urlencode(query)


def _values(event: dict[str, Any]) -> tuple[str, ...]:
    record = _record(event)
    via = record["src"]["via"]
    if via in service_payloads.PLACES:
        return service_payloads.values(event, via)
    if isinstance(event.get("requestContext"), dict):
        kinds = ("queryStringParameters", "pathParameters", "body")
        said: Any = [_fields(event, kind) for kind in kinds]
    else:
        said = {k: v for k, v in event.items() if k not in {"StepFunctions", "Records"}}
        if "StepFunctions" not in event and Trust(record["actor"]["auth"]) is Trust.SERVICE:
            return ()  # a service's own words: its region, its version; canaries stand beside them
    return tuple(dict.fromkeys(text for text in leaves(said, str(said)) if is_telling(text)))
