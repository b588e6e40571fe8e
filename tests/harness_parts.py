"""What tests of the harness need again and again: a good scenario, a context, stand-in actions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from affidavit.plugin import (
    ActionCall,
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    always,
)
from affidavit_harness.actions.builtin import BUILTIN
from affidavit_harness.engine.input_lookup import References
from affidavit_harness.engine.local import run_local
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.stop import Stop
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.files.scenario_loader import LoadedScenario, parse_scenario
from affidavit_harness.parallel_runs import Batch, Job, begin
from affidavit_harness.protocol import RunEvent, RunReport
from affidavit_harness.registry import Registry, registry_of

GOOD = """\
schema: affidavit-scenario/v1
name: price-is-kept
description: A price is kept.
tags: [smoke]
timeout: 2m
budget: {transitions: 100, actions: 5}
environments: [local, dev]

inputs:
  table: {from: terraform-output, name: prices}
  token: {from: secretsmanager, name: "prices/${{ env }}/token", secret: true}

cases:
  - {id: known, product: ACME, status: 200}
  - {id: unknown, product: ZZZZ, status: 404}

actions:
  - id: seed
    uses: dynamodb.put
    with:
      table: ${{ inputs.table }}
      item: {pk: "${{ run.prefix }}${{ case.product }}", price: 12.5}
    undo: auto
  - id: fetch
    uses: http.request
    with:
      url: https://prices.example.com/price
      headers: {Authorization: "Bearer ${{ inputs.token }}"}
    check:
      - {select: status, eq: "${{ case.status }}"}
    capture: {request: 'headers."x-request-id"'}
  - id: kept
    uses: dynamodb.get
    when: case.status == `200`
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}ACME"}}
    eventually: {timeout: 20s, every: 500ms}
    check:
      - {select: item.price, gt: 1}

assertions:
  - id: one-record
    audit_trail:
      source: {uses: ledger.expect, with: {actor: "${{ run.uuid }}"}}
      where: {req: "${{ vars.request }}"}
      exactly: 1
"""
"""A scenario without a mistake. Tests spoil one thing each."""


class Anything(ActionParams):
    """What a stand-in action is told."""

    value: Any = None
    key: str = ""


class Shelf:
    """Stand-in for a service: values by key, and what was asked of it."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.asked: list[str] = []
        self.before_put: Callable[[Anything], None] = lambda _: None
        self.after_put: Callable[[Anything], None] = lambda _: None
        self.before_drop: Callable[[Anything], None] = lambda _: None
        self.answers: Callable[[Anything, ActionContext], ActionResult] = lambda params, _: {
            "value": params.value
        }

    def put(self, params: Anything, context: ActionContext) -> ActionResult:
        self.asked.append(f"put {params.key}")
        self.before_put(params)
        self.held[context.run.prefix + params.key] = params.value
        self.after_put(params)
        return {"kept": True}

    def drop(self, params: Anything, context: ActionContext) -> ActionResult:
        self.asked.append(f"drop {params.key}")
        self.before_drop(params)
        self.held.pop(context.run.prefix + params.key, None)
        return {"gone": True}

    def look(self, params: Anything, context: ActionContext) -> ActionResult:
        self.asked.append("look")
        return self.answers(params, context)

    def list(self, params: Anything, context: ActionContext) -> ActionResult:
        self.asked.append("list")
        told = self.answers(params, context)
        return {"records": told["value"]}

    def actions(self) -> tuple[AtomicAction, ...]:
        def back(params: Anything, _: ActionContext) -> ActionCall:
            return ActionCall("shelf.drop", {"key": params.key})

        return (
            AtomicAction("shelf.put", "Put", Anything, self.put, always("write"), back),
            AtomicAction("shelf.drop", "Drop", Anything, self.drop, always("write")),
            AtomicAction("shelf.look", "Look", Anything, self.look),
            AtomicAction("shelf.list", "List", Anything, self.list),
        )


class Recorder:
    """Stand-in for a client of AWS: answers what it was told to."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.asked: list[str] = []

    def __call__(self, service: str) -> Recorder:
        return self

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - as boto3 calls it
        self.asked.append(SecretId)
        return {"SecretString": self.secret}

    def get_parameter(self, **_: Any) -> dict[str, dict[str, str]]:
        return {"Parameter": {"Value": self.secret}}


class Stage:
    """A folder, a shelf, and runs of scenarios on it."""

    def __init__(self, folder: Path, *, env: str = "local", read_only: bool = False) -> None:
        self.folder = folder
        self.shelf = Shelf()
        self.registry = registry_with(self.shelf)
        self.here = ChosenEnvironment(env, EnvironmentSettings(read_only=read_only), folder)
        self.stop = Stop()
        self.slept: list[float] = []
        self.clock_ms = time.time_ns() // 1_000_000
        self.client = Recorder("hunter2-very-secret")
        self.ledger = FileUndoLedger(folder / "runs")
        self.events: list[RunEvent] = []
        self.outputs: Mapping[str, Any] = {}

    def context(self) -> RunContext:
        return RunContext(
            registry=self.registry,
            env=self.here.env,
            read_only=self.here.read_only,
            client=self.client,
            references=References(self.client, self.outputs),
            ledger=self.ledger,
            hosts=(),
            resolve=lambda *_: [],
            now_ms=self.now_ms,
            sleep=self.sleep,
            inline_s=20.0,
            cache={},
        )

    def now_ms(self) -> int:
        return self.clock_ms

    def sleep(self, pause_s: float) -> None:
        self.slept.append(pause_s)
        self.clock_ms += int(pause_s * 1000)
        if self.stop.is_set():
            self.stop.sleep(0)

    def load(self, text: str) -> LoadedScenario:
        return parse_scenario("test.yaml", head() + text, self.registry)

    def run(self, text: str, *, case: int = 0, keep: bool = False, **inputs: Any) -> RunReport:
        loaded = self.load(text)
        batch = Batch([], self.registry, self.here, self.folder, inputs)
        begun = begin(Job(loaded, loaded.cases()[case]), batch)
        lasts_ms = begun.run.deadline_ms - begun.run.started_ms
        run = replace(begun.run, started_ms=self.clock_ms, deadline_ms=self.clock_ms + lasts_ms)
        return run_local(
            loaded.scenario,
            replace(begun, run=run),
            self.context(),
            tell=self.events.append,
            stop=self.stop,
            keep=keep,
        )


def registry_with(shelf: Shelf) -> Registry:
    """Return every action, and those of a shelf."""
    return registry_of([("harness", one) for one in BUILTIN] + [("s", a) for a in shelf.actions()])


def head() -> str:
    """Return how every scenario of the tests begins."""
    return "schema: affidavit-scenario/v1\nname: test\n"


def broken(name: str = "Service.Down") -> ActionError:
    """Return the error of a service that does not answer."""
    return ActionError(name, "it is down", why="planted", fix="Nothing")
