"""The proof type: JSON that has been through the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from affidavit._types import Json


@final
@dataclass(frozen=True, slots=True)
class Clean:
    """JSON that has been through the redactor; holding one is the proof.

    `found` counts what was acted on, by entity, in alphabetical order.

    >>> Redactor(load_policy("baseline").redaction).clean({"password": "x"}, Sink.LOG).value
    {'password': '[dropped]'}
    """

    value: Json
    found: tuple[tuple[str, int], ...] = ()
