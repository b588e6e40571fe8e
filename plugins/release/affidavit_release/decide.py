"""What people decide: this release may go on, or it may not."""

from __future__ import annotations

from affidavit.plugin import Json, Token
from affidavit_release import gates
from affidavit_release.errors import ReleaseRefusedError
from affidavit_release.make_release import ReleaseResult
from affidavit_release.reasons import fit_for_record
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_steps import StepKind
from affidavit_release.versions import Version


def approve(
    context: ReleaseContext, version: Version, environment: str, name: str, why: str
) -> ReleaseResult:
    """Let a release into a gated environment, in somebody's name and for a reason.

    Raises:
        ReleaseRefusedError: They may not, or it is not the release's turn. On record.

    """
    context.rules.one_of(context.rules.roles, environment)
    said = _said(context, environment, why)
    try:
        release = context.pipeline().known(version)
        who = gates.may_approve(release, environment, name, context.rules, context.steps)
    except ReleaseRefusedError as refused:
        _refused(context, StepKind.APPROVE, version, said, name=name, refused=refused)
        raise
    if who in release.approvals.get(environment, set()):
        return ReleaseResult(str(version), "same", environment, release.digest)
    context.steps.tell(StepKind.APPROVE, str(version), {**said, "dig": release.digest}, behalf=who)
    return ReleaseResult(str(version), "approved", environment, release.digest)


def reject(context: ReleaseContext, version: Version, name: str, why: str) -> ReleaseResult:
    """End a release, in somebody's name and for a reason. It cannot be taken back.

    Raises:
        ReleaseRefusedError: They may not. On record.

    """
    said = _said(context, "", why)
    try:
        release = context.pipeline().known(version)
        person = gates.may_decide(name, context.rules, context.steps)
    except ReleaseRefusedError as refused:
        _refused(context, StepKind.REJECT, version, said, name=name, refused=refused)
        raise
    # Where it stood: the furthest environment that it has passed.
    passed = [one for one in context.rules.targets if one in release.passed]
    environment = passed[-1] if passed else ""
    if release.died is not None:
        return ReleaseResult(str(version), "dead already", release.died.environment, release.digest)
    context.steps.tell(
        StepKind.REJECT,
        str(version),
        {**said, "to": environment, "dig": release.digest},
        behalf=context.steps.token("actor", person.name),
    )
    return ReleaseResult(str(version), "rejected", environment, release.digest)


def _said(context: ReleaseContext, environment: str, why: str) -> dict[str, Json]:
    text = fit_for_record(why, context.rules, context.policy, context.steps)
    return {"to": environment, "why": text}


def _refused(
    context: ReleaseContext,
    kind: StepKind,
    version: Version,
    said: dict[str, Json],
    *,
    name: str,
    refused: ReleaseRefusedError,
) -> None:
    """Record who was refused, as a token: also of somebody whom the rules do not know."""
    who: Token = context.steps.token("actor", name)
    context.steps.tell(kind, str(version), said, reason=refused.reason, behalf=who)
