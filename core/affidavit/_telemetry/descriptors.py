"""Stand between a file descriptor and everything in this process that writes to it.

Streams that were taken hold of before `@audited`, `os.write`, C extensions and child
processes all end at descriptors 1 and 2. They write into a pipe; a thread reads whole
lines from it, redacts each, and writes them where the descriptor led before.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import Final

from affidavit._policy.words import Sink
from affidavit._redact import Redactor

LONGEST: Final = 1_048_576
"""Bytes without a line break that are held back; then they are judged as they are."""

WAIT_S: Final = 1.0
"""Longest wait for the thread to have written all: a log must not stop a function."""

_PIPE: Final = 1_048_576
"""Bytes that fit into the pipe, if the kernel allows so many to a user."""

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "


class DescriptorGuard:
    """Redacts what is written to one descriptor, a line at a time."""

    def __init__(self, descriptor: int, redactor: Redactor) -> None:
        self._redactor = redactor
        self._beneath = os.dup(descriptor)
        self._read, write = os.pipe()
        with suppress(OSError, AttributeError, ImportError):
            # Else it is smaller, and writers wait for the thread a little earlier.
            import fcntl  # noqa: PLC0415 - not on every system

            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PIPE)
        os.dup2(write, descriptor, inheritable=True)
        os.close(write)
        self._descriptor = descriptor
        self._held = b""
        self._process = os.getpid()
        self._marks = self._done = 0
        self._seen = threading.Condition()
        threading.Thread(target=self._work, name=f"redact-{descriptor}", daemon=True).start()
        atexit.register(self.drain)

    def drain(self) -> None:
        """Return when all that was written before has been redacted and written on."""
        if os.getpid() != self._process:
            return  # a forked child: the thread lives in its parent
        stream = sys.stdout if self._descriptor == 1 else sys.stderr
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()  # it may be closed, or replaced by something without one
        with self._seen:
            self._marks += 1
            wanted = self._marks
            os.write(self._descriptor, b"\0%d\0\n" % wanted)
            self._seen.wait_for(lambda: self._done >= wanted, WAIT_S)

    def write(self, data: bytes) -> None:
        """Write what has been redacted already, behind all that was written before."""
        self.drain()
        _write_all(self._beneath, data)

    def _work(self) -> None:
        while True:
            try:
                data = os.read(self._read, LONGEST)
                if not data:
                    return
                self._take(data)
            except Exception:  # noqa: BLE001, S112 - whatever fails: nothing raw goes out
                continue

    def _take(self, data: bytes) -> None:
        held = self._held + data
        whole, mark, rest = held.rpartition(b"\n")
        if len(rest) > LONGEST:
            whole, mark, rest = held, b"", b""
        waited_for = data.endswith(b"\0\n")
        if whole.count(_BEGIN) > whole.count(_END) and len(held) <= LONGEST and not waited_for:
            # A key in PEM form has many lines, and may come in pieces.
            whole, mark, rest = b"", b"", held
        self._held = rest
        if whole or mark:
            self._put(whole.split(b"\n"), mark)

    def _put(self, lines: list[bytes], mark: bytes) -> None:
        out: list[bytes] = []
        told = 0
        for line in lines:
            before, null, number = line.removesuffix(b"\0").rpartition(b"\0")
            if null and line.endswith(b"\0") and number.isdigit():
                told = int(number)
                out += [before] if before else []
            else:
                out.append(line)
        if any(_BEGIN in line for line in out):
            out = [b"\n".join(out)]
        if out:
            clean = b"\n".join([self._clean(line) for line in out])
            _write_all(self._beneath, clean + (mark or b"\n"))
        if told:
            with self._seen:
                self._done = told
                self._seen.notify_all()

    def _clean(self, line: bytes) -> bytes:
        if not line:
            return line
        return self._redactor.text(line.decode("utf-8", "replace"), Sink.LOG).encode()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
