"""Say which promise is broken, by what, and how to see it again."""

from __future__ import annotations

import json
from typing import Any, Final

SHORT: Final = 700
"""Characters of an event that a message shows."""


_SAME: Final = frozenset(
    {
        "multiValueHeaders",
        "multiValueQueryStringParameters",
        "path",
        "rawPath",
        "rawQueryString",
        "resource",
        "routeKey",
        "version",
    }
)
"""What an HTTP event repeats, or what the suite does not vary."""


class BrokenPromiseError(AssertionError):
    """A promise does not hold. The text names it and shows the smallest example found.

    The values in it were drawn by the suite and belong to nobody.
    """

    def __init__(self, promise: str, what: str, *, event: Any = None, seen: str = "") -> None:
        self.promise = promise
        self.what = what
        lines = [f"broken promise: {promise}: {what}"]
        if event is not None:
            lines.append(f"  event: {short(event)}")
        if seen:
            lines.append(f"  seen:  {seen}")
        super().__init__("\n".join(lines))

    @classmethod
    def again(cls, first: BrokenPromiseError, text: str) -> BrokenPromiseError:
        """Return the same error with another text, and without the frames that led to it."""
        made = cls.__new__(cls, text)
        made.promise, made.what, made.args = first.promise, first.what, (text,)
        return made


def short(event: Any) -> str:
    """Return an event as JSON, without what is the same in each event, cut to a readable length."""
    try:
        text = json.dumps(_told(event), ensure_ascii=True)
    except (TypeError, ValueError, RecursionError):
        text = repr(event)
    return text if len(text) <= SHORT else f"{text[:SHORT]}… ({len(text)} characters)"


def _told(event: Any) -> Any:
    if not isinstance(event, dict) or not isinstance(event.get("requestContext"), dict):
        return event
    context = {name: event["requestContext"].get(name) for name in ("authorizer", "elb")}
    told = {name: value for name, value in event.items() if name not in _SAME}
    return _dense({**told, "requestContext": _dense(context)})


def _dense(value: dict[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in value.items() if held not in (None, {}, [], "", False)}
