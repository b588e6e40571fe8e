"""One function in a process of its own, under AWS's runtime client, for one event after another.

The client asks this process for an event, as it asks Lambda's runtime API; what
it sends back is the answer. Handler, plugins, sources and variables are those
of the definition; nothing is packed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit.plugin import now_ms
from affidavit_service.errors import ServiceError
from affidavit_service.functions import function_of
from affidavit_service.read import Service
from affidavit_service.runtime_api import Event, Posted, RuntimeApi
from affidavit_service.service_model import Function
from affidavit_service.times import new_id

CLIENT: Final = "awslambdaric"
REGION: Final = "eu-west-1"
GRACE_S: Final = 10.0
"""What starting a Python may take beside the function's own time."""
LOOK_S: Final = 0.02
"""How often output is fetched while a function runs."""

BOOT: Final = """
import os, sys
import awslambdaric.__main__ as client, awslambdaric.bootstrap as bootstrap
sys.argv = ["bootstrap", sys.argv[1]]
found = bootstrap._get_handler
def get_handler(name):
    os.environ.pop("AWS_LAMBDA_FUNCTION_NAME", None)
    sys.dont_write_bytecode = True
    return found(name)
bootstrap._get_handler = get_handler
client.main(sys.argv)
"""
"""The client needs the function's name and ends without it. To the handler this is no deployed
function, which could not keep a ledger in a file. The function's code leaves no bytecode: Python
tells stale from fresh by second and size, and would run the old one after two quick edits."""


AHEAD: Final = """
import os, sys
import awslambdaric.__main__, awslambdaric.bootstrap
name = os.environ.pop("AWS_LAMBDA_FUNCTION_NAME", "")
import affidavit, pydantic, sqlite3
os.environ["AWS_LAMBDA_FUNCTION_NAME"] = name
sys.stdin.readline()
"""
"""What a spare process has done when it is needed: everything but the function's own code."""


class Invoked(NamedTuple):
    """What a function answered; `error` is the type of what it raised, empty if nothing."""

    answer: Any
    error: str
    log: str
    milliseconds: int


