"""Log events come from a closed list, with the fields that the list says."""

from __future__ import annotations

import ast
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

import repository as repo
from affidavit import AuditContext, ConflictError, LedgerUnavailableError, audited
from affidavit._telemetry.log_events import EVENTS
from affidavit._types import LOG_LEVELS
from affidavit.plugin import Tracer
from affidavit.testing import Bench, api_gateway_v1, make_runtime, run, sqs

MODULES = repo.modules(repo.KERNEL)
LINE = {"level", "timestamp", "event"}
"""What every line has, besides the fields of its event."""

OPTIONAL = {"invocation.completed": {"received"}}


def _logged(path: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Yield (event, level, keywords) for each call of a logger with a literal name."""
    for node in ast.walk(repo.tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = repo.dotted(node.func.value).rpartition(".")[2]
            if receiver in {"log", "_log", "logger"} and node.func.attr in LOG_LEVELS:
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}: no literal"
                keywords = {word.arg for word in node.keywords if word.arg}
                yield str(node.args[0].value), node.func.attr, keywords


def _written(path: Path) -> set[str]:
    """Return the events that are written past the logger, as JSON in a literal."""
    return {
        name
        for text in repo.literals(repo.tree(path))
        for name in EVENTS
        if f'"event":"{name}"' in text
    }


def test_every_event_that_is_logged_is_listed() -> None:
    """With its level, and with fields that are listed."""
    logged = [entry for path in MODULES for entry in _logged(path)]

    assert [] == [name for name, _, _ in logged if name not in EVENTS]
    for name, level, keywords in logged:
        assert (name, EVENTS[name].level) == (name, level)
        assert set() == keywords - set(EVENTS[name].fields), name


def test_every_event_that_is_listed_is_logged() -> None:
    """A question that nothing answers does not stand in the list."""
    logged = {name for path in MODULES for name, _, _ in _logged(path)}
    written = set().union(*map(_written, MODULES))

    assert set(EVENTS) == logged | written


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_named_by_what_happened(name: str) -> None:
    """`noun.verb_past`, a level that exists, and the question that it answers."""
    noun, _, verb = name.partition(".")

    assert noun.isidentifier()
    assert verb.isidentifier()
    assert EVENTS[name].level in LOG_LEVELS
    assert "?" in EVENTS[name].answers


class _Asked(BaseModel):
    id: int


class _Told(BaseModel):
    note: str


def _everything_that_can_go_wrong() -> Iterator[Bench]:
    """Run one invocation per way of ending, and with them every log event but `emit.failed`."""

    @audited(request=_Asked, response=_Told)
    def handler(asked: _Asked, context: AuditContext) -> Any:
        context.metrics.add("no such unit", 1, "Furlongs")
        acts: dict[int, Any] = {
            1: lambda: _Told(note="fine"),
            2: lambda: 1 / 0,
            3: lambda: {"other": 1},
            4: lambda: (_ for _ in ()).throw(ConflictError("taken", why="so", fix="Retry")),
        }
        return acts[asked.id]()

    def observer(record: Any) -> None:
        raise ValueError(record)

    def down(_: object) -> None:
        raise LedgerUnavailableError("down", why="planted", fix="Nothing")

    for policy, asked in itertools.product(("baseline", "gdpr"), ("1", "2", "3", "4", "none")):
        bench = make_runtime(policy=policy, observers=(("watcher", observer),))
        claims = {"claims": {"sub": "somebody"}}
        run(handler, api_gateway_v1(query={"id": asked}, authorizer=claims), bench)
        assert bench.store is not None
        bench.store.before = down
        run(handler, api_gateway_v1(query={"id": asked}, authorizer=claims), bench)
        yield bench
    bench = make_runtime()
    bench.runtime.redactor.faults.append("TypeError")
    run(audited(each=True, action="EACH")(lambda _, __: None), sqs(["x"]), bench)
    yield bench
    bench = make_runtime(tracer=Tracer("broken", lambda _: 1 / 0))  # type: ignore[arg-type, return-value]
    run(audited(action="MAIL")(lambda _, context: context.announce("Sent")), {}, bench)
    yield bench
    bench = make_runtime()
    sys.modules["sentry_sdk"] = ModuleType("sentry_sdk")  # one that cannot be told anything
    try:
        run(audited(action="FAIL")(lambda _, __: 1 / 0), api_gateway_v1(), bench)
    finally:
        del sys.modules["sentry_sdk"]
    yield bench


def test_every_line_has_the_fields_of_its_event() -> None:
    """Neither more nor fewer; what may be missing is listed above."""
    seen = set()
    for bench in _everything_that_can_go_wrong():
        for line in bench.logs:
            name = line["event"]
            seen.add(name)
            assert EVENTS[name].level == line["level"]
            wanted = LINE | set(EVENTS[name].fields)
            assert wanted - OPTIONAL.get(name, set()) <= line.keys() <= wanted, name

    assert set(EVENTS) - {"emit.failed"} == seen


def test_the_last_resort_has_the_fields_of_its_event(capsys: pytest.CaptureFixture[str]) -> None:
    """If stdout itself fails, one line goes to stderr."""

    @audited
    def handler(_: Any, __: Any) -> None:
        return None

    def broken(_: str) -> None:
        raise OSError("no room")

    bench = make_runtime()
    bench.runtime = bench.runtime._replace(emit=broken)
    run(handler, {}, bench)
    line = json.loads(capsys.readouterr().err)

    assert {"event", *EVENTS["emit.failed"].fields} == line.keys()
    assert "emit.failed" == line["event"]
