"""The process that a local cloud is: it serves until it is told to end."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from affidavit_localcloud.cloud import Options, make_cloud
from affidavit_localcloud.kept_state import save_state
from affidavit_localcloud.running import ANY_VALUE, lives

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

RARELY: Final = (50_000, 20, 50)
"""Python's own threshold of 700 objects is met by a few requests: a third of the work was that."""

LOOK_S: Final = 0.5
"""How long a cloud may outlive the process that it was told to end with."""


def serve(options: Options, pid_file: Path, told: dict[str, Any]) -> None:
    """Serve until SIGINT, SIGTERM or the end of `options.process`.

    `told` is written to `pid_file` as soon as it serves.
    """
    set_environment(options)
    app, cloud = make_cloud(options)
    server = _server(options.port, app)
    gc.freeze()  # the models of all services and their grammar are never garbage
    gc.set_threshold(*RARELY)
    ended = threading.Event()

    def end(*_: object) -> None:
        if not ended.is_set():
            ended.set()
            threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if options.process is not None:
        threading.Thread(target=_watch, args=(options.process, ended, end), daemon=True).start()
    _write(pid_file, {**told, "pid": os.getpid()})
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        cloud.stop()
        for lost in save_state(options.state, options.endpoint) if options.keep else ():
            sys.stderr.write(f"not saved: {lost}\n")
        pid_file.unlink(missing_ok=True)
        server.server_close()
        sys.stderr.write("stopped\n")


def _watch(process: int, ended: threading.Event, end: Callable[[], None]) -> None:
    while not ended.wait(LOOK_S):
        if not lives(process):
            end()


def _server(port: int, app: Any) -> BaseWSGIServer:
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415 - heavy
    from werkzeug.serving import make_server  # noqa: PLC0415 - heavy

    class ServingHandler(MotoRequestHandler):  # type: ignore[misc]
        # Headers and body leave together. As two segments the second would wait 40 ms for an
        # ACK, and a client in Go that is short of time may drop the connection between them.
        wbufsize = 1 << 16

        def handle_expect_100(self) -> bool:
            # S3's clients send a body only when they are asked to, or after a second.
            asked: bool = super().handle_expect_100()
            self.wfile.flush()
            del self.headers["Expect"]  # werkzeug would ask again
            return asked

        def log_request(self, *_: object) -> None: ...

    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=ServingHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    return server


def set_environment(options: Options) -> None:
    """Let this process, which is also a client of itself, find itself and nothing else."""
    os.environ.update(
        MOTO_PORT=str(options.port),  # tasks of state machines call back to this port
        AWS_ACCESS_KEY_ID=ANY_VALUE,
        AWS_SECRET_ACCESS_KEY=ANY_VALUE,
        AWS_DEFAULT_REGION="us-east-1",
        NO_PROXY="127.0.0.1,localhost",
    )
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)


def _write(path: Path, told: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told))
    fresh.chmod(0o600)
    fresh.replace(path)
