"""Put the engine in front of what others write in the same process.

A handler prints, a library logs, Python warns: none of it comes by
`context.log`. Where the policy says so, a deployed function hands these lines
to the redactor too, before anybody formats or writes them.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TextIO

from affidavit._lazy import lazy
from affidavit._policy.words import OutputCapture, Sink
from affidavit._redact import Redactor
from affidavit._telemetry.descriptors import DescriptorGuard
from affidavit._telemetry.failure import describe
from affidavit._telemetry.redacted_exception import redacted

if TYPE_CHECKING:
    import logging

LONGEST: Final = 1_048_576
"""Characters without a line break that are held back; then they are judged as they are."""

_STANDARD: Final = frozenset({
    "args", "asctime", "created", "exc_info", "exc_text", "filename", "funcName", "levelname",
    "levelno", "lineno", "message", "module", "msecs", "msg", "name", "pathname", "process",
    "processName", "relativeCreated", "stack_info", "taskName", "thread", "threadName",
})  # fmt: skip
"""Attributes that every log record has; the others came by `extra`."""

_FIELD: Final = lazy(r"(?:%\(|\{|\$\{?)([A-Za-z_]\w*)")
_PLAIN: Final = (_STANDARD | {"aws_request_id"}) - {"threadName", "processName", "taskName"}
"""What a line may say without being read again; anybody can name a thread."""

Processor = Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]

_lock: Final = threading.Lock()
_taken: set[OutputCapture] = set()
"""What has been taken over in this process; there is no way back."""


def capture(redactor: Redactor, wanted: Iterable[OutputCapture]) -> None:
    """Take over what `wanted` names, once per process. Nothing changes what is there already."""
    with _lock:
        for one in wanted:
            if one not in _taken:
                _taken.add(one)
                _TAKE[one](redactor)


def processor(redactor: Redactor) -> Processor:
    """Return a processor for structlog that redacts what the ones before it have left.

    Put it last before the renderer. An exception becomes its `error_type`, redacted
    `message`, `stack` and `causes`.

    >>> redact = processor(Redactor(load_policy("baseline").redaction))
    >>> redact(None, "info", {"event": "seen", "password": "x"})
    {'event': 'seen', 'password': '[dropped]'}
    """

    def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        clean = redactor.clean(with_exception(dict(event), redactor), Sink.LOG).value
        return clean if isinstance(clean, dict) else {"event": clean}

    return redact


def with_exception(event: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return `event` with `exc_info` as a description, if it holds or announces an exception."""
    said = event.pop("exc_info", None)
    error = said if isinstance(said, BaseException) else None
    if isinstance(said, tuple) and len(said) > 1:
        error = said[1]
    elif said is True:
        # affidavit: allow AFF303 - described below, without a value of the exception
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = describe(error, redactor)
    return event


def redact_record(record: logging.LogRecord, redactor: Redactor) -> None:
    """Redact a log record in place: message, arguments, exception, stack and extras.

    The message is put together first: a value may be cut in two by its format. In place of
    the exception stands one with its name, its places and its redacted message.
    """
    try:
        structured = not record.args and not isinstance(record.msg, str)
        said = record.msg if structured else record.getMessage()
    except Exception:  # noqa: BLE001 - the text and its arguments are foreign code
        said = "[UNREADABLE]"
    if isinstance(said, str):
        record.msg = redactor.text(said, Sink.LOG)
    else:
        record.msg = redactor.clean(said, Sink.LOG).value
    record.args = ()
    if record.exc_text:
        record.exc_text = redactor.text(record.exc_text, Sink.ERROR)
    if record.exc_info and record.exc_info[1] is not None:
        twin = redacted(record.exc_info[1], redactor)
        record.exc_info = (type(twin), twin, twin.__traceback__)
        record.exc_text = None
    if record.stack_info:
        record.stack_info = redactor.text(record.stack_info, Sink.LOG)
    _redact_extras(record, redactor)


def _redact_extras(record: logging.LogRecord, redactor: Redactor) -> None:
    extras = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    if not extras:
        return
    clean = redactor.clean(extras, Sink.LOG).value
    for key in extras:
        delattr(record, key)
    vars(record).update(clean if isinstance(clean, dict) else {})


