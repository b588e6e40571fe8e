"""What git says: where the tree stands, which commits are new, and who wrote them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.programs import must_run
from affidavit_release.rules import canonical

TIMEOUT_S: Final = 60.0
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ADDRESS: Final = re.compile(r"<([^<>\s]+)>")
_FORMAT: Final = "%x1e%ae%x1f%(trailers:key=Co-authored-by,valueonly,separator=%x20)%x1f%B"


class Changes(NamedTuple):
    """The commits that a release adds.

    `authors` are the addresses of everybody who wrote one, co-authors included,
    in canonical form. They are turned into tokens before anything is kept. `tree`
    is git's digest of the sources as they stand at `head`.
    """

    head: str
    tree: str
    messages: tuple[str, ...]
    authors: tuple[str, ...]


def read_changes(repo: Path, since: str) -> Changes:
    """Read the commits after `since`; all of them if it is empty.

    Raises:
        ReleaseError: There is no git, no repository, or no such commit.
        ReleaseRefusedError: The tree has changes that no commit holds.

    """
    head = _git(repo, "rev-parse", "--verify", "HEAD^{commit}").strip()
    if not _COMMIT.fullmatch(head) or (since and not _COMMIT.fullmatch(since)):
        raise ReleaseError(
            "git does not name a commit", why="the name is of another form", fix="Check the ledger"
        )
    if _git(repo, "status", "--porcelain", "--untracked-files=no").strip():
        raise ReleaseRefusedError(
            Reason.UNCOMMITTED,
            "the tree has changes that no commit holds",
            why="nobody could tell later what was built",
            fix="Commit them or put them aside",
        )
    span = f"{since}..{head}" if since else head
    told = _git(repo, "log", f"--format={_FORMAT}", "--end-of-options", span, "--")
    messages, authors = [], set()
    for commit in told.split("\x1e")[1:]:
        author, others, message = commit.split("\x1f", 2)
        messages.append(message.strip())
        authors |= {canonical(name) for name in (author, *_ADDRESS.findall(others)) if name}
    tree = _git(repo, "rev-parse", "--verify", f"{head}^{{tree}}").strip()
    return Changes(head, tree, tuple(messages), tuple(sorted(authors)))


def _git(repo: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.quotepath=off", "-C", str(repo), *arguments]
    return must_run(command, what=f"git {arguments[0]}", folder=repo, timeout_s=TIMEOUT_S)
