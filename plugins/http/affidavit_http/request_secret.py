"""Fetch the headers that say who asks, once, and once more when the service refuses them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from affidavit import SourceForbiddenError, SourceUnavailableError
from affidavit_http.location import HttpLocation
from affidavit_http.timed_socket import left

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_VALUE: Final = re.compile(r"[!-~](?:[ -~]{0,8190}[!-~])?")
_FORBIDDEN: Final = frozenset(
    {"AccessDeniedException", "DecryptionFailure", "UnrecognizedClientException"}
)


class RequestSecret:
    """Headers such as `authorization`, kept for the life of the process and never shown."""

    def __init__(self, location: HttpLocation) -> None:
        self._location = location
        self._lock = threading.Lock()
        self._held: Mapping[str, str] | None = None

    def headers(self, deadline: float) -> Mapping[str, str]:
        """Return the headers; the first call fetches them.

        Raises:
            SourceForbiddenError: The secret may not be read.
            SourceUnavailableError: It cannot be read now, or has not the right form.

        """
        with self._lock:
            if self._held is None:
                self._held = self._fetch(deadline)
            return self._held

    def renew(self, refused: Mapping[str, str], deadline: float) -> bool:
        """Fetch again after the service refused `refused`; tell whether others came."""
        with self._lock:
            if self._held is refused:
                self._held = self._fetch(deadline)
            return self._held != refused

    def _fetch(self, deadline: float) -> Mapping[str, str]:
        place = self._location
        if place.secret_file:
            try:
                return _headers(Path(place.secret_file).read_text("utf-8"))
            except (OSError, ValueError) as error:
                why = f"reading secret_file= raised {type(error).__name__}"
            raise SourceUnavailableError(
                "the secret of a source cannot be read", why=why, fix="Correct secret_file="
            )
        return _headers(_from_aws(place, deadline)) if place.secret else {}


def _from_aws(location: HttpLocation, deadline: float) -> str:
    # For the first request only: boto3 takes a hundred milliseconds to import.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    wait = min(3.0, left(deadline))
    once = {"total_max_attempts": 1, "mode": "standard"}
    parts = location.secret.split(":")
    region = parts[3] if parts[0] == "arn" and len(parts) > 3 else None  # noqa: PLR2004 - its place
    try:
        client = boto3.client(
            "secretsmanager",
            region_name=location.region or region,
            config=Config(connect_timeout=wait, read_timeout=wait, retries=once),
        )
        answer = client.get_secret_value(SecretId=location.secret)
    except ClientError as error:
        failure = str(error.response.get("Error", {}).get("Code", "Unknown"))
    except (BotoCoreError, ValueError) as error:
        failure = type(error).__name__
    else:
        return str(answer.get("SecretString", ""))
    kind = SourceForbiddenError if failure in _FORBIDDEN else SourceUnavailableError
    raise kind(
        "the secret of a source cannot be had",
        why=f"Secrets Manager answered {failure}",
        fix="Correct secret= in the source's URL, and the rights of the function's role",
    )


def _headers(text: str) -> Mapping[str, str]:
    try:
        said: Any = json.loads(text)
    except ValueError:
        said = None
    pairs = said.items() if isinstance(said, dict) else [("", "")]
    if all(isinstance(v, str) and _NAME.fullmatch(k) and _VALUE.fullmatch(v) for k, v in pairs):
        return {name.lower(): value for name, value in pairs}
    raise SourceUnavailableError(
        "the secret of a source has not the right form",
        why="it is not JSON with names of headers and their texts",
        fix='Write it as {"authorization": "Bearer …"}',
    )
