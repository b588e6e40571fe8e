"""One cloud per worker, one stack per feature. Runs by `make e2e` only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.framework.clouds import Cloud, account, local_cloud
from e2e.framework.stacks import sweep
from terraform_tool import ROOT, asked_for, need_terraform

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say where to deploy."""
    group = parser.getgroup("end-to-end")
    group.addoption("--target", choices=["local", "aws"], default="local", help="where to deploy")
    group.addoption(
        "--environment",
        choices=["local", "dev", "qa", "uat", "prod"],
        default="dev",
        help="which environment the account is for; prod is only looked at",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests out unless they were asked for by name."""
    if not collection_path.is_relative_to(HERE) or asked_for(config.args, HERE):
        return None
    return True


@pytest.fixture(scope="session")
def terraform() -> str:
    """Terraform's path. Without it: skipped, and failed where CI says that it must be there."""
    return need_terraform(os.environ)


@pytest.fixture(scope="session")
def cloud(
    terraform: str,
    pytestconfig: pytest.Config,
    worker_id: str,
) -> Iterator[Cloud]:
    """Where this worker deploys. What a run that was killed has left is removed first."""
    if pytestconfig.getoption("--target") == "aws":
        ours = account(pytestconfig.getoption("--environment"))
        if ours.read_only:
            pytest.skip(
                "prod is read-only, and every feature here deploys: name another environment"
            )
        sweep(ours)
        yield ours
    else:
        with local_cloud(ROOT / "build" / "e2e" / f"cloud-{worker_id}") as ours:
            sweep(ours)
            yield ours
