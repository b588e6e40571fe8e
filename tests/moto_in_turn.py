"""Run a moto server whose DynamoDB takes one request at a time.

AWS checks a condition and writes in one step; moto's threads do so in two, and on a busy
machine both of two writers may win.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from moto import server

TURN = threading.Lock()


class InTurn(server.DomainDispatcherApplication):
    """moto's application, with a lock around what DynamoDB is asked."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            with TURN:
                return super().__call__(environ, start_response)
        return super().__call__(environ, start_response)


if __name__ == "__main__":
    server.DomainDispatcherApplication = InTurn  # type: ignore[misc]
    server.main()
