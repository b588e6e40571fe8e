"""One subsegment per invocation, one below it per read. The SDK is imported with this module."""

from __future__ import annotations

import threading
from typing import Any

from aws_xray_sdk.core import xray_recorder

from affidavit.plugin import Clean


class XraySpan:
    """A subsegment below the segment that Lambda makes.

    Holds names, codes and counts. Nothing of an exception goes in: the SDK would
    write its text and its stack.
    """

    def __init__(self, action: str) -> None:
        # The SDK keeps a context per thread, and so do we: a handler may read in several.
        self._local = threading.local()
        self._whole = _begun(action)

    @property
    def _parts(self) -> list[Any]:
        parts: list[Any] | None = getattr(self._local, "parts", None)
        if parts is None:
            parts = self._local.parts = []
        return parts

    def enter(self, name: str) -> None:
        """Begin a read; see `affidavit.Span`."""
        self._parts.append(_begun(name))

    def leave(self, *, failed: bool) -> None:
        """End the read that began last."""
        _end(self._parts.pop(), failed=failed)

    def finish(self, annotations: Clean, *, failed: bool) -> None:
        """Annotate and end the subsegment."""
        said = annotations.value if isinstance(annotations.value, dict) else {}
        for name, value in said.items():
            if isinstance(value, str | int | float) and value != "":
                self._whole.put_annotation(name, value)
        _end(self._whole, failed=failed)


def begin(action: str) -> XraySpan:
    """Begin a span below Lambda's own segment."""
    return XraySpan(action)


def _begun(name: str) -> Any:
    part = xray_recorder.begin_subsegment(name, namespace="local")
    if part is None:
        raise LookupError("there is no segment")
    return part


def _end(part: Any, *, failed: bool) -> None:
    if failed:
        part.add_fault_flag()
    # Only the innermost one can end; if somebody else left one open, this one stays
    # open too and the SDK drops it with its segment.
    if xray_recorder.current_subsegment() is part:
        xray_recorder.end_subsegment()
