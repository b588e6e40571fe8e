"""Members of an event by their path: `requestContext.authorizer.claims.sub`, `Records.0.body`."""

from __future__ import annotations

import json
import re
from typing import Any

from affidavit_service.errors import ServiceError

Path = tuple[str | int, ...]


def read_assignment(given: str) -> tuple[Path, Any]:
    r"""Return path and value of `path=value`. JSON is read, anything else is text.

    A dot in a name is written `\\.`, as in `CodePipeline\\.job.id=1`.

    Raises:
        ServiceError: There is no `=` in it, or no path before it.

    """
    path, is_one, value = given.partition("=")
    if not is_one or not path:
        raise ServiceError(
            "a member cannot be set",
            why="it is not of the form path=value",
            fix="Write --set requestContext.stage=live",
        )
    parts = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path)]
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        said = value
    return tuple(int(part) if part.isdecimal() else part for part in parts), said


def put(event: Any, path: Path, value: Any) -> Any:
    """Return the event with `value` at `path`; objects that are missing on the way are made.

    Raises:
        ServiceError: On the way stands something that has no members, or a list is too short.

    """
    if not path:
        return value
    first, *rest = path
    if isinstance(event, list) and isinstance(first, int) and first <= len(event):
        inner = event[first] if first < len(event) else None
        return [*event[:first], put(inner, tuple(rest), value), *event[first + 1 :]]
    if event is None or isinstance(event, dict):
        found = event or {}
        return {**found, str(first): put(found.get(str(first)), tuple(rest), value)}
    kind = "a list that is shorter, or has no names" if isinstance(event, list) else "a value"
    raise ServiceError(
        "a member cannot be set",
        why=f"before {first} stands {kind}",
        fix="Look at the event without --set, and correct the path",
    )
