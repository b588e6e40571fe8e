"""Draw requests for one handler: valid, almost valid, hostile, with canaries in them.

What a case must come to is known from how it was made, and where there is a
request model, from the model itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from affidavit_testing import samples
from affidavit_testing.batch_carriers import Said, carry
from affidavit_testing.canaries import CanaryToken
from affidavit_testing.case import DrawnRequest, is_telling, leaves
from affidavit_testing.even import evenly
from affidavit_testing.hostile import Hostile, hostile_bodies
from affidavit_testing.persons import MadeUpPerson, people
from affidavit_testing.schemas import Schema, is_free_text
from affidavit_testing.under_test import HTTP, HandlerUnderTest, trusted

HARMLESS = ("header", "cookie", "user agent", "claim", "actor")
"""Places where a canary changes nothing about a request."""

PLACES = (
    "field",
    "field",
    "path parameter",
    "unknown field",
    "unknown name",
    "nested field",
    "wrong field",
)
"""Places where a request may become invalid by it."""


@st.composite
def valid_cases(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnRequest:
    """Draw a request that the policy believes and the model accepts."""
    person = draw(people())
    if subject.samples or subject.schema is None:
        return samples.valid(draw, subject, person)
    said, via = _said(draw, subject, subject.schema)
    return _case(subject, said, via, person, valid=_accepts(subject, carry(via, said)))


@st.composite
def planted_cases(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnRequest:
    """Draw a request with a canary in one place. It may be valid or not."""
    person = draw(people())
    if subject.samples or subject.schema is None:
        return samples.planted(draw, subject, person)
    said, via = _said(draw, subject, subject.schema)
    places = [place for place in HARMLESS if draw(st.booleans())]
    if draw(st.booleans()):
        places.append(draw(evenly(PLACES)))
    planted: list[tuple[str, CanaryToken]] = []
    for place, canary in zip(places, draw(st.permutations(person.canaries)), strict=False):
        changed = _plant(draw, said, place, canary, subject.schema)
        if changed is not said:
            said = changed
            planted.append((place, canary))
    return _case(subject, said, via, person)._replace(planted=tuple(planted))


@st.composite
def refused_cases(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnRequest:
    """Draw a request that must be refused, for a reason that is known."""
    kinds = ["hostile"] if subject.audited or subject.schema is not None else []
    if _needs_a_name(subject):
        kinds.append("nobody")
    if subject.schema is not None:
        kinds += ["invalid", "invalid", "invalid"]
    kind = draw(evenly(kinds or ["hostile"]))
    if kind == "nobody":
        return draw(anonymous_cases(subject))
    if kind == "hostile":
        return draw(hostile_cases(subject))
    return draw(invalid_cases(subject))


@st.composite
def invalid_cases(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnRequest:
    """Draw a request that its model does not accept, mostly by one defect."""
    assert subject.schema is not None  # noqa: S101 - for mypy; the caller has looked
    person = draw(people())
    said, via = _said(draw, subject, subject.schema)
    place = draw(evenly(["unknown field", "unknown name", "wrong field", "missing field"]))
    canary = draw(evenly(person.canaries))
    if not isinstance(said.fields, Mapping):
        said = said._replace(fields={"stray": canary.text})
    elif place == "missing field":
        gone = draw(evenly(sorted(said.fields) or [""]))
        said = said._replace(fields={k: v for k, v in said.fields.items() if k != gone})
    else:
        said = _plant(draw, said, place, canary, subject.schema)
    accepted = _accepts(subject, carry(via, said))
    case = _case(subject, said, via, person, refused="" if accepted else f"{place}: the model")
    return case._replace(planted=((place, canary),)) if place != "missing field" else case


@st.composite
def anonymous_cases(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnRequest:
    """Draw a request in which nobody is named whom the policy believes."""
    person = draw(people())
    if subject.samples or subject.schema is None:
        return samples.anonymous(draw, subject, person)
    said, via = _said(draw, subject, subject.schema)
    believed = trusted("direct", subject.policy, subject.actor)
    if not believed:
        # A state machine or a queue always names itself.
        via = draw(evenly(["api_gateway_v1", "api_gateway_v2", "alb", "direct"]))
    said = said._replace(who="")
    why = "" if believed else "nobody is named whom the policy believes"
    return _case(subject, said, via, person, refused=why)


@st.composite
def hostile_cases(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnRequest:
    """Draw what is no request: too large, too deep, not JSON, said twice."""
    person = draw(people())
    hostile: Hostile = draw(hostile_bodies(subject.policy.limits, person))
    event = hostile.event
    counts = hostile.limit or (subject.request is not None and not _accepts(subject, event))
    return DrawnRequest(event, hostile.via, person, refused=hostile.why if counts else "")


def any_cases(subject: HandlerUnderTest) -> st.SearchStrategy[DrawnRequest]:
    """Draw any of these, valid ones more often."""
    return st.one_of(
        valid_cases(subject), planted_cases(subject), refused_cases(subject), valid_cases(subject)
    )


def _said(draw: st.DrawFn, subject: HandlerUnderTest, schema: Schema) -> tuple[Said, str]:
    """Draw fields that fit, and the event source that carries them."""
    fields = draw(schema.mostly_valid())
    plain = isinstance(fields, Mapping)
    via = draw(evenly(subject.vias if plain else _carriers_of_anything(subject.vias)))
    flat = plain and all(not isinstance(value, dict | list) for value in fields.values())
    in_body = via in HTTP and (not flat or draw(st.booleans()))
    if not in_body and via in HTTP:
        fields = {name: value for name, value in fields.items() if value is not None}
    number = draw(st.integers(0, 10**9))
    said = Said(
        fields=fields,
        in_body=in_body,
        encoded=in_body and draw(st.booleans()),
        request_id=f"c6af9ac6-7b61-41e6-9a41-{number:012}",
    )
    return said, via


def _plant(draw: st.DrawFn, said: Said, place: str, canary: CanaryToken, schema: Schema) -> Said:
    """Put a canary into a place; what has no such place comes back unchanged."""
    text = canary.text
    headers = {"header": text, "cookie": f"session={text}", "user agent": text}
    if place in headers:
        name = {"header": "x-note"}.get(place, place.replace(" ", "-"))
        return said._replace(headers={**said.headers, name: headers[place]})
    if not isinstance(said.fields, Mapping):
        return said
    fields = dict(said.fields)
    beside: dict[str, dict[str, Any]] = {
        "claim": {"claims": {"email": text}},
        "actor": {"who": text},
        "path parameter": {"path": {"stray": text}},
        "unknown field": {"fields": {**fields, "stray": text}},
        "unknown name": {"fields": {**fields, text: "1"}},
        "nested field": {"fields": {**fields, "stray": {"deep": [text]}}, "in_body": True},
    }
    if place in beside:
        return said._replace(**beside[place])
    free = [name for name, part in schema.properties.items() if is_free_text(schema.resolved(part))]
    names = free if place == "field" else sorted(schema.properties)
    if not names:
        return said
    return said._replace(fields={**fields, draw(evenly(names)): text})


def _case(
    subject: HandlerUnderTest,
    said: Said,
    via: str,
    person: MadeUpPerson,
    *,
    valid: bool = False,
    refused: str = "",
) -> DrawnRequest:
    values = tuple(dict.fromkeys(v for v in leaves(said.fields, _known(subject)) if is_telling(v)))
    believed = trusted(via, subject.policy, subject.actor)
    return DrawnRequest(
        event=carry(via, said),
        via=via,
        person=person,
        valid=valid and believed,
        refused=refused,
        values=values,
        declared=_among(values, said, subject, (subject.actor, subject.subject)),
        private=_among(values, said, subject, subject.private),
    )


def _among(
    values: tuple[str, ...], said: Said, subject: HandlerUnderTest, paths: Sequence[str]
) -> tuple[str, ...]:
    """Return those of the values that a request says at one of these paths."""
    return tuple(value for value in values if value in {*_said_at(subject, said.fields, paths)})


def _said_at(subject: HandlerUnderTest, fields: Any, paths: Sequence[str]) -> Iterator[str]:
    for path in filter(None, paths):
        held = fields
        for name in path.split("."):
            held = held.get(_sent_as(subject, name)) if isinstance(held, Mapping) else None
        if held is not None:
            yield str(held)


def _sent_as(subject: HandlerUnderTest, name: str) -> str:
    """Return the name under which a field is sent, where that is its own in other letters."""
    sent = subject.schema.properties if subject.schema else {}
    plain = name.replace("_", "").lower()
    return name if name in sent else next((one for one in sent if one.lower() == plain), name)


def _known(subject: HandlerUnderTest) -> str:
    return "" if subject.schema is None else subject.schema.text


def _accepts(subject: HandlerUnderTest, event: Any) -> bool:
    """Ask the model, read by the kernel's own decoder."""
    assert subject.request is not None  # noqa: S101 - for mypy; the caller has looked
    return not subject.request.refusal(event, subject.policy.limits, each=subject.each)


def _carriers_of_anything(vias: tuple[str, ...]) -> tuple[str, ...]:
    """Return the event sources that can hand over a list; a state machine hands over an object."""
    return tuple(via for via in vias if via not in {"step_functions", "eventbridge"}) or vias


def _needs_a_name(subject: HandlerUnderTest) -> bool:
    return not trusted("direct", subject.policy, subject.actor)
