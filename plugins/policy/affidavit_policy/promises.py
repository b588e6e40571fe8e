"""What affidavit promises whatever a policy says. Each is held by a test file of that name.

A rule of a policy points at the promises that fulfil it, so that an auditor can
go from a clause to the test that would fail if it were broken.
"""

from __future__ import annotations

from typing import Final

PROMISES: Final = {
    "every_invocation_is_on_record": (
        "Answers, refusals, crashes and faults are on record exactly as often as the policy says."
    ),
    "no_answer_without_evidence": "An answer leaves only once its record is kept.",
    "a_killed_process_leaves_no_unrecorded_answer": (
        "A process killed at any moment leaves a record, or has given no answer."
    ),
    "a_poison_record_fails_alone": (
        "Each record of a batch leaves its own records; exactly those that failed come again."
    ),
    "a_refusal_never_runs_the_handler": "A refused request reaches no handler and no source.",
    "no_raw_value_gets_out": (
        "No value of a request, a row or an exception is in a record, log, metric or error."
    ),
    "errors_quote_nothing": "No error text repeats a value.",
    "binds_only": "Values reach a database as named binds and are never read as SQL.",
    "tampering_shows": "Changing, moving, inserting or removing a record is found and named.",
    "order_of_plugins_does_not_matter": "No plugin can change a verdict, a record or an answer.",
}
