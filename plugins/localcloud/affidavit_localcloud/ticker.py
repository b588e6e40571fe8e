"""Do something again and again, in a thread that outlives what goes wrong in it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable


def every(seconds: float, act: Callable[[], None], stopping: threading.Event) -> None:
    """Call `act` every so often until `stopping` is set. What it raises is told and forgotten."""

    def work() -> None:
        while not stopping.wait(seconds):
            try:
                act()
            except Exception as error:  # noqa: BLE001 - moto's data changes while we look at it
                sys.stderr.write(f"{act.__qualname__}: {type(error).__name__}\n")

    threading.Thread(target=work, name=act.__qualname__, daemon=True).start()
