"""Call AWS no longer than a deadline allows, and once more if that may help."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from affidavit_dynamodb.clients import is_transient

Answer = TypeVar("Answer")


class TimedCalls:
    """Calls that are waited for until a moment of the monotonic clock, and no longer.

    botocore's timeouts belong to the client and not to a call. A call that is
    left behind may still arrive: who calls makes sure that this does no harm.
    The pause before the second try is random, up to `pause_s`, so that callers part.
    """

    def __init__(self, name: str, *, threads: int, pause_s: float) -> None:
        self._name = name
        self._threads = threads
        self._pause_s = pause_s
        self._pool: ThreadPoolExecutor | None = None

    def once(self, deadline: float, call: Callable[[], Answer]) -> Answer:
        """Call.

        Raises:
            TimeoutError: There was no answer by then.

        """
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        future = self._pool.submit(call)
        try:
            return future.result(left)
        finally:
            future.cancel()

    def patiently(self, deadline: float, call: Callable[[], Answer]) -> Answer:
        """Call, and once more if that may help; the last failure is the caller's."""
        try:
            return self.once(deadline, call)
        except (BotoCoreError, ClientError) as error:
            if not is_transient(error):
                raise
        pause = random.uniform(0, self._pause_s)  # noqa: S311 - a pause, not a secret
        time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        return self.once(deadline, call)
