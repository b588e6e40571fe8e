"""Name what is wrong with a deployed function by what its log says, and how to mend it.

What Lambda and its Python runtime write is known; what a handler writes is data.
So a finding repeats names that have the form of a name (a module, a variable, an
action, a library), and nothing else of a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from affidavit_service.signs import SIGNS


class Fault(NamedTuple):
    """One thing that is wrong: its kind, what it is about, and what to do."""

    kind: str
    found: str
    fix: str


VARIABLE: Final = re.compile(r"KeyError: '?([A-Z][A-Z0-9_]{1,63})'?")
RAISED: Final = re.compile(r"\[ERROR\] ((?:\w+\.){0,5}\w{1,60})(?::|\s)")


def diagnose(events: Sequence[str]) -> list[Fault]:
    """Return what the lines of a log say is wrong, each thing once, in order."""
    texts = [_plain(event) for event in events]
    reports = [text for text in texts if _is_report(text)]
    # A report repeats the kind of what was said above it, without its names.
    for told in ([text for text in texts if not _is_report(text)], reports):
        found = dict.fromkeys(fault for text in told for fault in _of_event(text))
        if found:
            return list(found)
    return []


def _is_report(text: str) -> bool:
    return text.startswith(("REPORT ", "INIT_REPORT ")) or '"platform.' in text


def _of_event(text: str) -> Iterator[Fault]:
    variable = VARIABLE.search(text)
    if variable is not None and "environ" in text:
        name = variable[1]
        yield Fault(
            "variable", f"the variable {name} is not set", f"Set {name} in the function's variables"
        )
        return
    for sign in SIGNS:
        match = sign.pattern.search(text)
        if match is not None:
            yield Fault(sign.kind, *sign.told(match))
            return
    raised = RAISED.search(text)
    if raised is not None:
        name = raised[1].rpartition(".")[2]
        yield Fault(
            "raised",
            f"the code raised {name}",
            "Look at the log at that time; it is the code's own",
        )


def _plain(event: str) -> str:
    """Return a line of text as it is, and one in JSON as the text that it would be."""
    if not event.startswith("{"):
        return event
    try:
        told = json.loads(event)
    except ValueError:
        return event
    if not isinstance(told, dict):
        return event
    kind, message = told.get("errorType"), told.get("errorMessage")
    if kind is None:
        return event if "platform." in str(told.get("type", "")) else str(told.get("message", ""))
    trace = told.get("stackTrace") or []
    return f"[ERROR] {kind}: {message}\n{''.join(map(str, trace))}"
