"""A debugger in the functions of the dev server: debugpy for an editor, or pdb in the terminal.

Time stands still while somebody looks, so a function has a day instead of its
timeout, and `unsafe` in each of its records says `debug`.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit_service.function_process import BOOT
from affidavit_service.read import Service

PORT: Final = 5678
TERMINAL: Final = "terminal"
DAY_S: Final = 86_400.0

_DEBUGPY: Final = """
import debugpy
debugpy.listen(("127.0.0.1", {port}))
print("waiting for a debugger on 127.0.0.1:{port}", flush=True)
debugpy.wait_for_client()
"""

_PDB: Final = """
import pdb, sys
def _hook(*args, **kwargs):
    tty = open("/dev/tty", "r+b", buffering=0)
    import io
    text = io.TextIOWrapper(tty, write_through=True)
    pdb.Pdb(stdin=text, stdout=text).set_trace(sys._getframe(1))
sys.breakpointhook = _hook
"""


class Debugger(NamedTuple):
    """How functions are looked into: `port` for debugpy, 0 for the terminal."""

    port: int

    def port_of(self, name: str, service: Service) -> int:
        """Return where the debugger of a function listens: one port after another."""
        return self.port + list(service.functions).index(name)

    def how(self, name: str, service: Service) -> dict[str, Any]:
        """Return what its process gets."""
        first = _DEBUGPY.format(port=self.port_of(name, service)) if self.port else _PDB
        variables = {"AFFIDAVIT_UNSAFE_DEBUG": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        return {"boot": first + BOOT, "timeout_s": DAY_S, "variables": variables}


def read_debugger(given: str | None) -> Debugger | None:
    """Return the debugger that was asked for: a port, or `terminal`.

    Raises:
        SettingsError: It is neither, or debugpy is not installed.

    """
    if given is None:
        return None
    if given == TERMINAL:
        return Debugger(0)
    if not given.isdecimal() or not 1024 <= int(given) <= 65_000:  # noqa: PLR2004 - ports
        raise SettingsError(
            "--debug cannot be used",
            why="it is neither a port from 1024 to 65000 nor the word terminal",
            fix=f"Write --debug for port {PORT}, --debug 5700, or --debug terminal",
        )
    if importlib.util.find_spec("debugpy") is None:
        raise SettingsError(
            "there is no debugger",
            why="debugpy is not installed",
            fix="pip install 'affidavit[dev]'",
        )
    return Debugger(int(given))
