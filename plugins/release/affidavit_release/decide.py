"""What people decide: this release may go on, or it may not."""

from __future__ import annotations

from affidavit.plugin import Json, Token
from affidavit_release import gates
from affidavit_release.errors import ReleaseRefusedError
from affidavit_release.make_release import ReleaseResult
from affidavit_release.reasons import fit_for_record
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_steps import StepKind
from affidavit_release.rules import ORDER
from affidavit_release.versions import Version


def approve(
    works: ReleaseContext, version: Version, environment: str, name: str, why: str
) -> ReleaseResult:
    """Let a release into a gated environment, in somebody's name and for a reason.

    Raises:
        ReleaseRefusedError: They may not, or it is not the release's turn. On record.

    """
    said = _said(works, environment, why)
    try:
        release = works.line().known(version)
        who = gates.may_approve(release, environment, name, works.rules, works.steps)
    except ReleaseRefusedError as refused:
        _refused(works, StepKind.APPROVE, version, said, name=name, refused=refused)
        raise
    if who in release.approvals.get(environment, set()):
        return ReleaseResult(str(version), "same", environment, release.digest)
    works.steps.tell(StepKind.APPROVE, str(version), {**said, "dig": release.digest}, behalf=who)
    return ReleaseResult(str(version), "approved", environment, release.digest)


def reject(works: ReleaseContext, version: Version, name: str, why: str) -> ReleaseResult:
    """End a release, in somebody's name and for a reason. It cannot be taken back.

    Raises:
        ReleaseRefusedError: They may not. On record.

    """
    said = _said(works, "", why)
    try:
        release = works.line().known(version)
        person = gates.may_decide(name, works.rules, works.steps)
    except ReleaseRefusedError as refused:
        _refused(works, StepKind.REJECT, version, said, name=name, refused=refused)
        raise
    # Where it stood: the furthest environment that it has passed.
    passed = [one for one in ORDER if one in release.passed]
    environment = passed[-1] if passed else ""
    if release.died is not None:
        return ReleaseResult(str(version), "dead already", release.died.environment, release.digest)
    works.steps.tell(
        StepKind.REJECT,
        str(version),
        {**said, "to": environment, "dig": release.digest},
        behalf=works.steps.token("actor", person.name),
    )
    return ReleaseResult(str(version), "rejected", environment, release.digest)


def _said(works: ReleaseContext, environment: str, why: str) -> dict[str, Json]:
    text = fit_for_record(why, works.rules, works.policy, works.steps)
    return {"to": environment, "why": text}


def _refused(
    works: ReleaseContext,
    act: StepKind,
    version: Version,
    said: dict[str, Json],
    *,
    name: str,
    refused: ReleaseRefusedError,
) -> None:
    """Record who was refused, as a token: also of somebody whom the rules do not know."""
    who: Token = works.steps.token("actor", name)
    works.steps.tell(act, str(version), said, reason=refused.reason, behalf=who)
