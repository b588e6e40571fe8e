"""Look for personal data in records, and say where, never what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from affidavit.plugin import Redactor, Sink
from affidavit_harness.files.scenario_model import NoPii

_ALIASES: Final = {"card": "CREDIT_CARD", "ssn": "US_SSN", "ipv4": "IP", "ipv6": "IP"}

_MEANINGLESS: Final = {
    name: re.compile(f"[A-Za-z0-9_-]{{{length}}}")
    for name, length in {"att": 22, "prev": 43, "wid": 22}.items()
}
"""What the kernel itself draws or hashes into a record (docs/records.md): nobody's data, and one
hash in 250 looks like a credential."""


class Leak(NamedTuple):
    """Personal data at a path. `digest` lets two findings be compared without the value."""

    path: str
    kind: str
    digest: str


def find_pii(record: Any, *, rule: bool | NoPii, redactor: Redactor) -> list[Leak]:
    """Return what the redactor would take out of a record, and `rule` does not excuse."""
    if rule is False:
        return []
    wanted = set() if rule is True else {_entity(name) for name in rule.detectors}
    ignored = () if rule is True else tuple(rule.ignore)
    found = []
    for path, value in _leaves(record, ""):
        if any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignored):
            continue
        if path in _MEANINGLESS and _MEANINGLESS[path].fullmatch(str(value)):
            continue
        clean = redactor.clean(value, Sink.LOG)
        digest = hashlib.sha256(str(value).encode()).hexdigest()[:12]
        found += [
            Leak(path, kind, digest) for kind, _ in clean.found if not wanted or kind in wanted
        ]
    return found


def _entity(name: str) -> str:
    return _ALIASES.get(name.lower(), name.upper())


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield path, value
