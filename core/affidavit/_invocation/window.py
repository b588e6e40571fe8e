"""What a handler of records has of the tumbling window that its record is in."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, final

from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.lambda_json import lambda_json
from affidavit._types import Json
from affidavit._untrusted import mapping, text


@final
class Window:
    """One window of a stream, as one record sees it.

    `state` is the handler's to change; it is handed to the next record, and by
    Lambda to the next batch, if the handler did not fail. It has to be JSON, of at
    most 1 MB. `start` and `end` are what Lambda says, as text.
    """

    __slots__ = ("end", "start", "state")

    def __init__(self, start: str, end: str, state: Any) -> None:
        """Hold a copy of `state`: what a failed handler did to it is not kept."""
        self.start = start
        self.end = end
        self.state = deepcopy(state)


class WindowState:
    """A window in progress, from record to record of one batch."""

    def __init__(self, event: Any) -> None:
        said = mapping(event)
        self._bounds = mapping(said.get("window"))
        self.state: Json = said.get("state") or {}
        self.ends = said.get("isFinalInvokeForWindow") is True

    def open(self) -> Window:
        """Return what one record gets."""
        bounds = self._bounds
        return Window(text(bounds.get("start")), text(bounds.get("end")), self.state)

    def keep(self, window: Window) -> None:
        """Take over what a record's handler has left, because it did not fail."""
        self.state = window.state


def keeping_json(spec: HandlerSpec, window: Window) -> HandlerSpec:
    """Return `spec` with a handler that fails if it leaves a state that Lambda cannot write.

    Otherwise the whole answer could not be written, after every record was said to be done.
    """
    handler = spec.handler

    def run(argument: Any, context: Any) -> Any:
        value = handler(argument, context)
        lambda_json(window.state)
        return value

    return spec._replace(handler=run)


def window_of(event: Any) -> WindowState | None:
    """Return the window that a batch is in; None if its stream has none."""
    return WindowState(event) if "window" in mapping(event) else None
