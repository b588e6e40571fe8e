"""A command line's commands, named before anything is imported for them."""

from __future__ import annotations

from typing import NamedTuple


class LazyCommand(NamedTuple):
    """A command that is imported when somebody uses it, so that `affidavit` starts at once.

    `name` and `summary` are what a list of commands shows; both have to be the
    command's own. `place` is where it is: `package.module:attribute`.

    >>> LazyCommand("shelf", "Look at the shelf.", "acme_affidavit.commands:shelf").name
    'shelf'
    """

    name: str
    summary: str
    place: str
