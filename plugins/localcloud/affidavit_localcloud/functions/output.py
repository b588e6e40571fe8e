"""What an environment writes: lines on its standard streams, frames from its logger."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import NamedTuple

from affidavit.plugin import now_ms

HEADER = 16
"""Bytes before a frame's message: type (4), length (4), time in microseconds (8), big-endian."""

CHUNK = 65_536


class LogLine(NamedTuple):
    """One log event. `at_ms` is milliseconds since 1970."""

    at_ms: int
    text: str


class Output:
    """Two pipes out of an environment: one for text, one for the runtime's logger.

    Both are read in one go, so that all that was written before an answer is
    there before the line that says the invocation has ended.
    """

    def __init__(self) -> None:
        self._text_in, self.text_out = os.pipe()
        self._frames_in, self.frames_out = os.pipe()
        self._partial = {self._text_in: b"", self._frames_in: b""}
        self._lock = threading.Lock()
        for end in self._partial:
            os.set_blocking(end, False)

    def started(self) -> None:
        """Close the ends that the environment has now."""
        os.close(self.text_out)
        os.close(self.frames_out)

    def drain(self, *, last: bool = False) -> list[LogLine]:
        """Return what was written since; with `last`, also a line that was never ended."""
        with self._lock:
            frames = list(self._frames(_read(self._frames_in)))
            lines = list(self._lines(_read(self._text_in), last=last))
        return sorted(frames + lines, key=lambda line: line.at_ms)

    def close(self) -> None:
        """Give the pipes back."""
        with self._lock:
            for end in self._partial:
                os.close(end)
            self._partial = {}

    def _lines(self, data: bytes, *, last: bool) -> Iterator[LogLine]:
        at = now_ms()
        *whole, rest = (self._partial[self._text_in] + data).split(b"\n")
        self._partial[self._text_in] = b"" if last else rest
        for line in [*whole, rest] if last else whole:
            if line.strip():
                yield LogLine(at, line.decode("utf-8", "replace").rstrip("\r"))

    def _frames(self, data: bytes) -> Iterator[LogLine]:
        data = self._partial[self._frames_in] + data
        while len(data) >= HEADER:
            size = int.from_bytes(data[4:8], "big")
            if len(data) < HEADER + size:
                break
            at = int.from_bytes(data[8:HEADER], "big") // 1000
            text = data[HEADER : HEADER + size].decode("utf-8", "replace").rstrip("\n")
            data = data[HEADER + size :]
            yield LogLine(at, text)
        self._partial[self._frames_in] = data


def _read(end: int) -> bytes:
    parts = []
    while True:
        try:
            part = os.read(end, CHUNK)
        except (BlockingIOError, OSError):
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
