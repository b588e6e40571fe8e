"""What has to be so before a release goes on. Each check raises, and the caller records it."""

from __future__ import annotations

import json
from typing import Final

from affidavit.plugin import Token
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.release_steps import Steps
from affidavit_release.rules import Person, Rules, Smoke
from affidavit_release.vault import Stored

MANIFEST: Final = ".manifest.json"


def may_deploy(release: Release, environment: str, rules: Rules, steps: Steps) -> None:
    """Refuse a release that is dead, out of turn, or not approved for a gated environment.

    An approval counts as long as the rules give its author the gate's role.
    """
    must_live(release)
    must_be_uploaded(release)
    before = list(rules.targets)[: list(rules.targets).index(environment)]
    missing = [name for name in before if name not in release.passed]
    if missing:
        raise ReleaseRefusedError(
            Reason.GATE_SKIPPED,
            f"{release.version} may not go to {environment}",
            why=f"it has not passed {missing[0]}",
            fix=f"Deploy it to {missing[0]} first",
        )
    role = rules.roles.get(environment)
    if role is None:
        return
    holders = {steps.token("actor", one.name) for one in rules.people.values() if role in one.roles}
    if not holders & release.approvals.get(environment, set()):
        raise ReleaseRefusedError(
            Reason.UNAPPROVED,
            f"{release.version} may not go to {environment}",
            why=f"nobody with the role {role} has approved it",
            fix=f"Ask for affidavit release approve --env {environment}",
        )


def must_be_audited(stored: Stored, environment: str) -> None:
    """Refuse a release with a function of which the manifest does not say that it is audited.

    Affidavit's own functions count: they keep the evidence. What says nothing does not.
    """
    zips = [name.removesuffix(".zip") for name in sorted(stored.sums) if name.endswith(".zip")]
    for name in zips:
        manifest = f"{name}{MANIFEST}"
        told = json.loads(stored.read(manifest)) if manifest in stored.sums else {}
        said = told.get("audited")
        state = str(said.get("state")) if isinstance(said, dict) else ""
        if state not in {"audited", "own"}:
            raise ReleaseRefusedError(
                Reason.UNAUDITED,
                f"{stored.version} may not go to {environment}",
                why=f"{name} is not audited, by its manifest",
                fix="Decorate its handler with @audited, and bundle it where it can be started",
            )


def must_live(release: Release) -> None:
    """Refuse a version that has died: it is not mended, the next one is built."""
    if release.died is not None:
        raise ReleaseRefusedError(
            Reason.DEAD,
            f"{release.version} is dead",
            why=f"{release.died.reason or Reason.REJECTED.value} in {release.died.environment}",
            fix="Commit the change and build the next version",
        )


def must_be_whole(line: PipelineState, environment: str, version: str) -> None:
    """Refuse while a part of the traffic goes to a release, unless it is this one."""
    stage = line.stages[environment]
    if stage.share and stage.candidate != version:
        raise ReleaseRefusedError(
            Reason.CANARY_OPEN,
            f"{environment} takes no other release now",
            why=f"{stage.share} % of its traffic go to {stage.candidate}",
            fix="Run affidavit release canary with --finish or --abort first",
        )


def must_be_watched(line: PipelineState, environment: str, version: str) -> None:
    """Refuse to give everything to a canary that is none, or was not watched."""
    stage = line.stages[environment]
    if not stage.share or stage.candidate != version:
        raise ReleaseRefusedError(
            Reason.UNKNOWN,
            f"{version} is no canary in {environment}",
            why="no part of the traffic goes to it",
            fix="Run affidavit release canary first, or deploy it at once",
        )
    if not stage.watched:
        raise ReleaseRefusedError(
            Reason.UNWATCHED,
            f"{version} may not have all of the traffic in {environment} yet",
            why="its present share has not been watched to the end",
            fix="Run affidavit release canary again, and wait",
        )


def must_be_uploaded(release: Release) -> None:
    """Refuse a version whose upload is not on record."""
    if not release.uploaded:
        raise ReleaseRefusedError(
            Reason.NOT_IN_VAULT,
            f"{release.version} is not in the vault",
            why="no finished upload is on record",
            fix="Run affidavit release upload",
        )


def may_approve(release: Release, environment: str, name: str, rules: Rules, steps: Steps) -> Token:
    """Return the token of who approves, or refuse.

    Being named in the rules is not enough: the gate's role, an identity that is
    known well enough, and not having written or built the release.
    """
    must_live(release)
    before = rules.way[: rules.way.index(environment)][-1:]
    if before and before[0] not in release.passed:
        raise ReleaseRefusedError(
            Reason.GATE_SKIPPED,
            f"{release.version} cannot be approved for {environment} yet",
            why=f"it has not passed {before[0]}",
            fix=f"Deploy it to {before[0]} first",
        )
    person = may_decide(name, rules, steps)
    role = rules.roles[environment]
    if role not in person.roles:
        raise ReleaseRefusedError(
            Reason.ROLE_MISSING,
            f"who approves for {environment} needs the role {role}",
            why="the release policy does not give it to them",
            fix="Ask somebody who has it",
        )
    if release.authors & {steps.token("actor", one) for one in person.identities}:
        raise ReleaseRefusedError(
            Reason.OWN_BUILD,
            f"{release.version} needs somebody else's approval",
            why="who approves has written, built or uploaded it",
            fix="Ask somebody else with that role",
        )
    return steps.token("actor", person.name)


def may_decide(name: str, rules: Rules, steps: Steps) -> Person:
    """Return the person of that name, known as well as the rules ask for."""
    person = rules.people.get(name)
    if person is None or not person.roles:
        raise ReleaseRefusedError(
            Reason.ROLE_MISSING,
            "who decides is not in the release policy",
            why="only people with a role decide about releases",
            fix="Correct --as, or have the release policy changed",
        )
    if rules.proven:
        mine = {steps.token("actor", identity) for identity in person.identities}
        if not steps.proven or steps.me() not in mine:
            raise ReleaseRefusedError(
                Reason.IDENTITY_UNPROVEN,
                "who decides is not proven",
                why="the release policy asks for an identity that AWS has checked",
                fix="Use the credentials of one of the person's identities",
            )
    return person


def may_run(smoke: Smoke, environment: str, *, may_write: bool) -> None:
    """Refuse a smoke test that writes where only reading is allowed."""
    if smoke.writes and not may_write:
        raise ReleaseRefusedError(
            Reason.WRITE_IN_PROD,
            f"the smoke test {smoke.name} may not run in {environment}",
            why="it writes, and there only reading is allowed",
            fix="Give it other environments in the release policy",
        )


def next_environment(release: Release, rules: Rules) -> str:
    """Return where a release goes next; empty if it has been everywhere."""
    return next((name for name in rules.targets if name not in release.passed), "")


def live_release(line: PipelineState, environment: str) -> Release:
    """Return what is live in an environment, or refuse if nothing is."""
    version = line.live(environment)
    if not version:
        raise ReleaseRefusedError(
            Reason.UNKNOWN,
            f"nothing is live in {environment}",
            why="no release has passed there",
            fix="Deploy one first",
        )
    return line.releases[version]
