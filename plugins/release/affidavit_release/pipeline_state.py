"""Where the pipeline stands: a replay of its steps, and nothing else.

There is no file that says what is live. Whoever has the ledger has the state,
and a step that is done twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.line_step import Step, StepKind
from affidavit_release.rules import Rules
from affidavit_release.versions import Version, label_of, read_version


@dataclass(slots=True)
class Release:
    """What has become of one version. Environments map to when, or to a count."""

    version: Version
    words: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    commit: str = ""
    authors: frozenset[str] = frozenset()
    uploaded: str = ""
    copied: bool = False
    deployed: dict[str, int] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, set[str]] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    died: Step | None = None
    synced: str = ""

    def label(self, environment: str) -> str:
        """Return what it is called when it gets to an environment next."""
        return self._label(environment, self.deployed.get(environment, 0) + 1)

    def called(self, environment: str) -> str:
        """Return what it is called in an environment where it has been."""
        return self._label(environment, max(1, self.deployed.get(environment, 0)))

    def _label(self, environment: str, number: int) -> str:
        return label_of(self.version, self.words.get(environment, ""), number)


@dataclass(slots=True)
class EnvironmentState:
    """One environment.

    `live` are the versions that have passed here, the newest last. `previous` is what
    was live before `candidate` came, in the target's own words; `pending` until the
    candidate has passed or was taken back, `installed` once its deployment has ended.
    `share` is the candidate's part of the traffic in percent while it is a canary,
    else 0; `watched` is true once no alarm was raised for as long as it takes.
    `rollback_needed` is true while a failed candidate has not been taken back.
    `attempt` is the deployment or smoke test that is under way, since `opened_at`.
    """

    live: list[str] = field(default_factory=list)
    candidate: str = ""
    previous: Mapping[str, str] = field(default_factory=dict)
    pending: bool = False
    installed: bool = False
    share: int = 0
    watched: bool = False
    rollback_needed: bool = False
    attempt: str = ""
    opened_at: str = ""


@dataclass(slots=True)
class PipelineState:
    """All releases and environments, as they stand after the record `position`."""

    releases: dict[str, Release] = field(default_factory=dict)
    stages: dict[str, EnvironmentState] = field(default_factory=dict)
    position: int = 0

    def newest(self) -> Release | None:
        """Return the highest version that was ever built, whatever became of it."""
        built = [one for one in self.releases.values() if one.digest]
        return max(built, key=lambda one: one.version, default=None)

    def known(self, version: Version) -> Release:
        """Return a release.

        Raises:
            ReleaseRefusedError: It was never built.

        """
        found = self.releases.get(str(version))
        if found is None or not found.digest:
            raise ReleaseRefusedError(
                Reason.UNKNOWN,
                f"{version} was never built here",
                why="the release ledger has no record of it",
                fix="Run affidavit release build",
            )
        return found

    def live(self, environment: str) -> str:
        """Return the version that is live; empty if none is."""
        live = self.stages[environment].live
        return live[-1] if live else ""


def replay(steps: Iterable[Step], rules: Rules) -> PipelineState:
    """Return where the pipeline stands after these steps, oldest first."""
    line = PipelineState(stages={name: EnvironmentState() for name in rules.targets})
    for step in steps:
        fresh = Release(read_version(step.version), rules.labels)
        release = line.releases.setdefault(step.version, fresh)
        stage = line.stages.get(step.environment, EnvironmentState())
        if step.phase == "I":
            _opened(step, stage)
        else:
            if step.attempt == stage.attempt:
                stage.attempt = ""
            _ended(step, release, stage)
        line.position = step.number
    return line


_DEATHS: Final = {
    (StepKind.SMOKE, Reason.SMOKE_FAILED.value),
    (StepKind.WATCH, Reason.CANARY_FAILED.value),
}
"""How a version dies without anybody's doing."""


