"""Take a release back: what was live before is live again, and the records say why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from affidavit.plugin import Facts, Json, iso_utc
from affidavit_release.errors import Reason, ReleaseRefusedError, TargetMovedError
from affidavit_release.line_step import StepKind, attempt_of
from affidavit_release.pipeline_state import EnvironmentState, PipelineState, Release
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_steps import Steps, Still

T = TypeVar("T")

LEASE_MS: Final = 15 * 60_000
"""So long after it began a deployment counts as under way if nothing says how it ended. Its own
command takes it back meanwhile; afterwards it counts as killed, and whoever comes next may."""


def is_owed(line: PipelineState, stage: EnvironmentState) -> bool:
    """Tell whether an environment holds, or may hold, a release that died before it had passed."""
    found = line.releases.get(stage.candidate)
    died = found is not None and found.died is not None
    return stage.rollback_needed or (died and bool(stage.pending or stage.share))


def is_busy(context: ReleaseContext, stage: EnvironmentState, version: str = "") -> bool:
    """Tell whether another release than `version` is being deployed there right now."""
    if not stage.attempt or stage.candidate == version:
        return False
    return stage.opened_at > iso_utc(context.steps.now_ms() - LEASE_MS)


def must_be_free(context: ReleaseContext, line: PipelineState, name: str, version: str) -> None:
    """Refuse while another release is on its way into an environment."""
    stage = line.stages[name]
    if is_busy(context, stage, version):
        raise ReleaseRefusedError(
            Reason.BUSY,
            f"{name} takes no other release now",
            why=f"{stage.candidate} is being deployed there",
            fix=f"Wait for that command; if it was killed, deploy {stage.candidate} again",
        )


def settle(context: ReleaseContext, environment: str, version: str = "") -> None:
    """Finish a rollback that is owed: a command was killed, or a release rejected on its way.

    Raises:
        ReleaseRefusedError: Another command is deploying it, and takes it back itself.

    """
    line = context.pipeline()
    stage = line.stages[environment]
    if is_owed(line, stage):
        must_be_free(context, line, environment, version)
        roll_back(context, line.releases[stage.candidate], environment)


class _NotNeededError(Exception):
    """Somebody else has taken it back meanwhile."""


def roll_back(context: ReleaseContext, release: Release, environment: str) -> None:
    """Make live again what was live before; the record of why is kept already."""
    target, version = context.targets[environment], str(release.version)
    said: dict[str, Json] = {"to": environment}
    was: dict[str, str] = {}
    now: dict[str, str] = {}

    def needed() -> int:
        line = context.pipeline()
        stage = line.stages[environment]
        if stage.candidate != version:
            raise _NotNeededError
        was.update(stage.previous)
        said["was"] = dict(sorted(was.items()))
        now.update(target.live(tuple(was)))
        return line.position

    try:
        with context.steps.during(StepKind.ROLLBACK, version, said, needed):
            target.switch(was, now)
    except _NotNeededError:
        return
    except TargetMovedError:
        if context.pipeline().stages[environment].candidate == version:
            raise


def holding(
    context: ReleaseContext, release: Release, environment: str, facts: Facts | None = None
) -> int:
    """Check that a release is still what this environment is about to get, and not dead.

    With `facts`, also that nobody else has begun the same meanwhile.

    Raises:
        ReleaseRefusedError: It was rejected meanwhile, or another command has taken over.

    """
    line = context.pipeline()
    stage, found = line.stages[environment], line.known(release.version)
    version = str(release.version)
    settled = not stage.pending and line.live(environment) == version
    if found.died is not None and not settled:
        raise ReleaseRefusedError(
            Reason.DEAD,
            f"{version} does not go to {environment}",
            why="it was rejected while it was being deployed",
            fix="Commit the change and build the next version",
        )
    others = stage.candidate != version and not settled
    if others or (facts is not None and stage.attempt != attempt_of(facts)):
        raise ReleaseRefusedError(
            Reason.SUPERSEDED,
            f"{version} is no longer this command's in {environment}",
            why="another command has taken over meanwhile",
            fix="See what has become of it with affidavit release status",
        )
    return line.position


def closed(steps: Steps, facts: Facts, still: Still) -> None:
    """Record that a step has ended well, if it still may."""
    with steps.closing(facts, still):
        pass


def or_take_back(
    context: ReleaseContext, release: Release, environment: str, act: Callable[[], T]
) -> T:
    """Do something; if the release turns out to have died meanwhile, take it back."""
    try:
        return act()
    except ReleaseRefusedError as refused:
        if refused.reason is Reason.DEAD:
            line = context.pipeline()
            if is_owed(line, line.stages[environment]):
                roll_back(context, release, environment)
        raise
