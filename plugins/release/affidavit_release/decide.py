"""What people decide: this release may go on, or it may not."""

from __future__ import annotations

from affidavit.plugin import Json, Token
from affidavit_release import gates
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.line_step import StepKind
from affidavit_release.make_release import ReleaseResult
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.reasons import fit_for_record
from affidavit_release.release_context import ReleaseContext
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

    def may() -> tuple[int, Release, Token]:
        line = context.pipeline()
        release = line.known(version)
        _must_be_reasoned(why)
        who = gates.may_approve(release, environment, name, context.rules, context.steps)
        return line.position, release, who

    try:
        _, release, who = may()
        if who in release.approvals.get(environment, set()):
            return ReleaseResult(str(version), "same", environment, release.digest)
        told = {**said, "dig": release.digest}
        context.steps.tell(StepKind.APPROVE, str(version), told, behalf=who, still=lambda: may()[0])
    except ReleaseRefusedError as refused:
        _refused(context, StepKind.APPROVE, version, said, name=name, refused=refused)
        raise
    return ReleaseResult(str(version), "approved", environment, release.digest)


def reject(context: ReleaseContext, version: Version, name: str, why: str) -> ReleaseResult:
    """End a release, in somebody's name and for a reason. It cannot be taken back.

    Raises:
        ReleaseRefusedError: They may not. On record.

    """
    said = _said(context, "", why)
    found: list[Release] = []

    def may() -> int:
        line = context.pipeline()
        release = line.known(version)
        _must_be_reasoned(why)
        gates.may_decide(name, context.rules, context.steps)
        found[:] = [release]
        if release.died is not None:
            raise _DeadAlreadyError
        said["to"], said["dig"] = _where(context, line, version), release.digest
        return line.position

    try:
        who = context.steps.token("actor", name)
        context.steps.tell(StepKind.REJECT, str(version), said, behalf=who, still=may)
    except _DeadAlreadyError:
        died = found[0].died
        environment = "" if died is None else died.environment
        return ReleaseResult(str(version), "dead already", environment, found[0].digest)
    except ReleaseRefusedError as refused:
        _refused(context, StepKind.REJECT, version, said, name=name, refused=refused)
        raise
    return ReleaseResult(str(version), "rejected", str(said["to"]), found[0].digest)


class _DeadAlreadyError(Exception):
    """There is nothing left to reject."""


def _where(context: ReleaseContext, line: PipelineState, version: Version) -> str:
    """Return where a release stands: on its way into there, or the furthest that it has passed."""
    release = line.known(version)
    coming = [
        name
        for name, stage in line.stages.items()
        if stage.candidate == str(version) and (stage.pending or stage.share)
    ]
    passed = [one for one in context.rules.targets if one in release.passed]
    return next(iter([*coming[-1:], *passed[-1:]]), "")


def _must_be_reasoned(why: str) -> None:
    if not why.strip():
        raise ReleaseRefusedError(
            Reason.UNREASONED,
            "a decision needs a reason",
            why="nobody can tell later what it was for",
            fix="Say it with --why",
        )


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
