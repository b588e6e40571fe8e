"""One event of each source that has no builder of its own, as the service shapes it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from affidavit.errors import SetupError


def platform_event(name: str, **members: Any) -> Any:
    """Return an event of a source by its name in records, such as `cognito` or `kafka`.

    `members` replace those of the event. Each call returns a fresh one.

    Raises:
        SetupError: There is no event of that name.

    >>> sorted(platform_event("cognito"))[:2]
    ['callerContext', 'region']
    """
    text = resources.files(__package__).joinpath("platform_events.json").read_text("utf-8")
    known: dict[str, Any] = json.loads(text)
    if name not in known:
        raise SetupError(
            "there is no event of that name",
            why=f"known: {', '.join(sorted(known))}",
            fix="Name one of them; the other sources have builders of their own",
        )
    event = known[name]
    return {**event, **members} if members else event
