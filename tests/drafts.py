"""Records without a place, for tests that append them to a chain."""

from __future__ import annotations

from typing import Any

from affidavit._policy.words import Trust
from affidavit._records.record import Draft, Facts, Origin, Outcome, Phase, Status, state
from affidavit._types import Token

AT = "2026-01-23T12:00:00.000Z"
EXPIRES = 4_102_444_800  # 2100-01-01T00:00:00Z
ACTOR, SUBJECT = Token("a" * 32), Token("b" * 32)


def facts(attempt: str = "attempt", **changes: Any) -> Facts:
    """Return what every record of one attempt repeats."""
    said: dict[str, Any] = {
        "action": "READ",
        "trust": Trust.AUTHORIZER,
        "actor": ACTOR,
        "behalf": None,
        "subject": SUBJECT,
        "origin": Origin(function="f", version="1", region="eu-west-1", via="direct"),
        "event": attempt,
        "attempt": attempt,
        "request_id": attempt,
        "policy": "baseline@1#000000000000",
        "words": {},
    }
    return state(**{**said, **changes})


def draft(
    phase: Phase = Phase.INTENT,
    attempt: str = "attempt",
    *,
    outcome: Outcome | None = None,
    at: str = AT,
    **changes: Any,
) -> Draft:
    """Return a record of `phase`; one that closes says that all went well."""
    if outcome is None and phase in {Phase.OUTCOME, Phase.DISCLOSURE}:
        outcome = Outcome(status=Status.OK, code=200)
    if outcome is None and phase is Phase.WITHHELD:
        outcome = Outcome(status=Status.WITHHELD, code=503)
    return Draft(phase, facts(attempt, **changes), at, EXPIRES, outcome)
