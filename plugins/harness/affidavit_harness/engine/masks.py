"""Take secrets and personal data out of everything that a run tells."""

from __future__ import annotations

import base64
import functools
import json
import threading
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, quote_plus

from affidavit.plugin import Redactor, Sink, load_policy

HIDDEN: Final = "***"
_LEAST: Final = 4
"""Shorter values are not hidden: masking `1` everywhere would tell more than it hides."""

_LONGEST: Final = 2_000
"""Characters of one expected or actual value in a report."""


class Mask:
    """Knows the secrets of one run. Safe to use from several threads."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        self._forms: dict[str, None] = {}
        self._lock = threading.Lock()
        self._redactor = redactor or baseline()

    def learn(self, secret: object) -> None:
        """Hide `secret` from now on, in every form in which it may turn up."""
        if isinstance(secret, dict):
            for inner in secret.values():
                self.learn(inner)
        elif isinstance(secret, list):
            for inner in secret:
                self.learn(inner)
        elif isinstance(secret, str | int | float) and not isinstance(secret, bool):
            text = str(secret)
            if len(text) >= _LEAST:
                with self._lock:
                    self._forms.update(dict.fromkeys(_forms(text)))

    def secrets(self, value: Any) -> Any:
        """Return `value` without secrets."""
        return _walk(value, self._hide)

    def shown(self, value: Any) -> Any:
        """Return `value` without secrets and personal data, and not too long: for reports."""
        clean = self._redactor.clean(self.secrets(value), Sink.LOG).value
        text = json.dumps(clean, ensure_ascii=False)
        if len(text) <= _LONGEST:
            return clean
        return f"{text[:_LONGEST]}… ({len(text)} characters)"

    def _hide(self, text: str) -> str:
        with self._lock:
            forms = sorted(self._forms, key=len, reverse=True)
        for form in forms:
            text = text.replace(form, HIDDEN)
        return text


@functools.cache
def baseline() -> Redactor:
    """Return a redactor under the policy that a laptop has."""
    return Redactor(load_policy("baseline").redaction)


def _forms(text: str) -> list[str]:
    raw = text.encode()
    forms = [text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1], raw.hex()]
    # Base64 of a text in the middle of others: at each of the three offsets, without the ends
    # that depend on what stands beside it.
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        inner = encoded[(0, 2, 3)[offset] :].rstrip(b"=")
        ends = (len(raw) + offset) % 3
        whole = inner[:-1] if ends else inner
        if len(whole) >= _LEAST + 4:
            forms.append(whole.decode())
            forms.append(whole.decode().translate(str.maketrans("+/", "-_")))
    return forms


def _walk(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(key)): _walk(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(inner, change) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        told = change(str(value))
        return value if told == str(value) else told
    return value
