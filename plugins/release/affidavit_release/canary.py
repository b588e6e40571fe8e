"""Give a release a part of the traffic first, watch the alarms, and take it back if one is raised.

The alias keeps its version, and the release is the additional one with a weight.
Who finishes deploys as ever; what was live before is known throughout.
"""

from __future__ import annotations

from typing import Final

from affidavit.plugin import Json
from affidavit_release import gates
from affidavit_release.deliver import admit, begun, deploy, refusable
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.line_step import StepKind
from affidavit_release.make_release import ReleaseResult
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.release_context import ReleaseContext
from affidavit_release.take_back import (
    closed,
    holding,
    is_busy,
    must_be_free,
    or_take_back,
    roll_back,
    settle,
)
from affidavit_release.targets import CanaryState
from affidavit_release.vault import Stored
from affidavit_release.versions import Version

LOOK_S: Final = 15.0
"""How often the alarms are looked at; each looks at a minute, and stays for minutes."""


def shift(
    context: ReleaseContext, version: Version, environment: str, percent: int | None = None
) -> ReleaseResult:
    """Give a release a share of the traffic, and watch it for as long as Terraform says.

    `percent` is 1-99; None means the share that Terraform says. An alarm takes the
    release back, and it is dead. Killed and run again, it is watched from the start.

    Raises:
        ReleaseRefusedError: A gate is closed, an alarm is raised already, or nothing is live.
        ReleaseError: The target cannot be used or watched; then the share was taken back.

    """
    settle(context, environment, str(version))
    said: dict[str, Json] = {"to": environment}
    release, stored, canary = refusable(
        context, StepKind.SHIFT, version, said, lambda: _may_shift(context, version, environment)
    )
    if context.pipeline().live(environment) == str(version):
        return ReleaseResult(str(version), "same", environment, stored.digest)
    share = canary.percent if percent is None else percent
    _divide(context, release, stored, environment, share)
    return _watch(context, release, stored, environment, canary.minutes)


def finish(context: ReleaseContext, version: Version, environment: str) -> ReleaseResult:
    """Give a canary that was watched all of the traffic, and run the smoke tests.

    Raises:
        ReleaseRefusedError: It is no canary, or was not watched to the end.

    """
    settle(context, environment, str(version))
    said: dict[str, Json] = {"to": environment}
    stage = context.pipeline().stages[environment]
    if stage.pending and stage.installed and stage.candidate == str(version):
        return deploy(context, version, environment)  # killed before the smoke tests

    def may_finish() -> tuple[PipelineState, Release, Stored]:
        gates.must_be_watched(context.pipeline(), environment, str(version))
        return admit(context, version, environment, canary=True)

    _, release, stored = refusable(context, StepKind.DEPLOY, version, said, may_finish)
    last = _watch(context, release, stored, environment, 0)  # an alarm since then counts
    return deploy(context, version, environment, finishing=True) if last.good else last


def abort(context: ReleaseContext, version: Version, environment: str) -> ReleaseResult:
    """Take a canary's share back. The version is not dead: it can be tried again, or rejected.

    Raises:
        ReleaseRefusedError: It is no canary.

    """
    line = context.pipeline()
    stage = line.stages[environment]
    if not stage.share or stage.candidate != str(version):
        refused = ReleaseRefusedError(
            Reason.UNKNOWN,
            f"{version} is no canary in {environment}",
            why="no part of the traffic goes to it",
            fix="Ask affidavit release status",
        )
        context.steps.tell(
            StepKind.ROLLBACK, str(version), {"to": environment}, reason=refused.reason
        )
        raise refused
    release = line.known(version)
    roll_back(context, release, environment)
    return ReleaseResult(str(version), "taken back", environment, release.digest)


def withdraw(context: ReleaseContext, version: Version) -> None:
    """Take back what is left of a version's traffic once it has been rejected.

    A command that is deploying it takes it back itself.
    """
    line = context.pipeline()
    for name, stage in line.stages.items():
        if stage.candidate == str(version) and not is_busy(context, stage):
            settle(context, name, str(version))


def _may_shift(
    context: ReleaseContext, version: Version, environment: str
) -> tuple[Release, Stored, CanaryState]:
    line, release, stored = admit(context, version, environment, canary=True)
    gates.live_release(line, environment)
    canary = context.targets[environment].canary(stored.functions)
    if canary.raised and not line.stages[environment].share:
        raise ReleaseRefusedError(
            Reason.ALARM_RAISED,
            f"{version} gets no traffic in {environment} yet",
            why=f"the alarm of {', '.join(canary.raised)} is not quiet: nobody could tell it apart",
            fix="Mend what is live, or wait until the alarm is OK",
        )
    return release, stored, canary


def _divide(
    context: ReleaseContext, release: Release, stored: Stored, environment: str, percent: int
) -> None:
    target, version = context.targets[environment], str(release.version)
    said: dict[str, Json] = {"to": environment, "dig": stored.digest, "share": percent}

    def may() -> int:
        line = context.pipeline()
        gates.must_be_whole(line, environment, version)
        must_be_free(context, line, environment, version)
        gates.may_deploy(line.known(release.version), environment, context.rules, context.steps)
        said["was"] = dict(sorted(target.live(stored.functions).items()))
        return line.position

    facts = begun(context, StepKind.SHIFT, release, said, may)

    def ours() -> int:
        return holding(context, release, environment, facts)

    def divide() -> None:
        with context.steps.closing(facts, ours):
            words = target.install(stored)
            ours()
            target.shift(words, percent)

    or_take_back(context, release, environment, divide)


def _watch(
    context: ReleaseContext, release: Release, stored: Stored, environment: str, minutes: int
) -> ReleaseResult:
    """Look at the alarms until the time is over; 0 minutes are one look."""
    share = context.pipeline().stages[environment].share
    said: dict[str, Json] = {
        "to": environment,
        "dig": stored.digest,
        "share": share,
        "minutes": minutes,
    }

    def ours() -> int:
        return holding(context, release, environment)

    facts = begun(context, StepKind.WATCH, release, said, ours)
    try:
        raised = _look(context, stored, environment, minutes)
    except ReleaseError as error:
        # Closed by default: what nobody can watch gets no traffic.
        context.steps.fail(facts, type(error).__name__)
        roll_back(context, release, environment)
        raise
    done = ReleaseResult(str(release.version), f"{share} %", environment, stored.digest)
    if not raised:
        or_take_back(context, release, environment, lambda: closed(context.steps, facts, ours))
        return done
    context.steps.end(facts, Reason.CANARY_FAILED)
    roll_back(context, release, environment)
    note = f"The alarm of {', '.join(raised)} was raised."
    return done._replace(state="rolled back", reason=Reason.CANARY_FAILED.value, note=note)


def _look(
    context: ReleaseContext, stored: Stored, environment: str, minutes: int
) -> tuple[str, ...]:
    target, until_ms = context.targets[environment], context.steps.now_ms() + minutes * 60_000
    while not (raised := target.canary(stored.functions).raised):
        left_s = (until_ms - context.steps.now_ms()) / 1000
        if left_s <= 0:
            break
        context.wait(min(LOOK_S, left_s))
    return raised
