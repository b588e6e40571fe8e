"""The first code in an execution environment: set limits, build the path, hand over to the runtime.

It runs as `python -I -S launch.py HANDLER MEMORY_BYTES PARENT PATHS [PORT]`, so nothing
that is installed on this machine can be imported by accident: a package that the
zip lacks is missing here as it would be missing on AWS. Only the standard library
may be imported in this file, and debugpy where somebody waits for it on PORT.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
import time

PR_SET_PDEATHSIG = 1  # prctl(2)
PORT_S = 10.0
"""How long a debugger's port may be that of an environment that has just ended."""


def die_with_parent(parent: int) -> None:
    """Ask Linux to end this process when the local cloud ends, however it ends."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - Linux only

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def limit_memory(size: int) -> None:
    """Refuse what no function of this size could use; the measured limit is outside."""
    import resource  # noqa: PLC0415 - not on every system

    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def wait_for_debugger(port: int) -> None:
    """Let a debugger in before any code of the function runs."""
    debugger = importlib.import_module("debugpy")  # linked only where it is asked for
    deadline = time.monotonic() + PORT_S
    while _is_taken(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    debugger.listen(("127.0.0.1", port))
    sys.stdout.write(f"waiting for a debugger on 127.0.0.1:{port}\n")
    sys.stdout.flush()
    debugger.wait_for_client()


def _is_taken(port: int) -> bool:
    """Tell whether the adapter of the environment before, which ends by itself, is still there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def main() -> None:
    """Become the function's runtime."""
    handler, memory, parent, paths = sys.argv[1:5]
    die_with_parent(int(parent))
    limit_memory(int(memory))
    before, _, after = paths.partition("||")
    sys.path[:] = [*before.split(os.pathsep), *sys.path, after]
    for port in sys.argv[5:]:
        wait_for_debugger(int(port))
    sys.argv = ["awslambdaric", handler]
    from awslambdaric.__main__ import main as run  # noqa: PLC0415 - on the path since now

    run(sys.argv)


if __name__ == "__main__":
    main()
