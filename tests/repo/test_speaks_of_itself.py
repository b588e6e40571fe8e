"""The repository speaks of itself alone: no machine's paths, no place that packages come from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import repository as repo

# Put together from pieces, so that this file does not find itself.
PLACES: Final = ("work", "root", "opt", "home", "Users", "usr/local", "private/tmp")
MACHINES: Final = re.compile(
    r"(?<![\w.:/$})*~-])/(?:" + "|".join(PLACES) + r")(?:/|\b(?=[\"'\s`]))"
)
REGISTRIES: Final = re.compile(
    "|".join(
        (
            r"pypi" + r"\.org",
            r"python" + r"hosted\.org",
            r"registry" + r"\.terraform\.io",
            r"registry" + r"\.npmjs",
            r"proxy" + r"\.golang\.org",
            r"(?:ghcr|quay|docker)" + r"\.io",
        )
    )
)

FOREIGN: Final = {
    "LICENSE": "the Apache licence, word for word",
}
"""Files that are not ours."""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


OURS = [path for path in repo.files() if repo.name(path) not in FOREIGN]


def _found(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [
        (repo.name(path), found.group()) for path in OURS for found in pattern.finditer(_text(path))
    ]


def test_no_machine_is_named() -> None:
    """A path that exists on one machine is wrong on every other."""
    assert [] == _found(MACHINES)


def test_no_registry_is_named() -> None:
    """Where packages come from is for the user's own configuration to say."""
    assert [] == _found(REGISTRIES)


def test_the_search_finds_what_it_looks_for() -> None:
    """Otherwise silence would mean nothing."""
    assert MACHINES.search(f"cd /{PLACES[0]}/main")
    assert MACHINES.search(f'"/{PLACES[1]}"')
    assert not MACHINES.search(
        f"a/{PLACES[0]}/b, https://example.com/{PLACES[2]}/x, $(X)/{PLACES[1]}/"
    )
    assert REGISTRIES.search("https://" + "pypi" + ".org/simple")


def test_files_have_plain_names() -> None:
    """So that every system can check them out."""
    names = [repo.name(path) for path in OURS]

    assert [] == [name for name in names if not re.fullmatch(r"[A-Za-z0-9._/-]+", name)]
