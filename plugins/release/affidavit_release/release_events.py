"""What people want to hear of a line, and in which records it shows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final, NamedTuple

from affidavit_release.errors import Reason
from affidavit_release.line_step import Step, StepKind


@unique
class ReleaseEvent(StrEnum):
    """What has happened to a version. `on` of a recipient names them."""

    LIVE = "live"
    WAITING = "waiting"
    APPROVED = "approved"
    CANARY = "canary"
    DIED = "died"
    TAKEN_BACK = "taken-back"
    SYNCED = "synced"


SENTENCES: Final[Mapping[ReleaseEvent, str]] = {
    ReleaseEvent.LIVE: "{version} is live in {environment}",
    ReleaseEvent.WAITING: "{version} waits for approval in {environment}",
    ReleaseEvent.APPROVED: "{version} was approved for {environment}",
    ReleaseEvent.CANARY: "{version} gets {share} % of {environment}",
    ReleaseEvent.DIED: "{version} died in {environment}",
    ReleaseEvent.TAKEN_BACK: "{version} was taken back in {environment}",
    ReleaseEvent.SYNCED: "{version} has reached the second region, {environment}",
}


class Told(NamedTuple):
    """One thing to tell, about the step that was recorded; `role` is whose turn it is."""

    event: ReleaseEvent
    step: Step
    environment: str
    role: str = ""

    @property
    def subject(self) -> str:
        """Return what has happened as a sentence."""
        share = self.step.said.get("share")  # which only a canary says
        where = self.environment or "the vault"
        sentence = SENTENCES[self.event]
        return sentence.format(version=self.step.version, environment=where, share=share)


_GOOD: Final[Mapping[StepKind, ReleaseEvent]] = {
    StepKind.SMOKE: ReleaseEvent.LIVE,
    StepKind.APPROVE: ReleaseEvent.APPROVED,
    StepKind.SHIFT: ReleaseEvent.CANARY,
    StepKind.REJECT: ReleaseEvent.DIED,
    StepKind.ROLLBACK: ReleaseEvent.TAKEN_BACK,
    StepKind.SYNC: ReleaseEvent.SYNCED,
}
_DEATHS: Final = frozenset({Reason.SMOKE_FAILED.value, Reason.CANARY_FAILED.value})


def event_of(step: Step) -> ReleaseEvent | None:
    """Return what the end of a step means to people; None for what only the line needs."""
    if step.ok:
        return _GOOD.get(step.kind)
    return ReleaseEvent.DIED if step.reason in _DEATHS else None
