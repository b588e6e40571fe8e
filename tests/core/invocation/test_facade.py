"""What a handler reaches from its context, and that nothing of it changes the evidence."""

from __future__ import annotations

import contextlib
import copy
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping, MutableSequence, MutableSet
from typing import Any

import pytest

import strategies as my
from affidavit import AuditContext, UnauditedAccessError, audited
from affidavit._invocation.audit_context import HandlerState
from affidavit._invocation.start import Invocation
from affidavit._policy.access_rules import SourceRules
from affidavit._policy.load import load_policy
from affidavit._policy.model import LogRules, Policy
from affidavit._policy.words import Literals
from affidavit._records.accesses import Change, Read
from affidavit._records.attest import Attestor, Declaration
from affidavit._records.chain import Chain
from affidavit._records.tokens import Tokens
from affidavit._redact import Redactor
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.log import Logger
from affidavit._telemetry.notices import Dispatcher, PendingNotice
from affidavit._telemetry.tracing import SafeSpan
from affidavit.plugin import LOCAL_SEED_BYTES, LocalKeys, Permit, Query
from affidavit.testing import (
    FakeClock,
    FakeContext,
    MemorySource,
    MemoryStore,
    make_runtime,
    memory_ledger,
    run,
)

KERNEL = (
    *(Attestor, Chain, Change, Declaration, Dispatcher, HandlerState, Invocation, Literals),
    *(Logger, MemorySource, MemoryStore, Metrics, PendingNotice, Permit, Policy, Read, Redactor),
    *(Runtime, SafeSpan, Tokens),
)
"""What a handler must not find, whatever it looks through."""

PROGRAM = (type, types.ModuleType, types.CodeType, types.FrameType, types.BuiltinMethodType)
"""Classes, modules and code are the program itself, which is the same for everybody."""

PLAIN = (str, bytes, int, float, type(None), types.MethodWrapperType, *PROGRAM)

DEPTH = 5
"""Steps of a search. Attributes make new objects whenever they are read, so it has no other end."""

NOT_EVIDENCE = {"h", "prev", "seq", "mac"}

LITERAL = Query(name="all", sql="select note from t where kind = 'x'", binds=frozenset())


def _held(thing: object) -> Iterator[object]:
    """Yield whatever hangs on `thing`: attributes of any name, items, closures."""
    for name in _names(thing):
        with contextlib.suppress(Exception):
            yield getattr(thing, name)
    if isinstance(thing, Mapping):
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    for cell in getattr(thing, "__closure__", None) or ():
        with contextlib.suppress(ValueError):
            yield cell.cell_contents


def _names(thing: object) -> set[str]:
    """Return the names of attributes, documented or not; of a function there is its closure."""
    if isinstance(thing, types.FunctionType):
        return set()
    if isinstance(thing, types.MethodType):
        return {"__self__", "__func__"}
    names = {*dir(thing), *getattr(thing, "__dict__", {})}
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names |= {slots} if isinstance(slots, str) else {*slots}
    return names - {"__class__"}


def _reach(context: AuditContext) -> list[object]:
    """Return what can be reached from `context` in a few steps, each once."""
    found: dict[int, object] = {}
    level: list[object] = [context, context.metrics, context.log, context.source("memory")]
    for _ in range(DEPTH):
        fresh = {id(one): one for one in level if not isinstance(one, PLAIN)}
        fresh = {key: one for key, one in fresh.items() if key not in found}
        found |= fresh
        level = [held for one in fresh.values() for held in _held(one)]
    return list(found.values())


def _change(thing: object) -> None:
    """Change whatever lets itself be changed."""
    for name in _names(thing):
        with contextlib.suppress(Exception):
            setattr(thing, name, _nothing)
        with contextlib.suppress(Exception):
            delattr(thing, name)
    if getattr(thing, "__module__", "").startswith("affidavit"):
        for cell in getattr(thing, "__closure__", None) or ():
            cell.cell_contents = _nothing
    if isinstance(thing, MutableMapping | MutableSequence | MutableSet):
        thing.clear()


def _nothing(*_: object, **__: object) -> None:
    return None


