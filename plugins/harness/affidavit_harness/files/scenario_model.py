"""The one model of a scenario. YAML, JSON, the JSON Schema and the engine all use it."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from affidavit_harness.files.durations import Duration

FORMAT: Final = "affidavit-scenario/v1"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""Of cases and assertions. An action's id, which is a name in JMESPath, would be good here, too."""
Select = Annotated[str, Field(min_length=1, max_length=500, description="JMESPath")]
Template = Annotated[str, Field(pattern=r"^\$\{\{.*\}\}$", description="A captured list.")]
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
    """A value to keep for later actions, with what stands for a missing one.

    Of a text `match` keeps what a pattern finds in it: its group, or all of it.
    """

    select: Select
    match: Annotated[str | None, Field(min_length=1, description="A regular expression.")] = None
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
    """What to do, what must hold then, what to keep, how to undo it.

    With `for_each` all that once for each item, `at_once` of them side by side.
    """

    id: Name
    description: str | None = None
    when: Select | None = None
    for_each: list[Any] | Template | None = None
    at_once: Annotated[int, Field(ge=1, le=20)] = 1
    timeout: Duration = "30s"
    cache: Annotated[Duration | None, Field(description="Take an answer that is no older.")] = None
    sensitive: bool = False
    check: list[Check] = []
    capture: dict[Name, _either(Capture, Select)] = {}  # type: ignore[valid-type]
    retry: Retry | None = None
    eventually: Eventually | None = None
    undo: _either(Call, Literal["none", "auto"]) | None = None  # type: ignore[valid-type]


class Block(Strict):
    """Actions that do not wait for each other. All of them are done, and judged."""

    parallel: Annotated[list[Action], Field(min_length=2, max_length=20)]


class Include(Strict):
    """Another scenario as a step: its actions are played here, and its inputs are given here."""

    include: Annotated[str, Field(min_length=1, description="A file, relative to this one.")]
    id: Name
    description: str | None = None
    params: Annotated[dict[Name, Any], Field(alias="with")] = {}


def _step_kind(value: Any) -> str:
    if isinstance(value, Block) or (isinstance(value, dict) and "parallel" in value):
        return "a block"
    included = isinstance(value, Include) or (isinstance(value, dict) and "include" in value)
    return "an include" if included else "an action"


Step = Annotated[
    Annotated[Action, Tag("an action")]
    | Annotated[Block, Tag("a block")]
    | Annotated[Include, Tag("an include")],
    Discriminator(_step_kind),
]


class PlacedAction(NamedTuple):
    """An action, where it stands in the document, and the number of its step."""

    path: tuple[str | int, ...]
    step: int
    action: Action


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

    id: Id
    check: list[Check] = []
    audit_trail: AuditTrail | None = None


class ScenarioBudget(Strict):
    """The most that one execution may cost."""

    transitions: Annotated[int, Field(ge=1, le=5000)] = 1000
    actions: Annotated[int, Field(ge=1, le=200)] = 50


class Case(BaseModel):
    """One row of data. Every other key is a value for `${{ case.name }}`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Id


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
    actions: Annotated[list[Step], Field(min_length=1, max_length=200)]
    assertions: list[Assertion] = []

    @functools.cached_property
    def placed(self) -> tuple[PlacedAction, ...]:
        """Return every action in the order of the file, those of blocks one by one."""
        found: list[PlacedAction] = []
        for number, step in enumerate(self.actions):
            path = ("actions", number)
            if isinstance(step, Action):
                found.append(PlacedAction(path, number, step))
            elif isinstance(step, Block):
                inner = enumerate(step.parallel)
                found += [PlacedAction((*path, "parallel", n), number, one) for n, one in inner]
        return tuple(found)

    @functools.cached_property
    def used(self) -> frozenset[str]:
        """Return the names of the actions that are called, undone with, or asked in the end."""
        actions = [one.action for one in self.placed]
        undos = [one.undo.uses for one in actions if isinstance(one.undo, Call)]
        sources = [one.audit_trail.source.uses for one in self.assertions if one.audit_trail]
        return frozenset([*(one.uses for one in actions), *undos, *sources])

    def of_step(self, number: int) -> tuple[Action, ...]:
        """Return the actions of a step: one, or those of a block."""
        return tuple(one.action for one in self.placed if one.step == number)

    def is_fan(self, number: int) -> bool:
        """Tell whether a step is several: the actions of a block, or one for each of some items."""
        actions = self.of_step(number)
        return len(actions) > 1 or any(one.for_each is not None for one in actions)


CheckOperators.model_rebuild()
