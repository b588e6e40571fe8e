"""Versioned mail templates: three objects in a bucket, rendered in a sandbox.

A template is `<prefix>/<version>/<name>.subject.j2`, `.text.j2` and, if there is
one, `.html.j2`. A version never changes, so what was read once is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from jinja2 import StrictUndefined, Template
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


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without ways out, and without products that fill the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply numbers, nothing else."""
        if operator == "*" and isinstance(left, int | float) and isinstance(right, int | float):
            return super().call_binop(context, operator, left, right)
        raise SecurityError("only numbers are multiplied")


_PLAIN: Final = _Sandbox(undefined=StrictUndefined, autoescape=False)
_HTML: Final = _Sandbox(undefined=StrictUndefined, autoescape=True)


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
                parts.subject.render(values).strip(),
                parts.text.render(values),
                parts.html.render(values) if parts.html else "",
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
                _PLAIN.from_string(subject),
                _PLAIN.from_string(text),
                None if html is None else _HTML.from_string(html),
            )
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


def _unfit(message: Message) -> str:
    """Say why a mail must not be sent; empty if it may."""
    if not message.subject or len(message.subject) > MAX_SUBJECT:
        return "its subject is empty or too long"
    if not message.subject.isprintable():
        return "its subject holds a line break or another control character"
    if max(len(message.text), len(message.html)) > MAX_MAIL:
        return f"a part has more than {MAX_MAIL} characters"
    return ""


def _missing(why: str) -> TemplateMissingError:
    return TemplateMissingError(
        "there is no such template", why=why, fix="Upload it under the version that the URL names"
    )
