"""Hand a record to the ledger; what it did not keep stops the answer.

`Declaration` is the opening record on its way. While the policy lets reading
overlap with writing, the write runs in one background thread, and `settle`
waits for it before anything that was read reaches the handler.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeAlias

from affidavit._policy.words import Declare
from affidavit._records.chain import Chain
from affidavit._records.ledger import Entry
from affidavit._records.record import Draft, Phase
from affidavit.errors import AttestationError, LedgerError

_FIX: Final = {
    Phase.INTENT: "The handler has not answered; restore the ledger, then retry",
    Phase.OUTCOME: "The handler HAS run; check its effects before any retry",
    Phase.DISCLOSURE: "The handler may have run; check its effects before any retry",
}


Kept: TypeAlias = tuple[Entry, int]
"""A record that the ledger acknowledged, and how many nanoseconds that took."""


class Declaration:
    """The opening record of one invocation: kept, on its way, or failed.

    `spent_ns` is how long its write took, once it is settled.
    """

    __slots__ = ("_error", "_future", "spent_ns")

    def __init__(self, *, spent_ns: int = 0, future: Future[Kept] | None = None) -> None:
        self._future = future
        self._error: LedgerError | None = None
        self.spent_ns = spent_ns

    def settle(self) -> None:
        """Return once the opening record is kept.

        Raises:
            AttestationError: It was not. Every later call says so again.

        """
        future, self._future = self._future, None
        if future is not None:
            try:
                _, self.spent_ns = future.result()
            except LedgerError as error:
                self._error = error
        if self._error is not None:
            raise _withheld(Phase.INTENT, self._error)


class Attestor:
    """Keeps records for one process: in the foreground, or side by side with a read."""

    def __init__(self, chain: Chain, *, remote: bool, tick_ns: Callable[[], int]) -> None:
        self.chain = chain
        self._remote = remote
        self._tick_ns = tick_ns
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def attest(self, draft: Draft, *, timeout_s: float) -> Kept:
        """Keep `draft`, or there is no answer.

        Raises:
            AttestationError: The ledger did not keep it in time.

        """
        try:
            return self._keep(draft, timeout_s)
        except LedgerError as error:
            failure = error
        raise _withheld(draft.phase, failure)

    def declare(self, draft: Draft, mode: Declare, *, timeout_s: float) -> Declaration:
        """Start keeping `draft` as `mode` says.

        Overlapping pays only while the store waits for a network; a local store
        has kept the record before a thread would have started.

        Raises:
            AttestationError: The record was waited for and was not kept.

        """
        if mode is Declare.NONE:
            return Declaration()
        if mode is Declare.BEFORE or not self._remote:
            _, spent_ns = self.attest(draft, timeout_s=timeout_s)
            return Declaration(spent_ns=spent_ns)
        return Declaration(future=self._background().submit(self._keep, draft, timeout_s))

    def _keep(self, draft: Draft, timeout_s: float) -> Kept:
        started = self._tick_ns()
        entry = self.chain.append(draft, timeout_s=timeout_s)
        return entry, self._tick_ns() - started

    def _background(self) -> ThreadPoolExecutor:
        with self._lock:
            # A forked child inherits the pool but not its thread.
            if self._pool is None or self._pid != os.getpid():
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="affidavit-declare")
                self._pid = os.getpid()
            return self._pool


def _withheld(phase: Phase, failure: LedgerError) -> AttestationError:
    return AttestationError(
        f"the {phase.name.lower()} record was not kept",
        why=f"{failure.what} ({failure.why})",
        fix=_FIX[phase],
    )
