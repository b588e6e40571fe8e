"""dynalite, another implementation of DynamoDB, and an adapter for what it lacks.

`make dynalite` installs it. It has no transactions and does not bring back the old item
with a failed condition; the adapter plays transactions one at a time, as DynamoDB would
answer them, and takes away what dynalite does not know.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cloud import serving

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/dynalite/node_modules/dynalite/cli.js"
MOST = 100
"""Items in a transaction, as DynamoDB has it."""
UNKNOWN = ("ReturnValuesOnConditionCheckFailure", "StreamSpecification")


@contextmanager
def dynalite_server() -> Iterator[str]:
    """Run dynalite in memory behind its adapter; yield the adapter's URL."""
    with serving("node", str(PROGRAM), "--port", "PORT", "--createTableMs", "0") as port:
        front = ThreadingHTTPServer(("127.0.0.1", 0), _handler(f"127.0.0.1:{port}"))
        front.daemon_threads = True
        try:
            threading.Thread(target=front.serve_forever, args=(0.02,), daemon=True).start()
            yield f"http://127.0.0.1:{front.server_port}"
            front.shutdown()
        finally:
            front.server_close()


def _handler(target: str) -> type[BaseHTTPRequestHandler]:
    one_at_a_time = threading.Lock()

    class Adapter(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            with one_at_a_time:
                if operation == "TransactWriteItems":
                    status, answer = self._transact(asked["TransactItems"])
                else:
                    status, answer = self._ask(operation, asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _ask(self, operation: str, asked: Mapping[str, Any]) -> tuple[int, bytes]:
            known = {name: value for name, value in asked.items() if name not in UNKNOWN}
            headers = {k: v for k, v in self.headers.items() if k.lower() != "content-length"}
            headers["X-Amz-Target"] = f"DynamoDB_20120810.{operation}"
            connection = http.client.HTTPConnection(target, timeout=30)
            connection.request("POST", "/", json.dumps(known), headers)
            answer = connection.getresponse()
            told = answer.read()
            connection.close()
            return answer.status, told

        def _transact(self, items: list[dict[str, Any]]) -> tuple[int, bytes]:
            """Check every condition before anything is written; only puts are known."""
            if len(items) > MOST:
                return 400, json.dumps({"__type": "x#ValidationException"}).encode()
            reasons = []
            for item in items:
                put = item["Put"]
                key = {name: put["Item"][name] for name in ("pk", "sk")}
                there = self._ask("GetItem", {"TableName": put["TableName"], "Key": key})[1]
                failed = "Item" in json.loads(there)
                reasons.append({"Code": "ConditionalCheckFailed" if failed else "None"})
            if any(reason["Code"] != "None" for reason in reasons):
                kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
                told = {"__type": kind, "message": "x", "CancellationReasons": reasons}
                return 400, json.dumps(told).encode()
            for item in items:
                status, answer = self._ask("PutItem", item["Put"])
                if status != http.client.OK:
                    return status, answer
            return 200, b"{}"

        def log_message(self, *_: object) -> None: ...

    return Adapter
