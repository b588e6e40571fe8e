"""Read an event as the kernel does, for tests that have to know what a request comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affidavit._event.event_source import EventSource
from affidavit._event.inputs import read_inputs
from affidavit._event.lookup import BUILT_IN
from affidavit._event.request import Request, read_request, record_request
from affidavit._event.validate import InvalidDataError, Shape
from affidavit._policy.model import RequestLimits
from affidavit.errors import RefusedError


class RequestReader:
    """Holds events against a request model, decoded wherever their source carries what is said.

    There is one decoder, the kernel's: a second one would disagree with it sooner or
    later, and accuse a handler of the difference.

    >>> from pydantic import BaseModel
    >>> Asked = type("Asked", (BaseModel,), {"__annotations__": {"id": str}})
    >>> RequestReader(Asked) is not None
    True
    """

    def __init__(self, model: Any) -> None:
        """Take a model, or the one that an audited handler declares."""
        self._shape = model if isinstance(model, Shape) else Shape(model)
        self.adapter: Any = vars(self._shape)["_adapter"]

    def refusal(self, event: Any, limits: RequestLimits, *, each: bool = False) -> str:
        """Say why the kernel would not hand an event to a handler; empty if it would.

        `each` reads the records of a batch one by one, as `@audited(each=True)` does. Who
        asks is not looked at.
        """
        for request in _requests(event, each=each):
            try:
                read_inputs(request, limits, self._shape).read_as(self._shape)
            except RefusedError as error:
                return error.why
            except InvalidDataError as error:
                return ", ".join(f"{one.path or 'it'}: {one.kind}" for one in error.findings)
        return ""


def _requests(event: Any, *, each: bool) -> Iterator[Request]:
    source: EventSource | None = BUILT_IN.find(event) if each else None
    if source is None or not source.batch:
        yield read_request(event)
        return
    for record in source.records(event):
        yield record_request(source, record, event)
