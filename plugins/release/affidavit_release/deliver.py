"""Bring a release into an environment, see whether it works there, and take it back if not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from affidavit import AffidavitError
from affidavit.plugin import Json
from affidavit_release import gates
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.make_release import ReleaseResult
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.reasons import redacted
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_steps import StepKind
from affidavit_release.smoke import Told, check_smoke
from affidavit_release.targets import DeployTarget
from affidavit_release.vault import Stored, Vault, copy_release
from affidavit_release.versions import Version

T = TypeVar("T")


def deploy(
    works: ReleaseContext, version: Version, environment: str, *, finishing: bool = False
) -> ReleaseResult:
    """Deploy a release, run the smoke tests, and take it back if one fails.

    Killed at any moment and run again, it ends where it would have ended. With
    `finishing` the release may have a share of the traffic already.

    Raises:
        ReleaseRefusedError: A gate is closed, or the bytes are not the signed ones.
        ReleaseError: The target cannot be used; doing it again goes on.

    """
    settle(works, environment)
    said = {"to": environment}
    line, release, stored = refusable(
        works,
        StepKind.DEPLOY,
        version,
        said,
        lambda: admit(works, version, environment, canary=finishing),
    )
    target, functions = works.targets[environment], stored.functions
    there = target.digests(functions) == stored.zips
    if there and line.live(environment) == str(version):
        return ReleaseResult(
            str(version), "same", environment, stored.digest, release.called(environment)
        )
    stage = line.stages[environment]
    if not (there and stage.there and stage.candidate == str(version)):
        _install(works, release, stored, environment)
    return _probe(works, release, stored, environment)


def verify(works: ReleaseContext, environment: str) -> ReleaseResult:
    """See whether what is live is what the vault has, and whether it works.

    A failed smoke test takes the newest deployment back. Nothing is deployed.

    Raises:
        ReleaseRefusedError: Nothing is live, or other bytes are.

    """
    settle(works, environment)
    release = gates.live_release(works.line(), environment)
    said = {"to": environment, "dig": release.digest}

    def same_bytes() -> Stored:
        stored = vault_of(works, environment, release).open(release.version)
        check_smoke(works.rules, environment)
        _must_be_live(works.targets[environment], stored, environment)
        return stored

    stored = refusable(works, StepKind.SMOKE, release.version, said, same_bytes)
    return _probe(works, release, stored, environment)


def sync_dr(works: ReleaseContext, version: Version) -> ReleaseResult:
    """Bring what is live in PROD into the second region: vault, functions, and a mark.

    Raises:
        ReleaseRefusedError: It has not passed PROD.

    """
    said: dict[str, Json] = {"to": "dr"}
    line = works.line()
    release = refusable(works, StepKind.SYNC, version, said, lambda: _live_in_prod(line, version))
    if works.dr_archive is not None and not release.copied:
        _copy(works, version, said)
    done = deploy(works, version, "dr")
    if done.good and not release.synced:
        works.steps.tell(StepKind.SYNC, str(version), {**said, "dig": done.digest})
    return done._replace(state="synced") if done.good else done


def settle(works: ReleaseContext, environment: str) -> None:
    """Finish a rollback that is owed: a command was killed, or a canary was rejected."""
    line = works.line()
    stage = line.stages[environment]
    if stage.rollback_needed or (stage.share and line.releases[stage.candidate].died is not None):
        roll_back(works, line.releases[stage.candidate], environment)


def admit(
    works: ReleaseContext, version: Version, environment: str, *, canary: bool = False
) -> tuple[PipelineState, Release, Stored]:
    """Open every gate, and the release; whatever is in the way raises.

    `canary` says that the release may have a share of the traffic.
    """
    line = works.line()
    release = line.known(version)
    gates.must_be_whole(line, environment, str(version) if canary else "")
    gates.may_deploy(release, environment, works.rules, works.steps)
    check_smoke(works.rules, environment)
    stored = vault_of(works, environment, release).check(version)
    if stored.digest != release.digest:
        raise ReleaseRefusedError(
            Reason.NOT_BUILT,
            f"{version} in the vault is not what was built",
            why="its digest is not the one on record",
            fix="Find out who else writes to the vault; build a new version",
        )
    return line, release, stored


def _install(works: ReleaseContext, release: Release, stored: Stored, environment: str) -> None:
    target, functions = works.targets[environment], stored.functions
    said: dict[str, Json] = {
        "to": environment,
        "dig": stored.digest,
        "label": release.label(environment),
        "was": dict(sorted(target.live(functions).items())),
    }
    with works.steps.during(StepKind.DEPLOY, str(release.version), said):
        # Once more, now that our intent is on record: of two people who reject and
        # deploy at the same moment, one sees the other.
        gates.may_deploy(works.line().known(release.version), environment, works.rules, works.steps)
        target.switch(target.install(stored))
        _must_be_live(target, stored, environment)


def _probe(
    works: ReleaseContext, release: Release, stored: Stored, environment: str
) -> ReleaseResult:
    """Run the smoke tests: the circuit breaker of the line."""
    label = works.line().known(release.version).called(environment)
    said: dict[str, Json] = {"to": environment, "dig": stored.digest}
    facts = works.steps.begin(StepKind.SMOKE, str(release.version), said)
    tested = Told(environment, stored, label, works.targets[environment], works.plugins)
    try:
        failed = works.probe(works.rules, tested)
    except AffidavitError as error:
        works.steps.fail(facts, type(error).__name__)
        raise
    done = ReleaseResult(str(release.version), "passed", environment, stored.digest, label)
    if failed is None:
        works.steps.end(facts)
        return done
    works.steps.end(facts, Reason.SMOKE_FAILED)
    stage = works.line().stages[environment]
    if not stage.rollback_needed:
        state, note = "stopped", "There is nothing on record to go back to; what is live stays."
    else:
        roll_back(works, release, environment)
        state, note = "rolled back", ""
    said_by_it = redacted(failed[1], works.policy, works.steps)
    told = "\n".join(filter(None, (f"The smoke test {failed[0]} failed.", note, said_by_it)))
    return done._replace(state=state, reason=Reason.SMOKE_FAILED.value, note=told)


def roll_back(works: ReleaseContext, release: Release, environment: str) -> None:
    """Make live again what was live before; the record of why is kept already."""
    target, was = works.targets[environment], works.line().stages[environment].was
    said: dict[str, Json] = {"to": environment, "was": dict(sorted(was.items()))}
    with works.steps.during(StepKind.ROLLBACK, str(release.version), said):
        target.switch(was)


def _must_be_live(target: DeployTarget, stored: Stored, environment: str) -> None:
    if target.digests(stored.functions) != stored.zips:
        raise ReleaseRefusedError(
            Reason.FOREIGN_BYTES,
            f"what is live in {environment} is not {stored.version}",
            why="it has other bytes: somebody deploys past the line",
            fix="Find out who, and deploy the release again",
        )


def _live_in_prod(line: PipelineState, version: Version) -> Release:
    release = line.known(version)
    if line.live("prod") != str(version):
        raise ReleaseRefusedError(
            Reason.GATE_SKIPPED,
            f"{version} may not go to dr",
            why="it is not what is live in prod",
            fix="Deploy it to prod first, or name the version that is live there",
        )
    return release


def _copy(works: ReleaseContext, version: Version, said: Mapping[str, Json]) -> None:
    """Copy the release into the second region's vault, once it is allowed there."""
    release = works.line().known(version)
    archive = works.dr_archive
    if archive is None:
        return
    refusable(
        works,
        StepKind.COPY,
        version,
        said,
        lambda: gates.may_deploy(release, "dr", works.rules, works.steps),
    )
    with works.steps.during(StepKind.COPY, str(version), said):
        copy_release(works.vault.check(version), archive, retain_until=works.retain_until())


def vault_of(works: ReleaseContext, environment: str, release: Release) -> Vault:
    """Return the vault of an environment: the second region has its own once it was filled."""
    if environment == "dr" and works.dr_archive is not None and release.copied:
        return Vault(
            works.dr_archive, works.rules.public_key.read_bytes(), works.rules.build.terraform
        )
    return works.vault


def refusable(
    works: ReleaseContext,
    act: StepKind,
    version: Version,
    said: Mapping[str, Json],
    check: Callable[[], T],
) -> T:
    """Run a check; what it refuses goes on record before anybody hears of it."""
    try:
        return check()
    except ReleaseRefusedError as refused:
        works.steps.tell(act, str(version), said, reason=refused.reason)
        raise
