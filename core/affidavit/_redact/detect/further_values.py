"""What else is a secret behind a value that a name has reached: a new one, more parts, a list."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.blank_values import is_chosen
from affidavit._redact.detect.secret_values import quoted_end
from affidavit._redact.detect.spoken_secrets import RANDOM
from affidavit._redact.detect.value_forms import NOTHING, ONE, value_at

Spans = list[tuple[int, int]]
"""Where values begin and end."""

_CHANGED: Final = lazy(r"[\"'`]?[ \t]{1,4}(?:->|=>)[ \t]{1,4}(?!\()")
"""Between the old value and the new one, as Terraform plans a change."""
_ARROW: Final = 7
"""Characters in which its tip stands."""
_BREAKS: Final = frozenset({"\r", "\n"})
_CLOSING: Final = frozenset({"\\", '"', "'"})
_CONTINUED: Final = lazy(
    r"\\{0,2}[\"'](?:[ \t]{0,4}[+.&\\][ \t]{0,4}\r?\n\s{0,40}"
    r"|[ \t]{0,4}\r?\n[ \t]{0,40}[+.&][ \t]{0,4})([\"'`])"
)
"""Between the parts of a text that a program joins, each on its line."""

_ITEM: Final = lazy(
    r"[ \t]{0,4}\r?\n[ \t]{0,40}-[ \t]{1,4}[\"']?(?![^\s:]{1,60}:\s)"
    r"([^\s\"'#][^\r\n\"']{0,200}+)[\"']?"
)
_MOST: Final = 100


def _continued(text: str, end: int) -> Spans:
    """Return where the further parts of a quoted value stand whose first one ends at `end`."""
    parts: Spans = []
    while len(parts) < _MOST and (more := _CONTINUED.match(text, end)):
        end = quoted_end(text, more.end(), more[1])
        parts.append((more.end(), end))
    return parts


def _listed(text: str, start: int) -> Spans:
    """Return where the items of a list of YAML's stand that begins behind `start`."""
    items: Spans = []
    while len(items) < _MOST and (item := _ITEM.match(text, start)):
        items.append(item.span(1))
        start = item.end()
    return items


def further_values(name: str, text: str, start: int, end: int) -> tuple[Spans, int]:
    """Return where more values of `name` stand, whose first one is `text[start:end]`, and end.

    Of a list those of passwords, or that look like secrets.
    """
    if text.find(">", end, end + _ARROW) >= 0 and (changed := _CHANGED.match(text, end)):
        new, done = value_at(text, changed.end(), ONE)
        return ([(new, done)], done) if text[new:done].lower() not in NOTHING else ([], 0)
    after = text[end : end + 1]
    if after in _CLOSING and (parts := _continued(text, end)):
        return parts, parts[-1][1]
    items = _listed(text, start) if after in _BREAKS else []
    kept = [one for one in items if is_chosen(name) or RANDOM.match(text, one[0])]
    return kept, items[-1][1] if kept else 0
