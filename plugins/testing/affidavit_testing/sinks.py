"""Catch everything that leaves a process while a handler runs.

Standard output and error are caught twice, as Python's objects and as file
descriptors, because `print` and a C library do not take the same way. Log
records are taken where they are made, whatever logger and handler they are for:
a line that a setting can turn on is a sink.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TextIO

from affidavit_testing.side_effects import SideEffect, watched

MAX_FILE: Final = 1_000_000
"""Bytes that are read back from a file which the handler wrote."""

_FORMAT: Final = logging.Formatter("%(levelname)s %(name)s %(message)s")
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class CaughtLog(NamedTuple):
    """One record of a logger: who logged it, at which level and where; and all that it says."""

    place: str
    text: str


@dataclass(slots=True)
class Sinks:
    """What has left, by sink. Texts are complete once the block has ended.

    `effects` are connections, processes and files that were reached for; `files` are
    texts of files that were written, by path.
    """

    stdout: str = ""
    stderr: str = ""
    logs: list[CaughtLog] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    effects: list[SideEffect] = field(default_factory=list)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each sink."""
        # Logs first: the same text on standard error says less of where it came from.
        yield from self.logs
        yield "standard output", self.stdout
        yield "standard error", self.stderr
        yield "a warning", "\n".join(self.warnings)
        for path, text in self.files.items():
            yield f"file {Path(path).name}", text


@contextlib.contextmanager
def captured(allow: Collection[str] | None = None) -> Iterator[Sinks]:
    """Catch what leaves inside the block; with `allow`, deny what reaches further than that."""
    found = Sinks()
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(_stream(name)) for name in ("stdout", "stderr")]
        descriptors = [stack.enter_context(_descriptor(number)) for number in (1, 2)]
        stack.enter_context(_log_records(found.logs))
        told = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        stack.enter_context(watched(found.effects, allow))
        try:
            yield found
        finally:
            for stream in streams:
                stream.flush()
            texts = [_text(stream) + _read(file) for stream, file in zip(streams, descriptors)]  # noqa: B905 - two each
            found.stdout, found.stderr = texts
            found.warnings += [f"{one.category.__name__}: {one.message}" for one in told]
            found.files.update(_files(found.effects))
            found.effects[:] = [one for one in found.effects if not one.is_file]


def _text(stream: TextIO) -> str:
    raw: Any = stream.buffer
    return str(raw.getvalue().decode("utf-8", "replace"))


@contextlib.contextmanager
def _stream(name: str) -> Iterator[TextIO]:
    """Put another object in the place of `sys.stdout` or `sys.stderr`."""
    before = getattr(sys, name)
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace", write_through=True)
    setattr(sys, name, stream)
    try:
        yield stream
    finally:
        setattr(sys, name, before)


@contextlib.contextmanager
def _descriptor(number: int) -> Iterator[IO[bytes]]:
    """Turn a file descriptor into a file of ours; one that is closed stays closed."""
    with tempfile.TemporaryFile() as file:
        try:
            kept = os.dup(number)
        except OSError:
            yield file
            return
        try:
            os.dup2(file.fileno(), number)
            yield file
        finally:
            os.dup2(kept, number)
            os.close(kept)


def _read(file: IO[bytes]) -> str:
    # Not `os.pread`, which Windows does not have: what is written next goes to the end again.
    file.seek(0)
    found = file.read(MAX_FILE)
    file.seek(0, os.SEEK_END)
    return found.decode("utf-8", "replace")


@contextlib.contextmanager
def _log_records(lines: list[CaughtLog]) -> Iterator[None]:
    """Take every log record where it is made, whatever level its logger has by default."""
    make, root = logging.getLogRecordFactory(), logging.getLogger()
    level, disabled = root.level, root.manager.disable
    made: list[logging.LogRecord] = []

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made.append(make(*args, **kwargs))
        return made[-1]

    logging.setLogRecordFactory(factory)
    logging.disable(logging.NOTSET)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        logging.disable(disabled)
        logging.setLogRecordFactory(make)
        # Now, and not when they are made: what `extra` holds is added afterwards.
        lines += map(_line, made)


def _line(record: logging.LogRecord) -> CaughtLog:
    """Return the record as text, with what a structured handler would add, and whose it is."""
    told = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    try:
        text = _FORMAT.format(record)
    except Exception:  # noqa: BLE001 - a message that does not fit its arguments
        text = str(record.msg)
    call = f"{record.funcName} ({record.filename}:{record.lineno})"
    place = f"the log ({record.levelname} of logger {record.name}, called by {call})"
    return CaughtLog(place, f"{text} {record.args!r} {told!r}")


def _files(found: list[SideEffect]) -> Iterator[tuple[str, str]]:
    for path in dict.fromkeys(one.where for one in found if one.is_file):
        try:
            with Path(path).open("rb") as file:
                yield path, file.read(MAX_FILE).decode("utf-8", "replace")
        except OSError:
            continue
