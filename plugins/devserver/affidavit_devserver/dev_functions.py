"""The functions of a service, each in a warm process, started anew when the code changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from affidavit import AffidavitError
from affidavit_devserver.debugging import Debugger
from affidavit_devserver.new_records import NewRecords
from affidavit_devserver.source_tree import stamp
from affidavit_service.function_process import (
    FunctionProcess,
    Invoked,
    NoAnswerError,
    environ_of,
)
from affidavit_service.read import read_service


class FunctionCall(NamedTuple):
    """One call and everything that came of it."""

    function: str
    answer: Any
    error: str
    """The type of what it raised, or why there was no answer; empty if nothing."""
    records: list[Any]
    metrics: list[Any]
    log: list[str]
    milliseconds: int


class DevFunctions:
    """A service that is being worked on. `variables` go before those of the definition."""

    def __init__(
        self,
        path: Path,
        environment: str,
        ledger: Path,
        *,
        variables: Mapping[str, str] | None = None,
        debugger: Debugger | None = None,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Read the definition and start every function."""
        self._path, self._environment = path, environment
        self._ledger = f"sqlite:///{ledger}"
        self._variables, self._debugger = dict(variables or {}), debugger
        self._told = told
        self._lock = threading.RLock()
        self._turns: dict[str, threading.Lock] = {}
        self._processes: dict[str, FunctionProcess] = {}
        self._spares: dict[str, FunctionProcess] = {}
        """Started ahead for whom was called: after an edit only the function's own code is read."""
        self._closed = False
        self._last = ""
        """Whom somebody called last: most likely the one that is being written."""
        self._records = NewRecords(self._ledger)
        self.service = read_service(path, environment)
        self._stamp = stamp(self.service.folder)
        self._start()

    def refresh(self) -> bool:
        """Start everything anew if the code has changed since; return whether it had."""
        with self._lock:
            now = stamp(self.service.folder)
            if now == self._stamp:
                return False
            self._stamp = now
            try:
                self.service = read_service(self._path, self._environment)
            except AffidavitError as error:
                self._told(f"functions.toml: {error.what}: {error.why}")
            self._stop()
            # The others start when they are called: several starts at once make the first one slow.
            if self._last in self.service.functions:
                self._processes[self._last] = self._started(self._last)
            self._told("reloaded")
            return True

    def call(self, name: str, event: bytes) -> FunctionCall:
        """Call one function as the code is now, and gather what it leaves."""
        self._last = name
        self.refresh()
        with self._turn(name):
            process = self._process(name)
            try:
                done = process.call(event)
            except NoAnswerError as error:
                done = Invoked(None, f"{error.what}: {error.why}", error.log, error.milliseconds)
                self._drop(name)
        metrics, log, attempts = _sorted(done.log)
        records = self._records.of(attempts)
        threading.Thread(target=self._start_spare, args=(name,), daemon=True).start()
        return FunctionCall(name, done.answer, done.error, records, metrics, log, done.milliseconds)

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
            self._stop()
            for spare in self._spares.values():
                spare.close()
            self._spares.clear()

    def _start_spare(self, name: str) -> None:
        with self._lock:
            known = name in self.service.functions and name not in self._spares
            if known and not (self._closed or self._debugger):
                self._spares[name] = self._new(name, ahead=True)

    def spare(self, name: str) -> FunctionProcess:
        """Return the process that stands by for a function."""
        self._start_spare(name)
        return self._spares[name]

    def _turn(self, name: str) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(name, threading.Lock())

    def _process(self, name: str) -> FunctionProcess:
        with self._lock:
            held = self._processes.get(name)
            if held is None or not held.alive:
                self._drop(name)
                held = self._processes[name] = self._started(name)
            return held

    def _started(self, name: str) -> FunctionProcess:
        """Return a process of a function: the spare one, if the definition is as it was."""
        spare = self._spares.pop(name, None)
        if spare is None:
            return self._new(name)
        function = self.service.functions[name]
        environ = {**environ_of(self.service, function, self._ledger), **self._variables_of(name)}
        if spare.alive and (spare.function, spare.environ) == (function, environ):
            spare.go()
            return spare
        spare.close()
        return self._new(name)

    def _variables_of(self, name: str) -> dict[str, str]:
        level = "debug" if self.service.functions[name].log_level == "debug" else "info"
        # At this level each invocation names its attempt, and records are found by that.
        return {**self._variables, "AFFIDAVIT_LOG_LEVEL": level}

    def _new(self, name: str, *, ahead: bool = False) -> FunctionProcess:
        debugger = self._debugger
        how: dict[str, Any] = debugger.how(name, self.service) if debugger is not None else {}
        variables = {**self._variables_of(name), **how.pop("variables", {})}
        return FunctionProcess(
            self.service, name, ledger=self._ledger, variables=variables, ahead=ahead, **how
        )

    def _drop(self, name: str) -> None:
        with self._lock:
            held = self._processes.pop(name, None)
        if held is not None:  # its end takes a moment that nobody has to wait for
            threading.Thread(target=held.close).start()

    def _start(self) -> None:
        for name in self.service.functions:
            self._processes[name] = self._started(name)

    def _stop(self) -> None:
        for name in list(self._processes):
            self._drop(name)


def _sorted(log: str) -> tuple[list[Any], list[str], set[str]]:
    """Return metrics as they are, every other line, and the attempts that are named."""
    metrics, lines, attempts = [], [], set()
    for line in log.splitlines():
        try:
            told = json.loads(line) if line.startswith("{") else None
        except ValueError:
            told = None
        if isinstance(told, dict) and "_aws" in told:
            metrics.append(told)
        elif line:
            lines.append(line)
        if isinstance(told, dict) and isinstance(told.get("attempt"), str):
            attempts.add(told["attempt"])
    return metrics, lines, attempts
