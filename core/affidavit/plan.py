"""What the author of a handler declared about it, once, at import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from affidavit.validate import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One audited handler.

    `actor` and `subject` are dotted paths into the request: into the model's
    attributes if there is a model, into the JSON fields otherwise. `words` are
    the constants that every record repeats, under the record's own keys.
    """

    handler: Callable[[Any, Any], Any]
    action: str
    request: Shape | None = None
    response: Shape | None = None
    actor: str = ""
    subject: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
