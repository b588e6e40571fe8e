"""A process to run a handler in, with every sink watched from outside.

The handler is called as Lambda calls it: an event and a context in, an answer
or an exception out. An audited one finds a runtime whose ledger is in memory;
what the suite judges is what came out of it, not how it got there.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import itertools
import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from affidavit.plugin import Clock, Entry, Record, now_ms
from affidavit.testing import (
    AnySource,
    Bench,
    FakeContext,
    MemorySource,
    MemoryStore,
    make_runtime,
    use_runtime,
)
from affidavit_testing import premises
from affidavit_testing.broken import short
from affidavit_testing.clause_results import TIMED_OUT
from affidavit_testing.persons import MadeUpPerson
from affidavit_testing.remembered import statements_of
from affidavit_testing.side_effects import SideEffect, caller_of
from affidavit_testing.sinks import Sinks, captured
from affidavit_testing.stopping import (
    DeliveryTimeoutError,
    RunStopped,
    check_stopped,
    limited,
)
from affidavit_testing.under_test import HandlerUnderTest
from affidavit_testing.watched_source import WatchedRead, WatchedSource

_ids = itertools.count(1)


@dataclass(slots=True, kw_only=True)
class Observed:
    """One delivery of one event, seen from outside.

    `lines` are what the library itself wrote (redacted logs and metrics);
    `sinks` what left by any other way. `records` are what the ledger holds of
    this delivery at the moment when the answer was there.
    """

    event: Any
    answer: Any = None
    error: BaseException | None = None
    lines: list[str] = field(default_factory=list)
    sinks: Sinks = field(default_factory=Sinks)
    entries: list[Entry] = field(default_factory=list)
    asked: list[WatchedRead] = field(default_factory=list)
    ran: bool = False
    kept_statements: list[str] = field(default_factory=list)
    """What a connection that is kept between invocations has prepared so far, as it was written."""

    @property
    def records(self) -> list[Record]:
        """The records of this delivery, without first records of chains."""
        found = [Record.parse(entry.body) for entry in self.entries]
        return [record for record in found if record.phase != "G"]

    @property
    def closing(self) -> list[Record]:
        """The records that say how it ended."""
        return [record for record in self.records if record.phase in {"O", "D", "W"}]

    @property
    def effects(self) -> list[SideEffect]:
        """What the handler reached for by itself."""
        return self.sinks.effects

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer, if it has one."""
        code = self.answer.get("statusCode") if isinstance(self.answer, Mapping) else None
        if isinstance(code, str) and code.isascii() and code.isdigit():
            return int(code)
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    @property
    def succeeded(self) -> bool:
        """True if the caller got what it asked for: no error, no status from 400 on.

        A batch has what it asked for if nothing of it has to come again.
        """
        if isinstance(self.answer, Mapping) and self.answer.get("batchItemFailures"):
            return False
        return self.error is None and (self.status is None or self.status < 400)  # noqa: PLR2004

    @property
    def answer_text(self) -> str:
        """The answer as Lambda would send it."""
        try:
            return json.dumps(self.answer, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return repr(self.answer)

    @property
    def error_text(self) -> str:
        """Everything that the exception would tell, its causes included."""
        if self.error is None:
            return ""
        told = traceback.TracebackException.from_exception(self.error, lookup_lines=False)
        lines = [line for line in told.format() if not line.startswith("  File")]
        return "".join(lines) + repr(self.error) + repr(vars(self.error))

    def outside(self) -> Iterator[tuple[str, str]]:
        """Yield the sinks that nobody redacts: name and text."""
        yield from self.sinks.texts()
        yield "the exception", self.error_text
        yield "a record", "\n".join(entry.body.decode() for entry in self.entries)


class InProcessRunner:
    """One process with its ledger; `cold_start` is the next process with the same ledger."""

    def __init__(self, subject: HandlerUnderTest, store: MemoryStore | None = None) -> None:
        self.subject = subject
        self.store = store or MemoryStore()
        self._before = 0
        self.skew_ms = 0
        """How far the clock of this process is off, in milliseconds."""
        self.sources = {
            source.name: WatchedSource(source, self._is_declared, source.name)
            for source in subject.sources
        }
        self.bench = self._process()

    def cold_start(self) -> None:
        """Begin another process: a new writer, a new chain."""
        self.bench = self._process(self.bench)

    def dress(self, person: MadeUpPerson | None, how: str) -> None:
        """Say what rows look like from now on; see `WatchedSource`."""
        for source in self.sources.values():
            source.person, source.dress = person, how

    def fail_sources(self, fault: BaseException | None) -> None:
        """Make every source raise `fault`; None mends them."""
        for source in self.sources.values():
            source.fault = fault

    def deliver(self, event: Any, context: FakeContext | None = None) -> Observed:
        """Call the handler once and look at what leaves."""
        context = context or FakeContext(aws_request_id=f"00000000-0000-4000-8000-{next(_ids):012}")
        seen = Observed(event=event)
        self._before, lines = len(self.store.items), len(self.bench.lines)
        asked = {name: len(source.asked) for name, source in self.sources.items()}
        given = copy.deepcopy(event)
        with (
            captured(self.subject.allow) as seen.sinks,
            use_runtime(self.bench),
            _watching(self.subject.code) as ran,
            limited(self.subject.limit_s) as late,
        ):
            try:
                seen.answer = self.subject.handler(given, context)
            except BaseException as error:  # noqa: BLE001 - whatever it is, Lambda would print it
                seen.error = error
        check_stopped()
        for frame in late[:1]:
            raise RunStopped(_timed_out(event, self.subject.limit_s, frame))
        if inspect.iscoroutine(seen.answer):
            seen.answer.close()  # Lambda would not have awaited it either
        seen.ran = bool(ran)
        # Now: an answer that was given before its record is an answer without one.
        seen.entries = self._new()
        seen.lines = self.bench.lines[lines:]
        for name, source in self.sources.items():
            seen.asked += source.asked[asked.get(name, 0) :]
        for connection in self.subject.connections:
            seen.kept_statements += {*statements_of(connection)} - self.subject.prepared
        self.subject.premises.update(_occurred(seen, self.subject))
        return seen

    def _process(self, before: Bench | None = None) -> Bench:
        ledger = before.runtime.ledger if before is not None else None
        known: dict[str, AnySource] = _ByName(self)
        known.update(self.sources)
        bench = make_runtime(
            policy=self.subject.policy,
            store=self.store,
            ledger=ledger,
            clock=Clock(now_ms=lambda: now_ms() + self.skew_ms),
        )
        bench.runtime = bench.runtime._replace(sources=known)
        return bench

    def _new(self) -> list[Entry]:
        """Return the entries of this delivery, in the order in which they were kept."""
        return list(self.store.items.values())[self._before :]

    def _is_declared(self) -> bool:
        return any(b'"ph":"I"' in entry.body for entry in self._new())


def _timed_out(event: Any, seconds: float, frame: FrameType | None) -> DeliveryTimeoutError:
    where = f"\n  in:    {caller_of(frame)}" if frame is not None else ""
    return DeliveryTimeoutError(
        f"{TIMED_OUT}: one delivery took longer than {seconds:g} s "
        f"(limit_s)\n  event: {short(event)}{where}"
    )


def _occurred(seen: Observed, subject: HandlerUnderTest) -> dict[str, int]:
    """Return what of the promises' premises occurred in one delivery."""
    if subject.code is None:
        seen.ran = seen.succeeded  # nothing but its answer says that it ran
    return {
        premises.REACHED: int(seen.ran),
        premises.RECORDS: len(seen.records),
        premises.STATEMENTS: len(seen.asked) + sum(one.kind == "db" for one in seen.effects),
        premises.ANSWERS: int(seen.ran and seen.succeeded),
    }


class _ByName(dict[str, AnySource]):
    """Sources by name; one that nobody described finds nothing."""

    def __init__(self, stage: InProcessRunner) -> None:
        super().__init__()
        self._stage = stage

    def __missing__(self, name: str) -> AnySource:
        found = WatchedSource(MemorySource(name), self._stage._is_declared, name)  # noqa: SLF001 - its own
        self._stage.sources[name] = self[name] = found
        return found


@contextlib.contextmanager
def _watching(code: object) -> Iterator[list[bool]]:
    """Notice whether a function runs, without touching it."""
    ran: list[bool] = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is code:
            ran.append(True)
            sys.setprofile(before)

    if code is None:
        yield ran
        return
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield ran
    finally:
        sys.setprofile(before)
