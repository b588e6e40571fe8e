"""What the terminal shows of a call: request, answer, records, metrics, log, time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Final

from affidavit_devserver.http_front import Happening

WIDTH: Final = 160
SHOWN: Final = ("ph", "act", "actor", "subj", "obj", "q", "out", "unsafe")
"""What of a record a reader wants first."""


def lines_of(happening: Happening) -> Iterator[str]:
    """Yield the lines of one call."""
    call = happening.call
    clock = time.strftime("%H:%M:%S")
    yield f"{clock} {happening.asked} -> {happening.status} {call.function} {call.milliseconds} ms"
    if call.error:
        yield _cut(f"  raised  {call.error}")
    else:
        yield _cut(f"  answer  {_text(call.answer)}")
    for record in call.records:
        told = " ".join(f"{key}={_short(record[key])}" for key in SHOWN if key in record)
        yield _cut(f"  record  {told}")
    for metric in call.metrics:
        said = {k: v for k, v in metric.items() if k != "_aws" and isinstance(v, int | float)}
        yield _cut(f"  metric  {_text(said)}")
    for line in call.log:
        yield _cut(f"  log     {line}")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + " ".join(f"{key}:{_short(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(_short, value)) + "]"
    text = str(value)
    return text[:12] if len(text) == 32 else text  # noqa: PLR2004 - a token


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(line: str) -> str:
    """Return a line that fits, with nothing in it that a terminal would obey."""
    plain = "".join(one if one.isprintable() else " " for one in line)
    return plain if len(plain) <= WIDTH else f"{plain[: WIDTH - 1]}…"
