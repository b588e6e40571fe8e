"""What came of an invocation: it answered, was refused, failed, or was withheld."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from affidavit._event.validate import FieldError, InvalidDataError
from affidavit._invocation.redacted_error import named_error, platform_error, redacted_error
from affidavit._records.record import Status
from affidavit.errors import (
    AttestationError,
    HandlerError,
    NotFoundError,
    RefusedError,
)

MARSHAL_ERROR: Final = "Runtime.MarshalError"
"""What Lambda's runtime reports as `errorType` for an answer that it cannot write."""


class Result(NamedTuple):
    """How an invocation ended.

    `code` is the HTTP status, or the one it would have been. `value` is what
    the handler returned, raw; `cause` what it raised, for the log only; `error`
    what a caller that does not speak HTTP gets. With `passes` the cause itself goes
    on: it is a signal of another library.
    """

    status: Status
    code: int
    value: Any = None
    error: Exception | None = None
    cause: BaseException | None = None
    error_name: str = ""
    findings: tuple[FieldError, ...] = ()
    passes: bool = False


def refused(refusal: RefusedError, findings: tuple[FieldError, ...] = ()) -> Result:
    """The request was refused before the handler ran."""
    return Result(
        status=Status.DENY,
        code=refusal.status,
        error=refusal,
        error_name=refusal.code,
        findings=findings,
    )


def declined(cause: RefusedError) -> Result:
    """The handler itself refused. Its text stays here: the handler wrote it."""
    kind = type(cause)
    told = RefusedError(
        "the handler refused the request",
        why=f"it said {kind.code}",
        fix="See the function's log under the request id",
    )
    status = Status.OK if isinstance(cause, NotFoundError) else Status.DENY
    error = redacted_error(cause, kind.__name__, told)
    return Result(status=status, code=kind.status, error=error, cause=cause, error_name=kind.code)


def failed(cause: BaseException, name: str) -> Result:
    """The handler raised. `name` is what may be said of the exception's class."""
    told = HandlerError(
        "the handler failed",
        why=f"it raised {name}, whose text is not repeated",
        fix="See the function's log under the request id",
    )
    error = redacted_error(cause, name, told)
    return Result(status=Status.ERROR, code=500, error=error, cause=cause, error_name=name)


def answered_by_message(cause: BaseException, message: str) -> Result:
    """The handler raised with a text that is its answer to the platform."""
    return Result(
        status=Status.DENY,
        code=401,
        error=platform_error(type(cause), message),
        cause=cause,
        error_name=message,
    )


def passed(signal: BaseException, name: str) -> Result:
    """Another library ended the call by a signal of its own, and takes it from here."""
    return Result(status=Status.OK, code=202, cause=signal, error_name=name, passes=True)


def unfit(problem: InvalidDataError, *, modelled: bool) -> Result:
    """The handler answered what does not fit its model, or what Lambda cannot write."""
    kinds = ", ".join(sorted({finding.kind for finding in problem.findings}))
    told = HandlerError(
        "the handler's answer cannot be sent",
        why=f"it does not fit: {kinds}",
        fix="Return what the response model declares, as plain JSON values",
    )
    return Result(
        status=Status.ERROR,
        code=500,
        error=told if modelled else named_error(MARSHAL_ERROR, told),
        error_name="UnfitAnswer",
        findings=problem.findings,
    )


def withheld(failure: AttestationError) -> Result:
    """The evidence could not be kept, so there is no answer."""
    return Result(
        status=Status.WITHHELD, code=503, error=failure, error_name=type(failure).__name__
    )


def answered(value: Any, code: int) -> Result:
    """The handler answered with `code`."""
    if code < 400 or code == 404:  # noqa: PLR2004 - HTTP's own numbers, RFC 9110 section 15
        status = Status.OK
    elif code < 500:  # noqa: PLR2004
        status = Status.DENY
    else:
        status = Status.ERROR
    return Result(status=status, code=code, value=value)
