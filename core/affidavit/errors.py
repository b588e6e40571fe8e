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
    """Base class: catch this to catch everything affidavit means to raise.

    >>> try:
    ...     load_policy("hippa")
    ... except AffidavitError as error:
    ...     error.fix
    'Name one of these; a function takes the name from AFFIDAVIT_POLICY'
    """

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(f"{what}: {why}. {fix}.")
        self.what = what
        self.why = why
        self.fix = fix


class SetupError(AffidavitError):
    """The deployment is wrong; the function must not serve.

    >>> try:
    ...     load_policy("hippa")
    ... except SetupError as error:
    ...     type(error).__name__
    'PolicyError'
    """


class PolicyError(SetupError):
    """A policy cannot be used: unknown, misspelt, stale, or weaker than its parent.

    >>> load_policy("hippa")
    Traceback (most recent call last):
    PolicyError: ...
    """


class PluginError(SetupError):
    """A plugin cannot be used: missing, misbehaving, or named twice.

    >>> load_plugins(["no_such_plugin"])
    Traceback (most recent call last):
    PluginError: ...
    """


class SettingsError(SetupError):
    """An environment variable is missing, misspelt, or not of the right form.

    >>> read_settings({"AFFIDAVIT_POLCIY": "hipaa"})
    Traceback (most recent call last):
    SettingsError: ...
    """


class RefusedError(AffidavitError):
    """The caller must change the request. Handlers may raise the subclasses.

    Only `status` and `code` leave the function; the text is for the log's
    reader and is redacted there.

    >>> [one.status for one in (UnauthenticatedError, NotFoundError, TooLargeError)]
    [401, 404, 413]
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"


class InvalidRequestError(RefusedError):
    """400: the request does not have the right shape.

    >>> InvalidRequestError.status, InvalidRequestError.code
    (400, 'invalid_request')
    """

    status = 400
    code = "invalid_request"


class UnauthenticatedError(RefusedError):
    """401: nobody is named who asks.

    >>> UnauthenticatedError.status, UnauthenticatedError.code
    (401, 'unauthenticated')
    """

    status = 401
    code = "unauthenticated"


class ForbiddenError(RefusedError):
    """403: the policy says no.

    >>> raise ForbiddenError("no access", why="the ward is closed", fix="Ask the ward")
    Traceback (most recent call last):
    ForbiddenError: ...
    """

    status = 403
    code = "forbidden"


class NotFoundError(RefusedError):
    """404: there is nothing under that name.

    >>> raise NotFoundError("no such note", why="none has this number", fix="Try another")
    Traceback (most recent call last):
    NotFoundError: ...
    """

    status = 404
    code = "not_found"


class ConflictError(RefusedError):
    """409: somebody else was faster; read again, then retry.

    >>> raise ConflictError("not saved", why="it was changed", fix="Read it again")
    Traceback (most recent call last):
    ConflictError: ...
    """

    status = 409
    code = "conflict"


class DeferredError(RefusedError):
    """409: a record of a batch has to wait for one before it; both come again.

    >>> DeferredError.status, DeferredError.code
    (409, 'deferred')
    """

    status = 409
    code = "deferred"


class TooLargeError(RefusedError):
    """413: the request is over a limit of the policy.

    >>> TooLargeError.status, TooLargeError.code
    (413, 'too_large')
    """

    status = 413
    code = "too_large"


class HandlerError(AffidavitError):
    """The handler failed. Only the type of its exception is repeated.

    >>> try:
    ...     run(audited(action="DIVIDE")(lambda event, context: 1 / 0), {}, make_runtime())
    ... except HandlerError as error:
    ...     type(error).__name__
    'ZeroDivisionError'
    """


class SourceError(AffidavitError):
    """A data source failed. Its own message may hold data and is not repeated.

    >>> try:
    ...     check_permit(None)
    ... except SourceError as error:
    ...     type(error).__name__
    'UnauditedAccessError'
    """


class SourceUnavailableError(SourceError):
    """The source cannot be reached; a later attempt may work.

    >>> raise SourceUnavailableError("no rows", why="the host refuses", fix="Start it")
    Traceback (most recent call last):
    SourceUnavailableError: ...
    """


class SourceTimeoutError(SourceError):
    """The source did not answer in the time that was left.

    >>> raise SourceTimeoutError("no answer", why="2 s have passed", fix="Ask for less")
    Traceback (most recent call last):
    SourceTimeoutError: ...
    """


class SourceForbiddenError(SourceError):
    """The source refused our credentials or our right to read.

    >>> raise SourceForbiddenError("no rows", why="no right to read", fix="Grant it")
    Traceback (most recent call last):
    SourceForbiddenError: ...
    """


class StatementError(SourceError):
    """The query is wrong: its binds, its grammar, or what it would do.

    >>> Query(name="q", sql="select 1").check_binds({"id": 1})
    Traceback (most recent call last):
    StatementError: ...
    """


class UnauditedAccessError(SourceError):
    """A source was used outside an audited invocation.

    >>> check_permit(None)
    Traceback (most recent call last):
    UnauditedAccessError: ...
    """


class LedgerError(AffidavitError):
    """The ledger failed.

    >>> try:
    ...     LocalKeys(b"too short")
    ... except LedgerError as error:
    ...     type(error).__name__
    'LedgerKeyError'
    """


class LedgerUnavailableError(LedgerError):
    """The ledger cannot be written or read now; a later attempt may work.

    >>> raise LedgerUnavailableError("not kept", why="it is full", fix="Make room")
    Traceback (most recent call last):
    LedgerUnavailableError: ...
    """


class LedgerMissingError(LedgerUnavailableError):
    """There is no ledger, or no object of an archive, under that name.

    >>> raise LedgerMissingError("no table", why="none has this name", fix="Make one")
    Traceback (most recent call last):
    LedgerMissingError: ...
    """


class LedgerRefusedError(LedgerError):
    """The ledger does not take this as it is: nothing was kept, and a retry is no use.

    >>> raise LedgerRefusedError("not kept", why="it is too long", fix="Shorten it")
    Traceback (most recent call last):
    LedgerRefusedError: ...
    """


class LedgerConflictError(LedgerError):
    """Other bytes stand where this record should go: two writers share a chain.

    >>> raise LedgerConflictError("not kept", why="the place is taken", fix="Go on")
    Traceback (most recent call last):
    LedgerConflictError: ...
    """


class LedgerKeyError(LedgerError):
    """A ledger key is missing, damaged, or not the one that was used.

    >>> LocalKeys(b"too short")
    Traceback (most recent call last):
    LedgerKeyError: ...
    """


class AttestationError(LedgerError):
    """A record was not kept, so no answer was given.

    >>> def full(*_):
    ...     raise LedgerUnavailableError("not kept", why="it is full", fix="Make room")
    >>> bench = make_runtime(store=MemoryStore(before=full))
    >>> run(audited(action="PING")(lambda event, context: "pong"), {}, bench)
    Traceback (most recent call last):
    AttestationError: ...
    """
