"""Find what looks like a credential that somebody wrote into a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from affidavit_policy.strict_yaml import Path

_SHAPES: Final = (
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{4,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{16,}"),
    re.compile(r"(?i)\bbasic\s+[A-Za-z0-9+/]{12,}={0,2}"),
    re.compile(r"\b(?:ghp|gho|github_pat|xox[abp]|sk_live|glpat)[_-][A-Za-z0-9_-]{12,}"),
    re.compile(r"(?i)[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@"),
)
_NAMES: Final = re.compile(r"(?i)(?:password|passwd|secret|api[_-]?key|authorization|token)$")
_SHORT: Final = 6


def literal_secrets(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every text that looks like a credential and is no reference."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from literal_secrets(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from literal_secrets(inner, (*path, index))
    elif isinstance(value, str) and "${{" not in value:
        named = bool(path) and isinstance(path[-1], str) and bool(_NAMES.search(path[-1]))
        if any(shape.search(value) for shape in _SHAPES) or (named and len(value) >= _SHORT):
            yield path
