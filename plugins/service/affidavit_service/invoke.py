"""Call one function of a service on this machine, as Lambda does: under AWS's own runtime client.

The client asks this process for an event, as it asks Lambda's runtime API; what
it sends back is the answer. Handler, plugins, sources and variables are those
of the definition; nothing is packed.
"""

from __future__ import annotations

import http.server
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_service.errors import ServiceError
from affidavit_service.functions import function_of
from affidavit_service.read import Service
from affidavit_service.service_model import Function

CLIENT: Final = "awslambdaric"
REQUEST_ID: Final = "11111111-2222-4333-8444-555555555555"
REGION: Final = "eu-west-1"
GRACE_S: Final = 10
"""What starting a Python may take beside the function's own time."""

BOOT: Final = """
import os, sys
import awslambdaric.__main__ as client, awslambdaric.bootstrap as bootstrap
sys.argv = ["bootstrap", sys.argv[1]]
found = bootstrap._get_handler
def get_handler(name):
    os.environ.pop("AWS_LAMBDA_FUNCTION_NAME", None)
    return found(name)
bootstrap._get_handler = get_handler
client.main(sys.argv)
"""
"""The client needs the function's name and ends without it. To the handler this is no deployed
function, which could not keep a ledger in a file."""


class Invoked(NamedTuple):
    """What a function answered; `error` is the type of what it raised, empty if nothing."""

    answer: Any
    error: str
    log: str
    milliseconds: int


def invoke(
    service: Service, name: str, event: bytes, *, variables: Mapping[str, str], ledger: str
) -> Invoked:
    """Call one function with one event.

    `variables` go before those of the definition; `ledger` is a ledger's URL.

    Raises:
        ServiceError: There is no such function, no runtime client, or no answer in time.

    """
    function = function_of(service, name)
    if importlib.util.find_spec(CLIENT) is None:
        raise ServiceError(
            "the function cannot be called here",
            why=f"there is no {CLIENT}, the client that Lambda itself runs",
            fix="pip install 'affidavit[localcloud]'",
        )
    began = time.monotonic()
    with _runtime_api(event, function.timeout_s) as api:
        environ = {**environ_of(service, function, ledger), **variables}
        environ["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{api.server_port}"
        code, log = _played(api, service.folder, function, environ)
    if api.said is None:
        raise ServiceError(
            f"{name} gave no answer",
            why=f"its process ended with {code}, or took longer than its timeout_s",
            fix="Start the handler's module by itself: python -m, or affidavit bundle verify",
        )
    kind, body = api.said
    error = str(body.get("errorType", "Unknown")) if kind == "error" else ""
    taken = round((time.monotonic() - began) * 1000)
    return Invoked(None if error else body, error, log, taken)


def _played(
    api: _Api, folder: Path, function: Function, environ: Mapping[str, str]
) -> tuple[int, str]:
    """Run the client until there is an answer or the time is up; return its code and log."""
    child = subprocess.Popen(  # noqa: S603 - this Python, with the handler's name
        [sys.executable, "-c", BOOT, function.handler.replace(":", ".")],
        env=environ,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    timer = threading.Timer(function.timeout_s + GRACE_S, child.kill)
    timer.start()
    threading.Thread(target=_end, args=(api, child), daemon=True).start()
    log = child.communicate()[0]
    timer.cancel()
    return child.returncode, log


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


class _Api(http.server.ThreadingHTTPServer):
    """Lambda's runtime API for one event."""

    daemon_threads = True

    def __init__(self, event: bytes, timeout_s: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.event: bytes | None = event
        self.timeout_s = timeout_s
        self.said: tuple[str, Any] | None = None
        self.done = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the client is ended while it waits for another event."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Api
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give out the one event; whoever asks for another waits until the end."""
        event, self.server.event = self.server.event, None
        if event is None:
            self.server.done.wait()
            self.close_connection = True
            return
        deadline = round((time.time() + self.server.timeout_s) * 1000)
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", REQUEST_ID)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", _arn())
        self.send_header("Content-Type", "application/json")  # the client crashes without it
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        """Take the answer, or the error of the call or of the start."""
        size = int(self.headers.get("Content-Length") or 0)
        try:
            told = json.loads(self.rfile.read(size) if size else b"".join(self._chunks()))
        except ValueError:
            told = {}
        self.server.said = ("error" if self.path.endswith("error") else "answer", told)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.done.set()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _arn() -> str:
    return f"arn:aws:lambda:{REGION}:123456789012:function:local"


def _end(api: _Api, child: subprocess.Popen[str]) -> None:
    """End the client once there is an answer: it would ask for the next event for ever."""
    api.done.wait()
    child.terminate()


@contextmanager
def _runtime_api(event: bytes, timeout_s: int) -> Iterator[_Api]:
    with _Api(event, timeout_s) as api:
        thread = threading.Thread(target=api.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield api
        finally:
            api.done.set()
            api.shutdown()


def read_event(given: str) -> bytes:
    """Return the event that was given, or that stands in the file that was named with `@`.

    Raises:
        ServiceError: It cannot be read, or is not JSON.

    """
    try:
        text = Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
        json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        why = f"reading it raised {type(error).__name__}"
    else:
        return text.encode()
    raise ServiceError(
        "the event cannot be used", why=why, fix="Give --event JSON, or @ and a file with JSON"
    )
