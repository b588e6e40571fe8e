"""Count how often what a promise rests on has occurred: what hardly ever did shows nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from affidavit_testing.under_test import HandlerUnderTest

REACHED: Final = "deliveries that reached the handler"
RECORDS: Final = "records seen"
STATEMENTS: Final = "statements run"
ANSWERS: Final = "answers given"
REFUSALS: Final = "refusals provoked"
FAILURES: Final = "failures that had values to quote"
OUTAGES: Final = "valid requests while the ledger failed"
IN_REQUESTS: Final = "requests with canaries that reached the handler"
IN_ROWS: Final = "reads with canaries in their rows"
TWICE: Final = "events that reached the handler twice"
BATCHES: Final = "batches with records to tell apart"
METRICS: Final = "metric lines"
HISTORIES: Final = "records verified"

FLOORS: Final[Mapping[str, tuple[str, ...]]] = {
    "always_on_record": (REACHED, RECORDS),
    "the_record_tells_the_truth": (REACHED, RECORDS),
    "no_answer_without_evidence": (OUTAGES, REACHED),
    "nothing_raw_gets_out": (IN_REQUESTS, IN_ROWS),
    "errors_quote_nothing": (FAILURES,),
    "a_refusal_reaches_nothing": (REFUSALS,),
    "binds_only": (STATEMENTS,),
    "each_read_is_named": (REACHED, STATEMENTS),
    "idempotent_under_redelivery": (TWICE,),
    "batch_failures_are_partial": (BATCHES, RECORDS),
    "retention_is_the_policys": (RECORDS,),
    "the_answer_fits_its_model": (ANSWERS,),
    "metrics_are_valid": (METRICS, REACHED),
    "nothing_is_remembered": (IN_REQUESTS,),
    "any_history_leaves_clean_evidence": (HISTORIES, REACHED),
}
"""What each promise rests on; `a_valid_request_is_answered` breaks where its own is not met."""

OF_SOURCES: Final = frozenset({IN_ROWS, STATEMENTS})
"""What only a handler that reads can show."""


class Premises(Counter[str]):
    """How often each premise has occurred while one promise was tried."""

    def lacking(
        self, promise: str, subject: HandlerUnderTest, least: int
    ) -> Iterator[tuple[str, int]]:
        """Yield the premises of a promise that occurred less than `least` times, and how often."""
        for name in FLOORS.get(promise, ()):
            if name in OF_SOURCES and reads_nothing(self, subject):
                continue
            if self[name] < least:
                yield name, self[name]

    def of(self, promise: str) -> dict[str, int]:
        """Return what a report says of a promise."""
        return {name: self[name] for name in FLOORS.get(promise, (ANSWERS,))}


def reads_nothing(premises: Premises, subject: HandlerUnderTest) -> bool:
    """Tell whether a handler has no source: nobody said what one finds, and it asked none."""
    return not subject.sources and not premises[STATEMENTS]
