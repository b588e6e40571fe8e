"""Serve invocations from many threads of one process over a shared SQLite ledger.

    python many_writers.py FOLDER COUNT

A program, not a test: several of them run at once. Each builds its runtime,
says that it is ready, waits until FOLDER/go exists, and serves COUNT requests
of one user, each in a thread of its own, all in one and the same millisecond.
Prints one JSON object: how many answers had which status.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from affidavit import AuditContext, audited
from affidavit._clock import Clock
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.steps import invoke
from affidavit.plugin import build_runtime
from affidavit.testing import FakeContext, api_gateway_v1

AT_MS = 1_769_169_600_000


@audited(action="READ", actor="user", subject="id")
def handler(_: Any, __: AuditContext) -> dict[str, Any]:
    """Answer at once."""
    return {"statusCode": 200, "body": "{}"}


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    runtime = build_runtime(
        {"AFFIDAVIT_LEDGER": f"sqlite:///{folder / 'ledger.db'}", "AFFIDAVIT_PLUGINS": "sqlite"},
        clock=Clock(now_ms=lambda: AT_MS),
        emit=lambda _: None,
    )
    answers: Counter[int] = Counter()
    start = threading.Barrier(count)

    def serve(number: int) -> None:
        event = api_gateway_v1(query={"user": "one-user", "id": f"S{number}"})
        start.wait()
        answer: Any = invoke(spec_of(handler), event, FakeContext(), runtime)
        answers[answer["statusCode"]] += 1

    threads = [threading.Thread(target=serve, args=(number,)) for number in range(count - 1)]
    for thread in threads:
        thread.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not (folder / "go").exists():
        time.sleep(0.001)
    serve(count - 1)
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(answers) + "\n")


main()
