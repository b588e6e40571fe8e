"""Ask the running dev server to start a function."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from affidavit_service.errors import ServiceError

PATH: Final = "/_affidavit/send"
WAIT_S: Final = 960.0
"""Longer than any function may take."""


def send(port: int, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came of it.

    Raises:
        ServiceError: No dev server answers there, or it cannot do what was asked.

    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    told: Any = None
    status = 0
    with closing(connection):
        try:
            connection.request("POST", PATH, json.dumps(asked))
            answer = connection.getresponse()
            status, told = answer.status, json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = f"asking it raised {type(error).__name__}"
    if not isinstance(told, dict):
        raise ServiceError(
            f"no dev server answers on port {port}",
            why=why if status == 0 else "something else listens there",
            fix="Start affidavit dev, or name its port with --port",
        )
    if status != 200:  # noqa: PLR2004 - HTTP
        raise ServiceError(
            "the event was not sent",
            why=str(told.get("message", "the dev server refused it"))[:200],
            fix="affidavit service check lists functions, affidavit event list the sources",
        )
    return told
