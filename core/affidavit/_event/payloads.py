"""What a record carries, as JSON text: out of envelopes, base64 and typed attributes.

Everything here is bounded before it is parsed. A text over the limit is refused,
envelopes are opened three deep, and an envelope never says who acts: whoever may
write to a queue may write an envelope, too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import unquote_plus

from affidavit._event.validate import InvalidDataError, parse_json, write_json
from affidavit._types import Event, Json
from affidavit._untrusted import mapping, text
from affidavit.errors import InvalidRequestError, TooLargeError

MAX_ENVELOPES: Final = 3
"""How many envelopes are opened: EventBridge in SNS in SQS is the longest usual way."""

MAX_NESTING: Final = 32
"""How deep an item nests (DynamoDB developer guide, "Constraints": 32 levels)."""

_TYPES: Final[Mapping[Any, type]] = {"S": str, "B": str, "BOOL": bool}
"""Attribute types whose value is written as it is."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,38}", re.ASCII)


def sqs_payload(record: Event, limit: int) -> bytes:
    """Return a message's body, out of the envelopes of SNS and EventBridge."""
    return opened(text_sent(record.get("body"), limit), limit)


def sns_payload(record: Event, limit: int) -> bytes:
    """Return a notification's message, out of the envelope of EventBridge."""
    return opened(text_sent(mapping(record.get("Sns")).get("Message"), limit), limit)


def eventbridge_payload(event: Event, _: int) -> bytes:
    """Return an event's `detail`."""
    return written(event.get("detail"))


def kinesis_payload(record: Event, limit: int) -> bytes:
    """Return a record's data, out of the envelopes that `sqs_payload` opens."""
    return opened(decoded(mapping(record.get("kinesis", record)).get("data"), limit), limit)


def stream_payload(record: Event, _: int) -> bytes:
    """Return what changed in a table: `event`, `keys`, `new` and `old`, as plain JSON.

    A whole number is a number; one with a fraction is text, so that no digit is
    lost on the way. Binary values stay base64 text; sets become lists.
    """
    said = mapping(record.get("dynamodb"))
    images = {"keys": "Keys", "new": "NewImage", "old": "OldImage"}
    told: dict[str, Json] = {"event": text(record.get("eventName"))}
    for name, image in images.items():
        held = said.get(image)
        told[name] = None if held is None else _item(held, 0)
    return written(told)


def s3_payload(record: Event, _: int) -> bytes:
    """Return which object it is: `event`, `bucket`, `key` (decoded), `size`, `etag`, `version`."""
    entity = mapping(record.get("s3"))
    stored = mapping(entity.get("object"))
    return written(
        {
            "event": text(record.get("eventName")),
            "bucket": text(mapping(entity.get("bucket")).get("name")),
            # Keys are encoded as in a form: a space is a plus.
            "key": unquote_plus(text(stored.get("key"))),
            "size": stored.get("size"),
            "etag": stored.get("eTag"),
            "version": stored.get("versionId"),
        }
    )


def decoded(data: object, limit: int) -> bytes:
    """Return what base64 text holds, at most about `limit` bytes."""
    if not isinstance(data, str):
        raise unreadable("it has no data")
    if len(data) > limit * 4 // 3 + 4:
        raise too_large(limit)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise unreadable("its data is not base64")


def text_sent(said: object, limit: int) -> bytes:
    """Return a text's bytes, at most `limit` of them."""
    if not isinstance(said, str):
        raise unreadable("it has no text")
    sent = said.encode("utf-8", "replace")
    if len(sent) > limit:
        raise too_large(limit)
    return sent


def opened(sent: bytes, limit: int) -> bytes:
    """Take what was sent out of its envelopes, as many as are allowed."""
    for _ in range(MAX_ENVELOPES):
        inner = _inside(sent)
        if inner is None:
            break
        sent = inner
    if len(sent) > limit:
        raise too_large(limit)
    return sent


def _inside(sent: bytes) -> bytes | None:
    """Return what an envelope holds; None if `sent` is none."""
    # Most messages are not in an envelope, and need not be parsed to know it.
    if b'"TopicArn"' not in sent and b'"detail-type"' not in sent:
        return None
    try:
        said = parse_json(sent)
    except InvalidDataError:
        return None
    if not isinstance(said, dict):
        return None
    if said.get("Type") == "Notification" and isinstance(said.get("TopicArn"), str):
        message = said.get("Message")
        return message.encode("utf-8", "replace") if isinstance(message, str) else None
    if isinstance(said.get("detail-type"), str) and {"source", "detail"} <= said.keys():
        return written(said["detail"])
    return None


def _item(attributes: Any, depth: int) -> Json:
    if not isinstance(attributes, Mapping):
        raise unreadable("an image is not an item")
    return {str(name): _plain(value, depth + 1) for name, value in attributes.items()}


def _plain(value: Any, depth: int) -> Json:
    """Return one typed attribute value (`{"N": "1"}`) as plain JSON."""
    if depth > MAX_NESTING or not isinstance(value, Mapping) or len(value) != 1:
        raise unreadable("an attribute has no type, or nests too deeply")
    (kind, held), *_ = value.items()
    if kind == "M":
        return _item(held, depth)
    if isinstance(held, list) and kind in {"L", "SS", "BS", "NS"}:
        return [_plain(one if kind == "L" else {kind[0]: one}, depth + 1) for one in held]
    if kind == "N":
        return _number(held)
    if kind == "NULL":
        return None
    if isinstance(held, str | bool) and type(held) is _TYPES.get(kind):
        return held
    raise unreadable("an attribute has a type that is not known")


def _number(held: object) -> Json:
    if isinstance(held, str) and _INTEGER.fullmatch(held):
        return int(held)
    try:
        if isinstance(held, str) and Decimal(held).is_finite():
            return held
    except InvalidOperation:
        pass
    raise unreadable("a number is none")


def written(value: Any) -> bytes:
    """Return a value as JSON."""
    try:
        return write_json(value)
    except InvalidDataError:
        pass
    raise unreadable("it is not JSON, or is nested too deeply")


def unreadable(why: str) -> InvalidRequestError:
    """Return the refusal of a record that has not the form that its source gives it."""
    return InvalidRequestError(
        "the record cannot be read", why=why, fix="Send it as the event source does"
    )


def too_large(limit: int) -> TooLargeError:
    """Return the refusal of a record that carries more than `limit` bytes."""
    return TooLargeError(
        "the record is too large",
        why=f"it carries more than {limit} bytes",
        fix="Send less at a time",
    )
