"""One local cloud for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from affidavit_localcloud.running import Running
from localcloud_parts import Aws, cloud_in
from terraform_tool import asked_for

GATES = Path(__file__).parent / "gates"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what deploys with Terraform and takes minutes, unless asked for by name."""
    return True if collection_path == GATES and not asked_for(config.args, GATES) else None


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started as a user starts it."""
    with cloud_in(tmp_path_factory.mktemp("harness-cloud"), "--retry", "0.1") as running:
        yield running


@pytest.fixture(scope="session")
def aws(cloud: Running) -> Aws:
    """Its services, as boto3 sees them."""
    return Aws(cloud.endpoint)
