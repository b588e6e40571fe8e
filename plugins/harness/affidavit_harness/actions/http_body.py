"""What a request carries, and what an answer holds: bodies as testers write and check them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, model_validator
from urllib3 import encode_multipart_formdata
from urllib3.fields import RequestField

from affidavit.plugin import ActionError

Scalar = str | int | float | bool | None
Values = dict[str, Scalar | list[Scalar]]
"""Names and values of a query or a form; a list repeats its name, null leaves it out."""

_FORM: Final = "application/x-www-form-urlencoded"


class BodyPart(BaseModel):
    """One part of a multipart body: a field, or a file. `value` is text, `base64` is bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    value: str | int | float | bool | None = None
    base64: str | None = None
    filename: str | None = None
    type: Annotated[str | None, Field(description="Its Content-Type.")] = None

    @model_validator(mode="after")
    def _one_of(self) -> BodyPart:
        if (self.value is None) == (self.base64 is None):
            raise ValueError("a part has a value or base64")
        return self


class GraphQl(BaseModel):
    """A GraphQL operation, sent as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str
    variables: dict[str, Any] = Field(default_factory=dict)
    operation: Annotated[str | None, Field(description="operationName")] = None


class Body(NamedTuple):
    """What is sent, and its type; no type for none."""

    data: bytes | None
    type: str = ""


def urlencoded(values: Mapping[str, Any]) -> str:
    """Return `a=1&a=2`; true is `true`, a blank is `%20`, null is left out."""
    pairs = [
        (name, one)
        for name, value in values.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]
    return "&".join(f"{quote(name, safe='')}={quote(plain(one), safe='')}" for name, one in pairs)


def plain(value: Any) -> str:
    """Return a value as a URL or a form spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def body_of(
    body: Any, form: Values | None, parts: Sequence[BodyPart], graphql: GraphQl | None
) -> Body:
    """Return the bytes of whichever form was written."""
    if form is not None:
        return Body(urlencoded(form).encode(), _FORM)
    if parts:
        data, kind = encode_multipart_formdata([_field(one) for one in parts])
        return Body(data, kind)
    if graphql is not None:
        asked = {"query": graphql.query, "variables": graphql.variables}
        if graphql.operation is not None:
            asked["operationName"] = graphql.operation
        return Body(json.dumps(asked, ensure_ascii=False).encode(), "application/json")
    if body is None:
        return Body(None)
    if isinstance(body, str):
        return Body(body.encode(), "text/plain; charset=utf-8")
    return Body(json.dumps(body, ensure_ascii=False).encode(), "application/json")


def _field(part: BodyPart) -> RequestField:
    data = plain(part.value).encode() if part.base64 is None else _bytes(part)
    field = RequestField(name=part.name, data=data, filename=part.filename)
    field.make_multipart(content_type=part.type)
    return field


def _bytes(part: BodyPart) -> bytes:
    try:
        return base64.b64decode(part.base64 or "", validate=True)
    except binascii.Error:
        raise ActionError(
            "Harness.Params",
            f"the part {part.name} cannot be sent",
            why="what it says is base64 is none",
            fix="Encode its bytes in base64",
        ) from None


def told_of(data: bytes, content_type: str) -> dict[str, Any]:
    """Return an answer's body: JSON, text in its charset, or base64 of what is neither."""
    told: dict[str, Any] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    text = _text(data, content_type)
    if text is None:
        return {**told, "body": None, "base64": base64.b64encode(data).decode()}
    if "json" in content_type.lower():
        try:
            return {**told, "body": json.loads(text)}
        except ValueError:
            return {**told, "body": text}
    return {**told, "body": text}


def _text(data: bytes, content_type: str) -> str | None:
    _, _, after = content_type.partition("charset=")
    charset = after.partition(";")[0].strip().strip("\"'") or "utf-8"
    try:
        return data.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None
