"""Make AWS clients once, tuned for a function that waits for them.

One attempt each, because whoever calls has a deadline and a plan of its own;
short timeouts, because botocore's default of a minute outlives most functions;
keep-alive, because a frozen environment comes back to its old connections.
"""

from __future__ import annotations

import functools
from typing import Any, Final, TypeAlias

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONNECT_TIMEOUT_S: Final = 1.0
READ_TIMEOUT_S: Final = 2.0

TRANSIENT: Final = frozenset(
    {
        "InternalServerError",
        "InternalError",
        "KMSInternalException",
        "DependencyTimeoutException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "503",
        "500",
    }
)
"""Error codes after which the same request may succeed."""

Failure: TypeAlias = BotoCoreError | ClientError


@functools.cache
def client(service: str, region: str) -> Any:
    """Return the client of one service; every caller shares it. No region is the environment's."""
    return boto3.client(
        service,
        region_name=region or None,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": 1, "mode": "standard"},
            tcp_keepalive=True,
            max_pool_connections=10,
        ),
    )


def patient(service: str, region: str) -> Any:
    """Return a client that retries, for sealers and auditors, who have time."""
    return boto3.client(
        service,
        region_name=region or None,
        config=Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": 6, "mode": "standard"},
            tcp_keepalive=True,
        ),
    )


def code_of(failure: Failure) -> str:
    """Return an error's code: AWS's own, or the name of the transport's exception."""
    if isinstance(failure, ClientError):
        return str(failure.response.get("Error", {}).get("Code", "Unknown"))
    return type(failure).__name__


def is_transient(failure: Failure) -> bool:
    """Tell whether trying again may help."""
    return not isinstance(failure, ClientError) or code_of(failure) in TRANSIENT


def fix_for(code: str) -> str:
    """Say what to do about an error code."""
    if code in {"AccessDeniedException", "AccessDenied", "UnrecognizedClientException"}:
        return "Give the function's role the rights that docs/dynamodb.md lists"
    if code in {"ResourceNotFoundException", "NotFoundException", "NoSuchBucket"}:
        return "Create it, or correct the URL and the region"
    return "Retry; look at the service's health and limits if it goes on"
