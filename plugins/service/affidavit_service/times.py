"""Times and names as AWS writes them."""

from __future__ import annotations

import secrets
import time
import uuid


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso_ms(at_ms: int) -> str:
    """Return `2026-01-23T10:15:02.123Z`."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms // 1000))
    return f"{whole}.{at_ms % 1000:03d}Z"


def new_id() -> str:
    """Return a random UUID, as request ids are."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def new_root() -> str:
    """Return the root of a trace: `1-<seconds in hex>-<24 hex digits>`."""
    return f"1-{now_ms() // 1000:08x}-{secrets.token_hex(12)}"


def new_segment() -> str:
    """Return the id of a segment: 16 hex digits."""
    return secrets.token_hex(8)
