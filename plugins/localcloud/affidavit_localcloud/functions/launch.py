"""The first code in an execution environment: set limits, build the path, hand over to the runtime.

It runs as `python -I -S launch.py HANDLER MEMORY_BYTES PARENT PATHS`, so nothing
that is installed on this machine can be imported by accident: a package that the
zip lacks is missing here as it would be missing on AWS. Only the standard library
may be imported in this file.
"""

from __future__ import annotations

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


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


def main() -> None:
    """Become the function's runtime."""
    handler, memory, parent, paths = sys.argv[1:5]
    die_with_parent(int(parent))
    limit_memory(int(memory))
    before, _, after = paths.partition("||")
    sys.path[:] = [*before.split(os.pathsep), *sys.path, after]
    sys.argv = ["awslambdaric", handler]
    from awslambdaric.__main__ import main as run  # noqa: PLC0415 - on the path since now

    run(sys.argv)


if __name__ == "__main__":
    main()
