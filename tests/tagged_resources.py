"""Which resources of the modules leave their caller's tags out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from terraform_tool import HCL

_BLOCK = re.compile(
    r'^(?:resource "(?P<kind>\w+)"|module) "(?P<name>\w+)" \{\n(?P<body>.*?)^\}$',
    re.MULTILINE | re.DOTALL,
)
_TAGS = re.compile(r"^  tags += (?:var\.tags|merge\(var\.tags, .*)$", re.MULTILINE)
_SOURCE = re.compile(r'^  source += "\.\./(\w+)"', re.MULTILINE)


class _Block(NamedTuple):
    place: str
    kind: str | None
    body: str


def resource_kinds() -> set[str]:
    """Return the types of all resources that the modules make."""
    return {block.kind for block in _blocks() if block.kind is not None}


def untagged(taggable: Iterable[str]) -> list[str]:
    """Return the resources of these types, and the calls of modules, that pass no tags on.

    The root's own calls pass none: what its provider makes is tagged by `default_tags`.
    """
    kinds = set(taggable)
    takers = {
        path.parent.name
        for path in HCL.glob("modules/*/variables.tf")
        if 'variable "tags"' in path.read_text()
    }
    return [
        block.place
        for block in _blocks()
        if block.kind in kinds or (block.kind is None and _called(block.body) & takers)
        if not _TAGS.search(block.body)
    ]


def _called(body: str) -> set[str]:
    return set(_SOURCE.findall(body))


def _blocks() -> Iterator[_Block]:
    for path in sorted(HCL.glob("modules/*/*.tf")):
        for found in _BLOCK.finditer(path.read_text()):
            kind, name, body = found.group("kind", "name", "body")
            yield _Block(f"{path.relative_to(HCL)}: {kind or 'module'}.{name}", kind, body)
