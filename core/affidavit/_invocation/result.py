"""What came of an invocation: it answered, was refused, failed, or was withheld."""

from __future__ import annotations

from typing import Any, NamedTuple

from affidavit._event.validate import FieldError, InvalidDataError
from affidavit._records.record import Status
from affidavit.errors import (
    AffidavitError,
    AttestationError,
    HandlerError,
    NotFoundError,
    RefusedError,
)


class Result(NamedTuple):
    """How an invocation ended.

    `code` is the HTTP status, or the one it would have been. `value` is what
    the handler returned, raw; `cause` what it raised, for the log only; `error`
    what a caller that does not speak HTTP gets.
    """

    status: Status
    code: int
    value: Any = None
    error: AffidavitError | None = None
    cause: BaseException | None = None
    error_name: str = ""
    findings: tuple[FieldError, ...] = ()


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
    return Result(status=status, code=kind.status, error=told, cause=cause, error_name=kind.code)


def failed(cause: BaseException, name: str) -> Result:
    """The handler raised."""
    told = HandlerError(
        "the handler failed",
        why=f"it raised {name}, whose text is not repeated",
        fix="See the function's log under the request id",
    )
    return Result(status=Status.ERROR, code=500, error=told, cause=cause, error_name=name)


def unfit(problem: InvalidDataError) -> Result:
    """The handler answered what does not fit its model, or is not JSON."""
    kinds = ", ".join(sorted({finding.kind for finding in problem.findings}))
    told = HandlerError(
        "the handler's answer cannot be sent",
        why=f"it does not fit: {kinds}",
        fix="Return what the response model declares, as plain JSON values",
    )
    return Result(
        status=Status.ERROR,
        code=500,
        error=told,
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