_LASTING: Final = frozenset({StepKind.DEPLOY, StepKind.SHIFT, StepKind.SMOKE})
"""What keeps an environment busy from its opening record to its closing one."""


def _opened(step: Step, stage: EnvironmentState) -> None:
    if step.kind in _LASTING:
        stage.attempt, stage.opened_at = step.attempt, step.at
    if step.kind in {StepKind.DEPLOY, StepKind.SHIFT}:
        if not stage.pending:  # else an earlier candidate never settled; what was before it counts
            stage.previous = dict(step.said.get("was", {}))
        stage.candidate, stage.pending, stage.installed = step.version, True, False
    if step.kind is StepKind.SHIFT:
        # From here on: killed in between, the traffic may have moved.
        stage.share, stage.watched = int(step.said.get("share", 0)), False


def _ended(step: Step, release: Release, stage: EnvironmentState) -> None:
    if step.ok:
        _MEANINGS[step.kind](step, release, stage)
    elif (step.kind, step.reason) in _DEATHS:
        release.died = release.died or step
        stage.rollback_needed = stage.rollback_needed or step.version == stage.candidate


def _built(step: Step, release: Release, _: EnvironmentState) -> None:
    if not release.uploaded:  # what is in the vault is not built anew
        release.digest, release.commit = str(step.said.get("dig")), str(step.said.get("rev"))
        release.authors = frozenset((*step.said.get("by", ()), step.actor))


def _uploaded(step: Step, release: Release, _: EnvironmentState) -> None:
    release.uploaded = release.uploaded or step.at
    release.authors |= {step.actor}


def _deployed(step: Step, release: Release, stage: EnvironmentState) -> None:
    release.deployed[step.environment] = release.deployed.get(step.environment, 0) + 1
    stage.installed = True
    stage.share, stage.watched = 0, False
    label = release.called(step.environment)
    if label not in release.labels:
        release.labels.append(label)


def _passed(step: Step, release: Release, stage: EnvironmentState) -> None:
    release.passed.setdefault(step.environment, step.at)
    if step.version == stage.candidate:
        stage.pending = False
    if not stage.live or stage.live[-1] != step.version:
        stage.live.append(step.version)


def _taken_back(step: Step, _: Release, stage: EnvironmentState) -> None:
    if step.version != stage.candidate:
        return  # something else has come meanwhile, and stays
    stage.live = [version for version in stage.live if version != step.version]
    stage.candidate, stage.previous = "", {}
    stage.pending = stage.installed = stage.rollback_needed = stage.watched = False
    stage.share = 0


def _shifted(_: Step, __: Release, ___: EnvironmentState) -> None:
    """Nothing: what counts is that it was about to be done."""


def _watched(step: Step, _: Release, stage: EnvironmentState) -> None:
    stage.watched = step.version == stage.candidate and stage.share > 0


def _approved(step: Step, release: Release, _: EnvironmentState) -> None:
    release.approvals.setdefault(step.environment, set()).add(step.behalf)


def _rejected(step: Step, release: Release, _: EnvironmentState) -> None:
    release.died = release.died or step


def _copied(_: Step, release: Release, __: EnvironmentState) -> None:
    release.copied = True


def _synced(step: Step, release: Release, _: EnvironmentState) -> None:
    release.synced = release.synced or step.at


_MEANINGS: Final[Mapping[StepKind, Callable[[Step, Release, EnvironmentState], None]]] = {
    StepKind.BUILD: _built,
    StepKind.UPLOAD: _uploaded,
    StepKind.DEPLOY: _deployed,
    StepKind.SHIFT: _shifted,
    StepKind.WATCH: _watched,
    StepKind.SMOKE: _passed,
    StepKind.ROLLBACK: _taken_back,
    StepKind.APPROVE: _approved,
    StepKind.REJECT: _rejected,
    StepKind.COPY: _copied,
    StepKind.SYNC: _synced,
}
"""What a step that ended well means for its release and its environment."""
