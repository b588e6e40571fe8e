"""The event that `affidavit local invoke` sends."""

from __future__ import annotations

import json
from pathlib import Path

from affidavit import SettingsError


def read_event(given: str) -> bytes:
    """Return the event that was given, or that stands in the file that was named.

    Raises:
        SettingsError: It cannot be read, or is not JSON.

    """
    why = ""
    try:
        text = Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
        json.loads(text)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    except ValueError as error:
        place = f"line {error.lineno}, column {error.colno}"  # type: ignore[attr-defined]
        why = f"it is not JSON, from {place} on"
    except RecursionError:
        why = "it is nested too deeply"
    else:
        return text.encode()
    raise SettingsError(
        "the event cannot be used", why=why, fix="Give --event JSON, or @ and a file with JSON"
    )
