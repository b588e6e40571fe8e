"""Where releases go: what a target can do, and which one a URL names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import SplitResult, unquote

from affidavit_release.errors import ReleaseError
from affidavit_release.vault import Stored


class CanaryState(NamedTuple):
    """How a release is tried on a part of the traffic here, and how that looks now.

    `percent` and `minutes` are what Terraform has set: the first share, and how long
    no alarm may be raised. `raised` names the functions whose alarm is.
    """

    percent: int
    minutes: int
    raised: tuple[str, ...]


class Asked(NamedTuple):
    """One call of a function as it is live: what it answered, and what it says of itself.

    `raised` is true if it did not answer; `tail` are the last lines of its log,
    `variables` its environment, and `region` is where it runs.
    """

    request_id: str
    answer: Any
    raised: bool
    tail: str
    variables: Mapping[str, str]
    region: str


class DeployTarget(Protocol):
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

    def switch(self, to: Mapping[str, str], since: Mapping[str, str]) -> None:
        """Make this live, as `live` or `install` have said it; an empty word takes it away.

        All of the traffic goes there, whatever was divided before. `since` is what
        was live when the step began.

        Raises:
            TargetMovedError: Something else is live by now; nothing was changed there.

        """
        ...

    def canary(self, functions: tuple[str, ...]) -> CanaryState:
        """Return what has been set for canaries, and which alarms are raised.

        Raises:
            ReleaseError: This target, or one of the functions, has no canary.

        """
        ...

    def ask(self, function: str, event: bytes) -> Asked:
        """Call a function as it is live, and wait for its answer.

        Raises:
            ReleaseError: It cannot be called.

        """
        ...

    def shift(self, to: Mapping[str, str], percent: int) -> None:
        """Give a part of the traffic to what `install` has said; the rest stays where it is."""
        ...


def open_target(url: SplitResult) -> DeployTarget:
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
