"""What a handler is held to: every promise of the suite, and what asks for it.

A promise serves clauses by way of a policy's rules: a rule names promises of
affidavit, or settings that it governs, and the table below says which of them a
promise of the suite shows in a handler. Importing this module imports no test
library, so that reports can be written without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, unique
from typing import Final, NamedTuple

from affidavit.plugin import Policy, PolicyRule


@unique
class PromiseKind(Enum):
    """How much depends on a promise. The first three may never fail."""

    SECURITY = "security"
    INTEGRITY = "integrity"
    CRITICAL = "critical"
    QUALITY = "quality"


class Promise(NamedTuple):
    """One promise of the suite.

    `serves` are the promises of affidavit that it shows in a handler,
    `settings` the settings of a policy. `proof` is where its property is, as
    `module:function`; `whole` says that it runs Hypothesis itself.
    """

    name: str
    sentence: str
    kind: PromiseKind
    serves: tuple[str, ...]
    proof: str
    settings: tuple[str, ...] = ()
    whole: bool = False

    def rules(self, policy: Policy) -> Iterator[PolicyRule]:
        """Yield the rules of a policy that it helps to fulfil."""
        for rule in policy.rules:
            if set(rule.promises) & set(self.serves) or set(rule.governs) & set(self.settings):
                yield rule

    def clauses(self, policy: Policy) -> tuple[str, ...]:
        """Return the clauses that it serves under a policy, each once."""
        return tuple(dict.fromkeys(f"{rule.clause} ({rule.id})" for rule in self.rules(policy)))


_RECORD: Final = "every_invocation_is_on_record"
_EVIDENCE: Final = "no_answer_without_evidence"
_POISON: Final = "a_poison_record_fails_alone"
_REFUSAL: Final = "a_refusal_never_runs_the_handler"
_RAW: Final = "no_raw_value_gets_out"
_QUOTES: Final = "errors_quote_nothing"

PROMISES: Final = (
    Promise(
        "a_valid_request_is_answered",
        "A valid request is answered: the suite reaches the handler.",
        PromiseKind.QUALITY,
        (),
        "answers:a_valid_request_is_answered",
        whole=True,
    ),
    Promise(
        "always_on_record",
        "Answers, refusals, crashes and short time leave exactly the records of the policy.",
        PromiseKind.CRITICAL,
        (_RECORD,),
        "proofs:always_on_record",
    ),
    Promise(
        "the_record_tells_the_truth",
        "The closing record says what the caller was told, and who asked.",
        PromiseKind.INTEGRITY,
        (_RECORD,),
        "proofs:the_record_tells_the_truth",
        ("actor.trust",),
    ),
    Promise(
        "no_answer_without_evidence",
        "Whatever the ledger does: who was answered can be shown the record.",
        PromiseKind.CRITICAL,
        (_EVIDENCE, "a_killed_process_leaves_no_unrecorded_answer"),
        "proofs:no_answer_without_evidence",
        ("declare",),
    ),
    Promise(
        "nothing_raw_gets_out",
        "No value of a request or of a row is at any sink but the answer.",
        PromiseKind.SECURITY,
        (_RAW,),
        "proofs:nothing_raw_gets_out",
        ("logging.event", "redaction.sinks", "redaction.limits"),
    ),
    Promise(
        "errors_quote_nothing",
        "A refusal and a failure tell kinds, never values.",
        PromiseKind.SECURITY,
        (_QUOTES,),
        "proofs:errors_quote_nothing",
    ),
    Promise(
        "a_refusal_reaches_nothing",
        "What must be refused reaches neither the handler nor a source.",
        PromiseKind.SECURITY,
        (_REFUSAL,),
        "proofs:a_refusal_reaches_nothing",
        ("actor.trust", "limits.request_bytes", "limits.depth"),
    ),
    Promise(
        "binds_only",
        "Values of a request are binds, never part of a statement.",
        PromiseKind.SECURITY,
        ("binds_only",),
        "literal_proof:binds_only",
        ("sources.literals",),
    ),
    Promise(
        "each_read_is_named",
        "Every statement that was run is in the record, and nothing is read elsewhere.",
        PromiseKind.INTEGRITY,
        (_RECORD,),
        "proofs:each_read_is_named",
    ),
    Promise(
        "idempotent_under_redelivery",
        "The same event again: the same answer, the same writes, one event on record.",
        PromiseKind.INTEGRITY,
        (_RECORD,),
        "proofs:idempotent_under_redelivery",
    ),
    Promise(
        "batch_failures_are_partial",
        "Each record of a batch is on record by itself; exactly what failed comes again.",
        PromiseKind.INTEGRITY,
        (_RECORD, _POISON),
        "batches:batch_failures_are_partial",
    ),
    Promise(
        "retention_is_the_policys",
        "Every record expires when the policy says.",
        PromiseKind.INTEGRITY,
        (),
        "proofs:retention_is_the_policys",
        ("retention.hot_days",),
    ),
    Promise(
        "the_answer_fits_its_model",
        "An answer holds what its model declares and the policy leaves in it.",
        PromiseKind.SECURITY,
        (_RAW,),
        "answers:the_answer_fits_its_model",
    ),
    Promise(
        "metrics_are_valid",
        "Each invocation leaves a metric line that CloudWatch keeps, without values in it.",
        PromiseKind.QUALITY,
        (_RAW,),
        "proofs:metrics_are_valid",
    ),
    Promise(
        "nothing_is_remembered",
        "A warm process keeps nothing of one caller and tells nothing of it to the next.",
        PromiseKind.SECURITY,
        (_RAW,),
        "proofs:nothing_is_remembered",
    ),
    Promise(
        "any_history_leaves_clean_evidence",
        "Invocations, faults, restarts and redeliveries leave chains that verify; tampering shows.",
        PromiseKind.INTEGRITY,
        ("tampering_shows", _EVIDENCE, _RECORD),
        "histories:any_history_leaves_clean_evidence",
        whole=True,
    ),
)
"""Every promise, in the order in which a reader wants to know."""

BY_NAME: Final = {promise.name: promise for promise in PROMISES}
