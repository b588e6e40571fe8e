"""A named request with places for values: what an audited source of HTTP or objects may send.

The method, the path and the names are fixed when the module is imported. A value fills one place:
it cannot end a segment of the path, begin a parameter, or add a header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NoReturn, final
from urllib.parse import quote

from affidavit._sources.source import Scalar, refuse_other_binds
from affidavit.errors import StatementError

READING: Final = "GET"
"""The one method that a template without `write=True` may have."""

WRITING: Final = frozenset({"DELETE", "PATCH", "POST", "PUT"})
MOST: Final = 8_000
"""Bytes of a target: what servers take without being asked (RFC 9110, section 4.1)."""

NOT_OF_A_TEMPLATE: Final = frozenset({
    "accept-encoding", "authorization", "connection", "content-length", "cookie", "expect", "host",
    "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that frame a message, or say who asks: those are the source's."""

_LINE: Final = re.compile(r"([A-Z]+) ((?:/[^/?#\s]+)+/?|/)(?:\?([^?#\s]+))?", re.ASCII)
_LITERAL: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*")
_IN_QUERY: Final = re.compile(r"(?:[A-Za-z0-9._~!$'()*,;:@/-]|%[0-9A-Fa-f]{2})*")
_PLACE: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_PRINTABLE: Final = re.compile(r"[ -~]*")
_VERSION: Final = re.compile(r"v[0-9]+(?:\.[0-9]+)*")
_FIX: Final = "See docs/named-requests.md for what a RequestTemplate may hold"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RequestTemplate:
    """One named request, written once as a module constant.

    `line` is a method and a target: `"GET /patients/{id}/notes?since={since}"`. A bind fills a
    segment or a part of one, the value of a parameter, or the value of one of `headers`; `fields`
    become the members of a JSON body. A parameter whose bind is None is left out. The record keeps
    `name` and the names of the binds; values never leave the source.

    Raises:
        StatementError: The line, a header or a name is not one that an audited source may send.

    >>> find = RequestTemplate(name="find", line="GET /notes/{id}")
    >>> find.write
    False
    """

    name: str
    line: str
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    write: bool = False

    def __post_init__(self) -> None:
        """Check once, here, so that sending a request costs nothing extra."""
        if not self.name.isidentifier() or not self.name.isascii():
            raise StatementError(
                "a request has no usable name",
                why="the record keeps the name, so it must be an ASCII identifier",
                fix='Name it after what it finds, e.g. "find_notes"',
            )
        problem = next(_problems(self), "")
        if problem:
            _refuse(self, problem)

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.line.partition(" ")[0]

    @property
    def binds(self) -> frozenset[str]:
        """The names of all places, and the fields of the body."""
        told = " ".join((self.line, *self.headers.values()))
        return frozenset(_PLACE.findall(told)) | self.fields

    @property
    def literals(self) -> int:
        """How many values stand in the template itself.

        A parameter with a value of its own is one, and a segment of the path with a digit in it,
        but for versions (`v2`). 0, 1 and the empty text are structure.
        """
        path, _, query = self.line.partition(" ")[2].partition("?")
        values = [part.partition("=")[2] for part in query.split("&")]
        spoken = [text for text in values if not _PLACE.search(text)]
        segments = [_PLACE.sub("", one) for one in path.split("/") if not _VERSION.fullmatch(one)]
        return sum(one not in {"", "0", "1"} for one in spoken) + sum(
            any(sign.isdigit() for sign in one) for one in segments
        )

    def check_literals(self) -> None:
        """Refuse a template that holds a value, for policies that want binds only.

        Raises:
            StatementError: It does. The value is not repeated.

        """
        if self.literals:
            _refuse(self, f"it holds {self.literals} literal(s); values are binds here")

    def check_binds(self, binds: Mapping[str, Scalar]) -> None:
        """Refuse binds whose names are not exactly the places of the template.

        Raises:
            StatementError: Names differ. Values are not repeated.

        """
        refuse_other_binds(f"request {self.name}", self.binds, binds)

    def target(self, binds: Mapping[str, Scalar]) -> str:
        """Return path and query with the values in their places, percent-encoded (RFC 6570).

        Raises:
            StatementError: A value has no place in an address.

        """
        path, _, query = self.line.partition(" ")[2].partition("?")
        told = self._path(path, binds, lambda text: quote(text, safe=""))
        parts = [self._parameter(part, binds) for part in query.split("&") if query]
        asked = "&".join(part for part in parts if part)
        whole = f"{told}?{asked}" if asked else told
        if len(whole) > MOST:
            _refuse(self, f"with these values its address is longer than {MOST} bytes")
        return whole

    def key(self, binds: Mapping[str, Scalar]) -> str:
        """Return the path as the key of an object: without its first slash, nothing encoded.

        Raises:
            StatementError: A value has no place in a key.

        """
        return self._path(self.line.partition(" ")[2], binds, str)[1:]

    def header_values(self, binds: Mapping[str, Scalar]) -> dict[str, str]:
        """Return the headers with the values in their places.

        Raises:
            StatementError: A value has no place in a header.

        """
        return {
            name: self._filled(value, binds, str, whole=_PRINTABLE)
            for name, value in self.headers.items()
        }

    def _path(self, path: str, binds: Mapping[str, Scalar], encode: Callable[[str], str]) -> str:
        segments = [self._filled(one, binds, encode) for one in path.split("/")]
        if any(one in {".", ".."} for one in segments):
            _refuse(self, "a value makes a segment that leads elsewhere")
        return "/".join(segments)

    def _filled(
        self,
        text: str,
        binds: Mapping[str, Scalar],
        encode: Callable[[str], str],
        whole: re.Pattern[str] | None = None,
    ) -> str:
        def fill(match: re.Match[str]) -> str:
            value = _text(binds[match[1]])
            # Some servers decode before they take a path apart, and some take \ for /.
            if not value or not value.isprintable() or (not whole and set(value) & set("/\\")):
                _refuse(self, "a value is empty, or holds what a place of this kind cannot")
            return encode(value)

        told = _PLACE.sub(fill, text)
        if whole and not whole.fullmatch(told):
            _refuse(self, "a value holds what a header cannot")
        return told

    def _parameter(self, part: str, binds: Mapping[str, Scalar]) -> str:
        name, _, value = part.partition("=")
        place = _PLACE.fullmatch(value)
        if place is None:
            return part
        given = binds[place[1]]
        if given is None:
            return ""
        text = _text(given)
        if text is None:
            _refuse(self, "a value of a parameter is no text, number, truth value or date")
        return f"{name}={quote(text.encode('utf-8', 'surrogatepass'), safe='')}"


