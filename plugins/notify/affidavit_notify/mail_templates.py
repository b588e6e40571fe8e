"""Versioned mail templates: three objects in a bucket, rendered in a sandbox.

A template is `<prefix>/<version>/<name>.subject.j2`, `.text.j2` and, if there is
one, `.html.j2`. A version never changes, so what was read once is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from jinja2 import StrictUndefined, Template, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from affidavit_notify.clients import client
from affidavit_notify.faults import MailNotSentError, TemplateFaultError, TemplateMissingError
from affidavit_notify.location import NotifierLocation

MAX_TEMPLATE: Final = 64 * 1024
"""Bytes of one template."""

MAX_MAIL: Final = 256 * 1024
"""Characters of one rendered part."""

MAX_SUBJECT: Final = 200
MAX_KEPT: Final = 64

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MISSING: Final = frozenset({"NoSuchKey", "404"})


class Message(NamedTuple):
    """A mail without its envelope. `html` is empty if the template has no such part."""

    subject: str
    text: str
    html: str


class Parts(NamedTuple):
    """A template, compiled."""

    subject: Template
    text: Template
    html: Template | None


_FILTERS: Final = frozenset({
    "abs", "capitalize", "d", "default", "e", "escape", "first", "float", "int", "join", "last",
    "length", "lower", "round", "sort", "title", "trim", "truncate", "upper",
})  # fmt: skip
"""Filters whose output is no longer than their input."""

_REFUSED: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Call: "it calls something",
    nodes.Mul: "it multiplies",
    nodes.Pow: "it multiplies",
    nodes.Mod: "it formats with %",
    nodes.Macro: "it has a macro",
    nodes.CallBlock: "it has a macro",
    nodes.Include: "it includes another file",
    nodes.Import: "it imports another file",
    nodes.FromImport: "it imports another file",
    nodes.Extends: "it extends another file",
}
"""What a template does not need to show values, and could fill time or memory with."""

_MAX_TURNS: Final = 20_000
"""Pieces of one rendered part, and so turns of its loops."""

_MAX_GLUE: Final = 16
"""Characters between the items that `join` joins."""

_TURN: Final = "affidavit_turn"


def _compiled(environment: ImmutableSandboxedEnvironment, source: str) -> Template:
    """Compile a template that can do no more than show values: its cost is that of its output."""
    tree = environment.parse(source)
    for kind, why in _REFUSED.items():
        if tree.find(kind) is not None:
            raise SecurityError(why)
    for one in tree.find_all(nodes.Filter):
        if one.name not in _FILTERS:
            raise SecurityError("it uses a filter that is not allowed")
        if one.name == "join" and not all(map(_is_short, one.args)):
            raise SecurityError("it joins with something longer than a separator")
    for loop in tree.find_all(nodes.For):
        if loop.test is not None:
            raise SecurityError("a loop has a condition; write it within the loop")
        # A turn that writes nothing is a piece as well, so that turns are counted.
        turn = nodes.Output([nodes.Name(_TURN, "load", lineno=loop.lineno)], lineno=loop.lineno)
        loop.body.insert(0, turn)
    code = environment.compile(tree)
    return environment.template_class.from_code(environment, code, environment.make_globals(None))


def _is_short(glue: nodes.Expr) -> bool:
    return isinstance(glue, nodes.Const) and len(str(glue.value)) <= _MAX_GLUE


_PLAIN: Final = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_HTML: Final = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


class Templates:
    """The templates of one deployment."""

    def __init__(self, location: NotifierLocation) -> None:
        self._location = location
        self._kept: dict[str, Parts] = {}

    def render(self, name: str, values: Mapping[str, Any]) -> Message:
        """Return the mail that the template `name` makes of `values`.

        Raises:
            TemplateMissingError: There is none of that name.
            TemplateFaultError: It cannot be rendered with these values.
            MailNotSentError: S3 does not hand it over.

        """
        parts = self._kept.get(name) or self._read(name)
        try:
            message = Message(
                _rendered(parts.subject, values).strip(),
                _rendered(parts.text, values),
                _rendered(parts.html, values) if parts.html else "",
            )
        except Exception as error:  # noqa: BLE001 - a template is code, and may quote a value
            why = f"rendering raised {type(error).__name__}"
        else:
            why = _unfit(message)
        if why:
            raise TemplateFaultError("a mail has no content", why=why, fix="Mend the template")
        return message

    def _read(self, name: str) -> Parts:
        if not _NAME.fullmatch(name):
            raise _missing("its name is not of a-z, 0-9 and dashes")
        subject, text = self._source(name, "subject"), self._source(name, "text")
        html = self._source(name, "html")
        if subject is None or text is None:
            raise _missing("its subject or its text is not in the bucket")
        try:
            parts = Parts(
                _compiled(_PLAIN, subject),
                _compiled(_PLAIN, text),
                None if html is None else _compiled(_HTML, html),
            )
        except SecurityError as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - whatever the compiler stumbles over
            why = f"compiling raised {type(error).__name__}"
        else:
            if len(self._kept) < MAX_KEPT:
                self._kept[name] = parts
            return parts
        raise TemplateFaultError("a template is damaged", why=why, fix="Mend the template")

    def _source(self, name: str, part: str) -> str | None:
        place = self._location
        key = "/".join(filter(None, (place.prefix, place.version, f"{name}.{part}.j2")))
        try:
            found = client("s3", place.region).get_object(Bucket=place.bucket, Key=key)
            if found["ContentLength"] <= MAX_TEMPLATE:
                text: str = found["Body"].read().decode()
                return text
            why = f"it has more than {MAX_TEMPLATE} bytes"
        except ClientError as error:
            why = str(error.response.get("Error", {}).get("Code", "Unknown"))
            if why in _MISSING:
                return None
        except (BotoCoreError, OSError, UnicodeError) as error:
            why = type(error).__name__
        raise MailNotSentError("a template cannot be read", why=why, fix="See docs/notify.md")


def _rendered(template: Template, values: Mapping[str, Any]) -> str:
    """Render piece by piece, and stop where a part becomes too long."""
    pieces: list[str] = []
    size = 0
    for piece in template.generate({**values, _TURN: ""}):
        size += len(piece)
        if size > MAX_MAIL or len(pieces) > _MAX_TURNS:
            raise SecurityError("a part is too long")
        pieces.append(piece)
    return "".join(pieces)


def _unfit(message: Message) -> str:
    """Say why a mail must not be sent; empty if it may."""
    if not message.subject or len(message.subject) > MAX_SUBJECT:
        return "its subject is empty or too long"
    if not message.subject.isprintable():
        return "its subject holds a line break or another control character"
    return ""


def _missing(why: str) -> TemplateMissingError:
    return TemplateMissingError(
        "there is no such template", why=why, fix="Upload it under the version that the URL names"
    )
