"""What is put under the promises: a handler, the policy, and what it works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from affidavit import SetupError
from affidavit.plugin import Policy, Trust, load_policy, policy_from, spec_of
from affidavit.testing import AnySource, MemorySource, api_gateway_v1
from affidavit_testing.schemas import Schema

Handler = Callable[[Any, Any], Any]

Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What a query finds: one row or several."""

Sources = Mapping[str, AnySource | Mapping[str, Rows]] | Sequence[AnySource]
"""Sources by name; each a source of its own, or what its queries find, by name."""

HTTP: Final = ("api_gateway_v1", "api_gateway_v2", "function_url", "alb")
BATCHES: Final = ("sqs", "kinesis", "sns", "eventbridge")
VIAS: Final = (*HTTP, "step_functions", "direct")
"""Event sources that the suite speaks for, by the name of their strategy."""

_TRUST: Final = {
    "api_gateway_v1": Trust.AUTHORIZER,
    "api_gateway_v2": Trust.AUTHORIZER,
    "function_url": Trust.IAM,
    "step_functions": Trust.SERVICE,
    **dict.fromkeys(BATCHES, Trust.SERVICE),
}
"""How the actor of a well-formed event is known; the others only say who they are."""


class HandlerUnderTest(NamedTuple):
    """A handler under test.

    `request` and `response` are the models that it declares, if any; `samples`
    are events to start from where there is no request model; `vias` are the
    event sources that it serves; `allow` are doors (`socket.connect`) that it
    may open by itself.
    """

    handler: Handler
    name: str
    policy: Policy
    sources: tuple[AnySource, ...]
    audited: bool
    each: bool
    actor: str
    subject: str
    request: TypeAdapter[Any] | None
    response: TypeAdapter[Any] | None
    schema: Schema | None
    samples: tuple[Any, ...]
    vias: tuple[str, ...]
    allow: frozenset[str]
    code: object
    """The code object of what the decorators wrap, to tell whether it ran."""


def subject_of(
    handler: Handler,
    *,
    policy: str | Policy = "baseline",
    sources: Sources | None = None,
    events: Sequence[Any] = (),
    request: Any = None,
    response: Any = None,
    via: Sequence[str] = (),
    allow: Sequence[str] = (),
) -> HandlerUnderTest:
    """Gather what the suite has to know about a handler.

    Raises:
        SetupError: It is not callable, or `via` names no event source.

    """
    plan = _plan(handler)
    held = read_policy(policy)
    asks = _model(plan, "request", request)
    schema = _schema(asks)
    raw = _innermost(handler)
    actor = getattr(plan, "actor", "")
    return HandlerUnderTest(
        handler=handler,
        name=getattr(raw, "__name__", type(raw).__name__),
        policy=held,
        sources=_sources(sources),
        audited=plan is not None,
        each=bool(getattr(plan, "each", False)),
        actor=actor,
        subject=getattr(plan, "subject", ""),
        request=asks,
        response=_model(plan, "response", response),
        schema=schema,
        samples=tuple(events) or (() if schema else (api_gateway_v1(), {})),
        vias=_vias(via or (BATCHES if getattr(plan, "each", False) else VIAS), held, actor),
        allow=frozenset(allow),
        code=getattr(raw, "__code__", None) or getattr(type(raw).__call__, "__code__", None),
    )


def read_policy(policy: str | Policy) -> Policy:
    """Return a policy by name, by the path of its YAML or compiled file, or as it is."""
    if isinstance(policy, Policy):
        return policy
    if policy.endswith((".yaml", ".yml")):
        from affidavit_policy.compile import compile_policy  # noqa: PLC0415 - needs PyYAML

        return policy_from(compile_policy(Path(policy)).needed())
    return load_policy(policy)


def trusted(via: str, policy: Policy, actor: str) -> bool:
    """Tell whether a well-formed event of this source names an actor that is believed."""
    if via in _TRUST:
        return _TRUST[via] in policy.actor.trust
    return (Trust.ASSERTED if actor else Trust.ANONYMOUS) in policy.actor.trust


def _vias(asked: Sequence[str], policy: Policy, actor: str) -> tuple[str, ...]:
    unknown = sorted(set(asked) - {*VIAS, *BATCHES})
    found = tuple(via for via in asked if trusted(via, policy, actor))
    if found and not unknown:
        return found
    raise SetupError(
        "`via` names no event source that the suite can use",
        why=f"unknown: {unknown}" if unknown else f"{policy.name} believes none of them",
        fix=f"Known: {', '.join((*VIAS, *BATCHES))}",
    )


def _plan(handler: Any) -> Any:
    if not callable(handler):
        raise SetupError(
            "there is no handler to test",
            why="what was given cannot be called",
            fix="Give the function that Lambda calls",
        )
    try:
        return spec_of(handler)
    except SetupError:
        return None  # not audited: the suite says which promises that breaks


def _model(plan: Any, which: str, told: Any) -> TypeAdapter[Any] | None:
    """Return the adapter of a model: the one we were told of, or the one that is declared.

    The kernel keeps the declared one to itself.
    """
    if told is not None:
        return TypeAdapter(told)
    shape = getattr(plan, which, None)
    return None if shape is None else vars(shape)["_adapter"]


def _schema(adapter: TypeAdapter[Any] | None) -> Schema | None:
    if adapter is None:
        return None
    try:
        return Schema(adapter.json_schema())
    except PydanticUserError:
        return None  # a type without a JSON schema: samples have to do


def _innermost(handler: Any) -> Any:
    seen = 0
    while hasattr(handler, "__wrapped__") and seen < 20:  # noqa: PLR2004 - against a circle
        handler, seen = handler.__wrapped__, seen + 1
    return getattr(handler, "func", handler)


def _sources(sources: Sources | None) -> tuple[AnySource, ...]:
    if sources is None:
        return ()
    if not isinstance(sources, Mapping):
        return tuple(sources)
    return tuple(
        MemorySource(name, {query: _rows(rows) for query, rows in one.items()})
        if isinstance(one, Mapping)
        else one
        for name, one in sources.items()
    )


def _rows(rows: Rows) -> Any:
    return [rows] if isinstance(rows, Mapping) else rows