def _text(value: Scalar) -> str | None:
    """Return a value as an address has it; None if it is nothing of the kind."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float | Decimal) else None


def _problems(template: RequestTemplate) -> Iterator[str]:
    """Say what is wrong with a template, first things first."""
    found = _LINE.fullmatch(template.line)
    if not found:
        yield "its line is not a method, a space, and a path that begins with one slash"
        return
    method, path, query = found.groups("")
    if method not in (WRITING if template.write else {READING}):
        yield f"it must say {READING}, or with write=True one of {', '.join(sorted(WRITING))}"
    if template.fields and method in {READING, "DELETE"}:
        yield "it has a body, and its method has none"
    segments = path.split("/")
    if {".", ".."} & {one.lower().replace("%2e", ".") for one in segments}:
        yield "its path has a segment that leads elsewhere"
    if not all(_LITERAL.fullmatch(_PLACE.sub("", one)) for one in segments):
        yield "its path holds what a path cannot, or a place that is not {name}"
    yield from _problems_of_values(template, query)


def _problems_of_values(template: RequestTemplate, query: str) -> Iterator[str]:
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        fits = bool(name) and _IN_QUERY.fullmatch(name)
        if not fits or not (_PLACE.fullmatch(value) or _IN_QUERY.fullmatch(value)):
            yield "a parameter is not name=value or name={name}"
    for name, value in template.headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in NOT_OF_A_TEMPLATE:
            yield "a header is not a template's to set"
        if not _PRINTABLE.fullmatch(value) or set(_PLACE.sub("", value)) & set("{}"):
            yield "a header holds what a header cannot"
    if not all(name.isidentifier() and name.isascii() for name in template.fields):
        yield "a field of the body is not an ASCII identifier"


def _refuse(template: RequestTemplate, why: str) -> NoReturn:
    raise StatementError(f"request {template.name} is refused", why=why, fix=_FIX)
