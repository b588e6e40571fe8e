"""Notes on stderr that nobody can read any more: they end no work that is under way."""

from __future__ import annotations

import io
import os
import sys


class UnheardNotes(io.TextIOWrapper):
    """Writes notes; once that fails, because a reader has gone or a disk is full, into nothing.

    A run of scenarios whose progress went into `| head` would end in the middle otherwise, without
    a verdict and without cleaning up.
    """

    def write(self, text: str) -> int:
        """Write a text, if that can be done."""
        try:
            return super().write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Let what was written be read, if that can be done."""
        try:
            super().flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def let_notes_go_unheard() -> None:
    """Put such a stream in the place of stderr."""
    told = sys.stderr
    if type(told) is io.TextIOWrapper:  # else somebody listens in this process
        said = {"encoding": told.encoding, "errors": told.errors}
        sys.stderr = UnheardNotes(told.detach(), **said, line_buffering=True, write_through=True)
