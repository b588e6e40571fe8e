"""Run a handler once per record of a batch: seven steps each, one answer for all.

One record's failure is its own: the others run, and only what failed comes
again. What must not run now is given back: later records of a FIFO group after
one of them failed, everything behind a failure in a stream, and what there is
no time left for. Nothing is left out silently; see docs/batches.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from affidavit._event.event_source import EventSource, ItemAnswer, Report
from affidavit._event.request import record_request
from affidavit._invocation.emit import BatchTotals, emit_batch
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.start import NANOSECONDS, BatchItem, open_metrics, remaining_s
from affidavit._invocation.steps import invoke
from affidavit._invocation.window import WindowState, keeping_json, window_of
from affidavit._offrecord.observation import on_own_account
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.tracing import begin_span
from affidavit._types import Json, LambdaContext
from affidavit._untrusted import mapping
from affidavit.errors import AffidavitError, AttestationError, DeferredError, HandlerError

LEAST_S: Final = 0.5
"""No record starts with less time than this; nor with less than the slowest one took."""

MAX_WITHHELD: Final = 3
"""After so many records in a row that the ledger did not keep, it gets no more of them."""


@on_own_account
def invoke_each(
    spec: HandlerSpec, event: Any, context: LambdaContext | None, runtime: Runtime
) -> Any:
    """Run the seven steps for each record of `event`; answer as its carrier wants.

    SQS gets the ids of the records that failed or were given back, a stream the
    first of them, and a transformation an answer for each. The others take no such
    answer. An event that is no batch is run as one record; an empty batch runs
    nothing, and the last call of a window runs `spec.final`.

    Raises:
        RefusedError: The only record was refused, and its carrier takes no list.
        HandlerError: Likewise it failed; or one of several did.
        AttestationError: Likewise its evidence was not kept.

    """
    source = runtime.event_sources.find(event)
    if source is None and mapping(event).get("Records") == []:
        return {"batchItemFailures": []}
    if source is None or not (source.batch or window_of(event)):
        return invoke(spec, event, context, runtime)
    return _Batch(spec, source, event, context, runtime).run()


class _Batch:
    """One batch in progress."""

    def __init__(
        self,
        spec: HandlerSpec,
        source: EventSource,
        event: Any,
        context: LambdaContext | None,
        runtime: Runtime,
    ) -> None:
        self.spec = spec
        self.source = source
        self.event = event
        self.context = context
        self.runtime = runtime
        self.window = window_of(event)
        self.records = source.records(event) if source.batch else ()
        self.metrics = open_metrics(runtime)
        self.returned: list[str | dict[str, Json]] = []
        """What the carrier calls the records that come again, in order."""
        self.errors: list[AffidavitError] = []
        self.answers: list[ItemAnswer] = []
        self.stopped = ""
        self._waiting: set[str] = set()
        self._withheld = 0
        self._slowest_s = 0.0

    def run(self) -> Json:
        """Run every record that may run, tell operators, and answer."""
        span = begin_span(self.runtime.tracer, self.spec.action)
        tick_ns, at_ms = self.runtime.clock.tick_ns, self.runtime.clock.now_ms()
        started_ns = tick_ns()
        done = 0
        for record in self._in_time():
            began_ns = tick_ns()
            self._run_one(record)
            self._slowest_s = max(self._slowest_s, (tick_ns() - began_ns) / NANOSECONDS)
            done += 1
        failed = sum(not isinstance(error, DeferredError) for error in self.errors)
        for one in self.records[done:]:
            item = self.source.read(mapping(one), self.event).item
            self.returned.append(item)
            self.answers.append(ItemAnswer(item, failed=True))
        tally = BatchTotals(
            function=str(getattr(self.context, "function_name", "") or "local"),
            request_id=str(getattr(self.context, "aws_request_id", "")),
            via=self.source.via,
            at_ms=at_ms,
            records=len(self.records),
            failed=failed,
            returned=len(self.returned) - failed,
            stopped=self.stopped,
            duration_ms=(tick_ns() - started_ns) // 1_000_000,
        )
        emit_batch(self.spec, tally, self.metrics, span, self.runtime)
        if self.window is not None and self.window.ends and not self.returned:
            self._end(self.window)
        return self._answer()

    def _end(self, window: WindowState) -> None:
        """Hand the state of a window that is over to whoever shall have it, on record."""
        final = self.spec.final
        if final is None:
            return
        spec = self.spec._replace(
            handler=lambda _, context: final(window.state, context),
            request=None,
            actor="",
            subject="",
        )
        ended = {**mapping(self.event), "Records": []}
        invoke(spec, ended, self.context, self.runtime)

    def _in_time(self) -> Iterator[Any]:
        """Yield records while another one may start; say what stopped them otherwise."""
        for record in self.records:
            if self.errors and self.source.report is Report.FIRST:
                self.stopped = "order"
            elif self._withheld >= MAX_WITHHELD:
                self.stopped = "ledger"
            elif remaining_s(self.context) < max(LEAST_S, self._slowest_s):
                self.stopped = "time"
            if self.stopped:
                return
            yield record

    def _run_one(self, record: Any) -> None:
        request = record_request(self.source, record, self.event)
        delivery = request.delivery
        assert delivery is not None  # noqa: S101 - for mypy; a record has one
        group = delivery.group
        held = _held_back() if group and group in self._waiting else None
        try:
            seen = None if self.window is None else self.window.open()
            item = BatchItem(request, self.metrics, held, seen)
            spec = self.spec if seen is None else keeping_json(self.spec, seen)
            value = invoke(spec, record, self.context, self.runtime, item)
        except AffidavitError as error:
            self._withheld = self._withheld + 1 if isinstance(error, AttestationError) else 0
            # Its frames hold the record; the batch would keep them all until its end.
            self.errors.append(error.with_traceback(None))
            self.returned.append(delivery.item)
            self.answers.append(ItemAnswer(delivery.item, failed=True))
            self._waiting.add(group)
        else:
            self.answers.append(ItemAnswer(delivery.item, value))
            self._withheld = 0
            if self.window is not None and seen is not None:
                self.window.keep(seen)

    def _answer(self) -> Json:
        """Tell the source which records have to come again, or what came of each."""
        report, again = self._report(), self.returned
        if report is Report.ANSWER and self.source.reply is not None:
            answer = self.source.reply(self.event, self.answers)
            if answer is not None:
                return answer
        elif report is not Report.RAISE and all(again):
            named = again if report is Report.EACH else again[:1]
            told: dict[str, Json] = {"batchItemFailures": [{"itemIdentifier": it} for it in named]}
            return told if self.window is None else {"state": self.window.state, **told}
        if not again:
            return None
        if len(self.records) == len(self.errors) == 1:
            raise self.errors[0]
        raise HandlerError(
            "records of the batch have to come again",
            why=f"{len(again)} of {len(self.records)} failed or could not start, "
            "and their source cannot be told which",
            fix="See the function's log under the request id",
        )

    def _report(self) -> Report:
        """Return how failures are told here; a handler may know how its mapping is set."""
        report, takes_list = self.source.report, self.spec.partial_response
        if report is Report.ASKED:
            return Report.EACH if takes_list else Report.RAISE
        listed = report in {Report.EACH, Report.FIRST}
        return Report.RAISE if listed and takes_list is False else report


def _held_back() -> DeferredError:
    return DeferredError(
        "the record has to wait",
        why="one before it in its group failed",
        fix="Both come again, in order; mend or remove the one that failed",
    )
