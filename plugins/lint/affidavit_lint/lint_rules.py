"""The rules: what each one finds, why it matters, and what to do instead."""

from __future__ import annotations

from typing import Final, NamedTuple


class LintRule(NamedTuple):
    """One rule. `name` is for people who search, `code` for waivers and programs."""

    code: str
    name: str
    what: str
    why: str
    fix: str


class LintFinding(NamedTuple):
    """One place that breaks a rule. Lines count from 1, columns too.

    `reason` is that of the waiver beside it; empty if nothing waives it.
    `message` repeats names of the code, and never a literal.
    """

    code: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    reason: str = ""


_RULES: Final = (
    LintRule(
        "AFF101",
        "sql-f-string",
        "an f-string reaches a query",
        "whatever is put between the braces is read as SQL",
        "Write the statement as one constant and pass values as binds",
    ),
    LintRule(
        "AFF102",
        "sql-concatenation",
        "a statement is put together with +, += or join",
        "whatever is added is read as SQL",
        "Write the statement as one constant and pass values as binds",
    ),
    LintRule(
        "AFF103",
        "sql-percent",
        "a statement is formatted with %",
        "whatever is filled in is read as SQL",
        "Write the statement as one constant and pass values as binds",
    ),
    LintRule(
        "AFF104",
        "sql-format",
        "a statement is made with format, replace or a template",
        "whatever is filled in is read as SQL",
        "Write the statement as one constant and pass values as binds",
    ),
    LintRule(
        "AFF105",
        "sql-not-constant",
        "a query is made of something that is not a constant",
        "nobody can tell from the code what will run",
        "Make each Query a module constant, with its statement written out",
    ),
    LintRule(
        "AFF201",
        "handler-not-audited",
        "a handler is not audited",
        "it may read and answer without leaving any evidence",
        "Decorate it with @audited",
    ),
    LintRule(
        "AFF202",
        "answered-before-audit",
        "a decorator that answers by itself stands above @audited",
        "what it answers or refuses leaves no evidence",
        "Put @audited on top",
    ),
    LintRule(
        "AFF203",
        "traced-below-audit",
        "a tracer stands below @audited",
        "it reports what the handler raises, with its text, before that is redacted",
        "Put the tracer on top",
    ),
    LintRule(
        "AFF301",
        "raw-log",
        "raw data is logged or printed",
        "it reaches the log group as it is, past redaction",
        "Use context.log, which redacts, and say less",
    ),
    LintRule(
        "AFF302",
        "log-event",
        "a logger is told to log every event",
        "the whole event reaches the log group, past redaction",
        "Remove log_event; a policy may log the redacted event",
    ),
    LintRule(
        "AFF303",
        "raw-traceback",
        "a traceback is logged where raw data is handled",
        "messages of exceptions quote values",
        "Let it raise: what leaves the function is its type and a redacted message",
    ),
    LintRule(
        "AFF401",
        "hard-coded-secret",
        "a secret stands in the code",
        "everybody who can read the code has it, for as long as its history is kept",
        "Revoke it, and read the next one from Secrets Manager",
    ),
    LintRule(
        "AFF900",
        "cannot-be-read",
        "the file cannot be read as Python",
        "what is not read is not checked",
        "Correct it, or leave it out of the paths",
    ),
    LintRule(
        "AFF901",
        "waiver-without-reason",
        "a waiver does not say which rule, or not why",
        "the next reader cannot tell whether it still holds",
        "Write: # affidavit: allow AFF101 - the reason",
    ),
    LintRule(
        "AFF902",
        "waiver-without-finding",
        "a waiver waives nothing",
        "it would hide the next mistake in its line",
        "Remove it",
    ),
)

RULES: Final = {rule.code: rule for rule in _RULES}
"""Every rule by its code, in order. docs/lint.md lists them."""
