"""What a test action is, and what it may use: the protocol of scenarios, for whoever writes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from affidavit.errors import AffidavitError

if TYPE_CHECKING:
    from affidavit._runtime.runtime import Runtime

Effect = Literal["read", "write", "invoke"]
"""`invoke` runs somebody else's code, which may write; production refuses it as well."""

TEST_DATA: Final = "itest-"
"""What every key of test data starts with; roles end there, so nothing real may begin like it."""

ActionResult = Mapping[str, Any]
"""What an action found, as JSON. Checks and captures select from it."""


class ActionParams(BaseModel):
    """Base of what stands under `with`: unknown keys are mistakes.

    >>> Put = type("Put", (ActionParams,), {"__annotations__": {"id": str}})
    >>> Put(id="itest-1").id
    'itest-1'
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True
    )


class ActionError(AffidavitError):
    """An action could not do its work: the harness's trouble, not a finding of the test.

    `name` is what `retry.errors` of a scenario is compared with. `seen` is what a
    report shows beside it, such as the request; secrets in it are masked there.

    >>> raise ActionError("Busy", "not sent", why="the queue is full", fix="Try again")
    Traceback (most recent call last):
    ActionError: ...
    """

    seen: Mapping[str, Any] | None = None

    def __init__(self, name: str, what: str, *, why: str, fix: str) -> None:
        super().__init__(what, why=why, fix=fix)
        self.name = name


class Grant(NamedTuple):
    """One statement of the role that an action needs.

    `kind` says which of the deployment's resources it is for: tables, functions,
    queues, buses, buckets, secrets, parameters, databases, or `taps`, which are
    made for one run. Terraform fills in the ARNs. `own_keys` limits a table to
    keys of test data.

    >>> Grant("tables", ("dynamodb:PutItem",), own_keys=True).kind
    'tables'
    """

    kind: str
    actions: tuple[str, ...]
    own_keys: bool = False


class ActionCall(NamedTuple):
    """An action and its parameters: what `undo` returns. Doing it twice must be harmless.

    >>> ActionCall("shelf.remove", {"id": "itest-1"}).uses
    'shelf.remove'
    """

    uses: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """One execution of one case of one scenario. Times in milliseconds since 1970.

    >>> ScenarioRun("bl2f", "prices", "known", "local", 0, 60_000).prefix
    'itest-bl2f-'
    """

    id: str
    scenario: str
    case: str
    env: str
    started_ms: int
    deadline_ms: int

    @property
    def prefix(self) -> str:
        """Return what every key of test data starts with: plain in a URL, a path and a key."""
        return f"{TEST_DATA}{self.id}-"


class FunctionAnswer(NamedTuple):
    """What a function answered. `function_error` is None if it did not raise.

    >>> FunctionAnswer(200, {"ok": True}, None, "r-1").function_error is None
    True
    """

    status: int
    payload: Any
    function_error: str | None
    request_id: str


LocalFunction = Callable[[Any, str], FunctionAnswer]
"""A function in this process: called with the event and a request id."""


class ActionContext(NamedTuple):
    """Handed to each action. Everything is opened on first use and kept for the process.

    `client` gives the boto3 client of a service, `function` a function that runs
    in this process, `runtime` the ledger and the sources, if any are named here.

    >>> ActionContext._fields[:3]
    ('run', 'read_only', 'hosts')
    """

    run: ScenarioRun
    read_only: bool
    hosts: tuple[str, ...]
    loopback: bool
    client: Callable[[str], Any]
    function: Callable[[str], LocalFunction | None]
    runtime: Callable[[], Runtime | None]
    resolve: Callable[[str, int], list[str]]
    left_s: Callable[[], float]
    now_ms: Callable[[], int]


def _reads(_: Mapping[str, Any]) -> Effect:
    return "read"


def _never(_: ActionResult) -> str:
    return ""


class AtomicAction(NamedTuple):
    """One thing that a scenario can do.

    `params` checks what stands under `with`. `effects` is asked with the
    parameters as they stand in the file; what it does not know is a write.
    `undo` is asked with the rendered ones *before* the action runs, so that the
    way back is on disk first. `run` gets checked parameters and an
    `ActionContext`; it returns JSON, and raises `ActionError` if it could not do
    its work. `refused` says of a result why nothing was done, if that is an answer
    and no error: such an undo was not done. `compensates` marks what sweeps need,
    such as a delete.

    >>> AtomicAction("shelf.look", "Look.", ActionParams, run=lambda params, _: {}).effects({})
    'read'
    """

    name: str
    summary: str
    params: type[ActionParams]
    run: Callable[[Any, ActionContext], ActionResult]
    effects: Callable[[Mapping[str, Any]], Effect] = _reads
    undo: Callable[[Any, ActionContext], ActionCall] | None = None
    grants: tuple[Grant, ...] = ()
    cacheable: bool = False
    compensates: bool = False
    refused: Callable[[ActionResult], str] = _never
    version: int = 1


def always(effect: Effect) -> Callable[[Mapping[str, Any]], Effect]:
    """Return an `effects` that is the same whatever the parameters are.

    >>> always("write")({"any": "parameters"})
    'write'
    """

    def effects(_: Mapping[str, Any]) -> Effect:
        return effect

    return effects
