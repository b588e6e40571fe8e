"""Stand-ins for Lambda's context object and for the clock."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from affidavit._clock import Clock


@dataclass(slots=True)
class FakeContext:
    """A Lambda context with plain attributes, which a test may set.

    >>> FakeContext(remaining_ms=100).get_remaining_time_in_millis()
    100
    """

    aws_request_id: str = "00000000-0000-4000-8000-000000000001"
    function_name: str = "function-under-test"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:under-test"
    memory_limit_in_mb: str = "512"
    log_group_name: str = "/aws/lambda/function-under-test"
    log_stream_name: str = "test"
    remaining_ms: int = 30_000
    identity: Any = None
    client_context: Any = None

    def get_remaining_time_in_millis(self) -> int:
        """Return `remaining_ms`."""
        return self.remaining_ms


@dataclass(slots=True)
class FakeClock:
    """Time that moves only when told, and ids that count.

    `start_ms` defaults to 2026-01-23T12:00:00Z.

    >>> fake = FakeClock()
    >>> fake.forward(1_500)
    >>> iso_utc(fake.clock().now_ms())
    '2026-01-23T12:00:01.500Z'
    """

    start_ms: int = 1_769_169_600_000
    step_ns: int = 1_000_000
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _ticks: itertools.count[int] = field(default_factory=itertools.count)

    def forward(self, ms: int) -> None:
        """Let `ms` milliseconds pass."""
        self.start_ms += ms

    def clock(self) -> Clock:
        """Return the clock that the kernel takes."""
        return Clock(
            now_ms=lambda: self.start_ms,
            tick_ns=lambda: next(self._ticks) * self.step_ns,
            new_id=lambda: f"id{next(self._ids):020d}",
        )
