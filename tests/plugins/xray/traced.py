"""A function under X-Ray, as a process of its own: the SDK keeps state of the process.

Reads one trace header per line from stdin, runs one invocation under each, and
prints what was imported by then.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from affidavit import AuditContext, Query, SourceUnavailableError, audited
from affidavit._runtime.plugins import load_plugins
from affidavit.testing import MemorySource, make_runtime, run, sqs

FIND = Query(name="find_price", sql="select :id as id", binds=frozenset({"id"}))
LOST = Query(name="find_lost", sql="select 1 as one", binds=frozenset())
WATCHED = ("aws_xray_sdk", "jinja2", "oracledb", "boto3")


def act(event: dict[str, Any], context: AuditContext) -> dict[str, Any]:
    """Read, and end as the event says."""
    context.source("prices").fetch_one(FIND, {"id": "secret-bind"})
    if event.get("threads"):
        both = threading.Barrier(2)

        def read() -> None:
            both.wait(10)
            context.source("prices").fetch_one(FIND, {"id": "secret-bind"})

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    if event.get("lost"):
        context.source("prices").fetch_one(LOST)
    if event.get("fails"):
        raise ValueError("secret text")
    return {"told": "secret answer"}


def main() -> None:
    """Serve every header on stdin."""
    (tracer,) = [tracer for _, tracer in load_plugins(["xray"]).collect("affidavit_tracers")]
    lost = SourceUnavailableError("down", why="secret cause", fix="Nothing")
    source = MemorySource("prices", {"find_price": [{"id": "secret-row"}], "find_lost": lost})
    bench = make_runtime(tracer=tracer, sources=[source])
    handler = audited(action="PRICE_FETCH")(act)
    batch = audited(action="ORDER", each=True)(lambda _, __: None)
    for line in sys.stdin:
        asked = json.loads(line)
        os.environ["_X_AMZN_TRACE_ID"] = asked["header"]
        failed = ""
        try:
            if asked.get("batch"):
                run(batch, sqs(["1", "2"]), bench)
            else:
                run(handler, asked["event"], bench)
        except Exception as error:  # noqa: BLE001 - the test asks for its type
            failed = type(error).__name__
        imported = [name for name in WATCHED if name in sys.modules]
        sys.stdout.write(json.dumps({"imported": imported, "failed": failed}) + "\n")
    faults = [line for line in bench.logs if line["event"] == "span.failed"]
    sys.stdout.write(json.dumps({"faults": faults, "records": len(bench.records)}) + "\n")


if __name__ == "__main__":
    main()
