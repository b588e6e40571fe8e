"""AppSync: a resolver called directly, alone or in batches, and event handlers of channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from affidavit._event.event_source import (
    Claim,
    Delivery,
    EventSource,
    ItemAnswer,
    Report,
    claim,
    first_claim,
)
from affidavit._event.payloads import written
from affidavit._policy.words import Trust
from affidavit._types import Event, Json
from affidavit._untrusted import is_object, mapping, text


def _resolver(event: Event, all_of_them: Any) -> Delivery:
    headers = mapping(mapping(event.get("request")).get("headers"))
    name = text(headers.get("x-amzn-requestid"))
    info = mapping(event.get("info"))
    kind = text(info.get("parentTypeName")) or text(event.get("typeName"))
    field = f"{kind}.{text(info.get('fieldName')) or text(event.get('fieldName'))}"
    addresses = mapping(event.get("identity")).get("sourceIp")
    first = addresses[0] if isinstance(addresses, list) and addresses else addresses
    return Delivery(
        # One request runs many resolvers, and each of them is an access of its own.
        event=f"{name}|{field}|{_place(event, all_of_them)}" if name else "",
        label=name,
        address=text(first),
        claim=_identity(event.get("identity")),
    )


def _place(event: Event, all_of_them: Any) -> int:
    if not isinstance(all_of_them, list):
        return 0
    return next((place for place, one in enumerate(all_of_them) if one is event), 0)


def _identity(said: object) -> Claim | None:
    """Read each of AppSync's kinds of authorization; an API key names nobody."""
    if not is_object(said):
        return None
    return (
        first_claim(said.get("resolverContext"), "identity.resolverContext")
        or first_claim(said.get("handlerContext"), "identity.handlerContext")
        or first_claim({"sub": said.get("sub")}, "identity")
        or claim(Trust.IAM, said.get("cognitoIdentityId"), "identity.cognitoIdentityId")
        or claim(Trust.IAM, said.get("userArn"), "identity.userArn")
        or first_claim({"username": said.get("username")}, "identity")
    )


def _is_resolver(event: Event) -> bool:
    info = mapping(event.get("info"))
    if "channelNamespace" in info:
        return True
    # A resolver of Amplify's has the name of its field beside the identity.
    return "identity" in event and (
        "fieldName" in info or ("fieldName" in event and "typeName" in event)
    )


def _arguments(event: Event, _: int) -> bytes:
    return written(event.get("arguments"))


def _reply(_: Any, answers: Sequence[ItemAnswer]) -> Json:
    """Return the results in order; if one failed, its place cannot be told to be one."""
    return None if any(one.failed for one in answers) else [one.value for one in answers]


def _context(event: Event) -> Mapping[str, Any]:
    identity = mapping(event.get("identity"))
    return {"identity": identity, "authorizer": mapping(identity.get("resolverContext"))}


RESOLVER = EventSource(
    "appsync",
    _resolver,
    markers=("info", "fieldName"),
    recognise=_is_resolver,
    open=_arguments,
    context=_context,
)
BATCH = RESOLVER._replace(records=list, batch=True, report=Report.ANSWER, reply=_reply)
"""A list of resolvers' contexts, which a data source with `maxBatchSize` gets."""
