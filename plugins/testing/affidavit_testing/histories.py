"""Any history: invocations, faults, restarts, redeliveries, kills and tampering, in any order."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from affidavit.plugin import now_ms
from affidavit.testing import FakeContext
from affidavit_ledger.verify import verify_ledger
from affidavit_testing import judges
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.case import DrawnRequest
from affidavit_testing.cases import any_cases
from affidavit_testing.in_process import InProcessRunner
from affidavit_testing.outages import (
    KILLED,
    ClockSkew,
    LedgerFault,
    clock_skews,
    ledger_faults,
    mend,
    source_faults,
)
from affidavit_testing.persons import person
from affidavit_testing.premises import HISTORIES
from affidavit_testing.profiles import settings_of
from affidavit_testing.under_test import HandlerUnderTest

PROMISE = "any_history_leaves_clean_evidence"


def any_history_leaves_clean_evidence(subject: HandlerUnderTest, profile: str) -> None:
    """Run histories of a handler's process and verify what they leave."""
    run_machine(machine_of(subject), settings=settings_of(profile, histories=True))


def machine_of(subject: HandlerUnderTest) -> type[RuleBasedStateMachine]:
    """Return a state machine for one handler, to run by itself or to extend."""
    return type("History", (History,), {"subject": subject})


class History(RuleBasedStateMachine):
    """One deployment over time: processes come and go, the ledger stays."""

    subject: HandlerUnderTest

    def __init__(self) -> None:
        super().__init__()
        self.stage = InProcessRunner(self.subject)
        self.last: tuple[DrawnRequest, FakeContext] | None = None
        self.delivered = 0

    @rule(data=st.data())
    def invoke(self, data: st.DataObject) -> None:
        """Deliver an event, of any kind."""
        case = data.draw(any_cases(self.subject), label="case")
        self.delivered += 1
        context = FakeContext(aws_request_id=f"00000000-0000-4000-8000-{self.delivered:012}")
        self.last = (case, context)
        self._deliver(case, context)

    @precondition(lambda self: self.last is not None)
    @rule()
    def redeliver(self) -> None:
        """Deliver the last event again, as Lambda does after a failure."""
        if self.last is not None:
            self._deliver(*self.last)

    @rule()
    def cold_start(self) -> None:
        """Another process takes over."""
        self.stage.cold_start()

    @rule(fault=ledger_faults())
    def ledger_fails(self, fault: LedgerFault) -> None:
        """The ledger misbehaves from now on."""
        fault.plant(self.stage.store, person(1).ssn)

    @rule()
    def ledger_recovers(self) -> None:
        """The ledger works again."""
        mend(self.stage.store)

    @rule(fault=source_faults(person(2)) | st.none())
    def sources_change(self, fault: BaseException | None) -> None:
        """The sources fail, or work again."""
        self.stage.fail_sources(fault)

    @rule(skew=clock_skews())
    def clock_jumps(self, skew: ClockSkew) -> None:
        """The clock of the process is wrong."""
        self.stage.skew_ms = skew.ms

    @rule(data=st.data())
    def process_is_killed(self, data: st.DataObject) -> None:
        """It dies in the handler: nobody hears its answer, and another process takes over."""
        case = data.draw(any_cases(self.subject), label="case")
        KILLED.plant(self.stage.store)
        self.stage.deliver(case.event)
        mend(self.stage.store)
        self.stage.cold_start()

    @precondition(lambda self: bool(self.stage.store.items))
    @rule(record=st.integers(0, 2**16), byte=st.integers(0, 2**16))
    def tamper(self, record: int, byte: int) -> None:
        """Somebody changes one byte of one record; then it is put back."""
        items = self.stage.store.items
        # By number, and round: names and lengths of records differ from run to run.
        key = list(items)[record % len(items)]
        kept = items[key]
        at = byte % len(kept.body)
        body = bytes([*kept.body[:at], kept.body[at] ^ 1, *kept.body[at + 1 :]])
        items[key] = kept._replace(body=body)
        try:
            found = self._findings()
        finally:
            items[key] = kept
        if not found:
            raise BrokenPromiseError(PROMISE, "a record was changed and no verifier noticed")

    @invariant()
    def what_is_there_verifies(self) -> None:
        """Whatever happened: nothing in the ledger looks tampered with."""
        found = self._findings()
        if found:
            raise BrokenPromiseError(PROMISE, f"the ledger does not verify: {found[0]}")

    def _deliver(self, case: DrawnRequest, context: FakeContext) -> None:
        seen = self.stage.deliver(case.event, context)
        if self.subject.audited and seen.succeeded:
            try:
                judges.evidence_before_answer(seen, self.subject)
            except BrokenPromiseError as broken:
                what = broken.what
            else:
                return
            raise BrokenPromiseError(PROMISE, what, event=case.event)

    def teardown(self) -> None:
        """Count what was verified."""
        self.subject.premises[HISTORIES] += len(self.stage.store.items)

    def _findings(self) -> list[Any]:
        ledger = self.stage.bench.runtime.ledger
        return [
            finding.kind.value
            for finding in verify_ledger(ledger.reader, ledger.keys, now_ms=now_ms()).findings
            if finding.kind.value != "unclosed"
        ]
