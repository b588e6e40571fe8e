"""Find who acts, and say how that is known.

What AWS has checked comes first: an authorizer's claims, then an IAM
identity, then the calling service. A field of the request is only somebody's
word, so it comes last, and only a policy that trusts `asserted` accepts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from affidavit._event.request import Request, Via
from affidavit._policy.words import Trust
from affidavit._untrusted import OBJECT

_SUBJECT_CLAIMS = ("sub", "principalId", "client_id")
"""Claims that name a principal, in order of preference (RFC 7519, section 4.1.2)."""


class Claim(NamedTuple):
    """One name and how it is known. The name is raw: it goes into a token only."""

    trust: Trust
    name: str


def find_actor(request: Request, asserted: str | None) -> tuple[Claim, str | None]:
    """Return the best claim, and the name on whose behalf it acts, if another.

    `asserted` is what the request itself says. Next to an authenticated
    principal it becomes the second name: a service asks for a person.
    """
    delivery = request.delivery
    if delivery is not None and not asserted:
        # AWS's own word on who put the record there.
        asserted = delivery.cause
    known = _authenticated(request)
    if known is None:
        if asserted:
            return Claim(Trust.ASSERTED, asserted), None
        return Claim(Trust.ANONYMOUS, ""), None
    behalf = asserted if asserted and asserted != known.name else None
    return known, behalf


def _authenticated(request: Request) -> Claim | None:
    if request.delivery is not None:
        return _claim(Trust.SERVICE, request.delivery.service)
    if request.via is Via.STATES:
        machine = request.context.get("StateMachine")
        name = machine.get("Id") if isinstance(machine, OBJECT) else None
        return _claim(Trust.SERVICE, name)
    if request.via is Via.DIRECT or request.via is Via.ALB:
        # A load balancer's identity headers are signed, but nobody here checks
        # the signature; until somebody does they are not evidence.
        return None
    authorizer = request.context.get("authorizer")
    if isinstance(authorizer, OBJECT):
        found = _authorizer(authorizer)
        if found is not None:
            return found
    identity = request.context.get("identity")
    if isinstance(identity, OBJECT):
        return _claim(Trust.IAM, identity.get("userArn"))
    return None


def _authorizer(authorizer: Mapping[str, Any]) -> Claim | None:
    """Read the shapes of both API types: JWT, Cognito, Lambda authorizer, IAM."""
    iam = authorizer.get("iam")
    if isinstance(iam, OBJECT):
        return _claim(Trust.IAM, iam.get("userArn"))
    jwt = authorizer.get("jwt")
    places = (
        jwt.get("claims") if isinstance(jwt, OBJECT) else None,
        authorizer.get("claims"),
        authorizer.get("lambda"),
        authorizer,
    )
    for place in places:
        if isinstance(place, OBJECT):
            for name in _SUBJECT_CLAIMS:
                found = _claim(Trust.AUTHORIZER, place.get(name))
                if found is not None:
                    return found
    return None


def _claim(trust: Trust, name: object) -> Claim | None:
    return Claim(trust, name) if isinstance(name, str) and name else None
