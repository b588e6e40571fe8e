"""Every error affidavit raises on purpose.

    AffidavitError
    ├── SetupError                  the deployment is wrong; found at cold start
    │   ├── PolicyError             a policy cannot be used
    │   ├── PluginError             a plugin cannot be used
    │   └── SettingsError           an environment variable cannot be used
    ├── RefusedError                the caller must change the request
    │   ├── InvalidRequestError     400: the request does not have the right shape
    │   ├── UnauthenticatedError    401: nobody is named who asks
    │   ├── ForbiddenError          403: the policy says no
    │   ├── NotFoundError           404: there is nothing under that name
    │   ├── ConflictError           409: somebody else was faster
    │   ├── DeferredError           409: a record has to wait for one before it
    │   └── TooLargeError           413: the request is over a limit of the policy
    ├── HandlerError                the handler raised, or answered what it may not
    ├── SourceError                 a data source failed
    │   ├── SourceUnavailableError  it cannot be reached; a later attempt may work
    │   ├── SourceTimeoutError      it did not answer in time
    │   ├── SourceForbiddenError    it refused our credentials or our right to read
    │   ├── StatementError          the query itself is wrong
    │   └── UnauditedAccessError    somebody read outside an audited invocation
    └── LedgerError                 the ledger failed
        ├── LedgerUnavailableError  it cannot be written or read now
        │   └── LedgerMissingError  there is none under that name
        ├── LedgerRefusedError      it will never take this as it is
        ├── LedgerConflictError     other bytes stand where a record should go
        ├── LedgerKeyError          a key is missing or is not the right one
        └── AttestationError        a record was not kept, so no answer was given

A message says what happened, why, and what to do next. It may name paths,
rules, types and counts. It never contains a value from an event, a row or an
answer: Lambda publishes `str(error)` in the log, in the answer and in the
trace. Anything else that is raised (`TypeError`, `KeyError` ...) is a bug.
"""

from __future__ import annotations

from typing import ClassVar


class AffidavitError(Exception):
    """Base class: catch this to catch everything affidavit means to raise."""

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(f"{what}: {why}. {fix}.")
        self.what = what
        self.why = why
        self.fix = fix


class SetupError(AffidavitError):
    """The deployment is wrong; the function must not serve."""


class PolicyError(SetupError):
    """A policy cannot be used: unknown, misspelt, stale, or weaker than its parent."""


class PluginError(SetupError):
    """A plugin cannot be used: missing, misbehaving, or named twice."""


class SettingsError(SetupError):
    """An environment variable is missing, misspelt, or not of the right form."""


class RefusedError(AffidavitError):
    """The caller must change the request. Handlers may raise the subclasses.

    Only `status` and `code` leave the function; the text is for the log's
    reader and is redacted there.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"


class InvalidRequestError(RefusedError):
    """400: the request does not have the right shape."""

    status = 400
    code = "invalid_request"


class UnauthenticatedError(RefusedError):
    """401: nobody is named who asks."""

    status = 401
    code = "unauthenticated"


class ForbiddenError(RefusedError):
    """403: the policy says no."""

    status = 403
    code = "forbidden"


class NotFoundError(RefusedError):
    """404: there is nothing under that name."""

    status = 404
    code = "not_found"


class ConflictError(RefusedError):
    """409: somebody else was faster; read again, then retry."""

    status = 409
    code = "conflict"


class DeferredError(RefusedError):
    """409: a record of a batch has to wait for one before it; both come again."""

    status = 409
    code = "deferred"


class TooLargeError(RefusedError):
    """413: the request is over a limit of the policy."""

    status = 413
    code = "too_large"


class HandlerError(AffidavitError):
    """The handler failed. Only the type of its exception is repeated."""


class SourceError(AffidavitError):
    """A data source failed. Its own message may hold data and is not repeated."""


class SourceUnavailableError(SourceError):
    """The source cannot be reached; a later attempt may work."""


class SourceTimeoutError(SourceError):
    """The source did not answer in the time that was left."""


class SourceForbiddenError(SourceError):
    """The source refused our credentials or our right to read."""


class StatementError(SourceError):
    """The query is wrong: its binds, its grammar, or what it would do."""


class UnauditedAccessError(SourceError):
    """A source was used outside an audited invocation."""


class LedgerError(AffidavitError):
    """The ledger failed."""


class LedgerUnavailableError(LedgerError):
    """The ledger cannot be written or read now; a later attempt may work."""


class LedgerMissingError(LedgerUnavailableError):
    """There is no ledger, or no object of an archive, under that name."""


class LedgerRefusedError(LedgerError):
    """The ledger does not take this as it is: nothing was kept, and a retry is no use."""


class LedgerConflictError(LedgerError):
    """Other bytes stand where this record should go: two writers share a chain."""


class LedgerKeyError(LedgerError):
    """A ledger key is missing, damaged, or not the one that was used."""


class AttestationError(LedgerError):
    """A record was not kept, so no answer was given."""
