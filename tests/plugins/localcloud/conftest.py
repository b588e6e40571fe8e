"""One local cloud for the tests of this folder, started as a user starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from affidavit_localcloud.running import Running, find_running
from localcloud_parts import Aws, command


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cloud of its own, whose retries do not wait long."""
    folder = tmp_path_factory.mktemp("cloud")
    command("up", "--detach", "--port", "0", "--state", str(folder), "--retry", "0.1")
    running = find_running(folder)
    assert running is not None
    try:
        yield running
    finally:
        command("down", "--state", str(folder))


@pytest.fixture
def aws(cloud: Running) -> Aws:
    """Its services, as boto3 sees them."""
    return Aws(cloud.endpoint)
