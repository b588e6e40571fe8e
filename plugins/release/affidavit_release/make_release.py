"""Build a release from a commit, and bring it into the vault."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from affidavit.plugin import Json
from affidavit_release import gates
from affidavit_release.bundles import collect, stage, staged
from affidavit_release.definition_check import check_definition
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.git_log import Changes, read_changes
from affidavit_release.line_step import StepKind
from affidavit_release.pipeline_state import Release
from affidavit_release.programs import must_run, run_program
from affidavit_release.provenance import with_provenance
from affidavit_release.release_context import ReleaseContext
from affidavit_release.vault import checksums, digest_of
from affidavit_release.versions import Bump, Version, bump_of

CHECK_S = 300.0


class ReleaseResult(NamedTuple):
    """What a step has come to. `state` is a word such as `built`, `same` or `refused`."""

    version: str
    state: str
    environment: str = ""
    digest: str = ""
    label: str = ""
    reason: str = ""
    note: str = ""

    @property
    def good(self) -> bool:
        """True if the line may go on."""
        return not self.reason


def build(context: ReleaseContext, repo: Path, stages: Path) -> ReleaseResult:
    """Build the next version from the commits since the last one, and put it aside.

    The same commit again is the same version. Without a commit that changes what
    users get there is nothing to release.

    Raises:
        ReleaseRefusedError: The tree or a bundle is not fit for a release.
        ReleaseError: A tool failed.

    """
    line = context.pipeline()
    last = line.newest()
    version = _wanted(context, last)
    try:
        changes = read_changes(repo, "" if last is None else last.commit)
        found = _next(context, last, changes)
        if found is None:
            return ReleaseResult(
                str(last.version) if last else "", "nothing", note="No commit asks for one."
            )
        version = found
        built = _bundles(context, repo)
        files = with_provenance(built, changes, context.rules.build, str(version))
        digest = digest_of(checksums(files))
        _same_bytes(last, version, digest)
        stage(stages, version, files)
        if last is not None and (last.version, last.digest) == (version, digest):
            return ReleaseResult(str(version), "same", digest=digest)
        authors = sorted({context.steps.token("actor", one) for one in changes.authors})
        told: dict[str, Json] = {"dig": digest, "rev": changes.head, "by": [*authors]}
        context.steps.tell(
            StepKind.BUILD, str(version), told, still=lambda: _still_next(context, last)
        )
    except ReleaseRefusedError as refused:
        context.steps.tell(StepKind.BUILD, str(version), {}, reason=refused.reason)
        raise
    return ReleaseResult(str(version), "built", digest=digest)


def _still_next(context: ReleaseContext, last: Release | None) -> int:
    """Check that nobody else has built or uploaded meanwhile; return where the line stands."""
    line = context.pipeline()
    newest = line.newest()
    told = None if newest is None else (newest.version, newest.digest, newest.uploaded)
    if told != (None if last is None else (last.version, last.digest, last.uploaded)):
        raise ReleaseRefusedError(
            Reason.SUPERSEDED,
            "this build is not the next release",
            why="another one was built meanwhile",
            fix="Build again: the number follows from what is there",
        )
    return line.position


def upload(context: ReleaseContext, version: Version, stages: Path) -> ReleaseResult:
    """Bring what was built into the vault, signed.

    Raises:
        ReleaseRefusedError: The bytes are not those that were built, or others are there.

    """
    name = str(version)
    try:
        release = context.pipeline().known(version)
        gates.must_live(release)
        files = staged(stages, version)
        if files is None:
            return _already(context, release)
        _as_built(release, files)
    except ReleaseRefusedError as refused:
        context.steps.tell(StepKind.UPLOAD, name, {}, reason=refused.reason)
        raise
    if release.uploaded:
        context.vault.open(version)
        return ReleaseResult(name, "same", digest=release.digest)
    with context.steps.during(StepKind.UPLOAD, name, {"dig": release.digest}):
        context.vault.write(version, files, context.signer(), retain_until=context.retain_until())
    return ReleaseResult(name, "uploaded", digest=release.digest)


def _wanted(context: ReleaseContext, last: Release | None) -> Version:
    """Return the version that a refusal before the real one is known is recorded under."""
    return context.rules.first if last is None else last.version


def _next(context: ReleaseContext, last: Release | None, changes: Changes) -> Version | None:
    if last is None:
        return context.rules.first
    if last.commit == changes.head:
        return last.version
    bump = bump_of(changes.messages)
    return None if bump is Bump.NONE else last.version.after(bump)


def _bundles(context: ReleaseContext, repo: Path) -> Mapping[str, bytes]:
    rules = context.rules.build
    if rules.command:
        must_run(
            _program(rules.command), what="build.command", folder=repo, timeout_s=rules.timeout_s
        )
    files = collect(rules.bundles)
    if rules.service is not None:
        check_definition(files, rules.service, context.rules.targets, rules.terraform)
    if rules.check:
        _check(_program(rules.check), files)
    return files


def _check(command: list[str], files: Mapping[str, bytes]) -> None:
    """Run the check on the very bytes that are released, each zip by itself."""
    with tempfile.TemporaryDirectory(prefix="affidavit-release-") as name:
        for zip_name in (one for one in files if one.endswith(".zip")):
            path = Path(name) / zip_name
            path.write_bytes(files[zip_name])
            ended = run_program([*command, str(path)], folder=path.parent, timeout_s=CHECK_S)
            if ended.code != 0:
                raise ReleaseRefusedError(
                    Reason.BUNDLE_BAD,
                    f"{zip_name} did not pass its check",
                    why=f"build.check ended with {ended.code}",
                    fix="Run it by hand to see why",
                )


def _program(command: tuple[str, ...]) -> list[str]:
    """Return a command, `{python}` being the interpreter that runs this one."""
    return [sys.executable if one == "{python}" else one for one in command]


def _same_bytes(last: Release | None, version: Version, digest: str) -> None:
    """Refuse other bytes under a version that is in the vault."""
    if last is not None and last.version == version and last.uploaded and last.digest != digest:
        raise ReleaseRefusedError(
            Reason.VERSION_TAKEN,
            f"{version} is in the vault with other bytes",
            why="the same commit gave another bundle this time",
            fix="Pin versions with a --lock, or commit what has changed",
        )


def _as_built(release: Release, files: Mapping[str, bytes]) -> None:
    if digest_of(checksums(files)) != release.digest:
        raise ReleaseRefusedError(
            Reason.VERSION_TAKEN if release.uploaded else Reason.NOT_BUILT,
            f"what was put aside for {release.version} is not what was built",
            why="its digest is not the one on record",
            fix="Build it again from the commit",
        )


def _already(context: ReleaseContext, release: Release) -> ReleaseResult:
    """Answer for a release whose files are no longer here: it has to be in the vault."""
    gates.must_be_uploaded(release)
    context.vault.open(release.version)
    return ReleaseResult(str(release.version), "same", digest=release.digest)
