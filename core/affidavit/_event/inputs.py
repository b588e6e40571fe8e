"""Gather what a request says, wherever it says it, into one set of fields.

An HTTP request speaks in its path, its query string and its body. The same
name in two of these places is refused: which one wins is a question that two
components answer differently, and attackers know it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from affidavit._event.request import Request
from affidavit._event.validate import FieldError, InvalidDataError, Shape, parse_json, write_json
from affidavit._policy.model import RequestLimits
from affidavit.errors import InvalidRequestError, TooLargeError

NOT_AN_OBJECT = FieldError("", "dict_type")


class Inputs(NamedTuple):
    """What a request says.

    `spoken` are the fields of path and query, all text. `text` is the JSON
    body, or the whole of a direct call; None if there is neither. `reserved` are
    names that a body may not use, because they are read from elsewhere.
    """

    spoken: dict[str, Any]
    text: bytes | None
    reserved: frozenset[str] = frozenset()

    def fields(self) -> Mapping[str, Any]:
        """Return every field under its name.

        Raises:
            InvalidDataError: The body is not a JSON object, or a name occurs twice.

        """
        if self.text is None:
            return self.spoken
        body = parse_json(self.text)
        if not isinstance(body, dict):
            raise InvalidDataError((NOT_AN_OBJECT,))
        _refuse_twice(self.spoken, body)
        _refuse_twice(dict.fromkeys(self.reserved), body)
        return {**self.spoken, **body}

    def read_as(self, shape: Shape) -> Any:
        """Validate against a model and return its instance.

        Text alone is read leniently (`"42"` is an integer there, in strict
        models too); as soon as there is JSON, JSON's own types count.

        Raises:
            InvalidDataError: It does not fit.

        """
        if self.text is None:
            return shape.from_strings(self.spoken)
        if not self.spoken and not self.reserved:
            return shape.from_json(self.text)
        return shape.from_json(write_json(self.fields()))


def read_inputs(request: Request, limits: RequestLimits, shape: Shape | None = None) -> Inputs:
    """Collect the inputs of `request`, within `limits`, as far as a model asks for them.

    A field whose alias is `header:<name>` or `cookie:<name>` is read from there.

    Raises:
        TooLargeError: Body or direct payload is over `limits.request_bytes`, or
            nested deeper than `limits.depth`.
        InvalidRequestError: The body is marked as base64 and is not, or a
            direct payload is not JSON.
        InvalidDataError: A name occurs both in the path and in the query.

    """
    reserved = frozenset[str]()
    if request.http:
        text = request.body(limits.request_bytes)
        reserved = reserved if shape is None else _carried(shape)
        spoken = _spoken(request, shape, reserved)
    else:
        carried = request.carried(limits.request_bytes)
        text, spoken = _direct(request) if carried is None else carried, {}
    if text is not None:
        _check_size(text, limits)
    return Inputs(spoken, text, reserved)


def _spoken(request: Request, shape: Shape | None, carried: frozenset[str]) -> dict[str, Any]:
    path, query = request.path_parameters(), request.query()
    if not path and not query and not carried:
        return {}
    if shape is None or not shape.sent_names:
        _refuse_twice(path, query)
        return {**path, **query}
    if path and query:
        # Only what the model asks for can be ambiguous; `{proxy+}` names a parameter, too.
        asked = shape.sent_names
        _refuse_twice(
            *({name: one[name] for name in one if name in asked} for one in (path, query))
        )
    spoken = {**query, **path}
    for name in shape.sent_lists:
        if isinstance(spoken.get(name), str):
            spoken[name] = [spoken[name]]
    for name in carried:
        place, _, inner = name.partition(":")
        found = _CARRIED[place](request, inner.lower() if place == "header" else inner)
        spoken.pop(name, None)
        if found:
            spoken[name] = found
    return spoken


_CARRIED: Final[Mapping[str, Callable[[Request, str], str]]] = {
    "header": Request.header,
    "cookie": Request.cookie,
}
"""Where an alias may point to besides path, query and body."""


@lru_cache(maxsize=64)
def _carried(shape: Shape) -> frozenset[str]:
    """Return the names that a model reads from headers and cookies."""
    return frozenset(
        name for name in shape.sent_names if ":" in name and name.partition(":")[0] in _CARRIED
    )


def check_limits(request: Request, limits: RequestLimits) -> None:
    """Hold a request against `limits` without reading what it says.

    A payload that is no JSON has come from another wrapper, which has read it.

    Raises:
        TooLargeError: As `read_inputs`.

    """
    if request.http:
        sent = request.event.get("body")
        if isinstance(sent, str) and sent:
            if request.event.get("isBase64Encoded"):
                sent = sent[: limits.request_bytes * 4 // 3 + 5]
                sent = "x" * (len(sent.rstrip("=")) * 3 // 4)
            _check_size(sent.encode("utf-8", "replace"), limits)
        return
    if not request.item:
        try:
            text = write_json(request.payload())
        except InvalidDataError:
            return
        _check_size(text, limits)


def _direct(request: Request) -> bytes:
    try:
        return write_json(request.payload())
    except InvalidDataError:
        pass
    raise InvalidRequestError(
        "the payload cannot be read",
        why="it is not JSON, or is nested too deeply",
        fix="Send plain JSON values",
    )


def _check_size(text: bytes, limits: RequestLimits) -> None:
    if len(text) > limits.request_bytes:
        raise TooLargeError(
            "the request is too large",
            why=f"it has more than {limits.request_bytes} bytes",
            fix="Send less at a time",
        )
    # No nesting without brackets: most requests have fewer than the limit, and
    # counting bytes costs next to nothing.
    if text.count(b"{") + text.count(b"[") > limits.depth and _deeper(text, limits.depth):
        raise TooLargeError(
            "the request is nested too deeply",
            why=f"it has more than {limits.depth} levels",
            fix="Flatten it",
        )


_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
"""A text in quotes, which may never end, or one bracket. Each byte is looked at once."""


def _deeper(text: bytes, limit: int) -> bool:
    """Tell whether brackets outside of texts nest deeper than `limit`.

    The text need not be JSON: whatever reads it next may be more lenient than we are.
    """
    depth = 0
    for found in _BRACKETS.finditer(text):
        mark = found.group()
        if mark in {b"[", b"{"}:
            depth += 1
            if depth > limit:
                return True
        elif mark in {b"]", b"}"}:
            depth -= 1
    return False


def _refuse_twice(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    if one and other and not one.keys().isdisjoint(other):
        raise InvalidDataError((FieldError("*", "duplicate_field"),))
