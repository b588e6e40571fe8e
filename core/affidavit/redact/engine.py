"""Walk a value and act on what is recognised (first version: keys and four patterns)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from affidavit.policy import Exit, Redaction
from affidavit.redact.clean import Clean
from affidavit.tokens import Tokens
from affidavit.types import Json

_KEYS = re.compile(
    r"(?i)(pass(word|wd)?|secret|token|authorization|cookie|ssn|e?mail|phone|card|cvv|pin|dob)$"
)
_VALUES = re.compile(
    r"(?P<EMAIL>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?P<US_SSN>\b\d{3}-\d{2}-\d{4}\b)"
    r"|(?P<CREDIT_CARD>\b\d(?:[ -]?\d){12,18}\b)"
    r"|(?P<SECRET>(?i:bearer|basic)\s+[\w.~+/-]{8,}=*)"
)


class Redactor:
    """Applies one policy's redaction rules."""

    def __init__(
        self, rules: Redaction, *, tokens: Callable[[], Tokens] | None = None, today: str = ""
    ) -> None:
        self._rules = rules
        self._tokens = tokens
        self._today = today

    def clean(self, value: object, exit: Exit) -> Clean:
        """Return a clean copy of `value` for `exit`. Never raises, never mutates."""
        found: Counter[str] = Counter()
        return Clean(self._walk(value, found, 0), tuple(sorted(found.items())))

    def text(self, text: str, exit: Exit) -> str:
        """Return `text` with what is recognised in it replaced."""
        return self._scan(text, Counter())

    def _walk(self, value: object, found: Counter[str], depth: int) -> Json:
        if depth > self._rules.limits.depth:
            found["LIMIT"] += 1
            return "[LIMIT]"
        if type(value) is Clean:
            return value.value
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self._scan(value, found)
        if isinstance(value, Mapping):
            return {
                self._scan(str(key), found): self._field(str(key), item, found, depth)
                for key, item in value.items()
            }
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            return [self._walk(item, found, depth + 1) for item in value]
        return self._scan(repr(value), found)

    def _field(self, key: str, value: object, found: Counter[str], depth: int) -> Json:
        if _KEYS.search(key):
            found["SECRET"] += 1
            return "[SECRET]"
        return self._walk(value, found, depth + 1)

    def _scan(self, text: str, found: Counter[str]) -> str:
        def replace(match: re.Match[str]) -> str:
            found[str(match.lastgroup)] += 1
            return f"[{match.lastgroup}]"

        return _VALUES.sub(replace, text.encode("utf-8", "replace").decode())
