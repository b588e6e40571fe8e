"""Stand in for an exception where somebody formats it: same name, same places, nothing else.

A formatter that gets no exception writes no type and no stack; one that gets the real one
writes its text, and an error tracker its local variables, too.
"""

from __future__ import annotations

import sys
from types import CodeType, TracebackType
from typing import Final

from affidavit._redact import Redactor
from affidavit._telemetry.failure import MAX_FRAMES, behind, error_name, message_of, short_path

_RAISE: Final = compile("raise error", "<redacted>", "exec")


def redacted(error: BaseException, redactor: Redactor) -> BaseException:
    """Return an exception of a class with the same name, with the redacted message.

    Its traceback names file, line and function. There is no source text, because no file
    of that name exists, and no local variables, because the frames are made here.
    """
    twin = _twin(error, message_of(error, redactor), redactor)
    last = twin
    for cause in behind(error):
        last.__cause__ = _twin(cause, "", redactor)
        last = last.__cause__
    return twin


def _twin(error: BaseException, message: str, redactor: Redactor) -> BaseException:
    name = error_name(error, redactor)
    kind = type(name, (Exception,), {"__module__": type(error).__module__})
    twin: BaseException = kind(message) if message else kind()
    twin.__suppress_context__ = True
    twin.__traceback__ = _copied(error.__traceback__)
    return twin


def _copied(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback with the last frames of `trace`, each an empty copy."""
    places: list[tuple[CodeType, int]] = []
    while trace is not None:
        places.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    copy: TracebackType | None = None
    for code, line in reversed(places[-MAX_FRAMES:]):
        frame = _frame(code, line)
        copy = TracebackType(copy, frame.tb_frame, frame.tb_lasti, line) if frame else copy
    return copy


def _frame(code: CodeType, line: int) -> TracebackType | None:
    """Return a traceback of one frame that has the name of `code`, and no file to quote."""
    name = f"<{short_path(code.co_filename)}>"
    empty = _RAISE.replace(
        co_filename=name,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_firstlineno=max(1, line or 1),
    )
    try:
        exec(empty, {"error": _Stop()})  # noqa: S102 - a constant of this module
    except _Stop:
        trace = sys.exc_info()[2]
        return trace.tb_next if trace else None
    return None


class _Stop(Exception):  # noqa: N818 - nobody ever sees it
    """Makes a frame."""
