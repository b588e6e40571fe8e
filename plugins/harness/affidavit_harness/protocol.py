"""The harness's protocol: run state, step result, verdict, report and event, each defined once.

The function, the command line and the reports read the same values; they leave
as JSON and come back through `json_form.py` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from affidavit.plugin import ScenarioRun

Values = dict[str, Any]
"""JSON that a scenario's author or an action chose: its keys and types are theirs."""


class _Strict:
    """What refuses keys that it does not know."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class RunVerdict(StrEnum):
    """What a run says of the service under test. `ERROR` and `NOT RUN` say nothing of it."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    NOT_RUN = "NOT RUN"


class StepState(StrEnum):
    """How one action or assertion stands."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    NOT_RUN = "not run"


class StepOutcome(StrEnum):
    """What the state machine does after a step."""

    OK = "OK"
    POLL = "POLL"
    DONE = "DONE"
    FAN = "FAN"
    FAILED = "FAILED"
    ERROR = "ERROR"

    @property
    def goes_on(self) -> bool:
        """Tell whether there is another action, another poll, or several at once."""
        return self in {StepOutcome.OK, StepOutcome.POLL, StepOutcome.FAN}


@dataclass(frozen=True, slots=True)
class Trouble(_Strict):
    """What went wrong, why, and what to do. Its texts hold no values."""

    name: str
    what: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class PollProgress(_Strict):
    """How far the waiting is; it survives between two calls of the function.

    `retried` names the errors that were tried again.
    """

    began_ms: int
    tries: int = 0
    held_ms: int | None = None
    retried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor(_Strict):
    """Which action is next, and what the state machine does then.

    `began_ms` and `progress` are those of a step that is being polled, `at_once`
    says how many branches of a step may go on side by side.
    """

    i: int = 0
    outcome: StepOutcome = StepOutcome.OK
    wait: int = 1
    began_ms: int | None = None
    progress: PollProgress | None = None
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class CheckFinding(_Strict):
    """One operator of one check: what was expected, what was found."""

    select: str
    operator: str
    expected: Any
    actual: Any
    holds: bool
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult(_Strict):
    """What came of one action or one assertion, masked as reports may hold it.

    `retried` names the errors that `retry` has hidden.
    """

    id: str
    uses: str = ""
    state: StepState = StepState.NOT_RUN
    began_ms: int | None = None
    took_ms: int | None = None
    tries: int = 0
    retried: tuple[str, ...] = ()
    why: str = ""
    findings: tuple[CheckFinding, ...] = ()
    result: Any = None
    error: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Branch(_Strict):
    """One action of a step that has several, or one item of it: where it is, what it captured."""

    n: int
    cursor: Cursor = field(default_factory=Cursor)
    step: StepResult | None = None
    vars: Values = field(default_factory=dict)
    large: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SecretPlace(_Strict):
    """Where a secret input is looked up, each time that it is needed."""

    source: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEntry(_Strict):
    """One write that has to be taken back.

    `params` hold references where secrets stood; `secrets` says where those are
    looked up. `expires_s` is when a sweep takes it for forgotten.
    """

    run: str
    number: int
    action: str
    uses: str
    params: Values
    env: str
    expires_s: int
    secrets: dict[str, SecretPlace]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult(_Strict):
    """How one undo went; what is not `ok` was left behind."""

    run: str
    action: str
    uses: str
    ok: bool
    tries: int
    error: Trouble | None = None


@dataclass(frozen=True, slots=True)
class StoredScenario(_Strict):
    """Where the scenario lies that a run was started with, and its hash."""

    key: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState(_Strict):
    """The state of a run: what the state machine carries from step to step.

    A run starts with `run`, `case`, `overrides` and `manifest`; the steps fill in
    the rest. `broken` is what a Catch of the machine put there. `large` says where
    captures are that are too long to be carried.
    """

    run: ScenarioRun
    case: Values
    overrides: Values
    manifest: str
    inputs: Values = field(default_factory=dict)
    vars: Values = field(default_factory=dict)
    large: dict[str, str] = field(default_factory=dict)
    cursor: Cursor = field(default_factory=Cursor)
    branches: tuple[Branch, ...] = ()
    actions: tuple[StepResult, ...] = ()
    assertions: tuple[StepResult, ...] = ()
    verdict: RunVerdict | None = None
    error: Trouble | None = None
    scenario: StoredScenario | None = None
    execution: str = ""
    undo: tuple[UndoEntry, ...] = ()
    cleaned: tuple[UndoResult, ...] = ()
    broken: Values | None = None
    format: Literal["affidavit-run/v1"] = "affidavit-run/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport(_Strict):
    """The end of a run, from which every form of report is made. Times in milliseconds."""

    run: str
    scenario: str
    case: str
    env: str
    verdict: RunVerdict
    began_ms: int
    took_ms: int = 0
    error: Trouble | None = None
    actions: tuple[StepResult, ...] = ()
    assertions: tuple[StepResult, ...] = ()
    cleanup: tuple[UndoResult, ...] = ()
    leaked: int = 0
    polls: int = 0
    transitions: int = 0
    dollars: float = 0.0
    file: str = ""
    execution: str = ""
    schema: Literal["affidavit-report/v1"] = "affidavit-report/v1"

    @property
    def title(self) -> str:
        """Return `scenario[case]`."""
        return self.scenario if self.case == "only" else f"{self.scenario}[{self.case}]"

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """Return actions and assertions, in order."""
        return (*self.actions, *self.assertions)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent(_Strict):
    """Something that happened in a run: `id` is the step, the undone action, or the run."""

    event: str
    id: str = ""
    uses: str = ""
    state: str = ""
    at_ms: int = 0
    took_ms: int | None = None
    tries: int = 0
    leaked: int = 0

    @classmethod
    def of_step(cls, kind: str, step: StepResult) -> RunEvent:
        """Return the end of an action or an assertion."""
        return cls(
            event=f"{kind}.ended",
            id=step.id,
            uses=step.uses,
            state=step.state,
            took_ms=step.took_ms,
            tries=step.tries,
        )

    @classmethod
    def of_undo(cls, undo: UndoResult) -> RunEvent:
        """Return the end of an undo."""
        state = "done" if undo.ok else "leaked"
        return cls(event="undo.ended", id=undo.action, uses=undo.uses, state=state)

    @classmethod
    def of_end(cls, report: RunReport) -> RunEvent:
        """Return the end of a run."""
        return cls(event="run.ended", id=report.run, state=report.verdict, leaked=report.leaked)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRun(_Strict):
    """What is known of a run from its begin on. Deployed, the rest says where."""

    run: str
    scenario: str
    case: str
    env: str
    file: str
    started_ms: int
    deadline_ms: int
    execution: str = ""
    bucket: str = ""
    logs: tuple[str, ...] = ()
