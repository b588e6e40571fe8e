"""What people say in an event of a service: the rest of it are the service's own words.

A region, a version or the name of a trigger is nobody's; a body, an attribute or a slot is
somebody's. Canaries stand there, and its values are looked for.
"""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from affidavit_testing.case import is_telling, leaves

_IMAGES: Final = tuple(f"Records.dynamodb.{name}" for name in ("Keys", "NewImage", "OldImage"))
_SAID: Final = ("userAttributes", "clientMetadata", "validationData", "challengeAnswer", "password")

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "alexa": ("request.intent.slots", "directive.payload"),
    "apigw.authorizer": ("authorizationToken", "headers", "queryStringParameters"),
    "appsync": ("arguments",),
    "appsync.authorizer": ("authorizationToken", "requestHeaders", "requestContext.variables"),
    "bedrock-agent": ("inputText", "parameters", "requestBody"),
    "chime": ("CallDetails.Participants", "ChannelMessage.Content", "Message"),
    "cloudformation": ("ResourceProperties", "OldResourceProperties"),
    "cloudfront": ("Records.cf.request.querystring", "Records.cf.request.body.data"),
    "cognito": tuple(f"request.{name}" for name in _SAID),
    "connect": ("Details.Parameters", "Details.ContactData.Attributes"),
    "documentdb": ("events.event.fullDocument",),
    "dynamodb-stream": _IMAGES,
    "firehose": ("records.data",),
    "iot.authorizer": ("protocolData",),
    "kinesis": ("Records.kinesis.data",),
    "lambda-destination": ("requestPayload", "responsePayload"),
    "lex": ("inputTranscript", "sessionState.intent.slots", "currentIntent.slots"),
    "mq": ("messages.data",),
    "pinpoint": ("Endpoints",),
    "redshift": ("arguments",),
    "s3": ("Records.s3.object.key",),
    "ses": ("Records.ses.mail.source", "Records.ses.mail.commonHeaders"),
    "sns": ("Records.Sns.Message",),
    "sqs": ("Records.body",),
    "transfer.authorizer": ("password",),
    "transfer.workflow": ("fileLocation.key",),
    "workmail": ("envelope", "sender", "subject"),
}
"""By event source the members that people fill; a list stands for each of its items."""

_CONSTANT: Final = re.compile(r"[A-Z][A-Z_]*")
"""How services write a word of theirs beside what people say: `CONFIRMED`."""


class _Text(NamedTuple):
    """One text in an event: what it says, and how to put another one in its place."""

    text: str
    put: Callable[[str], None]


def values(event: Any, via: str) -> tuple[str, ...]:
    """Return what people say in an event of this source."""
    said = [one.text for one in _texts(event, via) if not _CONSTANT.fullmatch(one.text)]
    return tuple(dict.fromkeys(text for text in leaves(said) if is_telling(text)))


def replaced(event: Any, via: str, number: int, text: str) -> Any:
    """Return the event with `text` in place of one that people say; None if there is none."""
    changed = copy.deepcopy(event)
    found = list(_texts(changed, via))
    if not found:
        return None
    found[number % len(found)].put(text)
    return changed


def given_back(answer: Any, event: Any) -> Any:
    """Leave out of an answer what the event says at the same place: its sender has it."""
    if isinstance(answer, Mapping) and isinstance(event, Mapping):
        both = {name: given_back(value, event.get(name)) for name, value in answer.items()}
        return {name: value for name, value in both.items() if value not in (None, {}, [])}
    return None if answer == event else answer


def _texts(event: Any, via: str) -> Iterator[_Text]:
    for path in PLACES.get(via, ()):
        yield from _along(event, path.split("."))


def _along(value: Any, path: list[str]) -> Iterator[_Text]:
    if isinstance(value, list):
        for item in value:
            yield from _along(item, path)
    elif isinstance(value, dict) and path[0] in value:
        if path[1:]:
            yield from _along(value[path[0]], path[1:])
        else:
            yield from _below(value, path[0])


def _below(holder: Any, key: Any) -> Iterator[_Text]:
    value = holder[key]
    if isinstance(value, dict | list):
        for inner in list(value) if isinstance(value, dict) else range(len(value)):
            yield from _below(value, inner)
    elif isinstance(value, str):
        packed = _packed(holder, key, value)
        whole = _Text(value, lambda text: holder.__setitem__(key, text))
        yield from [whole] if packed is None else packed


def _packed(holder: Any, key: Any, text: str) -> list[_Text] | None:
    """Return the texts inside of a text that is JSON, or JSON in base64; None if it is neither."""
    for decode, encode in ((str, str), (_decoded, _encoded)):
        try:
            inner = {"": json.loads(decode(text))}
        except ValueError:
            continue
        if isinstance(inner[""], dict | list):
            return [_repacked(one, holder, key, inner, encode) for one in _below(inner, "")]
    return None


def _repacked(
    one: _Text, holder: Any, key: Any, inner: dict[str, Any], encode: Callable[[str], str]
) -> _Text:
    def put(text: str) -> None:
        one.put(text)
        holder[key] = encode(json.dumps(inner[""]))

    return _Text(one.text, put)


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
