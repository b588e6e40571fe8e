"""Find who acts, and say how that is known.

What AWS has checked comes first: an authorizer's claims, then an IAM
identity, then the calling service. A field of the request is only somebody's
word, so it comes last, and only a policy that trusts `asserted` accepts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from affidavit._event.event_source import IDENTITY, ActorReader, Claim, claim, first_claim
from affidavit._event.request import ALB, DIRECT, STATES, Request
from affidavit._policy.words import Trust
from affidavit._untrusted import is_object, mapping

NOBODY: Final = Claim(Trust.ANONYMOUS, "")


def find_actor(
    request: Request, asserted: str | None, readers: tuple[ActorReader, ...] = ()
) -> tuple[Claim, str | None]:
    """Return the best claim, and the name on whose behalf it acts, if another.

    `asserted` is what the request itself says. Next to an authenticated
    principal it becomes the second name: a service asks for a person.
    """
    delivery = request.delivery
    if delivery is not None and not asserted:
        # AWS's own word on who put the record there.
        asserted = delivery.cause
    known = _authenticated(request) or _read(request, readers)
    if known is None:
        return (Claim(Trust.ASSERTED, asserted) if asserted else NOBODY), None
    behalf = asserted if asserted and asserted != known.name else None
    return known, behalf


def attested_actor(request: Request, path: str) -> Claim:
    """Return whom the platform names at a path of the event's context; nobody if none.

    A path into `authorizer` is looked up where each kind of API puts what an
    authorizer has said, so one path serves all of them.
    """
    parts = path.split(".")
    for place in _places(parts):
        value: Any = request.context
        for part in place:
            value = mapping(value).get(part)
        trust = Trust.AUTHORIZER if parts[0] == "authorizer" else Trust.IAM
        name = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        found = claim(trust, name, ".".join(place))
        if found is not None:
            return found
    return NOBODY


def _places(parts: list[str]) -> list[list[str]]:
    if parts[0] != "authorizer":
        return [parts]
    inner = parts[1:]
    return [
        parts,
        ["authorizer", "lambda", *inner],
        ["authorizer", "jwt", "claims", *inner],
        ["authorizer", "claims", *inner],
    ]


def _read(request: Request, readers: tuple[ActorReader, ...]) -> Claim | None:
    """Ask the readers that plugins offer, in order; what is no claim is nobody."""
    for reader in readers:
        if request.via in reader.vias:
            try:
                found = reader.read(request.event)
            except Exception:  # noqa: BLE001, S112 - a reader is a plugin's code
                continue
            if isinstance(found, Claim) and found.name:
                return found
    return None


def _authenticated(request: Request) -> Claim | None:
    delivery = request.delivery
    if delivery is not None:
        return delivery.claim or claim(Trust.SERVICE, delivery.service, "")
    if request.via == STATES:
        machine = mapping(request.context.get("StateMachine"))
        return claim(Trust.SERVICE, machine.get("Id"), "")
    if request.via in {DIRECT, ALB}:
        # A load balancer's identity headers are signed, but nobody here checks
        # the signature; until somebody does they are not evidence.
        return None
    for look in (_authorizer, _identity, _certificate, _key):
        found = look(request.context)
        if found is not None:
            return found
    return None


def _authorizer(context: Mapping[str, Any]) -> Claim | None:
    """Read the shapes of all API types: JWT, Cognito, Lambda authorizer, IAM."""
    said = context.get("authorizer")
    if not is_object(said):
        return None
    iam = said.get("iam")
    if is_object(iam):
        person = mapping(iam.get("cognitoIdentity")).get("identityId")
        return claim(Trust.IAM, person, "authorizer.iam.cognitoIdentity.identityId") or claim(
            Trust.IAM, iam.get("userArn"), "authorizer.iam.userArn"
        )
    jwt = said.get("jwt")
    return (
        first_claim(jwt.get("claims") if is_object(jwt) else None, "authorizer.jwt.claims")
        or first_claim(said.get("claims"), "authorizer.claims")
        or first_claim(said.get("lambda"), "authorizer.lambda")
        or first_claim(said, "authorizer", IDENTITY)
    )


def _identity(context: Mapping[str, Any]) -> Claim | None:
    """Read an IAM identity. An identity pool's people share a role, and have an id each."""
    said = mapping(context.get("identity"))
    for name in ("cognitoIdentityId", "userArn", "principal"):
        found = claim(Trust.IAM, said.get(name), f"identity.{name}")
        if found is not None:
            return found
    return None


def _certificate(context: Mapping[str, Any]) -> Claim | None:
    """Read the subject of a client's certificate, which the gateway has checked."""
    for place in ("identity", "authentication"):
        certificate = mapping(context.get(place)).get("clientCert")
        if is_object(certificate):
            member = f"{place}.clientCert.subjectDN"
            found = claim(Trust.AUTHORIZER, certificate.get("subjectDN"), member)
            if found is not None:
                return found
    return None


def _key(context: Mapping[str, Any]) -> Claim | None:
    """Read the id of an API key: it names a program and no person, so it is a service."""
    return claim(
        Trust.SERVICE, mapping(context.get("identity")).get("apiKeyId"), "identity.apiKeyId"
    )
