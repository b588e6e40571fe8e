"""The form of every event that is accepted, as JSON Schema (2020-12), for people and programs.

What fits a schema is recognised as that source, and every record in it can be
named and opened; a test holds the reader to it. A schema says only what is
read: services may add to their events. Nothing here is loaded by a function.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from affidavit.errors import SetupError


def event_names() -> list[str]:
    """Return the names of all event sources, as records say them in `src.via`.

    >>> "sqs" in event_names()
    True
    """
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


def event_schema(name: str) -> dict[str, Any]:
    """Return the schema of one event source.

    Raises:
        SetupError: There is no source of that name.

    >>> event_schema("sqs")["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    if name not in event_names():
        raise SetupError(
            "there is no schema of that name",
            why=f"known: {', '.join(event_names())}",
            fix="Name one of them, or none for all",
        )
    text = resources.files(__name__).joinpath(f"{name}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
