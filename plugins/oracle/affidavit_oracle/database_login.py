"""Fetch a user and a password once, and once more when the database refuses them."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import SourceError, SourceForbiddenError, SourceUnavailableError
from affidavit_oracle.deadline import Deadline
from affidavit_oracle.location import OracleLocation

CONNECT_S: Final = 1.0
READ_S: Final = 3.0
"""The most that Secrets Manager may take. It is asked at a cold start and after a rotation."""

_FORBIDDEN: Final = frozenset(
    {"AccessDeniedException", "DecryptionFailure", "UnrecognizedClientException"}
)
_FIX: Final = "Correct secret= in the source's URL, and the rights of the function's role"


class Credentials(NamedTuple):
    """Who we are to the database. Nothing here is ever shown."""

    user: str
    password: str
    wallet_password: str

    def __repr__(self) -> str:
        return "Credentials(...)"


class Secret:
    """The credentials of one source, kept for the life of the process."""

    def __init__(self, location: OracleLocation) -> None:
        self._location = location
        self._lock = threading.Lock()
        self._held: Credentials | None = None

    def read(self, deadline: Deadline) -> Credentials:
        """Return the credentials; the first call fetches them.

        Raises:
            SourceForbiddenError: The secret may not be read.
            SourceUnavailableError: It cannot be read now, or has not the right form.

        """
        with self._lock:
            if self._held is None:
                self._held = self._fetch(deadline)
            return self._held

    def renew(self, refused: Credentials, deadline: Deadline) -> bool:
        """Fetch again after the database refused `refused`; tell whether others came.

        The same password again would only help to lock the account. Raises as
        `read` does.
        """
        with self._lock:
            if self._held is not None and self._held != refused:
                return True  # another thread was faster
            self._held = self._fetch(deadline)
            return self._held != refused

    def _fetch(self, deadline: Deadline) -> Credentials:
        if self._location.secret_file:
            return _credentials(_from_file(Path(self._location.secret_file)))
        return _credentials(_from_aws(self._location, deadline))


def _from_file(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        why = f"reading it raised {type(error).__name__}"
    raise SourceUnavailableError(
        "the file of Oracle's credentials cannot be read", why=why, fix="Correct secret_file="
    )


def _from_aws(location: OracleLocation, deadline: Deadline) -> str:
    # For the first query only: boto3 takes a hundred milliseconds to import.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    left = deadline.left_s()
    # A client for one call, so that its timeouts fit into what is left.
    config = Config(
        connect_timeout=min(CONNECT_S, left),
        read_timeout=min(READ_S, left),
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    try:
        client = boto3.client("secretsmanager", region_name=_region(location), config=config)
        answer = client.get_secret_value(SecretId=location.secret)
    except ClientError as error:
        failure = str(error.response.get("Error", {}).get("Code", "Unknown"))
    except (BotoCoreError, ValueError) as error:
        failure = type(error).__name__
    else:
        return str(answer.get("SecretString", ""))
    kind: type[SourceError] = SourceUnavailableError
    if failure in _FORBIDDEN:
        kind = SourceForbiddenError
    raise kind(
        "Oracle's credentials cannot be had", why=f"Secrets Manager answered {failure}", fix=_FIX
    )


def _region(location: OracleLocation) -> str | None:
    if location.region:
        return location.region
    parts = location.secret.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 3 else None  # noqa: PLR2004 - its place


def _credentials(text: str) -> Credentials:
    try:
        said: Any = json.loads(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        user, password = said.get("username"), said.get("password")
        wallet = said.get("wallet_password", "")
        if all(isinstance(one, str) for one in (user, password, wallet)) and user and password:
            return Credentials(str(user), str(password), str(wallet))
    raise SourceUnavailableError(
        "Oracle's credentials have not the right form",
        why="the secret is not JSON with texts for username and password",
        fix="Write it as RDS does; wallet_password may stand beside them",
    )