def _use(context: AuditContext) -> None:
    """Do what leaves a trace: read, change, count, ask for a notice."""
    context.source("memory").fetch_one(my.FIND, {"id": "A1"})
    context.record_change("price", old="1", new="2")
    context.metrics.add("Asked", 1, "Count")
    context.announce("Asked", {"n": 1})


def _play(spoil: Callable[[Any, AuditContext], None]) -> tuple[list[Any], list[Any], list[Any]]:
    """Invoke twice, let the handler spoil what it can; return records, metrics and lines."""

    @audited(action="LOOK")
    def handler(event: dict[str, Any], context: AuditContext) -> dict[str, str]:
        _use(context)
        spoil(event, context)
        return {"note": "fine"}

    ledger = memory_ledger()._replace(keys=LocalKeys(b"k" * LOCAL_SEED_BYTES))
    bench = make_runtime(
        sources=[MemorySource("memory", {"find": [{"note": "x"}]})],
        ledger=ledger,
        clock=FakeClock(step_ns=0).clock(),
        logging=LogRules(event=True),
    )
    for _ in range(2):
        run(handler, {"ssn": "123-45-6789", "n": 1}, bench, FakeContext())
    told = [
        {key: value for key, value in record.document.items() if key not in NOT_EVIDENCE}
        for record in bench.records
    ]
    return told, bench.metrics, bench.logs


def test_no_state_of_the_kernel_is_reached() -> None:
    """Attributes of any name, slots, items and closures; not the program's own modules."""
    found: list[str] = []

    def look(_: Any, context: AuditContext) -> None:
        found.extend(type(one).__name__ for one in _reach(context) if isinstance(one, KERNEL))

    _play(look)
    assert [] == found


def test_the_search_finds_what_hangs_there() -> None:
    """A control: a search that finds nothing proves nothing."""
    planted = make_runtime().runtime.tokens()

    def look(_: Any, context: AuditContext) -> None:
        context._hidden = {"deep": [lambda: planted]}  # type: ignore[attr-defined]
        assert any(one is planted for one in _reach(context))

    _play(look)


def test_whatever_a_handler_changes_the_evidence_stays() -> None:
    """The reads it made, what it changed, who asked: all as without it."""

    def spoil(event: Any, context: AuditContext) -> None:
        for thing in _reach(context):
            _change(thing)
        event.clear()

    assert _play(lambda _, __: None) == _play(spoil)


def test_a_handler_cannot_let_literals_pass() -> None:
    """What the policy says is not the handler's to set."""
    said: list[str] = []

    @audited
    def handler(_: Any, context: AuditContext) -> None:
        context.literals = Literals.ALLOW  # type: ignore[attr-defined]
        context.source("memory").fetch_all(LITERAL)
        said.append("ran")

    bench = make_runtime(
        policy=load_policy("baseline")._replace(sources=SourceRules(Literals.REFUSE)),
        sources=[MemorySource("memory", {"all": []})],
    )
    with pytest.raises(Exception, match="StatementError"):
        run(handler, {}, bench)
    assert [] == said


def test_a_handler_cannot_shorten_the_time_that_its_record_has() -> None:
    """Lambda's context is in its hands; the kernel has asked before."""

    @audited
    def handler(_: Any, context: AuditContext) -> None:
        context.lambda_context.remaining_ms = 0  # type: ignore[union-attr]

    bench = make_runtime()
    run(handler, {}, bench)
    assert ["I", "O"] == [record.phase for record in bench.records]


def test_a_copy_of_a_context_gives_no_rights() -> None:
    """Only what the kernel handed out is known to it."""

    @audited
    def handler(_: Any, context: AuditContext) -> None:
        with pytest.raises(UnauditedAccessError):
            copy.copy(context).source("memory")
        context.source("memory")

    run(handler, {}, make_runtime(sources=[MemorySource("memory")]))


def test_an_attribute_that_a_handler_sets_is_its_own() -> None:
    """As with Lambda's context: middleware keeps things there."""

    @audited
    def handler(_: Any, context: AuditContext) -> Any:
        context.tenant = "t"  # type: ignore[attr-defined]
        assert {"tenant", "source", "log_stream_name"} <= {*dir(context)}
        del context.lambda_context
        return [context.tenant, hasattr(context, "log_stream_name")]  # type: ignore[attr-defined]

    assert ["t", False] == run(handler, {}, make_runtime())
