"""What people want to hear of a line, and in which records it shows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final, NamedTuple

from affidavit_release.errors import Reason
from affidavit_release.line_step import Step, StepKind


@unique
class Happening(StrEnum):
    """What has happened to a version. `on` of a recipient names them."""

    LIVE = "live"
    WAITING = "waiting"
    APPROVED = "approved"
    CANARY = "canary"
    DIED = "died"
    TAKEN_BACK = "taken-back"
    SYNCED = "synced"


SENTENCES: Final[Mapping[Happening, str]] = {
    Happening.LIVE: "{version} is live in {environment}",
    Happening.WAITING: "{version} waits for approval in {environment}",
    Happening.APPROVED: "{version} was approved for {environment}",
    Happening.CANARY: "{version} gets {share} % of {environment}",
    Happening.DIED: "{version} died in {environment}",
    Happening.TAKEN_BACK: "{version} was taken back in {environment}",
    Happening.SYNCED: "{version} has reached the second region, {environment}",
}


class Told(NamedTuple):
    """One thing to tell, about the step that was recorded; `role` is whose turn it is."""

    happening: Happening
    step: Step
    environment: str
    role: str = ""

    @property
    def subject(self) -> str:
        """Return what has happened as a sentence."""
        share = int(self.step.said.get("share", 0))
        where = self.environment or "the vault"
        sentence = SENTENCES[self.happening]
        return sentence.format(version=self.step.version, environment=where, share=share)


_GOOD: Final[Mapping[StepKind, Happening]] = {
    StepKind.SMOKE: Happening.LIVE,
    StepKind.APPROVE: Happening.APPROVED,
    StepKind.SHIFT: Happening.CANARY,
    StepKind.REJECT: Happening.DIED,
    StepKind.ROLLBACK: Happening.TAKEN_BACK,
    StepKind.SYNC: Happening.SYNCED,
}
_DEATHS: Final = frozenset({Reason.SMOKE_FAILED.value, Reason.CANARY_FAILED.value})


def happening_of(step: Step) -> Happening | None:
    """Return what the end of a step means to people; None for what only the line needs."""
    if step.ok:
        return _GOOD.get(step.kind)
    return Happening.DIED if step.reason in _DEATHS else None
