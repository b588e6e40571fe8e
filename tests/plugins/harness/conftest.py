"""One local cloud for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from affidavit_localcloud.running import Running, find_running
from localcloud_parts import Aws, command
from terraform_tool import asked_for

GATES = Path(__file__).parent / "gates"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what deploys with Terraform and takes minutes, unless asked for by name."""
    return True if collection_path == GATES and not asked_for(config.args, GATES) else None


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started as a user starts it."""
    folder = tmp_path_factory.mktemp("harness-cloud")
    command("up", "--detach", "--port", "0", "--state", str(folder), "--retry", "0.1")
    running = find_running(folder)
    assert running is not None
    try:
        yield running
    finally:
        command("down", "--state", str(folder))


@pytest.fixture(scope="session")
def aws(cloud: Running) -> Aws:
    """Its services, as boto3 sees them."""
    return Aws(cloud.endpoint)
