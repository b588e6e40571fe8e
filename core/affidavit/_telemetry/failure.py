"""Describe an exception without repeating what it says.

`str(exception)` may quote anything. What goes to the log is its type, where it
was raised, its causes, and its message after redaction.
"""

from __future__ import annotations

import os
import traceback
from types import TracebackType
from typing import Final

from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._types import Json

MAX_FRAMES: Final = 20
MAX_CAUSES: Final = 8
MAX_MESSAGE: Final = 1000
MAX_NAME: Final = 64


def error_name(error: BaseException, redactor: Redactor) -> str:
    """Return the exception's type name, unless that itself gives something away.

    A class can be made at run time and be named after a value.
    """
    name = type(error).__name__
    if len(name) > MAX_NAME or not name.isidentifier() or not name.isascii():
        return "Exception"
    return name if redactor.word(name) else "Exception"


def describe(error: BaseException, redactor: Redactor) -> dict[str, Json]:
    """Return `error_type`, `message`, `stack` and `causes` of an exception.

    The stack names file, line and function, innermost last: no source text and
    no locals. Never raises.
    """
    return {
        "error_type": error_name(error, redactor),
        "message": message_of(error, redactor),
        "stack": _stack(error.__traceback__),
        "causes": [error_name(cause, redactor) for cause in behind(error)],
    }


def message_of(error: BaseException, redactor: Redactor) -> str:
    """Return what an exception says, redacted, and cut after that."""
    try:
        text = _findings(error) or str(error)
    except Exception:  # noqa: BLE001 - __str__ is foreign code
        return "[UNREADABLE]"
    # Redact first, then cut: a number that was cut in half is not recognised.
    return redactor.text(text, Sink.ERROR)[:MAX_MESSAGE]


def _findings(error: BaseException) -> str:
    """Return where and how data did not fit its model, empty if that is not what failed.

    The text of pydantic's error quotes the data, and `hide_input_in_errors` is the
    model's choice.
    """
    kind = type(error)
    if not kind.__module__.startswith("pydantic") or not hasattr(error, "errors"):
        return ""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in details)


def _stack(trace: TracebackType | None) -> list[Json]:
    frames = traceback.StackSummary.extract(
        traceback.walk_tb(trace), lookup_lines=False, capture_locals=False
    )
    last: list[Json] = [
        f"{short_path(f.filename)}:{f.lineno} {f.name}" for f in frames[-MAX_FRAMES:]
    ]
    return last


def short_path(path: str) -> str:
    """Return the last two parts of a path: enough to find the file."""
    return "/".join(path.rsplit(os.sep, 2)[-2:])


def behind(error: BaseException) -> list[BaseException]:
    """Return the members of a group, then the causes, as far as there is room."""
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return [*members, *_causes(error)][:MAX_CAUSES]


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause = _cause(error)
    # By identity: an exception may say of itself that it is equal, or empty.
    while cause is not None and len(found) < MAX_CAUSES and not any(cause is f for f in found):
        found.append(cause)
        cause = _cause(cause)
    return found


def _cause(error: BaseException) -> BaseException | None:
    return error.__context__ if error.__cause__ is None else error.__cause__
