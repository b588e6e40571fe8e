"""Functions and databases in this process: a scenario's targets without any deployment."""

from __future__ import annotations

import importlib
import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from affidavit import SettingsError
from affidavit.plugin import (
    FunctionAnswer,
    HandlerSpec,
    LocalFunction,
    Runtime,
    build_runtime,
    spec_of,
)
from affidavit.testing import Bench, FakeContext, run
from affidavit_harness.files.environments_file import ChosenEnvironment


class InProcessBackend:
    """What stands in for a deployment: functions by name, and a runtime over local databases."""

    def __init__(self, here: ChosenEnvironment, state: Path) -> None:
        self._here = here
        self._state = state
        self._lock = threading.RLock()
        self._runtime: Runtime | None = None

    def runtime(self) -> Runtime | None:
        """Return the runtime of this process; None where no ledger is named."""
        with self._lock:
            if self._runtime is None:
                self._runtime = self._build()
            return self._runtime

    def function(self, name: str) -> LocalFunction | None:
        """Return how to call a function of that name here; None if it is deployed."""
        target = self._here.settings.functions.get(name)
        if target is None:
            return None
        handler = self._import(target)

        def call(event: Any, request_id: str) -> FunctionAnswer:
            context = FakeContext(aws_request_id=request_id, function_name=name)
            try:
                return FunctionAnswer(200, self._call(handler, event, context), None, request_id)
            except Exception as error:  # noqa: BLE001 - as Lambda tells it
                failed = {"errorType": type(error).__name__}
                return FunctionAnswer(200, failed, "Unhandled", request_id)

        return call

    def _call(self, handler: Any, event: Any, context: FakeContext) -> Any:
        if isinstance(_plan(handler), HandlerSpec):
            runtime = self.runtime()
            if runtime is None:
                raise SettingsError("no ledger is named", why="it is audited", fix="Name one")
            return run(handler, event, Bench(runtime=runtime, store=None), context)
        return handler(event, context)

    def _import(self, target: str) -> Any:
        module, _, name = target.partition(":")
        with self._lock:
            for folder in self._here.settings.path:
                place = str((self._here.folder / folder).resolve())
                if place not in sys.path:
                    sys.path.insert(0, place)
            try:
                return getattr(importlib.import_module(module), name)
            except Exception as error:  # noqa: BLE001 - somebody's module
                failed = type(error).__name__
        raise SettingsError(
            f"{target} cannot be imported",
            why=f"it raised {failed}",
            fix="Correct functions: and path: in harness.yaml",
        )

    def _build(self) -> Runtime | None:
        said = dict(os.environ)
        for name, script in self._here.settings.databases.items():
            url = f"sqlite:///{quote(str(self._database(name, script)))}"
            said.setdefault(f"AFFIDAVIT_SOURCE_{name.upper().replace('-', '_')}", url)
        if self._here.env == "local":
            self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
            ledger = f"sqlite:///{quote(str((self._state / 'ledger.db').resolve()))}"
            said.setdefault("AFFIDAVIT_LEDGER", ledger)
        elif not {"AFFIDAVIT_LEDGER", "AWS_LAMBDA_FUNCTION_NAME"} & said.keys():
            return None
        return build_runtime(said, emit=self._write)

    def _database(self, name: str, script: str) -> Path:
        """Make a database from its script, anew for each process."""
        folder = self._state / "databases"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = (folder / f"{name}-{os.getpid()}.db").resolve()
        path.unlink(missing_ok=True)
        text = (self._here.folder / script).read_text("utf-8")
        with closing(sqlite3.connect(path)) as database:
            database.executescript(text)
        return path

    def _write(self, line: str) -> None:
        with self._lock, (self._state / "functions.log").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def _plan(handler: Any) -> Any:
    try:
        return spec_of(handler)
    except Exception:  # noqa: BLE001 - an ordinary handler has none
        return None
