"""Try it on this machine: `python -m config_service` in the folder `examples`.

Settings, ledger and key lie in a temporary folder; nothing of it is left.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from affidavit.plugin import build_runtime
from affidavit.testing import Bench, api_gateway_v1, run
from config_service.handler import change, read

SHOWN = ("act", "actor", "subj", "q", "chg", "out")


def main() -> None:
    """Read, change, and try to change what somebody else has changed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with closing(sqlite3.connect(place / "settings.db")) as settings:
            settings.executescript(
                "create table settings (name text primary key, value text, version integer);"
                "insert into settings values ('orders.retry-limit', '3', 1);"
            )
        lines: list[str] = []
        environ = {
            "AFFIDAVIT_PLUGINS": "sqlite",
            "AFFIDAVIT_LEDGER": f"sqlite:///{place}/ledger.db",
            "AFFIDAVIT_SOURCE_SETTINGS": f"sqlite:///{place}/settings.db?mode=rw",
        }
        bench = Bench(runtime=build_runtime(environ, emit=lines.append), store=None, lines=lines)
        named = {"name": "orders.retry-limit"}
        operator = {"claims": {"sub": "operator-7"}}
        wish = {"value": "5", "version": 1}
        for title, handler, body in (
            ("read", read, None),
            ("change", change, wish),
            ("change what has changed", change, wish),
        ):
            event = api_gateway_v1(parameters=named, body=body, authorizer=operator)
            answer: Any = run(handler, event, bench)
            sys.stdout.write(f"{title}: {answer['statusCode']} {answer['body']}\n")
        for record in bench.records:
            said = {key: record.document[key] for key in SHOWN if key in record.document}
            sys.stdout.write(f"record {record.phase}: {json.dumps(said)}\n")


if __name__ == "__main__":
    main()
