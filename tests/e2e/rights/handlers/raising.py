"""A function that fails as functions do: with a value in its error."""

from __future__ import annotations

from typing import Any

from affidavit import audited


@audited
def handler(event: dict[str, Any], context: object) -> None:
    """Put together what must not get out, and raise it."""
    number = "078-05-1120"
    raise ValueError(f"no patient with social security number {number}")
