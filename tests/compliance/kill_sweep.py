"""Kill an invocation at one line of ours after another, and look at what is left.

    python kill_sweep.py LEDGER MODE STRIDE OFFSET

A program, not a test: it forks a child per kill point, which a process with
threads must not do. LEDGER is the address of a real ledger. Each child
serves one request over it and kills itself with SIGKILL when the given number of
lines of affidavit's own code has run, in any thread. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import Any

import strategies as my
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.steps import invoke
from affidavit._policy.words import Declare
from affidavit._records.memory import MemoryStore
from affidavit._runtime.runtime import Runtime, assemble
from affidavit.plugin import build_runtime
from affidavit.testing import FakeContext, MemorySource, api_gateway_v1

CRASHED = 9
OURS = ("affidavit/", "affidavit_sqlite/", "affidavit_dynamodb/")
assert MemoryStore


class _Fuse:
    """Kills the process once enough lines have run."""

    def __init__(self, lines: int) -> None:
        self.left = lines

    def __call__(self, frame: FrameType, kind: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if not any(part in name for part in OURS):
            return None
        if kind == "line":
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def _runtime(ledger: str, mode: str) -> Runtime:
    base = build_runtime({"AFFIDAVIT_LEDGER": ledger}, emit=lambda _: None)
    # As if the ledger were behind a network, so that the background thread runs.
    type(base.ledger.store).remote = True  # type: ignore[misc]
    return assemble(
        policy=base.policy._replace(declare=Declare(mode)),
        ledger=base.ledger,
        clock=base.clock,
        emit=lambda _: None,
        sources={"memory": MemorySource("memory", {"find": [{"note": "fine"}]})},
    )


def _child(ledger: str, mode: str, number: int, lines: int, answer: int) -> None:
    """Serve one request; the answer goes out through a pipe, as through a socket."""
    runtime = _runtime(ledger, mode)
    handler = my.handler_of(my.BEHAVIOURS[3])
    event = api_gateway_v1(query={"id": "A1", "who": "w"}, request_id=f"kill-{number}")
    fuse = _Fuse(lines)
    threading.settrace(fuse)
    sys.settrace(fuse)
    told: Any = invoke(spec_of(handler), event, FakeContext(), runtime)
    os.write(answer, str(told["statusCode"]).encode())
    sys.settrace(None)
    # Tell the parent that the sweep has passed the end.
    os._exit(0)


def _run(ledger: str, mode: str, number: int, lines: int) -> tuple[str, bool]:
    """Return what the caller got, and whether the child came to its end."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            _child(ledger, mode, number, lines, writing)
        except BaseException:  # noqa: BLE001 - the parent must hear of it
            traceback.print_exc()
        finally:
            os._exit(CRASHED)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == CRASHED:
        raise SystemExit("a child failed by itself; see above")
    return answer, code == 0


def main() -> None:
    ledger, mode = sys.argv[1], sys.argv[2]
    stride, lines = int(sys.argv[3]), int(sys.argv[4])
    answers: dict[str, str] = {}
    killed = number = 0
    while True:
        number += 1
        answer, finished = _run(ledger, mode, number, lines)
        answers[f"kill-{number}"] = answer
        killed += not finished
        if finished:
            break
        lines += stride
    print(json.dumps({"answers": answers, "killed": killed, "lines": lines}))


main()
