"""Gather what a request says, wherever it says it, into one set of fields.

An HTTP request speaks in its path, its query string and its body. The same
name in two of these places is refused: which one wins is a question that two
components answer differently, and attackers know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from affidavit._event.request import Request
from affidavit._event.validate import FieldError, InvalidDataError, Shape, parse_json, write_json
from affidavit._policy.model import RequestLimits
from affidavit.errors import InvalidRequestError, TooLargeError

NOT_AN_OBJECT = FieldError("", "dict_type")


class Inputs(NamedTuple):
    """What a request says.

    `spoken` are the fields of path and query, all text. `text` is the JSON
    body, or the whole of a direct call; None if there is neither.
    """

    spoken: dict[str, Any]
    text: bytes | None

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
        if not self.spoken:
            return shape.from_json(self.text)
        return shape.from_json(write_json(self.fields()))


def read_inputs(request: Request, limits: RequestLimits) -> Inputs:
    """Collect the inputs of `request`, within `limits`.

    Raises:
        TooLargeError: Body or direct payload is over `limits.request_bytes`, or
            nested deeper than `limits.depth`.
        InvalidRequestError: The body is marked as base64 and is not, or a
            direct payload is not JSON.
        InvalidDataError: A name occurs both in the path and in the query.

    """
    if request.http:
        text = request.body(limits.request_bytes)
        path, query = request.path_parameters(), request.query()
        _refuse_twice(path, query)
        spoken = {**path, **query}
    else:
        carried = request.carried(limits.request_bytes)
        text, spoken = _direct(request) if carried is None else carried, {}
    if text is not None:
        _check_size(text, limits)
    return Inputs(spoken, text)


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
    if text.count(b"{") + text.count(b"[") > limits.depth and _depth(text) > limits.depth:
        raise TooLargeError(
            "the request is nested too deeply",
            why=f"it has more than {limits.depth} levels",
            fix="Flatten it",
        )


def _depth(text: bytes) -> int:
    """Return how deeply objects and lists nest, one layer at a time."""
    try:
        layer = [parse_json(text)]
    except InvalidDataError:
        return 0  # not JSON; the validation that follows says so
    depth = 0
    while layer := [value for value in layer if isinstance(value, dict | list)]:
        depth += 1
        layer = [
            child
            for value in layer
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    return depth


def _refuse_twice(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    if one and other and not one.keys().isdisjoint(other):
        raise InvalidDataError((FieldError("*", "duplicate_field"),))
