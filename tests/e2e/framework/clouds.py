"""Where stacks are deployed: the local cloud, or an account of yours. PROD is only looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
from botocore.config import Config

from e2e.framework.commands import affidavit

REGION: Final = "eu-west-1"
PLACE: Final = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
"""Terraform reads the one, boto3 the other."""

READING: Final = re.compile(
    r"(?:Batch)?Get|Describe|Filter|Head|List|Lookup|Query|Scan|Select|Simulate|Verify"
)
"""How the names of operations start that change nothing."""


class ReadOnlyError(RuntimeError):
    """Something would have changed production."""


class Cloud(NamedTuple):
    """`local` or `aws`, what a process needs to reach it, and which environment it stands for."""

    target: str
    environ: Mapping[str, str]
    environment: str = "local"
    folder: Path | None = None
    """Where a local cloud keeps what `affidavit local` asks for."""

    @property
    def read_only(self) -> bool:
        """True for production: nothing is deployed, called or removed."""
        return self.environment == "prod"

    def client(self, service: str) -> Any:
        """Return a client; on production one that refuses whatever does not read."""
        session = boto3.Session(
            aws_access_key_id=self.environ.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=self.environ.get("AWS_SECRET_ACCESS_KEY"),
            aws_session_token=self.environ.get("AWS_SESSION_TOKEN"),
            profile_name=self.environ.get("AWS_PROFILE"),
            region_name=REGION,
        )
        made = session.client(
            service,
            endpoint_url=self.environ.get("AWS_ENDPOINT_URL"),
            config=Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 3}),
        )
        if self.read_only:
            made.meta.events.register("before-call", _refuse_changes)
        return made

    def demand_writable(self) -> None:
        """Stop before anything is deployed to production."""
        if self.read_only:
            raise ReadOnlyError("prod is read-only: these tests deploy, call and remove")


def _refuse_changes(model: Any, **_: Any) -> None:
    if not READING.match(model.name):
        raise ReadOnlyError(f"prod is read-only: {model.name} was not sent")


@contextmanager
def local_cloud(folder: Path) -> Iterator[Cloud]:
    """Run a local cloud of this process alone; it ends with the block, or with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    state = f"--state={folder}"
    with_us = f"--with-process={os.getpid()}"
    told = affidavit("local", "up", state, "--port=0", "--detach", "--retry=0.2", with_us)
    try:
        yield Cloud("local", {**told["environment"], **PLACE}, folder=folder)
    finally:
        affidavit("local", "down", state)


def account(environment: str) -> Cloud:
    """Return the account that this process's own credentials are for."""
    environ = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return Cloud("aws", {**environ, **PLACE}, environment)
