"""The one model of a scenario. YAML, JSON, the JSON Schema and the engine all use it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from affidavit_harness.files.durations import Duration

FORMAT: Final = "affidavit-scenario/v1"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Select = Annotated[str, Field(min_length=1, max_length=500, description="JMESPath")]
Uses = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]


class Strict(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Input(Strict):
    """A value from outside: a default, or a reference that is resolved where the test runs."""

    source: Annotated[
        Literal["ssm", "secretsmanager", "terraform-output", "case", "env", "file"] | None,
        Field(alias="from"),
    ] = None
    name: str | None = None
    secret: bool = False
    default: Any = None


class CheckOperators(Strict):
    """What must hold of a value: every operator that is written."""

    eq: Any = None
    ne: Any = None
    gt: float | int | str | None = None
    gte: float | int | str | None = None
    lt: float | int | str | None = None
    lte: float | int | str | None = None
    contains: Any = None
    not_contains: Any = None
    matches: str | None = None
    not_matches: str | None = None
    exists: bool | None = None
    type: Literal["string", "number", "boolean", "object", "array", "null"] | None = None
    length: int | str | None = None
    one_of: list[Any] | str | None = None
    subset: Any = None
    unordered: list[Any] | str | None = None
    json_schema: dict[str, Any] | bool | str | None = None
    any_of: Annotated[list[CheckOperators], Field(min_length=1)] | None = None
    each: Annotated[list[Check], Field(min_length=1)] | None = None
    some: Annotated[list[Check], Field(min_length=1)] | None = None

    def operators(self) -> dict[str, Any]:
        """Return what was written, without `select` and `message`. `eq: null` counts."""
        return {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name in self.model_fields_set and name not in {"select", "message"}
        }


class Check(CheckOperators):
    """One or more operators on what `select` finds. All of them must hold."""

    select: Select
    message: str | None = None


class Capture(Strict):
    """A value to keep for later actions, with what stands for a missing one."""

    select: Select
    default: Any = None
    secret: bool = False


class Retry(Strict):
    """Do the action again if it could not be done. A failed check is no reason to."""

    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    every: Duration = "1s"
    backoff: Annotated[float | int, Field(ge=1, le=10)] = 2
    errors: list[str] = []


class Eventually(Strict):
    """Look again until the checks hold, and go on holding for `settle`."""

    timeout: Duration
    every: Duration = "1s"
    backoff: Annotated[float | int, Field(ge=1, le=10)] = 1
    settle: Duration = "0s"
    stop_when: list[Check] = []


class Call(Strict):
    """An action and its parameters."""

    uses: Uses
    params: Annotated[dict[str, Any], Field(alias="with")] = {}


def _kind(value: Any) -> str:
    return "word" if isinstance(value, str) else "rule"


def _either(rule: Any, word: Any) -> Any:
    """Take an object or a word; a message then speaks of the one that was written."""
    return Annotated[
        Annotated[rule, Tag("rule")] | Annotated[word, Tag("word")], Discriminator(_kind)
    ]


class Action(Call):
    """One step: what to do, what must hold then, what to keep, how to undo it."""

    id: Name
    description: str | None = None
    when: Select | None = None
    timeout: Duration = "30s"
    sensitive: bool = False
    check: list[Check] = []
    capture: dict[Name, _either(Capture, Select)] = {}  # type: ignore[valid-type]
    retry: Retry | None = None
    eventually: Eventually | None = None
    undo: _either(Call, Literal["none", "auto"]) | None = None  # type: ignore[valid-type]


class NoPii(Strict):
    """Which kinds of personal data to look for, and where not to look."""

    detectors: list[str] = []
    ignore: list[str] = []


class AuditTrail(Strict):
    """Exactly so many records, of that kind, that say that, without personal data."""

    source: Call
    where: dict[str, Any] = {}
    exactly: Annotated[int, Field(ge=0)] | str
    eventually: Eventually | None = None
    records: list[Check] = []
    no_pii: bool | NoPii = True


class Assertion(Strict):
    """What must hold in the end: checks on what was captured, or an audit trail."""

    id: Label
    check: list[Check] = []
    audit_trail: AuditTrail | None = None


class ScenarioBudget(Strict):
    """The most that one execution may cost."""

    transitions: Annotated[int, Field(ge=1, le=5000)] = 1000
    actions: Annotated[int, Field(ge=1, le=200)] = 50


class Case(BaseModel):
    """One row of data. Every other key is a value for `${{ case.name }}`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Label


class Scenario(Strict):
    """One test, as its file says it."""

    format: Annotated[Literal["affidavit-scenario/v1"], Field(alias="schema")]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,49}$")]
    description: str | None = None
    tags: list[Label] = []
    timeout: Duration = "5m"
    budget: ScenarioBudget = ScenarioBudget()
    environments: list[Label] = []
    inputs: dict[Name, Input] = {}
    cases: list[Case] = []
    actions: Annotated[list[Action], Field(min_length=1, max_length=200)]
    assertions: list[Assertion] = []


CheckOperators.model_rebuild()
