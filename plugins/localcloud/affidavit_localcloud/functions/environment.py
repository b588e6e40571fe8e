"""One execution environment: a process that runs one version of a function, one event at a time."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from affidavit.plugin import now_ms
from affidavit_localcloud.functions import platform_log
from affidavit_localcloud.functions.log_stream import LogStream
from affidavit_localcloud.functions.output import LogLine, Output
from affidavit_localcloud.functions.spec import Spec
from affidavit_localcloud.functions.verdict import (
    InvocationReport,
    Verdict,
    answered,
    error_type_of,
    failure,
    how_it_ended,
    timed_out,
)
from affidavit_service.runtime_api import Event, Posted, RuntimeApi

INIT_LIMIT_S: Final = 60.0
"""AWS gives 10 s and then a second chance within the function's timeout. This machine is slower."""

DAY_S: Final = 86_400
"""What a function has that somebody looks into: time stands still meanwhile."""

LOOK_S: Final = 0.05
"""How often memory is measured and output is fetched while a function runs."""

_END_S: Final = 5.0
"""How long a process that was killed may take to be gone."""


class InvocationResult(NamedTuple):
    """What came of it. `error` is empty or `Unhandled`; `tail` is the log of this invocation."""

    payload: bytes
    error: str
    tail: str


class Environment:
    """A process, its Runtime API, and its log stream."""

    def __init__(self, spec: Spec, process: Start, logs: LogStream, *, freeze: bool) -> None:
        """Start the process. It is not ready yet; the first `run` waits for that."""
        self.spec = spec
        self._logs = logs
        self.debugged = process.debugged
        self._freeze = freeze and not process.debugged
        self._timeout_s = DAY_S if process.debugged else spec.timeout_s
        self._changed = threading.Condition()
        self._ready = self._exited = False
        self._posted: Posted | None = None
        self._started = time.monotonic()
        self._init_ms: float | None = None
        self._output = Output()
        self._folder = process.folder
        self._api = RuntimeApi(self._on_next, self._on_post)
        logs.write([LogLine(now_ms(), platform_log.init_start(spec, now_ms()))])
        self._process = process.begin(self._api.address, self._output)
        self._output.started()
        self.idle_since = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can take another event."""
        return not self._exited

    @property
    def starting(self) -> bool:
        """Whether it is busy with its start; one that waits for a debugger is not."""
        return self._init_ms is None and not (self._exited or self.debugged)

    def run(self, invocation: InvocationReport) -> InvocationResult:
        """Hand over an event and wait for what comes of it, at most the function's timeout."""
        tail: list[LogLine] = []
        cold = self._init_ms is None
        if cold:
            self._wait(DAY_S if self.debugged else INIT_LIMIT_S, tail)
            self._init_ms = (time.monotonic() - self._started) * 1000
        else:
            self._signal(signal.SIGCONT)
        self._write(tail, [platform_log.start(self.spec, invocation.request_id, now_ms())])
        began = time.monotonic()
        verdict = self._initfailure() or self._serve(invocation, tail)
        duration_ms = (time.monotonic() - began) * 1000
        payload, error_type, status = verdict
        crashed = status != "success"  # what a handler raises is its own affair
        measures = platform_log.Measures(
            duration_ms=duration_ms,
            memory_mb=min(self.peak_mb, self.spec.memory_mb),
            init_ms=self._init_ms if cold else None,
            status=status,
            error_type=error_type if crashed else "",
            trace=invocation.trace,
        )
        self._fetch(tail, last=self._exited)
        self._write(tail, platform_log.end(self.spec, invocation.request_id, measures, now_ms()))
        self.idle_since = time.monotonic()
        if self._freeze and self.alive:
            self._signal(signal.SIGSTOP)
        text = "\n".join(line.text for line in tail)
        return InvocationResult(payload, "Unhandled" if error_type else "", text)

    def stop(self) -> None:
        """End the process and everything that it started."""
        self._signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._api.close()
        self._output.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self, invocation: InvocationReport, tail: list[LogLine]) -> Verdict:
        """Hand over the event and wait."""
        with self._changed:
            self._ready, self._posted = False, None
        self._api.give(Event(invocation.payload, _headers(invocation, self._timeout_s)))
        self._wait(self._timeout_s, tail)
        broken = self._broken(invocation)
        return broken if broken is not None else answered(invocation, self._last_post())

    def _broken(self, invocation: InvocationReport) -> Verdict | None:
        """Return what became of a process that did not ask for more."""
        if self._over_memory:
            return failure(invocation, "Runtime.OutOfMemory", "signal: killed")
        if self._exited:
            return failure(invocation, "Runtime.ExitError", how_it_ended(self._process.returncode))
        if self._ready:
            return None
        self._signal(signal.SIGKILL)
        self._gone()
        return timed_out(invocation, self.spec)

    def _last_post(self) -> Posted | None:
        return self._posted

    def _initfailure(self) -> Verdict | None:
        """Return what an invocation gets whose environment could not start."""
        if self._ready:
            return None
        posted = self._posted
        self._signal(signal.SIGKILL)
        self._gone()
        if posted is not None and posted.kind == "init-error":
            return Verdict(posted.body, error_type_of(posted.body), "error")
        how = f"Runtime exited before it was ready: {how_it_ended(self._process.returncode)}"
        body = {"errorType": "Runtime.ExitError", "errorMessage": how}
        return Verdict(json.dumps(body).encode(), "Runtime.ExitError", "error")

    def _wait(self, limit_s: float, tail: list[LogLine]) -> None:
        """Wait until the runtime asks for more, is gone, or has used up its time or memory."""
        deadline = time.monotonic() + limit_s
        while (left := deadline - time.monotonic()) > 0:
            with self._changed:
                if self._changed.wait_for(lambda: self._ready or self._exited, min(left, LOOK_S)):
                    break
            self._fetch(tail)
            if self._over_memory:
                self._signal(signal.SIGKILL)
                self._gone()
                break
        self._fetch(tail)

    peak_mb = 0
    """The most memory that it has had, in MB."""

    @property
    def _over_memory(self) -> bool:
        self.peak_mb = max(self.peak_mb, peak_memory_mb(self._process.pid))
        return self.peak_mb > self.spec.memory_mb and not self.debugged

    def _fetch(self, tail: list[LogLine], *, last: bool = False) -> None:
        found = self._output.drain(last=last)
        tail += found
        self._logs.write(found)

    def _write(self, tail: list[LogLine], texts: list[str] | str) -> None:
        own = [LogLine(now_ms(), text) for text in ([texts] if isinstance(texts, str) else texts)]
        tail += own
        self._logs.write(own)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _gone(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._exited, _END_S)

    def _on_next(self) -> None:
        with self._changed:
            self._ready = True
            self._changed.notify_all()

    def _on_post(self, posted: Posted) -> None:
        with self._changed:
            self._posted = posted
            self._changed.notify_all()

    def _watch(self) -> None:
        self._process.wait()
        with self._changed:
            self._exited = True
            self._ready = False
            self._changed.notify_all()


class Start(NamedTuple):
    """How a process is started; see `pool.py` for what stands in the command."""

    spawn: Callable[..., subprocess.Popen[bytes]]
    command: tuple[str, ...]
    variables: dict[str, str]
    code: Path
    folder: Path
    debugged: bool = False

    def begin(self, address: str, output: Output) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that all of it can be ended."""
        variables = {
            **self.variables,
            "AWS_LAMBDA_RUNTIME_API": address,
            "_LAMBDA_TELEMETRY_LOG_FD": str(output.frames_out),
        }
        return self.spawn(
            self.command,
            cwd=self.code,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output.text_out,
            stderr=output.text_out,
            pass_fds=(output.frames_out,),
            start_new_session=True,
        )


def peak_memory_mb(pid: int) -> int:
    """Return the most resident memory that a process ever had, in MB; 0 if it cannot be told."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return -(-int(line.split()[1]) // 1024)
    return 0


def _headers(invocation: InvocationReport, timeout_s: int) -> dict[str, str]:
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(now_ms() + timeout_s * 1000),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
        # Never left out: awslambdaric ends without a word if it is missing.
        "Lambda-Runtime-Trace-Id": invocation.trace,
    }
    if invocation.client_context:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    return headers
