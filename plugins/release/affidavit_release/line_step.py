"""One step of a release line: what was done, to which version, where, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from typing import Any, Final, NamedTuple

from affidavit.plugin import Draft, Facts, Outcome, Status
from affidavit_release.errors import Reason

RESOURCE: Final = "RELEASE#"
"""What a version's records stand under: RELEASE#v1.2.3."""


@unique
class StepKind(Enum):
    """What is done. Records carry the word in `act`."""

    BUILD = "RELEASE_BUILD"
    UPLOAD = "RELEASE_UPLOAD"
    DEPLOY = "RELEASE_DEPLOY"
    SHIFT = "RELEASE_SHIFT"
    WATCH = "RELEASE_WATCH"
    SMOKE = "RELEASE_SMOKE"
    ROLLBACK = "RELEASE_ROLLBACK"
    APPROVE = "RELEASE_APPROVE"
    REJECT = "RELEASE_REJECT"
    COPY = "RELEASE_COPY"
    SYNC = "RELEASE_SYNC"


class Step(NamedTuple):
    """One record of the line, as it is read back."""

    number: int
    kind: StepKind
    phase: str
    attempt: str
    version: str
    environment: str
    status: str
    reason: str
    at: str
    actor: str
    behalf: str
    why: str
    said: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """True for a step that ended well, or a decision that was taken."""
        return self.status == Status.OK.value


def attempt_of(facts: Facts) -> str:
    """Return what tells a step apart from the same one done again."""
    return str(facts.said["att"])


_FAILURES: Final = (Reason.SMOKE_FAILED, Reason.CANARY_FAILED)
"""What went wrong by itself; for every other reason the line said no."""


def outcome_of(reason: Reason | None) -> Outcome:
    """Return how a step ended that has a reason to stop, or none."""
    if reason is None:
        return Outcome(Status.OK, 200)
    if reason in _FAILURES:
        return Outcome(Status.ERROR, 500, reason.value)
    return Outcome(Status.DENY, 403, reason.value)


def ended_step(number: int, draft: Draft) -> Step:
    """Return a step that has just been written; who did it is not asked of it."""
    said, ended = draft.facts.said, draft.outcome or outcome_of(None)
    return Step(
        number=number,
        kind=StepKind(said["act"]),
        phase=draft.phase.value,
        attempt=attempt_of(draft.facts),
        version=str(said["obj"]).removeprefix(RESOURCE),
        environment=str(said.get("to", "")),
        status=ended.status.value,
        reason=ended.error,
        at=draft.at,
        actor="",
        behalf="",
        why=str(said.get("why", "")),
        said=said,
    )
