"""What comes of an invocation."""

from __future__ import annotations

import pytest

from affidavit import (
    AttestationError,
    ConflictError,
    ForbiddenError,
    HandlerError,
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    TooLargeError,
    UnauthenticatedError,
)
from affidavit._event.validate import FieldError, InvalidDataError
from affidavit._invocation.result import answered, declined, failed, refused, unfit, withheld
from affidavit._records.record import Status


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        pytest.param(InvalidRequestError, 400, "invalid_request", id="400"),
        pytest.param(UnauthenticatedError, 401, "unauthenticated", id="401"),
        pytest.param(ForbiddenError, 403, "forbidden", id="403"),
        pytest.param(NotFoundError, 404, "not_found", id="404"),
        pytest.param(ConflictError, 409, "conflict", id="409"),
        pytest.param(TooLargeError, 413, "too_large", id="413"),
        pytest.param(RefusedError, 400, "refused", id="just refused"),
    ],
)
def test_a_refusal_has_a_status_and_a_word(error: type[RefusedError], code: int, word: str) -> None:
    """The same whether we refuse or the handler does; only its text differs."""
    raised = error("s3cr3t", why="s3cr3t", fix="s3cr3t")
    ours, theirs = refused(raised), declined(raised)

    assert (code, word) == (ours.code, ours.error_name) == (theirs.code, theirs.error_name)
    assert Status.DENY is ours.status
    assert (Status.OK if code == 404 else Status.DENY) is theirs.status
    assert raised is ours.error
    assert raised is theirs.cause
    assert "s3cr3t" not in str(theirs.error)
    assert f"it said {word}" in str(theirs.error)


def test_a_handlers_own_words_stand_in_its_class() -> None:
    """An instance may carry a value, so it is not asked."""

    class Gone(RefusedError):
        status = 410
        code = "gone"

    raised = Gone("x", why="y", fix="z")
    raised.code = "s3cr3t"  # type: ignore[misc]
    raised.status = 999  # type: ignore[misc]

    assert (410, "gone") == (declined(raised).code, declined(raised).error_name)


def test_a_failure_says_a_type_and_nothing_else() -> None:
    """The cause goes to the log, redacted."""
    cause = ValueError("s3cr3t")
    result = failed(cause, "ValueError")

    assert (Status.ERROR, 500, "ValueError") == (result.status, result.code, result.error_name)
    assert cause is result.cause
    assert isinstance(result.error, HandlerError)
    assert "s3cr3t" not in str(result.error)


def test_an_unfit_answer_says_kinds_once() -> None:
    """In order."""
    findings = (FieldError("b", "missing"), FieldError("a", "int_type"), FieldError("c", "missing"))
    result = unfit(InvalidDataError(findings), modelled=True)

    assert "it does not fit: int_type, missing" in str(result.error)
    assert findings == result.findings
    assert (Status.ERROR, 500, "UnfitAnswer") == (result.status, result.code, result.error_name)


def test_what_is_withheld_has_a_status_of_its_own() -> None:
    """503: a later attempt may work."""
    failure = AttestationError("x", why="y", fix="z")
    result = withheld(failure)

    assert (Status.WITHHELD, 503, "AttestationError") == (
        result.status,
        result.code,
        result.error_name,
    )
    assert failure is result.error


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (100, Status.OK),
        (200, Status.OK),
        (399, Status.OK),
        (400, Status.DENY),
        (403, Status.DENY),
        (404, Status.OK),
        (405, Status.DENY),
        (499, Status.DENY),
        (500, Status.ERROR),
        (599, Status.ERROR),
    ],
)
def test_a_status_follows_from_the_code(code: int, status: Status) -> None:
    """RFC 9110, section 15; looking and finding nothing is an access that worked."""
    assert (status, code, "value") == (
        answered("value", code).status,
        answered("value", code).code,
        answered("value", code).value,
    )
