"""Names as AWS makes them."""

from __future__ import annotations

import secrets
import uuid

from affidavit.plugin import now_ms


def new_id() -> str:
    """Return a random UUID, as request ids are."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def new_root() -> str:
    """Return the root of a trace: `1-<seconds in hex>-<24 hex digits>`."""
    return f"1-{now_ms() // 1000:08x}-{secrets.token_hex(12)}"


def new_segment() -> str:
    """Return the id of a segment: 16 hex digits."""
    return secrets.token_hex(8)
