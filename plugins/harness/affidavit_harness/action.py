"""What a test action is. Plugins offer them through `affidavit_test_actions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from affidavit_harness.engine.kit import Kit

Effect = Literal["read", "write", "invoke"]
"""`invoke` runs somebody else's code, which may write; production refuses it as well."""

Result = Mapping[str, Any]
"""What an action found, as JSON. Checks and captures select from it."""


class Params(BaseModel):
    """Base of what stands under `with`: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Grant(NamedTuple):
    """One statement of the role that the action needs.

    `kind` says which of the deployment's resources it is for: tables, functions,
    queues, buses, buckets, secrets, parameters, databases, or `taps`, which are
    made for one run. Terraform fills in the ARNs. `own_keys` limits a table to
    keys of test data.
    """

    kind: str
    actions: tuple[str, ...]
    own_keys: bool = False


class Undo(NamedTuple):
    """A call that takes back what an action did. It must be harmless if done twice."""

    uses: str
    params: Mapping[str, Any]


def _reads(_: Mapping[str, Any]) -> Effect:
    return "read"


class AtomicAction(NamedTuple):
    """One thing that a scenario can do.

    `params` checks what stands under `with`. `effects` is asked with the
    parameters as they stand in the file; what it does not know is a write.
    `undo` is asked with the rendered ones *before* the action runs, so that the
    way back is on disk first. `run` gets checked parameters and a `Kit`; it
    returns JSON, and raises `ActionError` if it could not do its work.
    `takes_back` marks what sweeps need, such as a delete.
    """

    name: str
    summary: str
    params: type[Params]
    run: Callable[[Any, Kit], Result]
    effects: Callable[[Mapping[str, Any]], Effect] = _reads
    undo: Callable[[Any, Kit], Undo] | None = None
    grants: tuple[Grant, ...] = ()
    cacheable: bool = False
    takes_back: bool = False
    version: int = 1


def always(effect: Effect) -> Callable[[Mapping[str, Any]], Effect]:
    """Return an `effects` that is the same whatever the parameters are."""

    def effects(_: Mapping[str, Any]) -> Effect:
        return effect

    return effects
