"""Bring a release into an environment, see whether it works there, and take it back if not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from affidavit import AffidavitError
from affidavit.plugin import Facts, Json
from affidavit_release import gates
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.line_step import StepKind
from affidavit_release.make_release import ReleaseResult
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.reasons import redacted
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_steps import Still
from affidavit_release.smoke import SmokeRequest, check_smoke
from affidavit_release.take_back import (
    closed,
    holding,
    must_be_free,
    or_take_back,
    roll_back,
    settle,
)
from affidavit_release.targets import DeployTarget
from affidavit_release.vault import Stored, Vault, copy_release
from affidavit_release.versions import Version

T = TypeVar("T")


def deploy(
    context: ReleaseContext, version: Version, environment: str, *, finishing: bool = False
) -> ReleaseResult:
    """Deploy a release, run the smoke tests, and take it back if one fails.

    Killed at any moment and run again, it ends where it would have ended. With
    `finishing` the release may have a share of the traffic already.

    Raises:
        ReleaseRefusedError: A gate is closed, or the bytes are not the signed ones.
        ReleaseError: The target cannot be used; doing it again goes on.

    """
    settle(context, environment, str(version))
    said = {"to": environment}
    line, release, stored = refusable(
        context,
        StepKind.DEPLOY,
        version,
        said,
        lambda: admit(context, version, environment, canary=finishing),
    )
    target, functions = context.targets[environment], stored.functions
    there = target.digests(functions) == stored.zips
    if there and line.live(environment) == str(version):
        return ReleaseResult(
            str(version), "same", environment, stored.digest, release.called(environment)
        )
    stage = line.stages[environment]
    if not (there and stage.installed and stage.candidate == str(version)):
        _install(context, release, stored, environment)
    return _probe(context, release, stored, environment)


def verify(context: ReleaseContext, environment: str) -> ReleaseResult:
    """See whether what is live is what the vault has, and whether it works.

    A failed smoke test takes the newest deployment back. Nothing is deployed.

    Raises:
        ReleaseRefusedError: Nothing is live, or other bytes are.

    """
    settle(context, environment)
    release = gates.live_release(context.pipeline(), environment)
    said = {"to": environment, "dig": release.digest}

    def same_bytes() -> Stored:
        stored = vault_of(context, environment, release).open(release.version)
        check_smoke(context.rules, environment, may_write=context.may_write(environment))
        _must_be_live(context.targets[environment], stored, environment)
        return stored

    stored = refusable(context, StepKind.SMOKE, release.version, said, same_bytes)
    return _probe(context, release, stored, environment)


def sync_dr(context: ReleaseContext, version: Version) -> ReleaseResult:
    """Bring what is live at the end of the way into its mirror: vault, functions, and a mark.

    Raises:
        ReleaseRefusedError: It is not live there.
        ReleaseError: No environment mirrors another.

    """
    mirror = context.rules.mirror
    if not mirror:
        raise ReleaseError(
            "there is no second region",
            why="no environment of the release policy mirrors the last one",
            fix="Add one with `mirrors`; see docs/release.md",
        )
    said: dict[str, Json] = {"to": mirror}
    release = refusable(context, StepKind.SYNC, version, said, lambda: _live(context, version))
    if context.dr_archive is not None and not release.copied:
        _copy(context, version, said)
    done = deploy(context, version, mirror)
    if done.good and not release.synced:

        def still() -> int:
            line = context.pipeline()
            _must_be_last(context, line, version)
            return line.position

        told = {**said, "dig": done.digest}
        context.steps.tell(StepKind.SYNC, str(version), told, still=still)
    return done._replace(state="synced") if done.good else done


def admit(
    context: ReleaseContext, version: Version, environment: str, *, canary: bool = False
) -> tuple[PipelineState, Release, Stored]:
    """Open every gate, and the release; whatever is in the way raises.

    `canary` says that the release may have a share of the traffic.
    """
    line = context.pipeline()
    release = line.known(version)
    gates.must_be_whole(line, environment, str(version) if canary else "")
    must_be_free(context, line, environment, str(version))
    gates.may_deploy(release, environment, context.rules, context.steps)
    check_smoke(context.rules, environment, may_write=context.may_write(environment))
    stored = vault_of(context, environment, release).check(version)
    if stored.digest != release.digest:
        raise ReleaseRefusedError(
            Reason.NOT_BUILT,
            f"{version} in the vault is not what was built",
            why="its digest is not the one on record",
            fix="Find out who else writes to the vault; build a new version",
        )
    if environment in context.rules.roles:
        gates.must_be_audited(stored, environment)
    return line, release, stored


def _install(context: ReleaseContext, release: Release, stored: Stored, environment: str) -> None:
    """Make it live. Whether it may is asked with each record, and once more before the switch."""
    target, functions = context.targets[environment], stored.functions
    was: dict[str, str] = {}
    said: dict[str, Json] = {
        "to": environment,
        "dig": stored.digest,
        "label": release.label(environment),
    }

    def may() -> int:
        line = context.pipeline()
        must_be_free(context, line, environment, str(release.version))
        gates.may_deploy(line.known(release.version), environment, context.rules, context.steps)
        was.clear()
        was.update(target.live(functions))
        said["was"] = dict(sorted(was.items()))
        return line.position

    facts = begun(context, StepKind.DEPLOY, release, said, may)

    def ours() -> int:
        return holding(context, release, environment, facts)

    def install() -> None:
        with context.steps.closing(facts, ours):
            words = target.install(stored)
            ours()
            target.switch(words, was)
            _must_be_live(target, stored, environment)

    or_take_back(context, release, environment, install)


def _probe(
    context: ReleaseContext, release: Release, stored: Stored, environment: str
) -> ReleaseResult:
    """Run the smoke tests: the circuit breaker of the line."""
    label = context.pipeline().known(release.version).called(environment)
    said: dict[str, Json] = {"to": environment, "dig": stored.digest}

    def holds() -> int:
        return holding(context, release, environment)

    facts = begun(context, StepKind.SMOKE, release, said, holds)
    tested = SmokeRequest(
        environment,
        stored,
        label,
        context.targets[environment],
        context.plugins,
        context.may_write(environment),
    )
    try:
        failed = context.probe(context.rules, tested)
    except AffidavitError as error:
        context.steps.fail(facts, type(error).__name__)
        raise
    done = ReleaseResult(str(release.version), "passed", environment, stored.digest, label)
    if failed is None:
        or_take_back(context, release, environment, lambda: closed(context.steps, facts, holds))
        return done
    context.steps.end(facts, Reason.SMOKE_FAILED)
    stage = context.pipeline().stages[environment]
    if not stage.rollback_needed:
        state, note = "stopped", "There is nothing on record to go back to; what is live stays."
    else:
        roll_back(context, release, environment)
        state, note = "rolled back", ""
    said_by_it = redacted(failed[1], context.policy, context.steps)
    told = "\n".join(filter(None, (f"The smoke test {failed[0]} failed.", note, said_by_it)))
    return done._replace(state=state, reason=Reason.SMOKE_FAILED.value, note=told)


def _must_be_live(target: DeployTarget, stored: Stored, environment: str) -> None:
    if target.digests(stored.functions) != stored.zips:
        raise ReleaseRefusedError(
            Reason.FOREIGN_BYTES,
            f"what is live in {environment} is not {stored.version}",
            why="it has other bytes: somebody deploys past the line",
            fix="Find out who, and deploy the release again",
        )


def _live(context: ReleaseContext, version: Version) -> Release:
    line = context.pipeline()
    release = line.known(version)
    _must_be_last(context, line, version)
    return release


def _must_be_last(context: ReleaseContext, line: PipelineState, version: Version) -> None:
    last = context.rules.way[-1]
    if line.live(last) != str(version):
        raise ReleaseRefusedError(
            Reason.GATE_SKIPPED,
            f"{version} may not go to {context.rules.mirror}",
            why=f"it is not what is live in {last}",
            fix=f"Deploy it to {last} first, or name the version that is live there",
        )


def _copy(context: ReleaseContext, version: Version, said: Mapping[str, Json]) -> None:
    """Copy the release into the second region's vault, once it is allowed there."""
    release = context.pipeline().known(version)
    archive = context.dr_archive
    if archive is None:
        return
    refusable(
        context,
        StepKind.COPY,
        version,
        said,
        lambda: gates.may_deploy(release, context.rules.mirror, context.rules, context.steps),
    )
    with context.steps.during(StepKind.COPY, str(version), said):
        copy_release(context.vault.check(version), archive, retain_until=context.retain_until())


def vault_of(context: ReleaseContext, environment: str, release: Release) -> Vault:
    """Return the vault of an environment: the second region has its own once it was filled."""
    if environment == context.rules.mirror and context.dr_archive is not None and release.copied:
        return Vault(
            context.dr_archive, context.rules.public_key.read_bytes(), context.rules.build.terraform
        )
    return context.vault


def refusable(
    context: ReleaseContext,
    kind: StepKind,
    version: Version,
    said: Mapping[str, Json],
    check: Callable[[], T],
) -> T:
    """Run a check; what it refuses goes on record before anybody hears of it."""
    try:
        return check()
    except ReleaseRefusedError as refused:
        context.steps.tell(kind, str(version), said, reason=refused.reason)
        raise


def begun(
    context: ReleaseContext,
    kind: StepKind,
    release: Release,
    said: Mapping[str, Json],
    still: Still,
) -> Facts:
    """Record that a step begins, where it may; a release that died meanwhile is taken back."""
    environment, version = str(said["to"]), release.version

    def begin() -> Facts:
        return context.steps.begin(kind, str(version), said, still)

    return or_take_back(
        context,
        release,
        environment,
        lambda: refusable(context, kind, version, {"to": environment}, begin),
    )
