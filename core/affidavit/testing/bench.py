"""A whole runtime in memory, with everything that leaves it kept for inspection."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from affidavit._clock import Clock
from affidavit._invocation.batch import invoke_each
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.steps import invoke
from affidavit._policy.load import load_policy
from affidavit._policy.model import Policy
from affidavit._records.ledger import Ledger
from affidavit._records.memory import MemoryStore, memory_ledger
from affidavit._records.record import Record
from affidavit._runtime.runtime import Runtime, assemble, set_default_runtime
from affidavit._sources.source import AnySource
from affidavit._telemetry.notices import Notifier
from affidavit._telemetry.tracing import Tracer
from affidavit.testing.lambda_context import FakeContext


@dataclass(slots=True, kw_only=True)
class Bench:
    """A runtime under test and what has left it so far.

    >>> bench = make_runtime()
    >>> run(audited(action="PING")(lambda event, context: "pong"), {}, bench)
    'pong'
    >>> bench.records[-1].status, bench.metrics[0]["Answered"]
    ('ok', 1)
    """

    runtime: Runtime
    store: MemoryStore | None
    lines: list[str] = field(default_factory=list)

    @property
    def records(self) -> list[Record]:
        """Every record kept so far except genesis records, chain by chain."""
        reader = self.runtime.ledger.reader
        found = [
            Record.parse(entry.body)
            for writer in reader.writers()
            for entry in reader.entries(writer)
        ]
        return [record for record in found if record.phase != "G"]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Every EMF line so far, parsed."""
        return [line for line in map(json.loads, self.lines) if "_aws" in line]

    @property
    def logs(self) -> list[dict[str, Any]]:
        """Every log line so far, parsed."""
        return [line for line in map(json.loads, self.lines) if "_aws" not in line]


def make_runtime(
    *,
    policy: Policy | str = "baseline",
    store: MemoryStore | None = None,
    ledger: Ledger | None = None,
    sources: Sequence[AnySource] = (),
    observers: tuple[tuple[str, Callable[..., object]], ...] = (),
    notifier: Notifier | None = None,
    tracer: Tracer | None = None,
    clock: Clock | None = None,
    tenant: str = "",
    **changes: Any,
) -> Bench:
    """Return a runtime in memory. `changes` replace settings of the policy.

    >>> make_runtime(policy="hipaa", declare=Declare.BEFORE).runtime.policy.declare
    <Declare.BEFORE: 'before'>
    """
    kept = None if ledger is not None else (store or MemoryStore())
    held = load_policy(policy) if isinstance(policy, str) else policy
    lines: list[str] = []
    by_name: Mapping[str, AnySource] = {source.name: source for source in sources}
    runtime = assemble(
        policy=held._replace(**changes) if changes else held,
        ledger=ledger if ledger is not None else memory_ledger(kept),
        clock=clock or Clock(),
        emit=lines.append,
        sources=by_name,
        observers=observers,
        notifier=notifier,
        tracer=tracer,
        tenant=tenant,
        log_level="debug",
    )
    return Bench(runtime=runtime, store=kept, lines=lines)


def run(
    handler: Callable[..., Any], event: Any, bench: Bench, context: FakeContext | None = None
) -> Any:
    """Invoke an audited handler as Lambda would, under `bench`.

    >>> run(audited(action="PING")(lambda event, context: "pong"), {}, make_runtime())
    'pong'
    """
    spec = spec_of(handler)
    act = invoke_each if spec.each else invoke
    return act(spec, event, context or FakeContext(), bench.runtime)


@contextlib.contextmanager
def use_runtime(bench: Bench) -> Iterator[None]:
    """Let audited handlers of this process find the runtime of `bench`.

    For handlers that are called from outside, as Lambda calls them:

    >>> handler = audited(action="PING")(lambda event, context: "pong")
    >>> with use_runtime(make_runtime()):
    ...     handler({}, FakeContext())
    'pong'
    """
    before = set_default_runtime(bench.runtime)
    try:
        yield
    finally:
        set_default_runtime(before)
