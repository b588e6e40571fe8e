"""Where releases go: what a target can do, and which one a URL names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote

from affidavit_release.errors import ReleaseError
from affidavit_release.vault import Stored


class Target(Protocol):
    """One environment's functions. Every call can be repeated."""

    def live(self, functions: tuple[str, ...]) -> dict[str, str]:
        """Return what is live, in the target's own words; an empty word for what is not.

        Raises:
            ReleaseError: The target cannot be asked.

        """
        ...

    def digests(self, functions: tuple[str, ...]) -> dict[str, str]:
        """Return the SHA-256 of the zip that is live, by function."""
        ...

    def install(self, stored: Stored) -> dict[str, str]:
        """Bring a release there, from the vault; return how to make it live. It is not yet."""
        ...

    def switch(self, to: Mapping[str, str]) -> None:
        """Make this live, as `live` or `install` have said it; an empty word takes it away."""
        ...


def open_target(url: SplitResult) -> Target:
    """Open the target that a URL names: `folder:…`, or `lambda://alias?prefix=…&region=…`.

    Raises:
        ReleaseError: It names none.

    """
    if url.scheme == "folder" and not url.netloc and not url.query and url.path.strip("/"):
        from affidavit_release.folder_target import FolderTarget  # noqa: PLC0415 - one of two

        return FolderTarget(Path(unquote(url.path)))
    if url.scheme == "lambda":
        from affidavit_release.lambda_target import locate  # noqa: PLC0415 - needs boto3

        return locate(url)
    raise ReleaseError(
        "a target's URL cannot be used",
        why="a target is folder:PATH or lambda://ALIAS?prefix=PREFIX&region=REGION",
        fix="Correct it in the release policy",
    )