class RedactedStream:
    """A text stream that redacts whole lines before they reach the one `beneath`.

    What has no line break yet is held back, because a value may come in pieces.
    """

    def __init__(self, beneath: TextIO, redactor: Redactor) -> None:
        self.beneath = beneath
        self._redactor = redactor
        self._held = ""
        self._guard = threading.RLock()

    def write(self, text: str) -> int:
        """Redact and write the lines that `text` completes; return its length."""
        with self._guard:
            whole, mark, self._held = (self._held + text).rpartition("\n")
            if mark:
                # In one piece: a key in PEM form has many lines.
                self._put(whole)
                self.beneath.write("\n")
            if len(self._held) > LONGEST:
                self.flush()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Redact and write what is held back, too."""
        with self._guard:
            held, self._held = self._held, ""
            if held:
                self._put(held)
            self.beneath.flush()

    @property
    def buffer(self) -> _Bytes:
        """A binary stream whose bytes take the same way."""
        return _Bytes(self)

    def _put(self, text: str) -> None:
        self.beneath.write(self._redactor.text(text, Sink.LOG) if text else "")

    def __getattr__(self, name: str) -> Any:
        """Have everything else from the stream beneath."""
        return getattr(self.beneath, name)


class _Bytes:
    """What writes bytes to `sys.stdout.buffer` writes here."""

    def __init__(self, stream: RedactedStream) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        """Write bytes as text; return how many."""
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self) -> None:
        """Flush the text."""
        self._stream.flush()


def _take_logging(redactor: Redactor) -> None:
    import logging  # noqa: PLC0415 - where nothing is captured, nothing is imported

    made, formatted = logging.Logger.makeRecord, logging.Handler.format

    def make(self: logging.Logger, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(self, *args, **kwargs)
        redact_record(record, redactor)
        return record

    def form(self: logging.Handler, record: logging.LogRecord) -> str:
        text = formatted(self, record)
        return text if _adds_nothing(self.formatter) else redactor.text(text, Sink.LOG)

    # Every record is made here and has its extras by then. A filter on a logger is not
    # asked for the records of its children, one on a handler misses handlers that are
    # added later, and a record factory does not see the extras. A formatter may add what
    # it was given, and print what a filter has added: the finished line is read again.
    logging.Logger.makeRecord = make  # type: ignore[method-assign]
    logging.Handler.format = form  # type: ignore[method-assign]
    logging.captureWarnings(capture=True)


def _adds_nothing(formatter: logging.Formatter | None) -> bool:
    """Tell whether a formatter puts nothing into a line but what every record has."""
    import logging  # noqa: PLC0415 - it is there by now

    if formatter is None:
        return True
    if type(formatter) is not logging.Formatter:
        return False
    form: object = getattr(formatter, "_fmt", None)
    return isinstance(form, str) and _is_plain(form)


@functools.lru_cache(maxsize=64)
def _is_plain(form: str) -> bool:
    return _PLAIN.issuperset(_FIELD.findall(form))


_guards: Final[dict[int, DescriptorGuard]] = {}


def settle() -> None:
    """Return when all that was printed until now has been redacted and written on."""
    for guard in _guards.values():
        with contextlib.suppress(OSError):  # somebody has closed it
            guard.drain()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, RedactedStream):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()


def own_line(line: str) -> None:
    """Write a line to standard output that has been redacted already."""
    guard = _guards.get(1)
    if guard is not None:
        guard.write(line.encode() + b"\n")
        if 2 in _guards:  # noqa: PLR2004 - standard error
            _guards[2].drain()
        return
    getattr(sys.stdout, "beneath", sys.stdout).write(line + "\n")


def _take_print(redactor: Redactor) -> None:
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        try:
            is_own = stream.fileno() == descriptor
        except (AttributeError, OSError, ValueError):
            is_own = False
        if is_own:
            _guards[descriptor] = DescriptorGuard(descriptor, redactor)
        else:
            # Somebody has put a stream of their own there: its text is guarded instead.
            setattr(sys, name, RedactedStream(stream, redactor))


_TAKE: Final = {OutputCapture.LOGGING: _take_logging, OutputCapture.PRINT: _take_print}
