"""One local cloud for the tests of this folder, started as a user starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from affidavit_localcloud.running import Running
from localcloud_parts import Aws, cloud_in


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cloud of its own, whose retries do not wait long."""
    with cloud_in(tmp_path_factory.mktemp("cloud"), "--retry", "0.1") as running:
        yield running


@pytest.fixture
def aws(cloud: Running) -> Aws:
    """Its services, as boto3 sees them."""
    return Aws(cloud.endpoint)
