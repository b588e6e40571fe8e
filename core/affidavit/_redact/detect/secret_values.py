"""Say where a secret ends that stands behind its name.

A password may hold any character. So an unquoted one ends where its field ends: where the
next name begins, in the grammar that stands around it, or else with the word after `=` and
with the line after `: `. When in doubt, more goes.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy

_LONGEST: Final = 4096
_LEAD: Final = lazy(r"(?i:basic|bearer|digest|token|apikey)[ \t]{1,4}(?=\S)")

_NAME: Final = r"[\"'\\]{0,2}[A-Za-z_][\w.%\[\]-]{1,60}[\"'\\]{0,2}[ \t]?[=:]"
_NEXT_FIELD: Final = lazy(rf"[,;]?[ \t]+(?=[\[({{<]?{_NAME})|\t")
_COMMA: Final = lazy(rf",(?=[ \t]?{_NAME})")
_AFTER: Final = {
    "&": lazy(r"[&#]"),
    "?": lazy(r"[&#]"),
    **dict.fromkeys(",{[(", _COMMA),
    ";": lazy(rf";(?=[ \t]?{_NAME})"),
    "|": lazy(rf"\|(?=[ \t]?{_NAME})"),
}
"""By the separator before the name: what ends a value, in a query, a list, ODBC."""

_FIRST: Final = lazy(
    r"&(?=_?[a-z][a-z0-9_.%\[\]]{1,40}=[\w%+.*~-]{1,512}(?:&|\Z|[\s\"']))"
    r"|;(?=[ \t]?(?i:uid|user|server|host|port|data|db|driver|dsn|initial|encrypt|trust|timeout"
    r"|conn|pool|provider|ssl|charset|app|integrated|persist|max|min|multiple|endpoint|account|entity"
    r"|blob|default|queue|region|catalog|tcp|file|table|mode)[\w ]{0,30}=|[ \t]?\Z)"
)
"""The same for the first of several: of a form only what a form is written with, of a list
with semicolons only what connections to a database and to a cloud's storage have.
"""

_FORM: Final = lazy(r"[\w%+.*~-]*+")
_BRACED: Final = lazy(
    r"\{(?:[^}]|\}\})*+\}(?=;[ \t]?(?:[A-Za-z][\w ]{1,30}=|\Z)|\s*(?:\Z|[\"'](?![^\s,;)\]}])))"
)
"""A value of ODBC's in braces, where `}` is written twice."""

_ENDS: Final = (
    r"(?=\s|\Z|\\|/?>(?:\s|\Z|<)"
    r"|[,;)\]}&|:.!?]{1,6}(?:\s|\Z|[\"'`{\[(\\<]|[A-Za-z_][\w.-]{0,60}[\"']?[ ]?[=:]))"
)
_SHELL: Final = "'\"'\"'"
"""How a shell writes an apostrophe inside of apostrophes."""

_CLOSING: Final = {
    quote: lazy((_SHELL + "|" if quote == "'" else "") + quote + _ENDS) for quote in ('"', "'", "`")
}

_TAIL: Final = ",;."
_OPENERS: Final = {")": "(", "]": "[", "}": "{", ">": "<"}
_BEFORE: Final = 256


def value_span(
    text: str, start: int, name_at: int, *, spaced: bool, least: int = 0
) -> tuple[int, int]:
    """Return where the secret at `start` begins and ends; its name begins at `name_at`.

    `spaced`: a space stands before it, so that it may have several words. `least`: up to
    there it is one thing, an object or a call.
    """
    if text.startswith("{", start) and (braced := _BRACED.match(text, start)):
        return start, braced.end()
    at = max(start, least)
    end = _line_end(text, at) if spaced and not least else _word_end(text, at)
    if end == at:
        return start, at
    if not spaced and (lead := _LEAD.match(text, start)):
        end = _word_end(text, lead.end())
    near = max(0, name_at - _BEFORE)
    line = text[max(text.rfind("\n", near, name_at) + 1, near) : name_at]
    end = _outer_quote(text, at, end, line)
    if spaced and not least:
        field = _NEXT_FIELD.search(text, start, end)
        end = field.start() if field else end
    end = _field_end(text, at, end, line, whole=at > start)
    return start, max(at, _without_tail(text, start, end, line))


def _word_end(text: str, start: int) -> int:
    """Return where the word ends that begins at `start`; `start` if none does.

    By splitting: a pattern takes ten times as long for a word that goes on and on.
    """
    if text[start : start + 1].isspace():
        return start
    words = text[start : start + _LONGEST].split(None, 1)
    return start + len(words[0]) if words else start


def _line_end(text: str, start: int) -> int:
    """Return where the line ends, in the same way."""
    stop = min(start + _LONGEST, len(text))
    for one in "\r\n":
        found = text.find(one, start, stop)
        stop = stop if found < 0 else found
    return stop


def _outer_quote(text: str, start: int, end: int, line: str) -> int:
    """Return where a quotation ends that began before the name."""
    quote = line[-1:]
    if quote not in _CLOSING:
        quote = '"' if line.count('"') % 2 else ""
    if not quote:
        return end
    stop = _CLOSING[quote].search(text, start, end)
    return min(end, stop.start()) if stop else end


def _field_end(text: str, at: int, end: int, line: str, *, whole: bool) -> int:
    """Return where a field ends: behind what is `whole` at once, else behind a character."""
    separator = line.rstrip(" \t\"'")[-1:]
    form = _AFTER.get(separator)
    if line[-1:].isspace() and separator not in "?&;":
        form = None  # `a, b`: a comma without a space ends nothing
    start = at if whole else min(at + 1, end)
    if form is not None:
        stop = form.search(text, start, end)
        return stop.start() if stop else end
    if text.find("&", start, end) < 0 and text.find(";", start, end) < 0:
        return end
    plain = _FORM.match(text, at, end)
    for stop in _FIRST.finditer(text, start, end):
        if text[stop.start()] != "&" or (plain and plain.end() == stop.start()):
            return stop.start()
    return end


def _without_tail(text: str, start: int, end: int, line: str) -> int:
    """Return `end` without punctuation of the sentence, and brackets that opened before."""
    while end - 1 > start and text[end - 1] in " \t":
        end -= 1
    if end - 1 > start and text[end - 1] in _TAIL:
        end -= 1
    while end - 1 > start and (opener := _OPENERS.get(text[end - 1])):
        open_before = line.count(opener) > line.count(text[end - 1])
        value = text[start:end]
        if not open_before or value.count(opener) >= value.count(value[-1]):
            break
        line = line.replace(opener, "", 1)
        end -= 1
    return end


def quoted_end(text: str, start: int, quote: str) -> int:
    """Return where a value ends that begins at `start` behind `quote`; not closed, all is it.

    A quote ends it if it is not escaped, and what follows can follow a value.
    """
    slashes = len(quote) - 1
    for found in _CLOSING[quote[-1]].finditer(text, start):
        at = before = found.start()
        if found.group() == _SHELL:
            continue
        while before > start and text[before - 1] == "\\":
            before -= 1
        if slashes == at - before or (not slashes and (at - before) % 2 == 0):
            return at - slashes
    plain = text.find(quote, start)
    if plain < 0:
        return len(text)
    line = text.find("\n", plain)
    return line if line >= 0 else len(text)