class FunctionProcess:
    """A warm function. Not for two events at once; the caller sees to that."""

    def __init__(
        self,
        service: Service,
        name: str,
        *,
        ledger: str,
        variables: Mapping[str, str] | None = None,
        boot: str = BOOT,
        timeout_s: float | None = None,
        ahead: bool = False,
    ) -> None:
        """Start it. `variables` go before those of the definition; `ledger` is a ledger's URL.

        `timeout_s` is the function's own unless said. One that is started `ahead`
        waits for `go` before it reads the function's code.

        Raises:
            ServiceError: There is no such function, or no runtime client.

        """
        self.name = name
        self.function = function_of(service, name)
        _need_client()
        self._timeout_s = timeout_s or self.function.timeout_s
        self._changed = threading.Condition()
        self._ready = False
        self._posted: Posted | None = None
        self._lines: list[str] = []
        self._api = RuntimeApi(self._on_next, self._on_post)
        self.environ = {**environ_of(service, self.function, ledger), **(variables or {})}
        boot = AHEAD + boot if ahead else boot
        self._process = self._begin(boot, service.folder, ahead=ahead)

    def _begin(self, boot: str, folder: Path, *, ahead: bool) -> subprocess.Popen[bytes]:
        own = {"AWS_LAMBDA_RUNTIME_API": self._api.address, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(  # noqa: S603 - this Python, with the handler's name
            [sys.executable, "-c", boot, self.function.handler.replace(":", ".")],
            env=self.environ | own,
            cwd=folder,
            stdin=subprocess.PIPE if ahead else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        os.set_blocking(process.stdout.fileno(), False)
        return process

    @property
    def alive(self) -> bool:
        """Whether it can take another event."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    def go(self) -> None:
        """Let one that was started ahead read the function's code, as it is now."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended; the next call says so
                self._process.stdin.close()

    def call(self, event: bytes) -> Invoked:
        """Call it with one event.

        Raises:
            ServiceError: It gave no answer in time, or its process ended.

        """
        began = time.monotonic()
        if not self._wait(lambda: self._ready, GRACE_S + self._timeout_s):
            return self._ended(began)
        with self._changed:
            self._ready, self._posted = False, None
        deadline = now_ms() + round(self._timeout_s * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": new_id(),
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:123456789012:"
            f"function:{self.name}",
        }
        self._api.give(Event(event, headers))
        self._wait(lambda: self._ready, self._timeout_s)
        return self._ended(began)

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self.go()
        self._fetch()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._api.close()

    def _ended(self, began: float) -> Invoked:
        posted, log = self._posted, "".join(self._lines)
        self._lines.clear()
        if posted is None:
            code = self._process.poll()
            self._process.kill()
            why = f"it takes longer than {self._timeout_s:g} s" if code is None else ""
            raise NoAnswerError(
                f"{self.name} gave no answer",
                why=why or f"its process ended with {code}",
                fix="Read its log with --log; its time is timeout_s of functions.toml",
                log=log,
                milliseconds=round((time.monotonic() - began) * 1000),
            )
        try:
            told = json.loads(posted.body)
        except ValueError:
            told = {}
        failed = posted.kind != "response"
        error = str(told.get("errorType", "Unknown")) if failed else ""
        taken = round((time.monotonic() - began) * 1000)
        return Invoked(None if failed else told, error, log, taken)

    def _wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        """Wait until it is `done`, or its process ended, or time is up; fetch what it prints."""
        deadline = time.monotonic() + limit_s
        while (left := deadline - time.monotonic()) > 0:
            with self._changed:
                met = self._changed.wait_for(lambda: done() or self._failed, min(left, LOOK_S))
            self._fetch()
            if met or not self.alive:
                break
        self._fetch()
        return done()

    @property
    def _failed(self) -> bool:
        return self._posted is not None and self._posted.kind == "init-error"

    def _fetch(self) -> None:
        pipe = self._process.stdout
        while pipe is not None and not pipe.closed and (data := pipe.read(65_536)):
            self._lines.append(data.decode("utf-8", "replace"))

    def _on_next(self) -> None:
        with self._changed:
            self._ready = True
            self._changed.notify_all()

    def _on_post(self, posted: Posted) -> None:
        with self._changed:
            self._posted = posted
            self._changed.notify_all()


class NoAnswerError(ServiceError):
    """A function's process ended, or its time was up. `log` is what it had printed."""

    def __init__(self, what: str, *, why: str, fix: str, log: str, milliseconds: int) -> None:
        super().__init__(what, why=why, fix=fix)
        self.log, self.milliseconds = log, milliseconds


def _need_client() -> None:
    if importlib.util.find_spec(CLIENT) is None:
        raise ServiceError(
            "the function cannot be called here",
            why=f"there is no {CLIENT}, the client that Lambda itself runs",
            fix="pip install 'affidavit[localcloud]'",
        )


def environ_of(service: Service, function: Function, ledger: str) -> dict[str, str]:
    """Return the environment of a function, as Terraform and Lambda would set it."""
    folder = str((service.folder / service.about.source).resolve())
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    plugins = {*function.plugins, *(("sqlite",) if ledger.startswith("sqlite:") else ())}
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        **kept,
        **aws,
        "PYTHONPATH": os.pathsep.join([folder, *(one for one in sys.path if one)]),
        "AWS_LAMBDA_FUNCTION_NAME": service.about.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AFFIDAVIT_ENVIRONMENT": service.environment,
        "AFFIDAVIT_LEDGER": ledger,
        "AFFIDAVIT_LOG_LEVEL": function.log_level,
        "AFFIDAVIT_PLUGINS": ",".join(sorted(plugins)),
        "AFFIDAVIT_POLICY": service.about.policy or "baseline",
        **({"AFFIDAVIT_TENANT": function.tenant} if function.tenant else {}),
        **{f"AFFIDAVIT_SOURCE_{name.upper()}": url for name, url in function.sources.items()},
        **function.secrets,
        **function.variables,
    }
