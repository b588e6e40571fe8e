"""What the author of a handler declared about it, once, at import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from affidavit.validate import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One audited handler.

    `actor` and `subject` are dotted paths into the request: into the model's
    attributes if there is a model, into the JSON fields otherwise.
    """

    handler: Callable[[Any, Any], Any]
    action: str
    request: Shape | None = None
    response: Shape | None = None
    actor: str = ""
    subject: str = ""
    resource: str = ""
    data_class: str = ""
    purpose: str = ""
    recipient: str = ""
