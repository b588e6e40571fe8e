"""Whether this machine's processors have time left: on AWS there are always more of them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Final

WINDOW_S: Final = 0.2
"""Over so long it is measured at least: the system counts in hundredths of a second."""

LEFT: Final = 0.15
"""Less than this part of all processors' time is too little for another start."""

STAT: Final = Path("/proc/stat")


class ProcessorLoad:
    """Looks at what the system counts, as often as it is asked and no more often than is of use."""

    def __init__(self, stat: Path = STAT) -> None:
        """Begin to measure."""
        self._stat = stat
        self._lock = threading.Lock()
        self._idle, self._all = self._counted()
        self._at = time.monotonic()
        self._busy = False

    def busy(self) -> bool:
        """Tell whether all processors had work since the last look; no where nobody counts."""
        with self._lock:
            if time.monotonic() - self._at >= WINDOW_S:
                idle, everything = self._counted()
                passed = everything - self._all
                self._busy = passed > 0 and (idle - self._idle) < LEFT * passed
                self._idle, self._all, self._at = idle, everything, time.monotonic()
            return self._busy

    def _counted(self) -> tuple[int, int]:
        """Return what passed idle, and all that passed, as proc(5) has it in the first line."""
        try:
            numbers = [int(one) for one in self._stat.read_text("ascii").split("\n")[0].split()[1:]]
        except (OSError, ValueError):
            return 0, 0
        return sum(numbers[3:5]), sum(numbers[:8])
