"""What is put under the promises: a handler, the policy, and what it works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypedDict, Unpack

from hypothesis import strategies as st
from pydantic import TypeAdapter

from affidavit import SetupError
from affidavit.plugin import Policy, Trust, load_policy, policy_from, spec_of
from affidavit.testing import AnySource, MemorySource, RequestReader, api_gateway_v1
from affidavit_testing.model_schema import schema_of
from affidavit_testing.premises import Premises
from affidavit_testing.schemas import Hints, Schema

Handler = Callable[[Any, Any], Any]

Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What a query finds: one row or several."""

Sources = Mapping[str, AnySource | Mapping[str, Rows]] | Sequence[AnySource]
"""Sources by name; each a source of its own, or what its queries find, by name."""

Samples = Mapping[str, Sequence[Any]] | Sequence[Any]
"""Valid values of fields by dotted path (`lines.sku`), or valid whole requests."""

Strategies = Mapping[str, st.SearchStrategy[Any]] | st.SearchStrategy[Any]
"""Strategies of Hypothesis for fields by dotted path, or for the whole request."""

HTTP: Final = ("api_gateway_v1", "api_gateway_v2", "function_url", "alb")
BATCHES: Final = ("sqs", "kinesis", "sns", "eventbridge")
VIAS: Final = (*HTTP, "step_functions", "direct")
"""Event sources that the suite speaks for, by the name of their strategy."""

LIMIT_S: Final = 10.0
"""What one delivery may take, if nobody says more; in production Lambda's own limit holds."""

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

    `request` reads the model that it declares, if any, and `response` validates that of
    its answers; `samples` are events to start from where there is no request model; `vias` are the
    event sources that it serves; `allow` names what it may reach by itself; `limit_s` is what one
    delivery may take; `private` are fields whose values no line of its own may show.
    """

    handler: Handler
    name: str
    policy: Policy
    sources: tuple[AnySource, ...]
    audited: bool
    each: bool
    actor: str
    subject: str
    request: RequestReader | None
    response: TypeAdapter[Any] | None
    schema: Schema | None
    samples: tuple[Any, ...]
    vias: tuple[str, ...]
    allow: frozenset[str]
    limit_s: float
    private: tuple[str, ...]
    code: object
    """The code object of what the decorators wrap, to tell whether it ran."""
    premises: Premises
    """How often what a promise rests on has occurred so far."""
    baseline: dict[str, str]
    """What was kept in the process before the suite delivered anything, by place."""
    connections: tuple[Any, ...] = ()
    """SQLite connections that its module keeps open."""
    prepared: frozenset[str] = frozenset()
    """Statements that these had prepared before the suite began."""


class SuiteOptions(TypedDict, total=False):
    """What the suite may be told about a handler; `compliance_suite` says what each means."""

    policy: str | Policy
    sources: Sources | None
    events: Sequence[Any]
    request: Any
    response: Any
    via: Sequence[str]
    allow: Sequence[str]
    limit_s: float
    private: Sequence[str]
    samples: Samples | None
    strategy: Strategies | None


def subject_of(handler: Handler, **options: Unpack[SuiteOptions]) -> HandlerUnderTest:
    """Gather what the suite has to know about a handler.

    Raises:
        SetupError: It is not callable, or `via` names no event source.

    """
    plan = _plan(handler)
    policy = read_policy(options.get("policy", "baseline"))
    request = _model(plan, "request", options.get("request"))
    response = _model(plan, "response", options.get("response"))
    hints = _hints(options.get("samples"), options.get("strategy"))
    schema = None if request is None else Schema(schema_of(request.adapter), hints)
    raw = _innermost(handler)
    actor, each = getattr(plan, "actor", ""), bool(getattr(plan, "each", False))
    return HandlerUnderTest(
        handler=handler,
        name=getattr(raw, "__name__", type(raw).__name__),
        policy=policy,
        sources=_sources(options.get("sources")),
        audited=plan is not None,
        each=each,
        actor=actor,
        subject=getattr(plan, "subject", ""),
        request=request,
        response=None if response is None else response.adapter,
        schema=schema,
        samples=tuple(options.get("events", ())) or (() if schema else (api_gateway_v1(), {})),
        vias=_vias(options.get("via") or (BATCHES if each else VIAS), policy, actor),
        allow=frozenset(options.get("allow", ())),
        limit_s=options.get("limit_s", LIMIT_S),
        private=tuple(options.get("private", ())),
        code=getattr(raw, "__code__", None) or getattr(type(raw).__call__, "__code__", None),
        premises=Premises(),
        baseline={},
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


def _model(plan: Any, which: str, told: Any) -> RequestReader | None:
    """Return what reads a model: the one we were told of, or the one that is declared."""
    found = getattr(plan, which, None) if told is None else told
    return None if found is None else RequestReader(found)


def _hints(samples: Samples | None, strategy: Strategies | None) -> Hints:
    """Return what to draw by dotted path; the empty one is the whole request."""
    drawn = strategy if isinstance(strategy, Mapping) else {"": strategy} if strategy else {}
    chosen = samples if isinstance(samples, Mapping) else {"": samples} if samples else {}
    return {**{path: st.sampled_from(list(values)) for path, values in chosen.items()}, **drawn}


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
