"""Make AWS clients once: one attempt, short timeouts, because a caller is waiting."""

from __future__ import annotations

import functools
from typing import Any, Final

import boto3
from botocore.config import Config

CONNECT_TIMEOUT_S: Final = 0.5
READ_TIMEOUT_S: Final = 1.0


@functools.cache
def client(service: str, region: str) -> Any:
    """Return the client of one service; every notice shares it."""
    return boto3.client(
        service,
        region_name=region or None,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": 1, "mode": "standard"},
            tcp_keepalive=True,
        ),
    )
