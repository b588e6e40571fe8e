"""How somebody ends runs decently: a flag that everything which waits looks at."""

from __future__ import annotations

import threading

from affidavit_harness.errors import StoppedError


class Stop:
    """A flag that ends every wait. Set it once; runs then clean up and end."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._event.is_set()

    def sleep(self, pause_s: float) -> None:
        """Wait.

        Raises:
            StoppedError: Somebody asked to stop.

        """
        if self._event.wait(pause_s):
            raise StoppedError
