"""A foreign event source: a camera says what it shot."""

from collections.abc import Mapping, Sequence
from typing import Any

from affidavit.plugin import Delivery, EventSource, hookimpl


def _describe(record: Mapping[str, Any], event: Any) -> Delivery:
    return Delivery(event=str(record["shot"]), service="acme-cameras")


@hookimpl
def affidavit_event_sources() -> Sequence[EventSource]:
    return [EventSource("acme.camera", _describe, markers=("shot",))]
