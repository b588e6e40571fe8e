"""Read an event, or what it is to carry, from the command line or from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from affidavit_service.errors import ServiceError


def read_event(given: str) -> bytes:
    """Return the event that was given, or that stands in the file that was named with `@`.

    Raises:
        ServiceError: It cannot be read, or is not JSON.

    """
    text = _text(given)
    try:
        json.loads(text)
    except ValueError as error:
        place = f"line {error.lineno}, column {error.colno}"  # type: ignore[attr-defined]
        why = f"it is not JSON, from {place} on"
    except RecursionError:
        why = "it is nested too deeply"
    else:
        return text.encode()
    raise ServiceError(
        "the event cannot be used", why=why, fix="Give JSON, or @ and a file with JSON"
    )


def read_payload(given: str) -> Any:
    """Return JSON that was given or that stands in a file; what is no JSON is text.

    Raises:
        ServiceError: The file cannot be read.

    """
    text = _text(given)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8")
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    raise ServiceError("the event cannot be used", why=why, fix="Name a file with JSON after the @")
