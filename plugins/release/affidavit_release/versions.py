"""Versions, their labels, and what a commit message means for the next one.

Semantic Versioning 2.0.0 (https://semver.org), written with a `v`; Conventional
Commits 1.0.0 (https://www.conventionalcommits.org).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum, unique
from typing import Final, NamedTuple

from affidavit_release.errors import ReleaseError

_VERSION: Final = re.compile(r"v(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")
_LABEL: Final = re.compile(rf"(?P<version>{_VERSION.pattern})-(?:qa|rc)\.[1-9]\d{{0,4}}")
_SUBJECT: Final = re.compile(r"(?P<type>[A-Za-z]+)(?:\([^()\r\n]*\))?(?P<breaking>!)?: \S")
_BREAKING: Final = re.compile(r"^BREAKING[ -]CHANGE: \S", re.MULTILINE)


@unique
class Bump(IntEnum):
    """What a change asks for."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


_TYPES: Final = {
    "feat": Bump.MINOR,
    "fix": Bump.PATCH,
    "perf": Bump.PATCH,
    "revert": Bump.PATCH,
}
"""Types of commits that change what users get. Every other type asks for no release."""


class Version(NamedTuple):
    """A released version; compares as versions do."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Write it as the vault's folders are called."""
        return f"v{self.major}.{self.minor}.{self.patch}"

    def after(self, bump: Bump) -> Version:
        """Return the next version."""
        if bump is Bump.MAJOR:
            return Version(self.major + 1, 0, 0)
        if bump is Bump.MINOR:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


def read_version(text: str) -> Version:
    """Read `v1.2.3`, or a label of it such as `v1.2.3-rc.1`.

    Raises:
        ReleaseError: It is neither.

    """
    label = _LABEL.fullmatch(text)
    found = _VERSION.fullmatch(label["version"] if label else text)
    if found is None:
        raise ReleaseError(
            "that is not a version",
            why="a version is v1.2.3, and a label of one v1.2.3-qa.1 or v1.2.3-rc.1",
            fix="Ask affidavit release history which versions there are",
        )
    return Version(*map(int, found.groups()))


def label_of(version: Version, word: str, number: int) -> str:
    """Return what a version is called where `word` is the label, the `number`-th time."""
    return f"{version}-{word}.{number}" if word else str(version)


def bump_of(messages: Iterable[str]) -> Bump:
    """Return what the strongest of these commit messages asks for."""
    return max(map(_bump, messages), default=Bump.NONE)


def _bump(message: str) -> Bump:
    found = _SUBJECT.match(message)
    if _BREAKING.search(message) or (found is not None and found["breaking"]):
        return Bump.MAJOR
    return Bump.NONE if found is None else _TYPES.get(found["type"].lower(), Bump.NONE)
