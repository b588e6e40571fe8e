"""What a person sees: where every environment stands, and what became of every version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from affidavit import AffidavitError
from affidavit.plugin import CommandResult, Json
from affidavit_release.errors import Reason
from affidavit_release.gates import next_environment
from affidavit_release.make_release import ReleaseResult
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.release_context import ReleaseContext
from affidavit_release.versions import Version

SHORT = 12


def show_done(done: ReleaseResult) -> CommandResult:
    """Show what a step has come to; exit code 1 if the line stops here."""
    row = (done.version, done.environment, done.state, done.label, done.digest[:SHORT])
    return CommandResult(
        data={key: value for key, value in done._asdict().items() if key != "note"},
        columns=("version", "environment", "state", "label", "digest"),
        rows=[row],
        notes=tuple(filter(None, (done.note,))),
        exit_code=0 if done.good else 1,
    )


def show_refusal(version: str, environment: str, reason: Reason, told: str) -> CommandResult:
    """Show that the line said no, and that this is on record."""
    data: dict[str, Json] = {
        "version": version,
        "state": "refused",
        "environment": environment,
        "reason": reason.value,
    }
    return CommandResult(
        data=data,
        columns=("version", "environment", "state", "reason"),
        rows=[(version, environment, "refused", reason.value)],
        notes=(told,),
        exit_code=1,
    )


def show_status(context: ReleaseContext) -> CommandResult:
    """Show each environment: what should be live there, and whether it is."""
    line = context.pipeline()
    told = [_stage(context, line, name) for name in context.rules.targets]
    columns = ("environment", "version", "label", "digest", "live", "next")
    rows = [
        [str(one[name])[: 64 if name != "digest" else SHORT] for name in columns] for one in told
    ]
    good = all(one["live"] in {"same", "nothing"} for one in told)
    notes = tuple(
        f"{stage.share} % of {name} go to {stage.candidate}, "
        f"{'watched' if stage.watched else 'not watched to the end'}."
        for name, stage in line.stages.items()
        if stage.share
    )
    return CommandResult(
        data=list(told), columns=columns, rows=rows, notes=notes, exit_code=0 if good else 1
    )


def show_history(context: ReleaseContext) -> CommandResult:
    """Show every version: how far it came, and where and why it died."""
    line = context.pipeline()
    releases = sorted(line.releases.values(), key=lambda one: one.version)
    told = [_release(context, line, one) for one in releases if one.digest]
    dead = sum(one["died_in"] is not None for one in told)
    last = context.rules.way[-1]
    live = line.live(last) or "nothing"
    return CommandResult(
        data=list(told),
        columns=("version", *context.rules.targets, "fate", "why"),
        rows=[
            (
                one["version"],
                *(_mark(release, name) for name in context.rules.targets),
                one["fate"],
                one["why"],
            )
            for one, release in zip(told, [r for r in releases if r.digest], strict=True)
        ],
        notes=(f"{len(told)} version(s), {dead} in the graveyard; live in {last}: {live}.",),
    )


def write_report(context: ReleaseContext, to: Path) -> CommandResult:
    """Write the page and say where it is."""
    from affidavit_release.report_page import report_page  # noqa: PLC0415 - it asks for fates

    to.write_text(report_page(context), "utf-8")
    return CommandResult(data={"page": str(to)}, columns=("page",), rows=[(str(to),)])


def _stage(context: ReleaseContext, line: PipelineState, name: str) -> dict[str, Json]:
    version = line.live(name)
    release = line.releases.get(version)
    waiting = [
        str(one.version)
        for one in line.releases.values()
        if one.uploaded and one.died is None and next_environment(one, context.rules) == name
    ]
    return {
        "environment": name,
        "version": version,
        "label": release.called(name) if release is not None else "",
        "digest": release.digest if release is not None else "",
        "live": _live(context, release, name),
        "next": ", ".join(waiting),
        "share": line.stages[name].share,
        "canary": line.stages[name].candidate if line.stages[name].share else "",
    }


def _live(context: ReleaseContext, release: Release | None, name: str) -> str:
    if release is None:
        return "nothing"
    try:
        zips = context.vault.open(Version(*release.version)).zips
        found = context.targets[name].digests(tuple(zips))
    except AffidavitError as error:
        return f"unknown: {type(error).__name__}"
    return "same" if found == zips else "other bytes"


def _release(context: ReleaseContext, line: PipelineState, release: Release) -> dict[str, Json]:
    died = release.died
    return {
        "version": str(release.version),
        "digest": release.digest,
        "commit": release.commit,
        "passed": dict(release.passed),
        "labels": list(release.labels),
        "fate": fate(context, line, release),
        "died_in": None if died is None else died.environment,
        "reason": "" if died is None else died.reason or Reason.REJECTED.value,
        "why": "" if died is None else died.why or died.reason,
        "synced": release.synced,
    }


def fate(context: ReleaseContext, line: PipelineState, release: Release) -> str:
    """Say in a word or two what has become of a release."""
    if release.died is not None:
        return f"died in {release.died.environment or 'the vault'}"
    way = context.rules.way
    if line.live(way[-1]) == str(release.version):
        return "live, globally synced" if release.synced else "live"
    return "under way" if next_environment(release, context.rules) in way else "replaced"


def _mark(release: Release, environment: str) -> str:
    return next(_marks(release, environment))


def _marks(release: Release, environment: str) -> Iterator[str]:
    if release.died is not None and release.died.environment == environment:
        yield "failed" if release.died.reason else "rejected"
    yield "passed" if environment in release.passed else "-"
